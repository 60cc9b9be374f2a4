/* SPDX-License-Identifier: MIT */
/* timeline:, flap: and pause: of a case. */
#include <assert.h>
#include <string.h>

#include <base/scope.h>

#include "steps.h"
#include "units.h"
#include "words.h"

/* ---- pause: 2s ---- */

bool parse_pause(struct sentence *sentence, struct nst_step *step)
{
	struct word word;
	const char *wrong;

	if (!need_word(sentence, "a time", &word))
		return false;
	wrong = parse_time_us(word.text, &step->pause_us);
	return !wrong || complain_word(sentence, &word, "%s", wrong);
}

/* ---- flap: {link: a -- b, down: 200ms, up: 1s, times: 5} ---- */

struct flap_spec {
	struct string link;
	int down_ms, up_ms;
	unsigned int times;
};

enum { TIMES_MOST = 1000000 };

static bool times_read(struct reader *reader, const struct node *node, void *field)
{
	struct string string;
	uint64_t times;

	if (!read_text(reader, node, &string))
		return false;
	if (parse_number(string.text, TIMES_MOST, &times) || times < 1)
		return complain(reader, node, "this is a number from 1 to %d",
				TIMES_MOST);
	*(unsigned int *)field = (unsigned int)times;
	return true;
}

static const struct type type_times = {
	"times", times_read,
	"\"anyOf\": [{\"type\": \"integer\", \"minimum\": 1}, {\"type\": \"string\", "
	"\"pattern\": \"^([0-9]+|.*\\\\$\\\\{.*)$\"}]"
};

static const struct key flap_keys[] = {
	{ "link", &type_text, offsetof(struct flap_spec, link), true,
	  "The link, as a -- b." },
	{ "down", &type_time, offsetof(struct flap_spec, down_ms), true,
	  "How long it is down each time." },
	{ "up", &type_time, offsetof(struct flap_spec, up_ms), true,
	  "How long it is up between." },
	{ "times", &type_times, offsetof(struct flap_spec, times), true,
	  "How often it goes down." },
};

const struct table flap_table = {
	.name = "flap",
	.help = "Takes a link down and up again, several times; it ends up.",
	.keys = flap_keys,
	.count = ARRAY_SIZE(flap_keys),
};

bool read_flap_step(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	struct flap_spec *spec = arena_new(reader->arena, struct flap_spec);
	struct nst_link_step link;
	struct sentence sentence;

	if (!read_table(reader, node, &flap_table, spec))
		return false;
	sentence = sentence_of(reader, &spec->link);
	if (!need_link(&sentence, &link) || !end_sentence(&sentence))
		return false;
	step.flap = (struct nst_flap_step){
		.a = link.a,
		.b = link.b,
		.down_us = (int64_t)spec->down_ms * 1000,
		.up_us = (int64_t)spec->up_ms * 1000,
		.times = spec->times,
	};
	step.text = arena_print(reader->arena, "flap: %s -- %s, %u times", link.a,
				link.b, spec->times);
	add_step(reader, &step);
	return true;
}

/* ---- timeline: [{at: 2s, do: {down: a -- b}}, {when: …, do: […]}] ---- */

struct entry_spec {
	int at_ms;
	struct string when;
	const struct node *node_do;
	bool may_miss;
};

/* What may be done beside other steps: whatever is done at once, or by the clock. */
static const bool can_be_done[NST_STEP_KINDS] = {
	[NST_STEP_START] = true,     [NST_STEP_KILL] = true,
	[NST_STEP_FREEZE] = true,    [NST_STEP_THAW] = true,
	[NST_STEP_DOWN] = true,      [NST_STEP_UP] = true,
	[NST_STEP_CUT] = true,       [NST_STEP_MEND] = true,
	[NST_STEP_MARK] = true,      [NST_STEP_IMPAIR] = true,
	[NST_STEP_RAMP] = true,      [NST_STEP_FAULT] = true,
	[NST_STEP_UNFAULT] = true,   [NST_STEP_FLAP] = true,
	[NST_STEP_ADDRESS] = true,   [NST_STEP_PAUSE] = true,
	[NST_STEP_RULESET] = true,   [NST_STEP_RELOAD] = true,
	[NST_STEP_VANISH] = true,    [NST_STEP_EXHAUST] = true,
	[NST_STEP_RESTORE] = true,   [NST_STEP_MTU] = true,
	[NST_STEP_READ_ONLY] = true, [NST_STEP_WRITABLE] = true,
};

