/* SPDX-License-Identifier: MIT */
/* The grammar in which people write impairments.
 *
 *	text	= part { [","|";"] part }
 *	part	= one of the keywords below, and what belongs to it
 *
 * The words and their order are those of tc(8), so that what was written for tc is
 * understood; but units are written, and a quantity that two readers would take for
 * different ones is refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/impairment.h>

#include "impairment_parts.h"

/* ---- preset lte down ---- */

static bool is_empty(const struct nst_impairment *impairment)
{
	return nst_impairment_print(impairment, NULL, 0) == 0;
}

static const struct nst_preset *read_preset(struct reader *reader)
{
	const char *names[32] = { NULL };
	unsigned int choice;

	for (size_t i = 0; nst_presets[i].name && i + 1 < ARRAY_SIZE(names); i++)
		names[i] = nst_presets[i].name;
	if (read_choice(reader, "a preset", names, &choice) < 0)
		return NULL;
	return &nst_presets[choice];
}

static int parse_preset(struct reader *reader, struct nst_impairment *impairment)
{
	struct word word = words_peek(reader);
	const struct nst_preset *preset = read_preset(reader);
	const char *text;
	char *store;

	if (!preset)
		return -EINVAL;
	if (!is_empty(impairment))
		return wrong(reader, word,
			     "a preset comes first; what follows changes it");
	if (words_accept(reader, "up"))
		text = preset->up;
	else if (words_accept(reader, "down") || strcmp(preset->down, preset->up) == 0)
		text = preset->down;
	else
		return wrong(
			reader, word,
			"%s is not the same both ways: write \"%s down\" for what goes "
			"to the user, or \"%s up\"",
			preset->name, preset->name, preset->name);
	if (nst_impairment_parse(text, impairment, &store, NULL) == 0)
		free(store); /* presets name no files */
	return 0;
}

/* ---- Parts ---- */

static const struct keyword {
	const char *name;
	part_fn *parse;
	const char *form;
} keywords[] = {
	{ "preset", parse_preset, "preset lte down" },
	{ "delay", parse_delay, "delay 20ms \u00b15ms 25% normal" },
	{ "loss", parse_loss,
	  "loss 1% 25%, loss state P13 P31 P32 P23 P14 or loss gemodel P R 1-H 1-K" },
	{ "ecn", parse_ecn, "ecn" },
	{ "duplicate", parse_duplicate, "duplicate 1% 10%" },
	{ "corrupt", parse_corrupt, "corrupt 0.1% 10%" },
	{ "reorder", parse_reorder, "reorder 25% 50% gap 5" },
	{ "rate", parse_rate, "rate 10mbit overhead 20 cell 48/5" },
	{ "limit", parse_limit, "limit 1000 or limit 64kB" },
	{ "slot", parse_slot,
	  "slot 10ms\u201320ms packets 5 bytes 3000 or slot distribution normal 10ms "
	  "2ms" },
	{ "trace", parse_trace, "trace FILE" },
	{ "queue", parse_queue, "queue codel" },
	{ "compat", parse_compat, "compat netem" },
	{ "seed", parse_seed, "seed 7" },
};

/* What people write who mean something that is here. */
static const struct {
	const char *word, *advice;
} instead[] = {
	{ "latency", "did you mean \"delay\"?" },
	{ "rtt", "a delay is one way: half of it" },
	{ "jitter", "it is written behind the delay: delay 20ms \u00b15ms" },
	{ "distribution",
	  "it is written behind the jitter: delay 20ms \u00b15ms normal" },
	{ "normal", "it is written behind the jitter: delay 20ms \u00b15ms normal" },
	{ "drop", "did you mean \"loss\"?" },
	{ "gemodel", "did you mean \"loss gemodel\"?" },
	{ "state", "did you mean \"loss state\"?" },
	{ "gap", "it is written behind the reordering: reorder 25% gap 5" },
	{ "bandwidth", "did you mean \"rate\"?" },
	{ "bw", "did you mean \"rate\"?" },
	{ "overhead", "it is written behind the rate: rate 10mbit overhead 20" },
	{ "cell", "it is written behind the rate: rate 10mbit cell 48/5" },
};

static const struct keyword *find_keyword(struct word word)
{
	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (word_is(word, keywords[i].name))
			return &keywords[i];
	return NULL;
}

