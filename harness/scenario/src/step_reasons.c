/* SPDX-License-Identifier: MIT */
/* Verdicts with their reasons, as in "dropped by fw.nft:14 or rejected with tcp reset":
 *
 *	VERDICT [by FILE:LINE|policy|no rule] [with icmp CODE|tcp reset]
 *	        [via nat] [seen as ADDRESS] [or VERDICT …]…
 */
#include <arpa/inet.h>
#include <string.h>

#include <base/scope.h>
#include <probe/codes.h>

#include "expect.h"
#include "units.h"
#include "words.h"

/* ---- by ---- */

static bool names_file(const char *path, const char *file)
{
	size_t length = strlen(path), end = strlen(file);

	return length >= end && strcmp(path + length - end, file) == 0 &&
	       (length == end || path[length - end - 1] == '/');
}

/* A rule file of a host, or one that such a file may include or read: those may be named by patterns, and
 * include others. */
static bool is_known_file(const struct building *building, const char *file)
{
	const char *name = strrchr(file, '/');

	name = name ? name + 1 : file;
	for (size_t i = 0; i < building->host_count; i++) {
		const struct ruleset_specs *specs = &building->hosts[i]->rulesets;

		for (size_t k = 0; k < specs->count; k++)
			if (names_file(specs->items[k].rules.path, file) ||
			    strstr(specs->items[k].rules.text, name) ||
			    strstr(specs->items[k].rules.text, "include \""))
				return true;
	}
	return false;
}

static bool parse_place(struct sentence *sentence, const struct word *word,
			struct nst_reason *reason)
{
	const char *colon = strrchr(word->text, ':');
	struct word file;
	uint64_t line;

	if (!colon || colon == word->text ||
	    parse_number(colon + 1, UINT32_MAX, &line) || line == 0)
		return complain_word(sentence, word,
				     "FILE:LINE of a rule, policy, or no rule belongs "
				     "here, as in \"dropped by fw.nft:14\"");
	file = (struct word){
		.text = part_of(sentence->reader, sentence->string, word->offset,
				(size_t)(colon - word->text)),
		.offset = word->offset,
		.size = (size_t)(colon - word->text),
	};
	if (!is_known_file(sentence->reader->building, file.text))
		return complain_word(sentence, &file, "no host has a ruleset \"%s\"",
				     file.text);
	reason->cause = NST_CAUSE_RULE;
	reason->file = file.text;
	reason->line = (unsigned int)line;
	return true;
}

static bool parse_by(struct sentence *sentence, struct nst_reason *reason)
{
	struct word word;

	if (!need_word(sentence, "FILE:LINE, policy or no rule", &word))
		return false;
	if (strcmp(word.text, "policy") == 0) {
		reason->cause = NST_CAUSE_POLICY;
		return true;
	}
	if (strcmp(word.text, "no") == 0) {
		reason->cause = NST_CAUSE_NO_RULE;
		return need_this_word(sentence, "rule", "dropped by no rule");
	}
	return parse_place(sentence, &word, reason);
}

/* ---- with, via, seen as ---- */

#define REJECTED (1u << NST_VERDICT_REJECTED)

static bool parse_code(struct sentence *sentence, struct nst_reason *reason)
{
	const char *names[32] = { NULL };
	const struct code *code;
	struct word word;

	if (!need_word(sentence, "an ICMP code, such as admin-prohibited,", &word))
		return false;
	for (size_t i = 0; (code = code_at(i)) && i + 1 < ARRAY_SIZE(names); i++) {
		names[i] = code->name;
		if (strcmp(word.text, code->name) == 0) {
			reason->icmp = code->name;
			return true;
		}
	}
	return complain_word(sentence, &word, "unknown ICMP code \"%s\"%s", word.text,
			     or_known(sentence->reader->arena, word.text, names));
}

static bool parse_with(struct sentence *sentence, const struct word *with,
		       struct nst_reason *reason)
{
	struct word word;

	if (reason->verdicts & ~REJECTED)
		return complain_word(sentence, with,
				     "only \"rejected\" is with something");
	if (!need_word(sentence, "\"icmp CODE\" or \"tcp reset\"", &word))
		return false;
	if (strcmp(word.text, "icmp") == 0)
		return parse_code(sentence, reason);
	if (strcmp(word.text, "tcp") != 0)
		return complain_word(sentence, &word,
				     "\"icmp CODE\" or \"tcp reset\" belongs here");
	reason->reset = true;
	return need_this_word(sentence, "reset", "rejected with tcp reset");
}

static bool parse_via(struct sentence *sentence, struct nst_reason *reason)
{
	reason->nat = true;
	return need_this_word(sentence, "nat", "open via nat");
}

static bool parse_seen(struct sentence *sentence, struct nst_reason *reason)
{
	struct word word;

	if (!need_this_word(sentence, "as", "open seen as 192.0.2.1") ||
	    !need_word(sentence, "an address", &word))
		return false;
	if (!address_family(word.text))
		return complain_word(sentence, &word, "\"%s\" is no IP address",
				     word.text);
	reason->seen_as = word.text;
	return true;
}

/* ---- All of it ---- */

static bool parse_reason(struct sentence *sentence, struct nst_reason *reason)
{
	for (;;) {
		struct sentence ahead = *sentence;
		struct word word;
		bool fine;

		if (!next_word(&ahead, &word))
			return true;
		if (strcmp(word.text, "by") != 0 && strcmp(word.text, "with") != 0 &&
		    strcmp(word.text, "via") != 0 && strcmp(word.text, "seen") != 0)
			return true;
		sentence->at = ahead.at;
		fine = word.text[0] == 'b'   ? parse_by(sentence, reason)
		       : word.text[0] == 'w' ? parse_with(sentence, &word, reason)
		       : word.text[0] == 'v' ? parse_via(sentence, reason)
					     : parse_seen(sentence, reason);
		if (!fine)
			return false;
	}
}

static bool says_nothing(const struct nst_reason *reason)
{
	return reason->cause == NST_CAUSE_ANY && !reason->icmp && !reason->reset &&
	       !reason->nat && !reason->seen_as;
}

bool parse_answers(struct sentence *sentence, struct nst_expectation *expect)
{
	struct nst_reason *reasons = NULL;
	bool any = false;

	do {
		struct nst_reason reason = { .verdicts = 0 };

		if (!parse_verdict(sentence, &reason.verdicts) ||
		    !parse_reason(sentence, &reason))
			return false;
		any |= !says_nothing(&reason);
		expect->verdicts |= reason.verdicts;
		*arena_push(sentence->reader->arena, reasons, expect->reason_count) =
			reason;
	} while (take_word(sentence, "or"));
	expect->reasons = reasons;
	if (!any)
		expect->reason_count = 0;
	return true;
}
