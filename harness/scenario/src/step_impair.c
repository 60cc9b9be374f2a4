/* SPDX-License-Identifier: MIT */
/* impair: and ramp: of a case. */
#include <stdio.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "impair.h"
#include "units.h"

/* ---- impair: a -> b delay 20ms; impair: {a -> b: {delay: 20ms}, …} ---- */

static void finish_impair(struct nst_step *step, const struct impair_directions *all)
{
	step->impair.directions = all->items;
	step->impair.count = all->count;
}

/* The directions of the key or the sentence's beginning; the halves of presets for each. */
static bool take_directions(struct sentence *sentence, struct impair_directions *to,
			    enum preset_half halves[2], size_t *ret_count,
			    struct link_direction *ret_direction)
{
	if (!need_direction(sentence, true, ret_direction))
		return false;
	add_directions(sentence->reader, ret_direction, to);
	*ret_count = ret_direction->both ? 2 : 1;
	halves[0] = ret_direction->both ? HALF_UP : HALF_SAID;
	halves[1] = HALF_DOWN;
	return true;
}

bool parse_impair(struct sentence *sentence, struct nst_step *step)
{
	struct impair_directions all = { 0 };
	struct link_direction direction;
	enum preset_half halves[2];
	size_t count;

	if (!take_directions(sentence, &all, halves, &count, &direction))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct nst_impairment *impairment = &all.items[i].impairment;
		struct sentence rest = *sentence;

		if (!rest_is_impairment(&rest, halves[i], impairment))
			return false;
		make_impairable(sentence->reader, &direction, impairment);
	}
	sentence->at = sentence->string->size;
	finish_impair(step, &all);
	return true;
}

static bool is_there(const struct impair_directions *all, size_t count,
		     const struct nst_impair_direction *new)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(all->items[i].from, new->from) == 0 &&
		    strcmp(all->items[i].to, new->to) == 0)
			return true;
	return false;
}

static bool read_entry(struct reader *reader, const struct entry *entry,
		       struct impair_directions *all)
{
	struct string *key = arena_new(reader->arena, struct string);
	size_t before = all->count, count;
	struct link_direction direction;
	enum preset_half halves[2];
	struct sentence sentence;

	if (!expand(reader, entry->key, key))
		return false;
	sentence = sentence_of(reader, key);
	if (!take_directions(&sentence, all, halves, &count, &direction) ||
	    !end_sentence(&sentence))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct nst_impair_direction *new = &all->items[before + i];

		if (is_there(all, before, new))
			return complain(reader, entry->key,
					"this direction is there twice");
		if (!read_impairment(reader, entry->value, halves[i], &new->impairment))
			return false;
		make_impairable(reader, &direction, &new->impairment);
	}
	return true;
}

/* "impair: a -> b delay 20ms, b -> a none". */
static const char *text_of(struct reader *reader, const struct impair_directions *all)
{
	struct growing text = { .arena = reader->arena };
	char words[256];

	grow(&text, "impair: ", 8);
	for (size_t i = 0; i < all->count; i++) {
		const struct nst_impair_direction *direction = &all->items[i];
		const char *one;

		nst_impairment_print(&direction->impairment, words, sizeof(words));
		one = arena_print(reader->arena, "%s%s -> %s %s", i ? "; " : "",
				  direction->from, direction->to,
				  *words ? words : "none");
		grow(&text, one, strlen(one));
	}
	return text.text;
}

bool read_impair_step(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	struct impair_directions all = { 0 };
	bool fine = node->count > 0;

	if (!fine)
		return complain(
			reader, node,
			"a direction is missing, as in {a -> b: {delay: 20ms}}");
	for (size_t i = 0; i < node->count; i++)
		fine = read_entry(reader, &node->entries[i], &all) && fine;
	if (!fine)
		return false;
	finish_impair(&step, &all);
	step.text = text_of(reader, &all);
	add_step(reader, &step);
	return true;
}

/* ---- ramp: {on: a -> b, from: loss 0%, to: loss 30%, over: 10s} ---- */

