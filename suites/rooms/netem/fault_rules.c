/* SPDX-License-Identifier: MIT */
/* Which frames rules take. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include <nstest/error.h>
#include <nstest/fault.h>
#include <nstest/units.h>

#include <netem/fault_rules.h>

#include "fault_frames.h"

static struct nst_fault_rules *rules_at(const struct nst_fault_rules_place *place)
{
	struct nst_fault_rules *rules = NULL;

	cr_assert(nst_fault_rules_new(place, &rules) == 0);
	return rules;
}

static struct nst_fault_rules *rules_of(const struct nst_fault *faults, size_t count)
{
	struct nst_fault_rules *rules =
		rules_at(&(struct nst_fault_rules_place){ .seed = 7 });

	for (size_t i = 0; i < count; i++) {
		struct nst_fault fault = faults[i];

		if (fault.action == NST_FAULT_LOG) /* what is chosen is to be taken */
			fault.action = NST_FAULT_DROP;
		cr_assert(nst_fault_rules_add(rules, (uint32_t)i + 1, &fault) == 0,
			  "%s", nst_error());
	}
	return rules;
}

/* The number of the rule that takes the frame; 0: none. */
static uint32_t takes(struct nst_fault_rules *rules, const char *name)
{
	struct frame frame = frame_of(name);
	struct nst_take take = {};

	return nst_fault_rules_take(rules, frame.bytes, frame.size, &take) ? take.id
									   : 0;
}

static struct nst_fault_rule_counters counters_of(const struct nst_fault_rules *rules,
						  uint32_t id)
{
	struct nst_fault_rule_counters counters;

	cr_assert(nst_fault_rules_counters(rules, id, &counters) == 0);
	return counters;
}

/* The names of all frames that a fault with this match takes. */
static const char *matched(const char *match)
{
	static char text[2048];
	struct nst_fault_rules *rules =
		rules_of(&(struct nst_fault){ .match = match }, 1);
	char *at = text;

	*text = '\0';
	for (const struct known_frame *known = known_frames; known->name; known++)
		if (takes(rules, known->name))
			at += sprintf(at, "%s%s", at > text ? " " : "", known->name);
	nst_fault_rules_free(rules);
	return text;
}

/* ---- What matches ---- */

#define TCP_FOUR "syn syn_ack ack_padded data fin_data rst data_options"
#define TCP_SIX  "syn_six syn_ack_six data_six data_extensions data_routed"
#define TCP_ALL  TCP_FOUR " " TCP_SIX " data_vlan data_two_vlans"
#define UDP_ALL                                                                       \
	"query answer query_six query_without_sum fragment_first fragment_first_six " \
	"multicast"
#define ICMP_ALL "echo echo_reply echo_six echo_reply_six unreachable unreachable_six"

static const struct {
	const char *match, *frames;
} meanings[] = {
	{ "tcp", TCP_ALL },
	{ "syn", "syn syn_six" },
	{ "syn-ack", "syn_ack syn_ack_six" },
	{ "ack", "ack_padded" },
	{ "data", "data fin_data data_options data_six data_extensions data_routed "
		  "data_vlan data_two_vlans" },
	{ "fin", "fin_data" },
	{ "rst", "rst" },
	{ "udp", UDP_ALL },
	{ "dns", UDP_ALL },
	{ "dns-query", "query query_six query_without_sum fragment_first "
		       "fragment_first_six multicast" },
	{ "dns-answer", "answer" },
	{ "icmp", ICMP_ALL },
	{ "echo-request", "echo echo_six" },
	{ "echo-reply", "echo_reply echo_reply_six" },
	{ "icmp-error", "unreachable unreachable_six" },
	{ "fragment",
	  "fragment_first fragment_later fragment_first_six fragment_later_six" },
	{ "arp", "arp" },
	{ "nd", "nd" },
	{ "mld", "mld" },
};

Test(fault_rules, a_word_means_the_same_in_ipv4_and_ipv6)
{
	size_t words = 0;

	while (nst_fault_words[words].name)
		words++;
	cr_assert_eq(words, sizeof(meanings) / sizeof(*meanings));

	for (size_t i = 0; i < words; i++) {
		cr_expect_str_eq(nst_fault_words[i].name, meanings[i].match);
		cr_expect(*nst_fault_words[i].what);
		cr_expect_str_eq(matched(meanings[i].match), meanings[i].frames,
				 "%s: %s", meanings[i].match,
				 matched(meanings[i].match));
	}
}

