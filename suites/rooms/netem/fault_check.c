/* SPDX-License-Identifier: MIT */
/* Which faults are refused, and how they read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <nstest/error.h>
#include <nstest/fault.h>
#include <nstest/units.h>

static const struct {
	struct nst_fault fault;
	const char *member, *sentence;
} wrong[] = {
	{ { .action = NST_FAULT_ACTIONS }, "action", "there is no action number 13" },
	{ { .layer = 4, .action = NST_FAULT_CORRUPT },
	  "layer",
	  "there is no layer number 4" },
	{ { .ends = 3, .action = NST_FAULT_RST }, "ends", "there is no ends number 3" },
	{ { .icmp = 6, .action = NST_FAULT_ICMP },
	  "icmp",
	  "there is no icmp number 6" },
	{ { .nth = 2, .from = 1 },
	  "from",
	  "nth chooses one packet, so from has nothing to choose from" },
	{ { .nth = 2, .to = 9 },
	  "to",
	  "nth chooses one packet, so to has nothing to choose from" },
	{ { .nth = 2, .every = 2 },
	  "every",
	  "nth chooses one packet, so every has nothing to choose from" },
	{ { .from = 5, .to = 4 }, "to", "from 5 to 4 is no packet at all" },
	{ { .probability_ppm = NST_PERCENT(101) },
	  "probability_ppm",
	  "a probability of 101 % is more than 100 %" },
	{ { .action = NST_FAULT_DROP, .delay_us = 1 },
	  "delay_us",
	  "delay_us means nothing to a fault that is to drop" },
	{ { .action = NST_FAULT_DROP, .copies = 1 },
	  "copies",
	  "copies means nothing to a fault that is to drop" },
	{ { .action = NST_FAULT_DUPLICATE, .offset = 1 },
	  "offset",
	  "offset means nothing to a fault that is to duplicate" },
	{ { .action = NST_FAULT_CORRUPT, .size = 1 },
	  "size",
	  "size means nothing to a fault that is to corrupt" },
	{ { .action = NST_FAULT_TRUNCATE, .size = 20, .mask = 1 },
	  "mask",
	  "mask means nothing to a fault that is to truncate" },
	{ { .action = NST_FAULT_TTL, .fix_checksums = true },
	  "fix_checksums",
	  "fix_checksums means nothing to a fault that is to ttl" },
	{ { .action = NST_FAULT_DELAY },
	  "delay_us",
	  "a delay of 0 us: it can be 1 us to an hour" },
	{ { .action = NST_FAULT_DELAY, .delay_us = -1 },
	  "delay_us",
	  "a delay of -1 us: it can be 1 us to an hour" },
	{ { .action = NST_FAULT_DELAY, .delay_us = NST_S(3600) + 1 },
	  "delay_us",
	  "a delay of 3600000001 us: it can be 1 us to an hour" },
	{ { .action = NST_FAULT_DUPLICATE, .copies = 1001 },
	  "copies",
	  "1001 copies: it can be 1000" },
	{ { .action = NST_FAULT_TRUNCATE, .size = 13 },
	  "size",
	  "a frame of 13 bytes: its header alone has 14" },
	{ { .action = NST_FAULT_HOLD },
	  "hold",
	  "hold says how many others must pass first: 1 or more" },
	{ { .action = NST_FAULT_DSCP, .value = 64 },
	  "value",
	  "a value of 64: it can be 0 to 63" },
	{ { .action = NST_FAULT_TTL, .value = 256 },
	  "value",
	  "a value of 256: it can be 0 to 255" },
	{ { .action = NST_FAULT_WINDOW, .value = 65536 },
	  "value",
	  "a value of 65536: it can be 0 to 65535" },
	{ { .action = NST_FAULT_ICMP, .icmp = NST_ICMP_FRAG_NEEDED },
	  "value",
	  "a value of 0: it can be 68 to 65535" },
	{ { .action = NST_FAULT_ICMP, .value = 1 },
	  "value",
	  "value means nothing to the ICMP error net-unreachable" },
	{ { .match = "" },
	  "match",
	  "an empty match: leave it out to mean every packet" },
	{ { .match = "sny" }, "match", "the filter \"sny\": " },
	{ { .match = "syn and" }, "match", "the filter \"syn and\": " },
	{ { .match = "data and port" }, "match", "the filter \"port\": " },
	{ { .match = "ip and arp and ip6" },
	  "match",
	  "expression rejects all packets" },
	{ { .match = "tcp and port 80 or port 81" },
	  "match",
	  "\"tcp and port 80 or port 81\": put brackets around \"port 80 or port "
	  "81\"" },
	{ { .match = "not fin and udp||arp" },
	  "match",
	  "put brackets around \"udp||arp\"" },
};

Test(fault_check, refuses_what_makes_no_sense_and_names_the_member)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const char *at = "nothing";

		cr_expect_eq(nst_fault_check(&wrong[i].fault, &at), -EINVAL, "%zu: %s",
			     i, wrong[i].sentence);
		cr_expect_eq(nst_fault_check(&wrong[i].fault, NULL), -EINVAL);
		cr_expect_str_eq(at, wrong[i].member, "%zu: %s", i, at);
		cr_expect(strstr(nst_error(), wrong[i].sentence), "%zu: %s", i,
			  nst_error());
	}
}

/* What is right, and how it reads. */
static const struct {
	struct nst_fault fault;
	const char *text;
} right[] = {
	{ {}, "log each packet" },
	{ { .match = "syn-ack", .nth = 2, .action = NST_FAULT_DROP },
	  "drop the 2nd syn-ack" },
	{ { .match = "data",
	    .from = 3,
	    .to = 5,
	    .action = NST_FAULT_CORRUPT,
	    .layer = NST_LAYER_PAYLOAD,
	    .offset = 80 },
	  "corrupt the 3rd to the 5th data: byte 80 of the payload" },
	{ { .match = "udp port 53",
	    .action = NST_FAULT_DELAY,
	    .delay_us = NST_MS(500) },
	  "delay each \"udp port 53\" by 500ms" },
	{ { .match = "dns", .action = NST_FAULT_DELAY, .delay_us = NST_S(3600) },
	  "delay each dns by 3600s" },
	{ { .nth = 11, .action = NST_FAULT_DELAY, .delay_us = 1 },
	  "delay the 11th packet by 1us" },
	{ { .nth = 112, .action = NST_FAULT_HOLD, .hold = 3 },
	  "hold the 112th packet until 3 others have passed" },
	{ { .from = 21, .action = NST_FAULT_DUPLICATE },
	  "duplicate the 21st and each later packet" },
	{ { .match = "data", .every = 3, .action = NST_FAULT_DUPLICATE, .copies = 4 },
	  "duplicate every 3rd data, 4 copies" },
	{ { .match = "data", .every = 2, .from = 4, .to = 9 },
	  "log every 2nd data, from the 4th to the 9th" },
	{ { .match = "data",
	    .action = NST_FAULT_DROP,
	    .probability_ppm = NST_PERCENT(0.5) },
	  "drop each data with a probability of 0.5%" },
	{ { .action = NST_FAULT_RST, .after_bytes = 65536, .nth = 1 },
	  "reset the connection of the 1st packet after 65536 bytes" },
	{ { .match = "fin", .action = NST_FAULT_RST, .ends = NST_END_SENDER },
	  "reset the connection of each fin, for its sender only" },
	{ { .action = NST_FAULT_ICMP, .icmp = NST_ICMP_FRAG_NEEDED, .value = 1300 },
	  "answer each packet with frag-needed, MTU 1300" },
	{ { .match = "syn",
	    .action = NST_FAULT_ICMP,
	    .icmp = NST_ICMP_ADMIN_PROHIBITED },
	  "answer each syn with admin-prohibited" },
	{ { .action = NST_FAULT_TRUNCATE, .size = 14, .fix_checksums = true },
	  "truncate each packet to 14 bytes of the frame, checksums made right" },
	{ { .action = NST_FAULT_ECN_CE }, "mark each packet as CE" },
	{ { .action = NST_FAULT_DSCP, .value = 46 },
	  "set the DSCP of each packet to 46" },
	{ { .action = NST_FAULT_TTL, .value = 1 }, "set the TTL of each packet to 1" },
	{ { .match = "ack", .nth = 3, .action = NST_FAULT_WINDOW },
	  "set the window of the 3rd ack to 0" },
};

