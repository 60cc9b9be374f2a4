/* SPDX-License-Identifier: MIT */
/* Forged frames, byte by byte. What real hosts make of them is in fault_real.c. */
#include <string.h>

#include <criterion/criterion.h>

#include <netem/fault_rules.h>

#include "fault_frames.h"

#define TO_SENDER   "020000000001 020000000002 "
#define TO_RECEIVER "020000000002 020000000001 "
#define ONE_SIX     "fd000000000000000000000000000001 "
#define TWO_SIX     "fd000000000000000000000000000002 "
#define RST         .action = NST_FAULT_RST
#define ICMP        .action = NST_FAULT_ICMP, .icmp

/* Each field of the headers by itself; the checksums are checked for being right. */
static const struct {
	const char *seen;
	struct nst_fault fault;
	const char *back, *onwards; /* NULL: no such frame. xxxx: a checksum */
} forgeries[] = {
	/* To the sender: the number that it expects next is the one it acknowledged. */
	{ "data",
	  { RST, .ends = NST_END_SENDER },
	  TO_SENDER "0800 45000028 00004000 4006 xxxx 0a000002 0a000001 "
		    "0050 c000 02000000 00000000 5004 0000 xxxx 0000",
	  NULL },
	/* To the receiver: the number that it expects next is the segment's own. */
	{ "data",
	  { RST, .ends = NST_END_RECEIVER },
	  NULL,
	  TO_RECEIVER "0800 45000028 00004000 4006 xxxx 0a000001 0a000002 "
		      "c000 0050 01000000 02000000 5014 0000 xxxx 0000" },
	/* A SYN acknowledges nothing: the RST must acknowledge the SYN. */
	{ "syn",
	  { RST },
	  TO_SENDER "0800 45000028 00004000 4006 xxxx 0a000002 0a000001 "
		    "0050 c000 00000000 01000001 5014 0000 xxxx 0000",
	  TO_RECEIVER "0800 45000028 00004000 4006 xxxx 0a000001 0a000002 "
		      "c000 0050 01000001 00000000 5004 0000 xxxx 0000" },
	{ "syn_ack_six",
	  { RST },
	  TO_SENDER "86dd 60000000 0014 06 40 " TWO_SIX ONE_SIX
		    "c000 0050 02000000 00000000 5004 0000 xxxx 0000",
	  TO_RECEIVER "86dd 60000000 0014 06 40 " ONE_SIX TWO_SIX
		      "0050 c000 01000001 02000000 5014 0000 xxxx 0000" },
	{ "fin_data",
	  { RST },
	  TO_SENDER "0800 45000028 00004000 4006 xxxx 0a000002 0a000001 "
		    "0050 c000 02000000 00000000 5004 0000 xxxx 0000",
	  TO_RECEIVER "0800 45000028 00004000 4006 xxxx 0a000001 0a000002 "
		      "c000 0050 01000000 02000000 5014 0000 xxxx 0000" },
	/* Tags stay; extension headers and options do not. */
	{ "data_vlan",
	  { RST, .ends = NST_END_SENDER },
	  TO_SENDER "81006005 0800 45000028 00004000 4006 xxxx 0a000002 0a000001 "
		    "0050 c000 02000000 00000000 5004 0000 xxxx 0000",
	  NULL },
	{ "data_two_vlans",
	  { RST, .ends = NST_END_RECEIVER },
	  NULL,
	  TO_RECEIVER "88a8000a 81000014 86dd 60000000 0014 06 40 " ONE_SIX TWO_SIX
		      "c000 0050 01000000 02000000 5014 0000 xxxx 0000" },
	{ "data_extensions",
	  { RST, .ends = NST_END_SENDER },
	  TO_SENDER "86dd 60000000 0014 06 40 " TWO_SIX ONE_SIX
		    "0050 c000 02000000 00000000 5004 0000 xxxx 0000",
	  NULL },
	{ "data_options",
	  { RST, .ends = NST_END_SENDER },
	  TO_SENDER "0800 45000028 00004000 4006 xxxx 0a000002 0a000001 "
		    "0050 c000 02000000 00000000 5004 0000 xxxx 0000",
	  NULL },
	/* A packet on a source route: its connection is with the last address. */
	{ "data_routed",
	  { RST, .ends = NST_END_SENDER },
	  TO_SENDER "86dd 60000000 0014 06 40 " TWO_SIX ONE_SIX
		    "0050 c000 02000000 00000000 5004 0000 xxxx 0000",
	  NULL },

	/* ICMP errors quote all of a small packet, without Ethernet's padding. */
	{ "ack_padded",
	  { ICMP = NST_ICMP_HOST_UNREACHABLE },
	  TO_SENDER "0800 45c00044 00004000 4001 xxxx 0a000002 0a000001 "
		    "0301 xxxx 00000000 "
		    "45000028 12344000 4006 149a 0a000001 0a000002 "
		    "c000 0050 01000000 02000000 5010 faf0 dd90 0000",
	  NULL },
	{ "data_six",
	  { ICMP = NST_ICMP_FRAG_NEEDED, .value = 70 },
	  TO_SENDER "86dd 60000000 0050 3a 40 " TWO_SIX ONE_SIX "0200 xxxx 00000046 "
		    "6010beef 0020 06 40 " ONE_SIX TWO_SIX
		    "c000 0050 01000000 02000000 5018 faf0 658b 0000 "
		    "68656c6c6f20776f726c6421",
	  NULL },
};