static const struct {
	const char *match, *frames;
} expressions[] = {
	{ "udp port 53", "query answer query_six query_without_sum fragment_first "
			 "multicast" },
	{ "tcp[tcpflags] & tcp-syn != 0", "syn syn_ack" },
	{ "vlan 5", "data_vlan" },
	{ "syn and ip6", "syn_six" },
	{ "  syn  &&  not ip6 ", "syn" },
	{ "data and not fin and ip", "data data_options" },
	{ "!data and tcp and src port 80", "syn_ack syn_ack_six" },
	{ "data and not fin", "data data_options data_six data_extensions data_routed "
			      "data_vlan data_two_vlans" },
	{ "not tcp and not udp and not icmp and not arp and ip", "fragment_later gre" },
	{ "syn and (ip6 or dst port 80)", "syn syn_six" },
	{ "tcp port 80 and ip6", "syn_six syn_ack_six data_six" },
	{ "arp or (icmp and ip)", "arp echo echo_reply unreachable" },
};

Test(fault_rules, words_and_filters_can_be_joined)
{
	for (size_t i = 0; i < sizeof(expressions) / sizeof(*expressions); i++)
		cr_expect_str_eq(matched(expressions[i].match), expressions[i].frames,
				 "%s: %s", expressions[i].match,
				 matched(expressions[i].match));
}

Test(fault_rules, without_match_all_is_meant_but_housekeeping)
{
	const char *all = matched(NULL);

	cr_expect_str_eq(all,
			 TCP_ALL " query answer query_six query_without_sum " ICMP_ALL
				 " fragment_first fragment_later fragment_first_six "
				 "fragment_later_six gre multicast llc",
			 "%s", all);
}

Test(fault_rules, the_markers_of_probes_are_never_matched)
{
	cr_expect(strstr(matched("greater 1"), "llc"));
	cr_expect(!strstr(matched("greater 1"), "marker"));
	cr_expect_str_eq(matched("ether proto 0x88b5"), "");
}

/* ---- Which of them ---- */

/* What becomes of 12 segments of 12 bytes: x is taken. */
static const struct {
	struct nst_fault fault;
	const char *fates;
} selections[] = {
	{ {}, "xxxxxxxxxxxx" },
	{ { .nth = 1 }, "x..........." },
	{ { .nth = 3 }, "..x........." },
	{ { .from = 4 }, "...xxxxxxxxx" },
	{ { .to = 4 }, "xxxx........" },
	{ { .from = 3, .to = 5 }, "..xxx......." },
	{ { .every = 1 }, "xxxxxxxxxxxx" },
	{ { .every = 4 }, "...x...x...x" },
	{ { .from = 2, .every = 4 }, "....x...x..." },
	{ { .from = 2, .to = 7, .every = 3 }, "...x..x....." },
	{ { .after_bytes = 1 }, ".xxxxxxxxxxx" },
	{ { .after_bytes = 36 }, "...xxxxxxxxx" },
	{ { .after_bytes = 37 }, "....xxxxxxxx" },
	{ { .after_bytes = 36, .nth = 2 }, "....x......." },
	{ { .after_bytes = 24, .from = 2, .to = 3 }, "...xx......." },
	{ { .probability_ppm = NST_PERCENT(100) }, "xxxxxxxxxxxx" },
	{ { .probability_ppm = NST_PERCENT(100), .every = 6 }, ".....x.....x" },
};

Test(fault_rules, each_way_to_select_takes_exactly_these)
{
	for (size_t i = 0; i < sizeof(selections) / sizeof(*selections); i++) {
		struct nst_fault_rules *rules = rules_of(&selections[i].fault, 1);
		char fates[13] = "";

		for (int n = 0; n < 12; n++)
			fates[n] = takes(rules, "data") ? 'x' : '.';

		cr_expect_str_eq(fates, selections[i].fates, "selection %zu: %s", i,
				 fates);
		nst_fault_rules_free(rules);
	}
}

Test(fault_rules, only_what_matches_is_counted)
{
	struct nst_fault_rules *rules =
		rules_of(&(struct nst_fault){ .match = "syn-ack", .nth = 2 }, 1);

	cr_expect_eq(takes(rules, "syn_ack"), 0);
	cr_expect_eq(takes(rules, "data"), 0);
	cr_expect_eq(takes(rules, "syn"), 0);
	cr_expect_eq(takes(rules, "syn_ack_six"), 1);
	cr_expect_eq(takes(rules, "syn_ack"), 0);

	cr_expect_eq(counters_of(rules, 1).matched, 3);
	cr_expect_eq(counters_of(rules, 1).fired, 1);
	nst_fault_rules_free(rules);
}