Test(fault_check, accepts_and_prints_what_makes_sense)
{
	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
		const char *at = "nothing";
		char text[128];
		int length = nst_fault_print(&right[i].fault, text, sizeof(text));

		cr_expect_eq(nst_fault_check(&right[i].fault, &at), 0, "%s: %s",
			     right[i].text, nst_error());
		cr_expect_str_eq(at, "nothing");
		cr_expect_str_eq(text, right[i].text);
		cr_expect_eq(length, (int)strlen(text));
	}
}

Test(fault_check, a_line_that_is_too_long_is_cut_and_measured)
{
	char whole[128], cut[128];
	int length = nst_fault_print(&right[2].fault, whole, sizeof(whole));

	for (size_t size = 0; size <= (size_t)length + 1; size++) {
		memset(cut, '#', sizeof(cut));
		cr_expect_eq(nst_fault_print(&right[2].fault, size ? cut : NULL, size),
			     length);
		cr_expect_eq(cut[size], '#');
		if (size > 0)
			cr_expect(strlen(cut) == size - 1 &&
				  strncmp(cut, whole, size - 1) == 0);
	}
}

Test(fault_check, every_enum_has_its_words)
{
	static const struct {
		const struct nst_word *words;
		int count;
	} tables[] = {
		{ nst_fault_action_words, NST_FAULT_ACTIONS },
		{ nst_fault_layer_words, NST_LAYERS },
		{ nst_fault_end_words, NST_ENDS },
		{ nst_fault_icmp_words, NST_ICMPS },
	};

	for (size_t i = 0; i < 4; i++) {
		for (int word = 0; word < tables[i].count; word++) {
			cr_assert(tables[i].words[word].name != NULL);
			cr_expect(*tables[i].words[word].what);
			cr_expect_eq(nst_word_find(tables[i].words,
						   tables[i].words[word].name),
				     word);
		}
		cr_expect_null(tables[i].words[tables[i].count].name);
	}
	cr_expect_eq(nst_word_find(nst_fault_action_words, "explode"), -1);
}

static char *read_docs(void)
{
	FILE *file = fopen(SOURCE_FOLDER "/docs/faults.md", "r");
	char *text = calloc(1, 65536);

	cr_assert(file != NULL);
	cr_assert(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

Test(fault_check, every_word_is_in_the_documentation)
{
	static const struct nst_word *const tables[] = {
		nst_fault_words,
		nst_fault_action_words,
		nst_fault_layer_words,
		nst_fault_icmp_words,
	};
	char *docs = read_docs();

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (const struct nst_word *word = tables[i]; word->name; word++) {
			char quoted[32];

			snprintf(quoted, sizeof(quoted), "`%s`", word->name);
			cr_expect(strstr(docs, quoted), "%s", quoted);
		}
	free(docs);
}