/* Whether they are the same but for the checksums; those must be right. */
static void expect_forged(const struct nst_forged *forged, const char *wanted, size_t i)
{
	const char *hex = hex_of(forged->frame, forged->size);
	size_t at = 0;

	for (const char *c = wanted; *c; c++) {
		if (*c == ' ')
			continue;
		cr_assert(hex[at] && (*c == 'x' || *c == hex[at]),
			  "%zu: byte %zu of %s", i, at / 2, hex);
		at++;
	}
	cr_expect_eq(at, 2 * forged->size, "%zu: too long: %s", i, hex);
	cr_expect_null(wrong_sum(forged->frame, forged->size), "%zu: %s", i, hex);
}

Test(frame_forge, gives_each_end_what_it_can_believe)
{
	for (size_t i = 0; i < sizeof(forgeries) / sizeof(*forgeries); i++) {
		struct frame seen = frame_of(forgeries[i].seen);
		struct nst_forged forged[NST_FORGED_MOST];
		size_t wanted = !!forgeries[i].back + !!forgeries[i].onwards;

		size_t count = nst_fault_forge(&forgeries[i].fault, seen.bytes,
					       seen.size, forged);

		cr_assert_eq(count, wanted, "%zu: %zu frames", i, count);
		for (size_t j = 0; j < count; j++)
			expect_forged(&forged[j],
				      forged[j].back ? forgeries[i].back
						     : forgeries[i].onwards,
				      i);
	}
}

/* Type and code of each error: RFC 792, RFC 1812 (13), RFC 4443. */
Test(frame_forge, has_each_error_in_both_families)
{
	static const struct {
		enum nst_fault_icmp icmp;
		uint8_t four[2], six[2];
	} table[] = {
		{ NST_ICMP_NET_UNREACHABLE, { 3, 0 }, { 1, 0 } },
		{ NST_ICMP_HOST_UNREACHABLE, { 3, 1 }, { 1, 3 } },
		{ NST_ICMP_PORT_UNREACHABLE, { 3, 3 }, { 1, 4 } },
		{ NST_ICMP_ADMIN_PROHIBITED, { 3, 13 }, { 1, 1 } },
		{ NST_ICMP_FRAG_NEEDED, { 3, 4 }, { 2, 0 } },
		{ NST_ICMP_TIME_EXCEEDED, { 11, 0 }, { 3, 0 } },
	};
	struct frame four = frame_of("query"), six = frame_of("query_six");

	for (size_t i = 0; i < NST_ICMPS; i++) {
		struct nst_fault fault = { ICMP = table[i].icmp };
		struct nst_forged forged;

		cr_assert_eq(nst_fault_forge(&fault, four.bytes, four.size, &forged),
			     1);
		cr_expect_arr_eq(forged.frame + 34, table[i].four, 2);
		cr_expect(forged.back);
		cr_assert_eq(nst_fault_forge(&fault, six.bytes, six.size, &forged), 1);
		cr_expect_arr_eq(forged.frame + 54, table[i].six, 2);
	}
}

