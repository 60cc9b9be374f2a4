/* SPDX-License-Identifier: MIT */
/* What faults change in a frame: exactly which bytes, and that what must hold still holds. */
#include <string.h>

#include <criterion/criterion.h>

#include <netem/fault_rules.h>

#include "fault_frames.h"

#define CORRUPT   NST_FAULT_CORRUPT
#define TRUNCATE  NST_FAULT_TRUNCATE
#define CE        NST_FAULT_ECN_CE
#define DSCP      NST_FAULT_DSCP
#define TTL       NST_FAULT_TTL
#define WINDOW    NST_FAULT_WINDOW
#define IP        NST_LAYER_IP
#define TRANSPORT NST_LAYER_TRANSPORT
#define PAYLOAD   NST_LAYER_PAYLOAD

static const struct {
	const char *frame;
	struct nst_fault fault;
	const char *difference;
} edits[] = {
	/* The byte alone */
	{ "data", { .action = CORRUPT }, "0:02>fd" },
	{ "data", { .action = CORRUPT, .offset = 12, .mask = 1 }, "12:08>09" },
	{ "data", { .action = CORRUPT, .layer = IP, .offset = 9 }, "23:06>f9" },
	{ "data",
	  { .action = CORRUPT, .layer = TRANSPORT, .offset = 13, .mask = 2 },
	  "47:18>1a" },
	{ "data", { .action = CORRUPT, .layer = PAYLOAD, .mask = 0x20 }, "54:68>48" },
	{ "data_vlan",
	  { .action = CORRUPT, .layer = PAYLOAD, .mask = 0x20 },
	  "58:68>48" },
	{ "data_two_vlans",
	  { .action = CORRUPT, .layer = PAYLOAD, .mask = 0x20 },
	  "82:68>48" },
	{ "data_extensions",
	  { .action = CORRUPT, .layer = TRANSPORT, .mask = 0x20 },
	  "70:c0>e0" },
	{ "data_options",
	  { .action = CORRUPT, .layer = PAYLOAD, .mask = 0x20 },
	  "70:68>48" },
	{ "query", { .action = CORRUPT, .layer = PAYLOAD }, "42:ab>54" },
	{ "echo_six", { .action = CORRUPT, .layer = PAYLOAD }, "62:68>97" },
	{ "fragment_later", { .action = CORRUPT, .layer = PAYLOAD }, "34:04>fb" },
	{ "gre", { .action = CORRUPT, .layer = PAYLOAD }, "34:00>ff" },
	{ "arp", { .action = CORRUPT, .layer = PAYLOAD, .offset = 7 }, "21:01>fe" },
	{ "ack_padded", { .action = CORRUPT, .offset = 59 }, "59:00>ff" },

/* And the checksums that cover it */
#define FIX .fix_checksums = true
	{ "data",
	  { .action = CORRUPT, .layer = PAYLOAD, .mask = 0x20, FIX },
	  "50:4b>6b 54:68>48" },
	{ "data",
	  { .action = CORRUPT, .layer = IP, .offset = 8, .mask = 1, FIX },
	  "22:40>41 24:14>13" },
	{ "data",
	  { .action = CORRUPT, .layer = IP, .offset = 15, .mask = 8, FIX },
	  "25:8c>84 29:01>09 51:8d>85" },
	{ "data_vlan",
	  { .action = CORRUPT, .layer = PAYLOAD, .mask = 1, FIX },
	  "54:4b>4a 58:68>69" },
	{ "data_extensions",
	  { .action = CORRUPT, .layer = PAYLOAD, .mask = 1, FIX },
	  "86:65>64 90:68>69" },
	{ "data_routed",
	  { .action = CORRUPT, .layer = PAYLOAD, .mask = 1, FIX },
	  "110:65>64 114:68>69" },
	{ "query_six",
	  { .action = CORRUPT, .layer = PAYLOAD, .mask = 1, FIX },
	  "60:2b>2c 62:ab>aa" },
	{ "query_without_sum",
	  { .action = CORRUPT, .layer = PAYLOAD, .mask = 1, FIX },
	  "42:ab>aa" },
	{ "echo",
	  { .action = CORRUPT, .layer = PAYLOAD, .mask = 1, FIX },
	  "36:66>65 42:68>69" },
	{ "echo_six",
	  { .action = CORRUPT, .layer = PAYLOAD, .mask = 1, FIX },
	  "56:f3>f2 62:68>69" },
	{ "fragment_first",
	  { .action = CORRUPT, .layer = PAYLOAD, .mask = 1, FIX },
	  "42:ab>aa" },
	{ "data", { .action = CORRUPT, .layer = TRANSPORT, .offset = 16, FIX }, "" },

	/* Shorter */
	{ "data", { .action = TRUNCATE, .size = 60 }, "60 bytes" },
	{ "data", { .action = TRUNCATE, .layer = PAYLOAD }, "54 bytes" },
	{ "data",
	  { .action = TRUNCATE, .layer = PAYLOAD, .size = 5, FIX },
	  "17:34>2d 25:8c>93 50:4b>99 51:8d>b1 59 bytes" },
	{ "data",
	  { .action = TRUNCATE, .layer = TRANSPORT, .size = 10, FIX },
	  "17:34>1e 25:8c>a2 44 bytes" },
	{ "data", { .action = TRUNCATE, .layer = IP, .size = 10, FIX }, "24 bytes" },
	{ "data_six",
	  { .action = TRUNCATE, .layer = PAYLOAD, .size = 5, FIX },
	  "19:20>19 70:65>b3 71:8b>af 79 bytes" },
	{ "data_extensions",
	  { .action = TRUNCATE, .layer = PAYLOAD, .size = 5, FIX },
	  "19:30>29 86:65>b3 87:8b>af 95 bytes" },
	{ "query",
	  { .action = TRUNCATE, .layer = PAYLOAD, .size = 12, FIX },
	  "17:36>28 25:81>8f 39:22>14 40:11>6a 41:9a>8e 54 bytes" },
	{ "query_six",
	  { .action = TRUNCATE, .layer = PAYLOAD, .size = 12, FIX },
	  "19:22>14 59:22>14 60:2b>84 61:98>8c 74 bytes" },
	{ "query",
	  { .action = TRUNCATE, .layer = TRANSPORT, .size = 7, FIX },
	  "17:36>1b 25:81>9c 41 bytes" },
	{ "fragment_first",
	  { .action = TRUNCATE, .layer = PAYLOAD, .size = 8, FIX },
	  "17:2c>24 25:8b>93 50 bytes" },
	{ "ack_padded", { .action = TRUNCATE, .size = 57, FIX }, "57 bytes" },
	{ "echo",
	  { .action = TRUNCATE, .layer = PAYLOAD, .size = 0, FIX },
	  "17:28>1c 25:9f>ab 36:66>f7 37:08>f7 42 bytes" },

	/* Fields of IP */
	{ "data", { .action = CE }, "15:02>03 25:8c>8b" },
	{ "data_six", { .action = CE }, "15:10>30" },
	{ "syn", { .action = CE }, "" },
	{ "data", { .action = DSCP, .value = 46 }, "15:02>ba 24:14>13 25:8c>d4" },
	{ "data_six", { .action = DSCP, .value = 63 }, "14:60>6f 15:10>d0" },
	{ "data", { .action = TTL, .value = 1 }, "22:40>01 24:14>53" },
	{ "data_vlan", { .action = TTL, .value = 255 }, "26:40>ff 28:14>55 29:8e>8d" },
	{ "data_six", { .action = TTL, .value = 0 }, "21:40>00" },
	{ "data_two_vlans", { .action = TTL, .value = 3 }, "29:40>03" },
	{ "arp", { .action = TTL, .value = 3 }, "" },

	/* That of TCP */
	{ "data",
	  { .action = WINDOW, .value = 0 },
	  "48:fa>00 49:f0>00 50:4b>46 51:8d>7e" },
	{ "data_vlan",
	  { .action = WINDOW, .value = 0xffff },
	  "52:fa>ff 53:f0>ff 54:4b>46 55:8d>7e" },
	{ "data_six",
	  { .action = WINDOW, .value = 1 },
	  "68:fa>00 69:f0>01 70:65>60 71:8b>7b" },
	{ "query", { .action = WINDOW }, "" },
	{ "fragment_first", { .action = WINDOW }, "" },
	{ "arp", { .action = WINDOW }, "" },

	/* Nothing */
	{ "data", { .action = NST_FAULT_DROP }, "" },
	{ "data", { .action = CORRUPT, .offset = 66 }, "" },
	{ "data", { .action = TRUNCATE, .size = 66 }, "" },
};