Test(fault_rules, the_first_that_selects_takes_and_all_count)
{
	static const struct nst_fault faults[] = {
		{ .match = "data", .nth = 2, .action = NST_FAULT_DROP },
		{ .match = "tcp", .every = 2, .action = NST_FAULT_DUPLICATE },
		{ .match = "udp" },
		{ .match = "data", .nth = 9 },
	};
	struct nst_fault_rules *rules = rules_of(faults, 4);

	cr_expect_eq(takes(rules, "data"), 0);
	cr_expect_eq(takes(rules, "data"), 1); /* the second rule wants it too */
	cr_expect_eq(takes(rules, "data"), 0);
	cr_expect_eq(takes(rules, "data"), 2);
	cr_expect_eq(takes(rules, "query"), 3);

	cr_expect_eq(counters_of(rules, 1).matched, 4);
	cr_expect_eq(counters_of(rules, 2).matched, 4);
	cr_expect_eq(counters_of(rules, 4).matched, 4);
	cr_expect_eq(counters_of(rules, 1).fired, 1);
	cr_expect_eq(counters_of(rules, 2).fired, 1);
	cr_expect_eq(counters_of(rules, 3).fired, 1);
	nst_fault_rules_free(rules);
}

Test(fault_rules, a_frame_that_was_taken_comes_with_its_rule)
{
	char match[] = "data", name[] = "the third";
	struct nst_fault fault = { .match = match,
				   .nth = 3,
				   .name = name,
				   .action = NST_FAULT_DELAY,
				   .delay_us = NST_MS(5) };
	struct nst_fault_rules *rules = rules_of(&fault, 1);
	struct frame data = frame_of("data");
	struct nst_take take = {};

	memset(match, 'x', 4); /* the caller's texts are the caller's */
	memset(name, 'x', 4);
	takes(rules, "data");
	takes(rules, "data");

	cr_assert(nst_fault_rules_take(rules, data.bytes, data.size, &take));
	cr_expect_eq(take.id, 1);
	cr_expect_eq(take.match, 3);
	cr_expect_eq(take.fault->delay_us, 5000);
	cr_expect_str_eq(take.fault->match, "data");
	cr_expect_str_eq(take.fault->name, "the third");
	nst_fault_rules_free(rules);
}

Test(fault_rules, come_and_go_without_touching_the_counts_of_others)
{
	static const struct nst_fault faults[] = {
		{ .match = "data", .nth = 2, .action = NST_FAULT_DROP },
		{ .match = "data", .nth = 3 },
		{ .match = "data", .nth = 4 },
	};
	struct nst_fault_rules *rules = rules_of(faults, 3);

	takes(rules, "data");
	cr_expect_eq(nst_fault_rules_remove(rules, 1), 0);
	cr_expect_eq(nst_fault_rules_add(rules, 9, &faults[0]), 0);

	cr_expect_eq(takes(rules, "data"), 0);
	cr_expect_eq(takes(rules, "data"), 2); /* and 9: its second; but 2 was first */
	cr_expect_eq(nst_fault_rules_remove(rules, 3), 0);
	cr_expect_eq(takes(rules, "data"), 0);

	cr_expect_eq(counters_of(rules, 9).matched, 3);
	cr_expect_eq(counters_of(rules, 9).fired, 0);
	nst_fault_rules_free(rules);
}

Test(fault_rules, that_log_take_nothing)
{
	static const struct nst_fault faults[] = {
		{ .match = "tcp", .action = NST_FAULT_LOG },
		{ .match = "data", .nth = 2, .action = NST_FAULT_DROP },
		{ .match = "data", .action = NST_FAULT_LOG },
	};
	struct nst_fault_rules *rules =
		rules_at(&(struct nst_fault_rules_place){ .seed = 7 });

	for (uint32_t i = 0; i < 3; i++)
		cr_assert_eq(nst_fault_rules_add(rules, i + 1, &faults[i]), 0);

	cr_expect_eq(takes(rules, "syn"), 0);
	cr_expect_eq(nst_fault_rules_logged(rules, 0), 1);
	cr_expect_eq(nst_fault_rules_logged(rules, 1), 0);
	cr_expect_eq(takes(rules, "data"), 0);
	cr_expect_eq(takes(rules, "data"), 2);
	cr_expect_eq(nst_fault_rules_logged(rules, 0), 1);
	cr_expect_eq(nst_fault_rules_logged(rules, 1), 3);
	cr_expect_eq(takes(rules, "query"), 0);
	cr_expect_eq(nst_fault_rules_logged(rules, 0), 0);
	cr_expect_eq(counters_of(rules, 1).fired, 3);
	cr_expect_eq(counters_of(rules, 2).fired, 1);
	cr_expect_eq(counters_of(rules, 3).fired, 2);
	nst_fault_rules_free(rules);
}