/* A UDP packet of `size` bytes from the IP header on. */
static struct frame packet_of(bool six, size_t size)
{
	struct frame frame = frame_of(six ? "query_six" : "query");
	size_t length = six ? size - 40 : size, at = six ? 18 : 16;

	frame.size = 14 + size;
	frame.bytes[at] = (uint8_t)(length >> 8);
	frame.bytes[at + 1] = (uint8_t)length;
	return frame;
}

Test(frame_forge, quotes_as_much_as_the_standards_allow)
{
	static const struct {
		bool six;
		size_t packet, error;
	} sizes[] = {
		{ false, 100, 128 },  { false, 547, 575 },  { false, 548, 576 },
		{ false, 549, 576 },  { false, 1500, 576 }, { true, 100, 148 },
		{ true, 1231, 1279 }, { true, 1232, 1280 }, { true, 1500, 1280 },
	};
	static const struct nst_fault fault = { ICMP = NST_ICMP_ADMIN_PROHIBITED };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct frame seen = packet_of(sizes[i].six, sizes[i].packet);
		size_t quoted_at = 14 + (sizes[i].six ? 48 : 28);
		struct nst_forged forged;

		cr_assert_eq(nst_fault_forge(&fault, seen.bytes, seen.size, &forged),
			     1);

		cr_expect_eq(forged.size, 14 + sizes[i].error);
		cr_expect_arr_eq(forged.frame + quoted_at, seen.bytes + 14,
				 forged.size - quoted_at);
		cr_expect_null(wrong_sum(forged.frame, forged.size));
	}
}

Test(frame_forge, answers_nothing_that_must_not_be_answered)
{
	static const struct {
		const char *seen;
		struct nst_fault fault;
	} silent[] = {
		{ "rst", { RST } },
		{ "query", { RST } },
		{ "arp", { RST } },
		{ "arp", { ICMP = NST_ICMP_HOST_UNREACHABLE } },
		{ "nd", { ICMP = NST_ICMP_HOST_UNREACHABLE } },
		{ "unreachable", { ICMP = NST_ICMP_HOST_UNREACHABLE } },
		{ "unreachable_six", { ICMP = NST_ICMP_HOST_UNREACHABLE } },
		{ "fragment_later", { ICMP = NST_ICMP_HOST_UNREACHABLE } },
		{ "multicast", { ICMP = NST_ICMP_PORT_UNREACHABLE } },
		{ "data", { ICMP = NST_ICMP_FRAG_NEEDED, .value = 68 } },
		{ "data", { .action = NST_FAULT_DROP } },
	};

	for (size_t i = 0; i < sizeof(silent) / sizeof(*silent); i++) {
		struct frame seen = frame_of(silent[i].seen);
		struct nst_forged forged[NST_FORGED_MOST];

		cr_expect_eq(nst_fault_forge(&silent[i].fault, seen.bytes, seen.size,
					     forged),
			     0, "%zu", i);
	}
}

Test(frame_forge, answers_nothing_that_all_have_heard)
{
	static const struct nst_fault fault = { ICMP = NST_ICMP_HOST_UNREACHABLE };
	struct frame seen = frame_of("query");
	struct nst_forged forged;

	seen.bytes[0] |= 1; /* a group of Ethernet's: RFC 1122, 3.2.2 */

	cr_expect_eq(nst_fault_forge(&fault, seen.bytes, seen.size, &forged), 0);
}