Test(frame_edit, changes_exactly_these_bytes)
{
	for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
		struct frame before = frame_of(edits[i].frame), after = before;
		const char *found;

		after.size = nst_fault_edit(&edits[i].fault, after.bytes, after.size);

		found = difference(&before, after.bytes, after.size);
		cr_expect_str_eq(found, edits[i].difference, "%zu, %s: %s", i,
				 edits[i].frame, found);
	}
}

/* ---- What must hold after each ---- */

static const char *known_name(size_t i)
{
	return known_frames[i].name;
}

Test(frame_edit, the_frames_of_these_tests_have_right_checksums)
{
	for (size_t i = 0; known_name(i); i++) {
		struct frame frame = frame_of(known_name(i));
		const char *wrong = wrong_sum(frame.bytes, frame.size);

		cr_expect(wrong == NULL, "%s: %s", known_name(i), wrong);
	}
}

/* Whichever byte is corrupted: without its checksums a receiver can tell, with them not. */
static void corrupt_each_byte(struct nst_fault *fault, const struct frame *before)
{
	for (fault->offset = 0; fault->offset < before->size; fault->offset++) {
		struct frame after = *before;
		const char *wrong;

		after.size = nst_fault_edit(fault, after.bytes, after.size);

		wrong = wrong_sum(after.bytes, after.size);
		cr_expect(wrong == NULL, "byte %u: %s", fault->offset, wrong);
		cr_expect_eq(after.size, before->size);
	}
}