Test(fault_rules, unknown_and_doubled_numbers_are_refused)
{
	struct nst_fault_rules *rules = rules_of(&(struct nst_fault){}, 1);
	struct nst_fault_rule_counters counters = { .fired = 5 };

	cr_expect(!nst_fault_rules_are_none(rules));
	cr_expect_eq(nst_fault_rules_remove(rules, 2), -ENOENT);
	cr_expect_eq(nst_fault_rules_counters(rules, 2, &counters), -ENOENT);
	cr_expect_eq(counters.fired, 5);
	cr_expect_eq(nst_fault_rules_add(rules, 1, &(struct nst_fault){}), -EEXIST);
	cr_expect_eq(nst_fault_rules_add(rules, 2,
					 &(struct nst_fault){ .match = "tcp and" }),
		     -EINVAL);
	cr_expect_eq(nst_fault_rules_remove(rules, 1), 0);
	cr_expect(nst_fault_rules_are_none(rules));
	cr_expect_eq(takes(rules, "data"), 0);
	nst_fault_rules_free(rules);
	nst_fault_rules_free(NULL);
}

/* ---- What cannot be done ---- */

static const struct {
	struct nst_fault fault;
	const char *frames; /* those to which it can be done, of all that are IP */
} possibilities[] = {
	{ { .match = "ip or ip6", .action = NST_FAULT_RST },
	  "syn syn_ack ack_padded data fin_data data_options " TCP_SIX },
	{ { .match = "ip or ip6",
	    .action = NST_FAULT_ICMP,
	    .icmp = NST_ICMP_PORT_UNREACHABLE },
	  TCP_FOUR " " TCP_SIX
		   " query answer query_six query_without_sum echo echo_reply "
		   "echo_six echo_reply_six fragment_first fragment_first_six gre" },
	{ { .match = "ip or ip6", .action = NST_FAULT_ECN_CE }, "data data_six" },
	{ { .match = "ip6 or arp", .action = NST_FAULT_TTL },
	  "nd mld " TCP_SIX " query_six echo_six echo_reply_six unreachable_six "
	  "fragment_first_six fragment_later_six" },
	{ { .match = "tcp",
	    .action = NST_FAULT_CORRUPT,
	    .layer = NST_LAYER_PAYLOAD,
	    .offset = 11 },
	  "data fin_data data_options data_six data_extensions data_routed data_vlan "
	  "data_two_vlans" },
	{ { .match = "tcp",
	    .action = NST_FAULT_CORRUPT,
	    .layer = NST_LAYER_PAYLOAD,
	    .offset = 12 },
	  "" },
	{ { .match = "ack", .action = NST_FAULT_CORRUPT, .offset = 59 }, "ack_padded" },
	{ { .match = "ack", .action = NST_FAULT_CORRUPT, .offset = 60 }, "" },
	{ { .match = "ack",
	    .action = NST_FAULT_CORRUPT,
	    .layer = NST_LAYER_IP,
	    .offset = 40 },
	  "" }, /* padding */
	{ { .match = "data",
	    .action = NST_FAULT_TRUNCATE,
	    .layer = NST_LAYER_PAYLOAD,
	    .size = 12 },
	  "" },
	{ { .match = "arp", .action = NST_FAULT_CORRUPT, .layer = NST_LAYER_IP }, "" },
	{ { .match = "arp", .action = NST_FAULT_CORRUPT, .layer = NST_LAYER_PAYLOAD },
	  "arp" },
};

