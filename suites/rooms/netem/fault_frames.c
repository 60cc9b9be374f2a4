/* SPDX-License-Identifier: MIT */
/* Frames that tests of faults are about: from 02:…:01, 10.0.0.1, fd00::1 to …2. Each was
 * put together, and its checksums made, by another program than the one under test. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "fault_frames.h"

/* clang-format off */
const struct known_frame known_frames[] = {
	{ "arp",
	  "ffffffffffff020000000001080600010800060400010200000000010a000001"
	  "0000000000000a000002" },
	{ "nd",
	  "3333ff00000202000000000186dd6000beef00203afffd000000000000000000"
	  "000000000001ff0200000000000000000001ff00000287007d9700000000fd00"
	  "00000000000000000000000000020101020000000001" },
	{ "mld",
	  "33330000001602000000000186dd6000beef00240001fd000000000000000000"
	  "000000000001ff0200000000000000000000000000163a000502000001008f00"
	  "72860000000104000000ff0200000000000000000001ff000002" },
	{ "marker",
	  "02000000000202000000000188b56d61726b65722e2e" },
	{ "syn",
	  "020000000002020000000001080045000038123440004006148a0a0000010a00"
	  "0002c000005001000000000000009002faf08eca0000020405b40101080a0000"
	  "000100000000" },
	{ "syn_ack",
	  "020000000002020000000001080045000038123440004006148a0a0000010a00"
	  "00020050c00001000000020000009012faf08cba0000020405b40101080a0000"
	  "000100000000" },
	{ "ack_padded",
	  "020000000002020000000001080045000028123440004006149a0a0000010a00"
	  "0002c000005001000000020000005010faf0dd900000000000000000" },
	{ "data",
	  "020000000002020000000001080045020034123440004006148c0a0000010a00"
	  "0002c000005001000000020000005018faf04b8d000068656c6c6f20776f726c"
	  "6421" },
	{ "fin_data",
	  "020000000002020000000001080045000034123440004006148e0a0000010a00"
	  "0002c000005001000000020000005011faf04b94000068656c6c6f20776f726c"
	  "6421" },
	{ "rst",
	  "020000000002020000000001080045000028123440004006149a0a0000010a00"
	  "0002c000005001000000020000005014faf0dd8c0000" },
	{ "data_options",
	  "0200000000020200000000010800460000441234400040067f790a0000010a00"
	  "000294040000c000005001000000020000008018faf0126b00000101080a0000"
	  "00050000000668656c6c6f20776f726c6421" },
	{ "syn_six",
	  "02000000000202000000000186dd6000beef00240640fd000000000000000000"
	  "000000000001fd000000000000000000000000000002c0000050010000000000"
	  "00009002faf0a8c80000020405b40101080a0000000100000000" },
	{ "syn_ack_six",
	  "02000000000202000000000186dd6000beef00240640fd000000000000000000"
	  "000000000001fd0000000000000000000000000000020050c000010000000200"
	  "00009012faf0a6b80000020405b40101080a0000000100000000" },
	{ "data_six",
	  "02000000000202000000000186dd6010beef00200640fd000000000000000000"
	  "000000000001fd000000000000000000000000000002c0000050010000000200"
	  "00005018faf0658b000068656c6c6f20776f726c6421" },
	{ "data_extensions",
	  "02000000000202000000000186dd6000beef00300040fd000000000000000000"
	  "000000000001fd0000000000000000000000000000023c000104000000000600"
	  "010400000000c000005001000000020000005018faf0658b000068656c6c6f20"
	  "776f726c6421" },
	{ "data_routed",
	  "02000000000202000000000186dd6000beef00482b40fd000000000000000000"
	  "000000000001fd0000000000000000000000000000090604040101000000fd00"
	  "0000000000000000000000000002fd000000000000000000000000000009c000"
	  "005001000000020000005018faf0658b000068656c6c6f20776f726c6421" },
	{ "data_vlan",
	  "02000000000202000000000181006005080045000034123440004006148e0a00"
	  "00010a000002c000005001000000020000005018faf04b8d000068656c6c6f20"
	  "776f726c6421" },
	{ "data_two_vlans",
	  "02000000000202000000000188a8000a8100001486dd6000beef00200640fd00"
	  "0000000000000000000000000001fd000000000000000000000000000002c000"
	  "005001000000020000005018faf0658b000068656c6c6f20776f726c6421" },
	{ "query",
	  "02000000000202000000000108004500003612344000401114810a0000010a00"
	  "0002d43100350022119aabcd0100000100000000000003777777047465737400"
	  "00010001" },
	{ "answer",
	  "02000000000202000000000108004500003612344000401114810a0000010a00"
	  "00020035d43100229119abcd8180000100000000000003777777047465737400"
	  "00010001" },
	{ "query_six",
	  "02000000000202000000000186dd6000beef00221140fd000000000000000000"
	  "000000000001fd000000000000000000000000000002d431003500222b98abcd"
	  "010000010000000000000377777704746573740000010001" },
	{ "query_without_sum",
	  "02000000000202000000000108004500003612344000401114810a0000010a00"
	  "0002d431003500220000abcd0100000100000000000003777777047465737400"
	  "00010001" },
	{ "echo",
	  "020000000002020000000001080045000028123440004001149f0a0000010a00"
	  "0002080066080007000168656c6c6f20776f726c6421" },
	{ "echo_reply",
	  "020000000002020000000001080045000028123440004001149f0a0000010a00"
	  "000200006e080007000168656c6c6f20776f726c6421" },
	{ "echo_six",
	  "02000000000202000000000186dd6000beef00143a40fd000000000000000000"
	  "000000000001fd0000000000000000000000000000028000f3b4000700016865"
	  "6c6c6f20776f726c6421" },
	{ "echo_reply_six",
	  "02000000000202000000000186dd6000beef00143a40fd000000000000000000"
	  "000000000001fd0000000000000000000000000000028100f2b4000700016865"
	  "6c6c6f20776f726c6421" },
	{ "unreachable",
	  "02000000000202000000000108004500005212344000400114750a0000010a00"
	  "000203031133000000004500003612344000401114810a0000010a000002d431"
	  "00350022119aabcd010000010000000000000377777704746573740000010001" },
	{ "unreachable_six",
	  "02000000000202000000000186dd6000beef00523a40fd000000000000000000"
	  "000000000001fd0000000000000000000000000000020104d44b000000006000"
	  "beef00221140fd000000000000000000000000000001fd000000000000000000"
	  "000000000002d431003500222b98abcd01000001000000000000037777770474"
	  "6573740000010001" },
	{ "fragment_first",
	  "02000000000202000000000108004500002c123420004011348b0a0000010a00"
	  "0002d43100350022119aabcd0100000100000000000003777777" },
	{ "fragment_later",
	  "02000000000202000000000108004500001e12340003401154960a0000010a00"
	  "000204746573740000010001" },
	{ "fragment_first_six",
	  "02000000000202000000000186dd6000beef00202c40fd000000000000000000"
	  "000000000001fd0000000000000000000000000000021100000100000009d431"
	  "003500222b98abcd0100000100000000000003777777" },
	{ "fragment_later_six",
	  "02000000000202000000000186dd6000beef00122c40fd000000000000000000"
	  "000000000001fd00000000000000000000000000000211000018000000090474"
	  "6573740000010001" },
	{ "gre",
	  "02000000000202000000000108004500002412344000402f14750a0000010a00"
	  "00020000080068656c6c6f20776f726c6421" },
	{ "multicast",
	  "01005e0000fb0200000000010800450000361234400040113d870a000001e000"
	  "00fbd431003500220000abcd0100000100000000000003777777047465737400"
	  "00010001" },
	{ "llc",
	  "0200000000020200000000010026424203000000000000000000000000000000"
	  "0000000000000000000000000000000000000000" },
	{},
};
/* clang-format on */