struct ramp_spec {
	struct string on;
	const struct node *from, *to;
	int over_ms, every_ms;
};

static const struct key ramp_keys[] = {
	{ "on", &type_text, offsetof(struct ramp_spec, on), true,
	  "The direction, as a -> b; or a -- b: both." },
	{ "from", &type_impairment, offsetof(struct ramp_spec, from), true,
	  "What it begins with, as in impair; or none." },
	{ "to", &type_impairment, offsetof(struct ramp_spec, to), true,
	  "What it ends with; its figures change, its kinds cannot." },
	{ "over", &type_time, offsetof(struct ramp_spec, over_ms), true,
	  "How long it takes." },
	{ "every", &type_time, offsetof(struct ramp_spec, every_ms), false,
	  "Time from one change to the next. Default: 100ms." },
};

const struct table ramp_table = {
	.name = "ramp",
	.help = "Changes an impairment gradually.",
	.keys = ramp_keys,
	.count = ARRAY_SIZE(ramp_keys),
};

enum { DEFAULT_EVERY_MS = 100 };

/* What cannot change by and by: NULL, or what it is. */
static const char *jumps(const struct nst_impairment *a, const struct nst_impairment *b)
{
	bool none = nst_impairment_is_none(a) || nst_impairment_is_none(b);

	if (none)
		return NULL;
	if (a->loss_model != b->loss_model)
		return "the model of loss";
	if (a->jitter_us && b->jitter_us && a->distribution != b->distribution)
		return "the distribution of the delay";
	if (!a->trace_file != !b->trace_file ||
	    (a->trace_file && strcmp(a->trace_file, b->trace_file) != 0))
		return "the trace";
	if (a->queue != b->queue)
		return "the kind of queue";
	return a->compat == b->compat ? NULL : "the way of reading (compat)";
}

static bool read_ends(struct reader *reader, const struct ramp_spec *spec,
		      const enum preset_half halves[2],
		      struct nst_impair_direction *begin,
		      struct nst_impair_direction *end, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *wrong;

		if (!read_impairment(reader, spec->from, halves[i],
				     &begin[i].impairment) ||
		    !read_impairment(reader, spec->to, halves[i], &end[i].impairment))
			return false;
		wrong = jumps(&begin[i].impairment, &end[i].impairment);
		if (wrong)
			return complain(reader, spec->to->key,
					"%s cannot change gradually: it must be the "
					"same as in \"from\"",
					wrong);
	}
	return true;
}

bool read_ramp_step(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	struct ramp_spec *spec = arena_new(reader->arena, struct ramp_spec);
	struct impair_directions begin = { 0 }, end = { 0 };
	struct link_direction direction;
	enum preset_half halves[2];
	struct sentence sentence;
	size_t count;

	spec->every_ms = DEFAULT_EVERY_MS;
	if (!read_table(reader, node, &ramp_table, spec))
		return false;
	sentence = sentence_of(reader, &spec->on);
	if (!take_directions(&sentence, &begin, halves, &count, &direction) ||
	    !end_sentence(&sentence))
		return false;
	for (size_t i = 0; i < count; i++)
		*arena_push(reader->arena, end.items, end.count) = begin.items[i];
	if (!read_ends(reader, spec, halves, begin.items, end.items, count))
		return false;
	for (size_t i = 0; i < count; i++) {
		make_impairable(reader, &direction, &begin.items[i].impairment);
		make_impairable(reader, &direction, &end.items[i].impairment);
	}
	if (spec->every_ms > spec->over_ms)
		return complain(reader, node_get(node, "over")->key,
				"a ramp takes at least one \"every\", which is %d ms",
				spec->every_ms);
	step.ramp = (struct nst_ramp_step){
		.begin = begin.items,
		.end = end.items,
		.count = count,
		.over_us = (int64_t)spec->over_ms * 1000,
		.every_us = (int64_t)spec->every_ms * 1000,
	};
	step.text = arena_print(reader->arena, "ramp: %s over %d ms", spec->on.text,
				spec->over_ms);
	add_step(reader, &step);
	return true;
}