static int keyword_unknown(struct reader *reader, struct word word)
{
	const char *names[ARRAY_SIZE(keywords) + 1] = { NULL };
	const char *nearest;

	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		names[i] = keywords[i].name;
	for (size_t i = 0; i < ARRAY_SIZE(instead); i++)
		if (word_is(word, instead[i].word))
			return wrong(reader, word, "\"%s\": %s", instead[i].word,
				     instead[i].advice);
	nearest = nearest_of(word, names);
	if (nearest)
		return wrong(reader, word,
			     "\"%.*s\" is no impairment; did you mean \"%s\"?",
			     word_shown(word), word.start, nearest);
	return wrong(reader, word,
		     "\"%.*s\" is no impairment (delay, loss, ecn, duplicate, corrupt, "
		     "reorder, rate, limit, slot, trace, queue, preset, compat, seed)",
		     word_shown(word), word.start);
}

/* What a keyword is followed by, up to the next part. */
static int parse_part(struct reader *reader, const struct keyword *keyword,
		      struct nst_impairment *impairment, bool alone)
{
	struct word word;
	int r;

	reader->part = keyword->name;
	r = keyword->parse(reader, impairment);
	if (r < 0)
		return r;
	word = words_peek(reader);
	if (word.length && (alone || !find_keyword(word)))
		return wrong(reader, word,
			     "\"%.*s\" does not belong here: it is written as "
			     "%s",
			     word_shown(word), word.start, keyword->form);
	reader->part = NULL;
	return 0;
}

static int parse_parts(struct reader *reader, struct nst_impairment *impairment)
{
	bool seen[ARRAY_SIZE(keywords)] = { false };

	for (;;) {
		struct word word = words_take(reader);
		const struct keyword *keyword = find_keyword(word);
		int r;

		if (word.length == 0 && *reader->next == '\0')
			return 0;
		if (word.length == 0) {
			reader->next++; /* a comma */
			continue;
		}
		if (!keyword)
			return keyword_unknown(reader, word);
		if (seen[keyword - keywords])
			return wrong(reader, word, "\"%s\" is there twice",
				     keyword->name);
		seen[keyword - keywords] = true;
		r = parse_part(reader, keyword, impairment, false);
		if (r < 0)
			return r;
	}
}

/* Room for all file names: each is a word, and has a keyword in front. */
static int begin(struct reader *reader, const char *text, char **ret_store)
{
	*ret_store = calloc(1, strlen(text) + 2);
	if (!*ret_store)
		return nst_fail_memory();
	*reader = (struct reader){ .text = text, .next = text, .store = *ret_store };
	return 0;
}

static int end(struct reader *reader, int r, char *store, char **ret_store,
	       size_t *ret_at)
{
	if (r < 0) {
		free(store);
		if (ret_at)
			*ret_at = reader->wrong_at;
		return r;
	}
	if (reader->store == store) { /* no file names */
		free(store);
		store = NULL;
	}
	*ret_store = store;
	return 0;
}

int nst_impairment_parse(const char *text, struct nst_impairment *ret, char **ret_store,
			 size_t *ret_at)
{
	struct nst_impairment impairment = { 0 };
	struct reader reader = { 0 };
	char *store;
	int r = begin(&reader, text, &store);

	if (r == 0)
		r = parse_parts(&reader, &impairment);
	r = end(&reader, r, store, ret_store, ret_at);
	if (r == 0)
		*ret = impairment;
	return r;
}

int nst_impairment_parse_key(const char *key, const char *value,
			     struct nst_impairment *impairment, char **ret_store,
			     size_t *ret_at)
{
	const struct word word = { key, strlen(key) };
	const struct keyword *keyword = find_keyword(word);
	struct nst_impairment changed = *impairment;
	struct reader reader = { .text = key };
	char *store;
	int r;

	if (!keyword) {
		keyword_unknown(&reader, word);
		return -ENOENT;
	}
	r = begin(&reader, value, &store);
	if (r == 0)
		r = parse_part(&reader, keyword, &changed, true);
	if (r == 0 && *reader.next)
		r = wrong(&reader, words_peek(&reader),
			  "%s: a comma does not belong here", key);
	r = end(&reader, r, store, ret_store, ret_at);
	if (r == 0)
		*impairment = changed;
	return r;
}
