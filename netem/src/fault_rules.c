/* SPDX-License-Identifier: MIT */
/* The fault rules of one direction: which frames they take. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <netem/fault_rules.h>
#include <netem/model.h>

#include "fault_match.h"
#include "frame_edit.h"
#include "frame_forge.h"

enum {
	MILLION = 1000000,
	/* Streams of chance below this are the model's. */
	STREAM_OF_FIRST_RULE = 0x10000,
};

struct rule {
	struct rule *next;
	struct nst_fault fault;
	struct fault_match match;
	uint32_t id;
	unsigned int stream;
	uint64_t bytes;   /* of payload that have matched */
	uint64_t counted; /* matches since after_bytes */
	struct nst_fault_rule_counters counters;
	bool logged;  /* the last frame */
	char texts[]; /* of the fault */
};

struct nst_fault_rules {
	struct nst_fault_rules_place place;
	struct rule *first;
	unsigned int next_stream;
};

int nst_fault_rules_new(const struct nst_fault_rules_place *place,
			struct nst_fault_rules **ret_rules)
{
	struct nst_fault_rules *rules = malloc(sizeof(*rules));

	if (!rules)
		return nst_fail_memory();
	*rules = (struct nst_fault_rules){ .place = *place,
					   .next_stream = STREAM_OF_FIRST_RULE };
	*ret_rules = rules;
	return 0;
}

static void free_rule(struct rule *rule)
{
	fault_match_free(&rule->match);
	free(rule);
}

void nst_fault_rules_free(struct nst_fault_rules *rules)
{
	if (!rules)
		return;
	while (rules->first) {
		struct rule *rule = rules->first;

		rules->first = rule->next;
		free_rule(rule);
	}
	free(rules);
}

static size_t text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static struct rule *new_rule(const struct nst_fault *fault)
{
	size_t match = text_size(fault->match), name = text_size(fault->name);
	struct rule *rule = calloc(1, sizeof(*rule) + match + name);

	if (!rule)
		return NULL;
	rule->fault = *fault;
	if (match)
		rule->fault.match = memcpy(rule->texts, fault->match, match);
	if (name)
		rule->fault.name = memcpy(rule->texts + match, fault->name, name);
	return rule;
}

/* Where the pointer to the rule is; at the end of the list if there is no such rule. */
static struct rule **find(struct nst_fault_rules *rules, uint32_t id)
{
	struct rule **at = &rules->first;

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

int nst_fault_rules_add(struct nst_fault_rules *rules, uint32_t id,
			const struct nst_fault *fault)
{
	struct rule **end = find(rules, id), *rule;
	int r = nst_fault_check(fault, NULL);

	if (r < 0)
		return r;
	if (*end)
		return nst_fail(-EEXIST, "there is a rule %u already", id);
	rule = new_rule(fault);
	if (!rule)
		return nst_fail_memory();
	r = fault_match_compile(fault->match, &rule->match);
	if (r < 0) {
		free(rule);
		return r;
	}
	rule->id = id;
	rule->stream = rules->next_stream++;
	*end = rule;
	return 0;
}

int nst_fault_rules_remove(struct nst_fault_rules *rules, uint32_t id)
{
	struct rule **at = find(rules, id), *rule = *at;

	if (!rule)
		return nst_fail(-ENOENT, "there is no rule %u", id);
	*at = rule->next;
	free_rule(rule);
	return 0;
}

int nst_fault_rules_counters(const struct nst_fault_rules *rules, uint32_t id,
			     struct nst_fault_rule_counters *ret)
{
	for (const struct rule *rule = rules->first; rule; rule = rule->next)
		if (rule->id == id) {
			*ret = rule->counters;
			return 0;
		}
	return nst_fail(-ENOENT, "there is no rule %u", id);
}

bool nst_fault_rules_are_none(const struct nst_fault_rules *rules)
{
	return !rules->first;
}

/* ---- Taking ---- */

/* What is drawn for a match depends on its number only, not on what was drawn before. */
static bool has_luck(const struct nst_fault_rules *rules, const struct rule *rule)
{
	uint64_t draw =
		nst_draw(rules->place.seed, rules->place.link, rules->place.direction,
			 rule->stream, rule->counters.matched);

	/* The upper 32 bits as a fraction of 1. */
	return (draw >> 32) * MILLION >> 32 < rule->fault.probability_ppm;
}

/* Whether the match with this number, from 1, is among those that are meant. */
static bool is_meant(const struct nst_fault *fault, uint64_t n)
{
	uint64_t from = fault->from ?: 1;

	if (fault->nth)
		return n == fault->nth;
	if (n < from || (fault->to && n > fault->to))
		return false;
	return fault->every < 2 || (n - from + 1) % fault->every == 0;
}

/* Counts a match. Return: whether the rule wants this one. */
static bool selects(const struct nst_fault_rules *rules, struct rule *rule,
		    const struct frame_parts *parts)
{
	bool counts = rule->bytes >= rule->fault.after_bytes;

	rule->counters.matched++;
	rule->bytes += parts->end - parts->payload_at;
	if (!counts)
		return false;
	rule->counted++;
	return is_meant(&rule->fault, rule->counted) &&
	       (rule->fault.probability_ppm == 0 || has_luck(rules, rule));
}

/* Return: whether the action can be done to it. */
static bool is_able(struct rule *rule, const uint8_t *frame,
		    const struct frame_parts *parts)
{
	if (frame_can_edit(&rule->fault, frame, parts) &&
	    frame_can_forge(&rule->fault, frame, parts))
		return true;
	rule->counters.unable++;
	return false;
}

bool nst_fault_rules_take(struct nst_fault_rules *rules, const uint8_t *frame,
			  size_t size, struct nst_take *ret_take)
{
	const struct rule *taker = NULL;
	struct frame_parts parts;

	frame_parts_find(frame, size, &parts);
	for (struct rule *rule = rules->first; rule; rule = rule->next) {
		bool logs = rule->fault.action == NST_FAULT_LOG;

		rule->logged = false;
		if (!fault_match_holds(&rule->match, frame, &parts) ||
		    !selects(rules, rule, &parts) || !is_able(rule, frame, &parts) ||
		    (taker && !logs))
			continue;
		rule->counters.fired++;
		rule->logged = logs;
		if (!logs)
			taker = rule;
	}
	if (taker)
		*ret_take = (struct nst_take){ taker->id, taker->counters.matched,
					       &taker->fault };
	return taker != NULL;
}

uint32_t nst_fault_rules_logged(const struct nst_fault_rules *rules, uint32_t after)
{
	const struct rule *rule = rules->first;

	while (rule && after && rule->id != after)
		rule = rule->next;
	for (rule = rule && after ? rule->next : rule; rule; rule = rule->next)
		if (rule->logged)
			return rule->id;
	return 0;
}