size_t bytes_of(const char *hex, uint8_t *ret)
{
	size_t size = 0;

	for (unsigned int byte; *hex; hex += 2) {
		while (*hex == ' ')
			hex++;
		cr_assert(sscanf(hex, "%2x", &byte) == 1, "not hexadecimal: %s", hex);
		ret[size++] = (uint8_t)byte;
	}
	return size;
}

struct frame frame_of(const char *name)
{
	struct frame frame = {};

	for (const struct known_frame *known = known_frames; known->name; known++)
		if (strcmp(known->name, name) == 0)
			frame.size = bytes_of(known->hex, frame.bytes);
	cr_assert(frame.size > 0, "there is no frame \"%s\"", name);
	return frame;
}

const char *difference(const struct frame *before, const uint8_t *after, size_t size)
{
	static char text[4096];
	char *at = text;

	*text = '\0';
	for (size_t i = 0; i < size && i < before->size && at < text + 4000; i++)
		if (before->bytes[i] != after[i])
			at += sprintf(at, "%s%zu:%02x>%02x", at > text ? " " : "", i,
				      before->bytes[i], after[i]);
	if (size != before->size)
		sprintf(at, "%s%zu bytes", at > text ? " " : "", size);
	return text;
}

const char *hex_of(const uint8_t *bytes, size_t size)
{
	static char text[2 * 2048 + 1];

	*text = '\0';
	for (size_t i = 0; i < size && i < 2048; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	return text;
}

/* ---- Checksums, the receiver's way: with its checksum, a packet adds up to 0xffff ---- */

/* Bytes at even places count 256 times, and what overflows comes in again at the bottom. */
static unsigned int ones_sum(unsigned int sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		sum += i % 2 ? bytes[i] : bytes[i] * 256U;
		if (sum > 0xffff)
			sum -= 0xffff;
	}
	return sum;
}