Test(frame_edit, every_corruption_can_be_hidden_from_checksums)
{
	static const uint8_t masks[] = { 0, 1, 0x80, 0x0f };

	for (size_t i = 0; known_name(i); i++) {
		struct frame frame = frame_of(known_name(i));

		for (size_t m = 0; m < sizeof(masks); m++)
			for (unsigned int layer = 0; layer < NST_LAYERS; layer++)
				corrupt_each_byte(
					&(struct nst_fault){
						.action = NST_FAULT_CORRUPT,
						.layer = (enum nst_fault_layer)layer,
						.mask = masks[m],
						.fix_checksums = true },
					&frame);
	}
}

Test(frame_edit, a_corruption_that_is_not_hidden_is_noticed)
{
	static const char *const covered[] = { "data",      "data_six", "query",
					       "query_six", "echo",     "echo_six",
					       "data_vlan" };

	for (size_t i = 0; i < sizeof(covered) / sizeof(*covered); i++) {
		struct frame before = frame_of(covered[i]);
		struct nst_fault fault = { .action = NST_FAULT_CORRUPT,
					   .layer = NST_LAYER_PAYLOAD };

		for (fault.offset = 0; fault.offset < 12; fault.offset++) {
			struct frame after = before;

			nst_fault_edit(&fault, after.bytes, after.size);
			cr_expect(wrong_sum(after.bytes, after.size) != NULL, "%s, %u",
				  covered[i], fault.offset);
		}
	}
}

/* How long the IP packet says that it is; 0: it is none. */
static size_t claimed_size(const struct frame *frame)
{
	const uint8_t *at = frame->bytes + 12, *end = frame->bytes + frame->size;

	while (end - at >= 6 && (memcmp(at, "\x81\0", 2) == 0 || *at == 0x88))
		at += 4;
	if (end - at >= 22 && memcmp(at, "\x08\0", 2) == 0)
		return (size_t)(at[4] << 8 | at[5]);
	if (end - at >= 42 && memcmp(at, "\x86\xdd", 2) == 0)
		return 40 + (size_t)(at[6] << 8 | at[7]);
	return 0;
}