bool may_be_here(struct reader *reader, const struct node *key, enum nst_step_kind kind)
{
	return !reader->playing->in_timeline || can_be_done[kind] ||
	       complain(reader, key,
			"a timeline cannot do this: it does not wait, ask or judge");
}

static bool do_read(struct reader *reader, const struct node *node, void *field)
{
	(void)reader;
	*(const struct node **)field = node;
	return true;
}

static const struct type type_do = { "timeline-do", do_read,
				     "\"anyOf\": [{\"$ref\": \"#/definitions/step\"}, "
				     "{\"$ref\": \"#/definitions/steps\"}]" };

static const struct key timeline_keys[] = {
	{ "at", &type_time, offsetof(struct entry_spec, at_ms), false,
	  "When, from the step timeline on." },
	{ "when", &type_text, offsetof(struct entry_spec, when), false,
	  "Or once this has happened: fault NAME fired 3 times, web prints \"REGEX\", "
	  "web is ready, web exits." },
	{ "do", &type_do, offsetof(struct entry_spec, node_do), true,
	  "A step, or a list of steps; those that wait, ask or judge cannot be here." },
	{ "may miss", &type_flag, offsetof(struct entry_spec, may_miss), false,
	  "true: it need not have come when the case ends." },
};

const struct table timeline_table = {
	.name = "timeline-entry",
	.help = "Something that is done beside the steps that follow.",
	.keys = timeline_keys,
	.count = ARRAY_SIZE(timeline_keys),
};

static bool read_when(struct reader *reader, const struct string *when,
		      struct nst_wait_step *ret)
{
	struct sentence sentence = sentence_of(reader, when);
	struct word first = { "", 0, when->size };

	if (!parse_event(&sentence, ret) || !end_sentence(&sentence))
		return false;
	switch (ret->kind) {
	case NST_WAIT_READY:
	case NST_WAIT_PRINTS:
	case NST_WAIT_EXITS:
	case NST_WAIT_FAULT:
	case NST_WAIT_TCP:
	case NST_WAIT_COUNTER:
		return true;
	case NST_WAIT_PORT:
	case NST_WAIT_FILE:
	case NST_WAIT_TIMELINE:
		break;
	}
	return complain_word(&sentence, &first,
			     "a timeline waits for no ports, files and timelines");
}

static bool read_done(struct reader *reader, const struct node *node,
		      struct nst_timeline_entry *entry)
{
	struct playing *playing = reader->playing;
	struct nst_step *steps = playing->steps;
	size_t count = playing->step_count;
	bool fine;

	playing->steps = NULL;
	playing->step_count = 0;
	playing->in_timeline = true;
	fine = node->kind == NODE_LIST ? read_steps(reader, node)
				       : read_step(reader, node);
	playing->in_timeline = false;
	entry->steps = playing->steps;
	entry->step_count = playing->step_count;
	playing->steps = steps;
	playing->step_count = count;
	return fine;
}

static bool read_entry(struct reader *reader, const struct node *node,
		       struct nst_timeline_entry *entry)
{
	struct entry_spec *spec = arena_new(reader->arena, struct entry_spec);

	if (!read_table(reader, node, &timeline_table, spec))
		return false;
	if (!spec->at_ms == !spec->when.text)
		return complain(reader, node,
				"either \"at\" or \"when\" belongs here, as in "
				"{at: 2s, do: {down: a -- b}}");
	entry->position = position_of(node);
	entry->may_miss = spec->may_miss;
	entry->at_us = spec->at_ms ? (int64_t)spec->at_ms * 1000 : -1;
	entry->text = spec->at_ms
			      ? arena_print(reader->arena, "at %d ms", spec->at_ms)
			      : arena_print(reader->arena, "when %s", spec->when.text);
	if (spec->when.text && !read_when(reader, &spec->when, &entry->when))
		return false;
	return read_done(reader, spec->node_do, entry);
}

bool read_timeline_step(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	struct nst_timeline_entry *entries = NULL;
	size_t count = 0;
	bool fine = true;

	if (!expect_list(reader, node))
		return false;
	if (node->count == 0)
		return complain(reader, node, "this list is empty");
	for (size_t i = 0; i < node->count; i++)
		fine = read_entry(reader, node->entries[i].value,
				  arena_push(reader->arena, entries, count)) &&
		       fine;
	reader->playing->has_timeline = true;
	step.timeline = (struct nst_timeline_step){ entries, count };
	step.text = arena_print(reader->arena, "timeline: %zu entries", count);
	add_step(reader, &step);
	return fine;
}
