/* SPDX-License-Identifier: MIT */
/* Any bytes as a frame, and any fault: matched, changed, answered.
 *
 * An input is a fault in FAULT_BYTES bytes, see fault_from(), and behind it the frame.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <nstest/fault.h>

#include <netem/fault_rules.h>

enum { FAULT_BYTES = 8, MATCHES_OF_PCAP = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static const char *match_from(uint8_t byte)
{
	static const char *const filters[MATCHES_OF_PCAP] = {
		NULL,
		"tcp[tcpflags] & tcp-syn != 0",
		"ip6 and not arp",
		"vlan or port 53",
	};
	size_t words = 0;

	while (nst_fault_words[words].name)
		words++;
	byte %= words + MATCHES_OF_PCAP;
	return byte < words ? nst_fault_words[byte].name : filters[byte - words];
}

/* The members that the action has no use for stay zero, otherwise it would be refused. */
static struct nst_fault fault_from(const uint8_t *data)
{
	unsigned int number = data[2] | data[3] << 8;
	struct nst_fault fault = {
		.match = match_from(data[1]),
		.action = data[0] % NST_FAULT_ACTIONS,
	};

	switch (fault.action) {
	case NST_FAULT_DELAY:
		fault.delay_us = 1 + number;
		break;
	case NST_FAULT_HOLD:
		fault.hold = 1 + number;
		break;
	case NST_FAULT_CORRUPT:
		fault.offset = number;
		fault.mask = data[4];
		break;
	case NST_FAULT_TRUNCATE:
		fault.size = number;
		break;
	case NST_FAULT_RST:
		fault.ends = data[4] % NST_ENDS;
		break;
	case NST_FAULT_ICMP:
		fault.icmp = data[4] % NST_ICMPS;
		fault.value = fault.icmp == NST_ICMP_FRAG_NEEDED ? 68 + number / 2 : 0;
		break;
	case NST_FAULT_DSCP:
		fault.value = number % 64;
		break;
	case NST_FAULT_TTL:
		fault.value = number % 256;
		break;
	default:
		break;
	}
	if (fault.action == NST_FAULT_CORRUPT || fault.action == NST_FAULT_TRUNCATE) {
		fault.layer = data[5] % NST_LAYERS;
		fault.fix_checksums = data[6] & 1;
	}
	return fault;
}

static void check_line(const struct nst_fault *fault)
{
	char text[256];
	int length = nst_fault_print(fault, text, sizeof(text));

	must(length > 0 && (size_t)length == strlen(text));
}

/* What was forged is whole: its headers say how long it is, and its checksums are right. So a
 * byte corrupted twice, the checksums made right after it, gives the same frame again. */
static void check_forged(const struct nst_forged *forged)
{
	static const struct nst_fault flip = { .action = NST_FAULT_CORRUPT,
					       .layer = NST_LAYER_PAYLOAD,
					       .fix_checksums = true };
	struct nst_forged copy = *forged;

	must(forged->size >= 54 && forged->size <= NST_FORGED_SIZE);
	must(nst_fault_edit(&flip, copy.frame, copy.size) == forged->size);
	must(nst_fault_edit(&flip, copy.frame, copy.size) == forged->size);
	must(memcmp(copy.frame, forged->frame, forged->size) == 0);
}

/* A copy of its own size exactly, so that ASan sees the first byte read or written too far. */
static void apply(const struct nst_fault *fault, const uint8_t *frame, size_t size)
{
	struct nst_forged forged[NST_FORGED_MOST];
	uint8_t *copy = calloc(1, size);
	size_t count;

	if (size)
		memcpy(copy, frame, size);
	count = nst_fault_forge(fault, copy, size, forged);
	must(count <= NST_FORGED_MOST);
	must(size == 0 || memcmp(copy, frame, size) == 0);
	for (size_t i = 0; i < count; i++)
		check_forged(&forged[i]);
	must(nst_fault_edit(fault, copy, size) <= size);
	free(copy);
}

/* What a rule takes can be done: it changes something, or gives something. */
static void check_taken(const struct nst_take *take, const uint8_t *frame, size_t size)
{
	struct nst_forged forged[NST_FORGED_MOST];
	size_t count = nst_fault_forge(take->fault, frame, size, forged);
	bool forges = take->fault->action == NST_FAULT_RST ||
		      take->fault->action == NST_FAULT_ICMP;

	must(take->id == 1 && take->match == 1);
	must((count > 0) == forges);
	if (take->fault->action == NST_FAULT_TRUNCATE) {
		uint8_t *copy = malloc(size);

		memcpy(copy, frame, size);
		must(nst_fault_edit(take->fault, copy, size) < size);
		free(copy);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nst_fault_rules_place place = { .seed = 1 };
	struct nst_fault_rule_counters counters;
	struct nst_fault_rules *rules;
	struct nst_fault fault;
	struct nst_take take;
	bool taken;

	if (size < FAULT_BYTES)
		return 0;
	fault = fault_from(data);
	data += FAULT_BYTES;
	size -= FAULT_BYTES;
	check_line(&fault);
	apply(&fault, data, size);

	must(nst_fault_rules_new(&place, &rules) == 0);
	if (nst_fault_rules_add(rules, 1, &fault) == 0) {
		taken = nst_fault_rules_take(rules, data, size, &take);
		if (taken)
			check_taken(&take, data, size);
		must(nst_fault_rules_counters(rules, 1, &counters) == 0);
		must(!taken || nst_fault_rules_logged(rules, 0) == 0);
		must(counters.matched <= 1 &&
		     counters.fired ==
			     (taken || nst_fault_rules_logged(rules, 0) == 1));
		must(counters.fired + counters.unable == counters.matched);
	}
	nst_fault_rules_free(rules);
	return 0;
}