Test(frame_edit, a_shorter_packet_can_be_made_whole)
{
	static const struct {
		const char *name;
		size_t headers, ethernet;
	} frames[] = {
		{ "data", 54, 14 },
		{ "data_six", 74, 14 },
		{ "data_vlan", 58, 18 },
		{ "data_two_vlans", 82, 22 },
		{ "data_extensions", 90, 14 },
		{ "query", 42, 14 },
		{ "query_six", 62, 14 },
		{ "echo", 42, 14 },
		{ "echo_six", 62, 14 },
	};

	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
		struct frame before = frame_of(frames[i].name);
		struct nst_fault fault = { .action = NST_FAULT_TRUNCATE,
					   .fix_checksums = true };

		for (fault.size = (uint32_t)frames[i].headers; fault.size < before.size;
		     fault.size++) {
			struct frame after = before;

			after.size = nst_fault_edit(&fault, after.bytes, after.size);

			cr_expect_eq(after.size, fault.size);
			cr_expect(wrong_sum(after.bytes, after.size) == NULL, "%s: %s",
				  frames[i].name, wrong_sum(after.bytes, after.size));
			cr_expect_eq(claimed_size(&after),
				     after.size - frames[i].ethernet);
		}
	}
}

Test(frame_edit, a_packet_cut_anywhere_has_no_wrong_checksum)
{
	for (size_t i = 0; known_name(i); i++) {
		struct frame before = frame_of(known_name(i));
		struct nst_fault fault = { .action = NST_FAULT_TRUNCATE,
					   .fix_checksums = true };

		for (fault.size = 14; fault.size < before.size; fault.size++) {
			struct frame after = before;

			after.size = nst_fault_edit(&fault, after.bytes, after.size);
			cr_expect(wrong_sum(after.bytes, after.size) == NULL, "%s: %s",
				  known_name(i), wrong_sum(after.bytes, after.size));
		}
	}
}

Test(frame_edit, fields_of_ip_leave_its_checksum_as_right_as_it_was)
{
	static const enum nst_fault_action actions[] = { CE, DSCP, TTL, WINDOW };
	struct frame bad = frame_of("data");

	bad.bytes[25] ^= 0x55;
	for (size_t a = 0; a < 4; a++)
		for (uint32_t value = 0; value <= (actions[a] == DSCP ? 63 : 255);
		     value++) {
			struct nst_fault fault = { .action = actions[a],
						   .value = actions[a] == CE ? 0
									     : value };
			struct frame after = frame_of("data"), still_bad = bad;

			nst_fault_edit(&fault, after.bytes, after.size);
			nst_fault_edit(&fault, still_bad.bytes, still_bad.size);

			cr_expect(wrong_sum(after.bytes, after.size) == NULL);
			cr_expect(wrong_sum(still_bad.bytes, still_bad.size) != NULL);
		}
}

static const struct nst_fault hidden = { .action = NST_FAULT_CORRUPT,
					 .layer = NST_LAYER_PAYLOAD,
					 .mask = 1,
					 .fix_checksums = true };

/* The checksum of TCP covers all fragments, of which this is one. */
Test(frame_edit, a_fragment_keeps_the_checksum_of_the_whole)
{
	struct frame before = frame_of("data"), after;

	before.bytes[20] = 0x20;                            /* more fragments */
	nst_fault_edit(&hidden, before.bytes, before.size); /* makes IPv4's right */
	after = before;

	nst_fault_edit(&hidden, after.bytes, after.size);

	cr_expect_str_eq(difference(&before, after.bytes, after.size), "54:69>68");
}

/* 0 would mean that there is none; RFC 768 has 0xffff for it. One payload in 65,536 sums up
 * to it. */
Test(frame_edit, the_checksum_of_udp_is_never_zero)
{
	static const char *const names[] = { "query", "query_six" };

	for (size_t i = 0; i < 2; i++) {
		struct frame frame = frame_of(names[i]);
		size_t payload = i ? 62 : 42;
		int all_ones = 0;

		for (int word = 0; word < 0x10000; word++) {
			frame.bytes[payload + 2] = (uint8_t)(word >> 8);
			frame.bytes[payload + 3] = (uint8_t)word;
			nst_fault_edit(&hidden, frame.bytes, frame.size);

			cr_assert(frame.bytes[payload - 2] || frame.bytes[payload - 1]);
			all_ones += frame.bytes[payload - 2] == 0xff &&
				    frame.bytes[payload - 1] == 0xff;
		}
		cr_expect_gt(all_ones, 0);
	}
}