Test(fault_rules, what_cannot_be_done_passes_and_is_counted)
{
	for (size_t i = 0; i < sizeof(possibilities) / sizeof(*possibilities); i++) {
		struct nst_fault_rules *rules = rules_of(&possibilities[i].fault, 1);
		struct nst_fault_rule_counters counters;
		char text[2048] = "";

		for (const struct known_frame *known = known_frames; known->name;
		     known++)
			if (takes(rules, known->name))
				sprintf(text + strlen(text), "%s%s", *text ? " " : "",
					known->name);

		counters = counters_of(rules, 1);
		cr_expect_str_eq(text, possibilities[i].frames, "%zu: %s", i, text);
		cr_expect_eq(counters.fired + counters.unable, counters.matched);
		cr_expect_gt(counters.matched, 0);
		nst_fault_rules_free(rules);
	}
}

Test(fault_rules, fragmentation_is_needed_by_what_is_bigger_only)
{
	struct nst_fault fault = { .action = NST_FAULT_ICMP,
				   .icmp = NST_ICMP_FRAG_NEEDED,
				   .value = 1000 };
	struct nst_fault_rules *rules = rules_of(&fault, 1);
	struct frame big = frame_of("data");

	for (size_t size = 1000; size <= 1001; size++) {
		struct nst_take take;

		big.bytes[16] = (uint8_t)(size >> 8);
		big.bytes[17] = (uint8_t)size;
		cr_expect_eq(nst_fault_rules_take(rules, big.bytes, 14 + size, &take),
			     size == 1001);
	}
	nst_fault_rules_free(rules);
}

Test(fault_rules, the_next_rule_gets_what_one_cannot_do)
{
	static const struct nst_fault faults[] = {
		{ .action = NST_FAULT_RST },
		{ .action = NST_FAULT_DROP },
	};
	struct nst_fault_rules *rules = rules_of(faults, 2);

	cr_expect_eq(takes(rules, "data"), 1);
	cr_expect_eq(takes(rules, "query"), 2);

	cr_expect_eq(counters_of(rules, 1).unable, 1);
	nst_fault_rules_free(rules);
}

/* ---- Chance ---- */

enum { DRAWS = 20000 };

static char *fates_at(const struct nst_fault_rules_place *place, size_t rule)
{
	static const struct nst_fault never = { .match = "arp" };
	static const struct nst_fault tenth = { .match = "data",
						.probability_ppm = NST_PERCENT(10),
						.action = NST_FAULT_DROP };
	struct nst_fault_rules *rules = rules_at(place);
	struct frame data = frame_of("data");
	char *fates = calloc(1, DRAWS + 1);
	struct nst_take take;

	for (uint32_t id = 1; id <= rule; id++)
		cr_assert(nst_fault_rules_add(rules, id, id < rule ? &never : &tenth) ==
			  0);
	for (int i = 0; i < DRAWS; i++) {
		bool taken = nst_fault_rules_take(rules, data.bytes, data.size, &take);

		fates[i] = taken ? 'x' : '.';
	}
	nst_fault_rules_free(rules);
	return fates;
}

static int count(const char *text, char letter)
{
	int n = 0;

	for (; *text; text++)
		n += *text == letter;
	return n;
}

Test(fault_rules, chance_follows_the_seed_and_nothing_else)
{
	static const struct nst_fault_rules_place place = { 7, 2, 1 }, others[] = {
		{ 8, 2, 1 },
		{ 7, 3, 1 },
		{ 7, 2, 0 },
	};
	char *fates = fates_at(&place, 1), *again = fates_at(&place, 1);
	char *second_rule = fates_at(&place, 2);

	cr_expect_str_eq(fates, again);
	cr_expect_str_neq(fates, second_rule);
	for (size_t i = 0; i < 3; i++) {
		char *other = fates_at(&others[i], 1);

		cr_expect_str_neq(fates, other);
		free(other);
	}
	/* 10 % of 20,000, give or take four standard deviations (42). */
	cr_expect(abs(count(fates, 'x') - DRAWS / 10) < 170, "%d", count(fates, 'x'));
	free(fates);
	free(again);
	free(second_rule);
}

Test(fault_rules, the_fate_of_a_match_does_not_depend_on_other_traffic)
{
	static const struct nst_fault half = { .match = "data",
					       .probability_ppm = NST_PERCENT(50),
					       .action = NST_FAULT_DROP };
	struct nst_fault_rules *quiet = rules_of(&half, 1), *busy = rules_of(&half, 1);

	for (int i = 0; i < 1000; i++) {
		for (int other = 0; other < i % 3; other++)
			takes(busy, "query");
		cr_expect_eq(takes(quiet, "data"), takes(busy, "data"));
	}
	nst_fault_rules_free(quiet);
	nst_fault_rules_free(busy);
}