static bool adds_up(unsigned int sum, const uint8_t *bytes, size_t size)
{
	return ones_sum(sum, bytes, size) == 0xffff;
}

static size_t word_at(const uint8_t *bytes)
{
	return bytes[0] * 256U + bytes[1];
}

/* `sum`: of the addresses. */
static const char *wrong_transport(unsigned int sum, bool six, unsigned int protocol,
				   const uint8_t *bytes, size_t size)
{
	const uint8_t pseudo[] = { 0, (uint8_t)protocol, (uint8_t)(size >> 8),
				   (uint8_t)size };
	unsigned int with_pseudo = ones_sum(sum, pseudo, sizeof(pseudo));

	if (protocol == 1 && !six && size >= 8)
		return adds_up(0, bytes, size) ? NULL : "ICMP";
	if (protocol == 58 && six && size >= 8)
		return adds_up(with_pseudo, bytes, size) ? NULL : "ICMPv6";
	if (protocol == 6 && size >= 20 && bytes[12] >> 4 >= 5 &&
	    (bytes[12] >> 4) * 4U <= size)
		return adds_up(with_pseudo, bytes, size) ? NULL : "TCP";
	if (protocol != 17 || size < 8 || (!six && word_at(bytes + 6) == 0))
		return NULL;
	if (word_at(bytes + 4) < size && word_at(bytes + 4) >= 8)
		return wrong_transport(sum, six, 17, bytes, word_at(bytes + 4));
	if (word_at(bytes + 4) != size)
		return NULL; /* refused before its checksum is looked at */
	return adds_up(with_pseudo, bytes, size) && word_at(bytes + 6) != 0 ? NULL
									    : "UDP";
}

static const char *wrong_four(const uint8_t *ip, size_t left)
{
	size_t header = left < 20 ? 0 : (ip[0] & 15) * 4U, total;

	if (header < 20 || ip[0] / 16 != 4 || header > left)
		return NULL;
	total = word_at(ip + 2) ? word_at(ip + 2) : left;
	if (total < header)
		return NULL;
	if (!adds_up(0, ip, header))
		return "IPv4";
	if (total > left || word_at(ip + 6) & 0x3fff)
		return NULL;
	return wrong_transport(ones_sum(0, ip + 12, 8), false, ip[9], ip + header,
			       total - header);
}

static const char *wrong_six(const uint8_t *ip, size_t left)
{
	const uint8_t *at = ip + 40, *destination = ip + 24;
	unsigned int next, sum;
	size_t size;

	if (left < 40 || ip[0] / 16 != 6)
		return NULL;
	next = ip[6];
	size = word_at(ip + 4) ? word_at(ip + 4) : left - 40;
	if (size > left - 40)
		return NULL;
	while (next == 0 || next == 43 || next == 44 || next == 51 || next == 60 ||
	       next == 135) {
		size_t length;

		if (size < 8)
			return NULL;
		length = next == 44 ? 8 : next == 51 ? at[1] * 4 + 8U : at[1] * 8 + 8U;
		if (length > size || (next == 44 && word_at(at + 2) & 0xfff9))
			return NULL;
		if (next == 43 && at[3] > 0 && length >= 24)
			destination = at[2] == 4 ? at + 8 : at + length - 16;
		next = at[0];
		at += length;
		size -= length;
	}
	sum = ones_sum(ones_sum(0, ip + 8, 16), destination, 16);
	return wrong_transport(sum, true, next, at, size);
}

const char *wrong_sum(const uint8_t *frame, size_t size)
{
	size_t at = 12;

	for (int tags = 0; tags < 4; tags++)
		if (at + 2 <= size &&
		    (word_at(frame + at) == 0x8100 || word_at(frame + at) == 0x88a8))
			at += 4;
	if (at + 2 > size)
		return NULL;
	if (word_at(frame + at) == 0x0800)
		return wrong_four(frame + at + 2, size - at - 2);
	if (word_at(frame + at) == 0x86dd)
		return wrong_six(frame + at + 2, size - at - 2);
	return NULL;
}
