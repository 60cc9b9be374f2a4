/* SPDX-License-Identifier: MIT */
/* `cases:` and the one-case shorthand. */
#include "cases.h"

#include <string.h>

#include <base/scope.h>

#include "words.h"

static bool capture_read(struct reader *reader, const struct node *node, void *field)
{
	static const char *const words[] = { "all", "none", NULL };
	struct string string;

	if (!read_text(reader, node, &string))
		return false;
	if (strcmp(string.text, "all") == 0)
		*(enum nst_capturing *)field = NST_CAPTURE_ALL;
	else if (strcmp(string.text, "none") == 0)
		*(enum nst_capturing *)field = NST_CAPTURE_NONE;
	else
		return complain(reader, node, "\"%s\" cannot be captured%s",
				string.text,
				or_known(reader->arena, string.text, words));
	return true;
}

const struct type type_capture = {
	.name = "capture",
	.read = capture_read,
	.schema = "\"enum\": [\"all\", \"none\"]",
};

static bool clock_read(struct reader *reader, const struct node *node, void *field)
{
	struct string string;

	if (!read_text(reader, node, &string))
		return false;
	*(enum nst_case_clock *)field =
		strcmp(string.text, "any") ? NST_CLOCK_VIRTUAL : NST_CLOCK_ANY;
	return !strcmp(string.text, "any") || !strcmp(string.text, "virtual") ||
	       complain(reader, node, "a clock is \"virtual\" or \"any\"");
}

const struct type type_clock = {
	.name = "clock",
	.read = clock_read,
	.schema = "\"enum\": [\"virtual\", \"any\"]",
};

static bool allowed_read(struct reader *reader, const struct node *node, void *field)
{
	struct string string;

	if (!read_text(reader, node, &string))
		return false;
	*(bool *)field = true;
	return strcmp(string.text, "allowed") == 0 ||
	       complain(reader, node, "\"allowed\" belongs here, or nothing at all");
}

static const struct type type_allowed = {
	.name = "allowed",
	.read = allowed_read,
	.schema = "\"const\": \"allowed\"",
};

static bool tags_read(struct reader *reader, const struct node *node, void *field)
{
	struct strings *tags = field;

	*tags = (struct strings){ 0 };
	return read_texts(reader, node, tags);
}

const struct type type_tags = {
	.name = "tags",
	.read = tags_read,
	.schema = "\"$ref\": \"#/definitions/texts\"",
};

static bool cases_read(struct reader *reader, const struct node *node, void *field)
{
	*(const struct node **)field = node;
	return expect_mapping(reader, node);
}

const struct type type_cases = {
	.name = "cases",
	.read = cases_read,
	.schema = "\"type\": \"object\", \"additionalProperties\": {\"anyOf\": "
		  "[{\"$ref\": \"#/definitions/steps\"}, {\"$ref\": "
		  "\"#/definitions/case\"}]}",
};

static const struct key case_keys[] = {
	{ "steps", &type_steps, offsetof(struct case_spec, steps), true,
	  "What is done and expected, in order." },
	{ "tags", &type_tags, offsetof(struct case_spec, tags), false,
	  "Words to choose cases by." },
	{ "timeout", &type_time, offsetof(struct case_spec, timeout_ms), false,
	  "For the whole case." },
	{ "settle", &type_time, offsetof(struct case_spec, settle_ms), false,
	  "How long an expectation waits where nothing can be proved. Default: 1s." },
	{ "capture", &type_capture, offsetof(struct case_spec, capture), false,
	  "all (the default) or none." },
	{ "clock", &type_clock, offsetof(struct case_spec, clock), false,
	  "virtual: skipped where time is real. Default: any." },
	{ "unplanned loss", &type_allowed,
	  offsetof(struct case_spec, allow_unplanned_loss), false,
	  "allowed: packets that an impaired link lost for want of room do not fail "
	  "the "
	  "case." },
};

const struct table case_table = {
	.name = "case",
	.help = "A case with more than steps.",
	.keys = case_keys,
	.count = ARRAY_SIZE(case_keys),
};

static bool play(struct reader *reader, const struct case_spec *spec,
		 struct nst_scenario_case *play)
{
	const struct nst_setup *setup = reader->building->setup;
	struct playing playing = { .play = play, .settle_ms = spec->settle_ms };
	bool fine;

	play->allow_unplanned_loss = spec->allow_unplanned_loss;
	play->timeout_ms = spec->timeout_ms;
	play->capture = spec->capture;
	play->clock = spec->clock;
	play->tags = spec->tags.count ? names_of(reader, &spec->tags) : NULL;
	reader->playing = &playing;
	for (size_t i = 0; i < setup->program_count; i++)
		know_program(reader, &setup->programs[i], true);
	fine = read_steps(reader, spec->steps);
	reader->playing = NULL;
	play->setup = impairable_setup(reader, playing.impaired);
	play->steps = playing.steps;
	play->step_count = playing.step_count;
	return fine;
}

static bool read_case(struct reader *reader, const struct entry *entry,
		      const struct case_spec *all, const char *suffix,
		      struct cases *ret)
{
	struct case_spec spec = *all;
	struct nst_scenario_case *new;
	struct string name;

	if (!expand(reader, entry->key, &name))
		return false;
	if (!is_title(name.text))
		return complain(reader, entry->key, "a name is one line of text");
	if (entry->value->kind == NODE_MAPPING) {
		if (!read_table(reader, entry->value, &case_table, &spec))
			return false;
	} else {
		spec.steps = entry->value;
	}
	new = arena_push(reader->arena, ret->items, ret->count);
	new->name = arena_print(reader->arena, "%s%s", name.text, suffix);
	new->position = position_of(entry->key);
	return play(reader, &spec, new);
}

bool read_cases(struct reader *reader, const struct node *node,
		const struct case_spec *all, const char *suffix, struct cases *ret)
{
	bool fine = true;

	for (size_t i = 0; i < node->count; i++)
		fine = read_case(reader, &node->entries[i], all, suffix, ret) && fine;
	return fine;
}

bool read_only_case(struct reader *reader, const char *name, const struct node *place,
		    const struct case_spec *all, const char *suffix, struct cases *ret)
{
	struct nst_scenario_case *new =
		arena_push(reader->arena, ret->items, ret->count);

	new->name = arena_print(reader->arena, "%s%s", name, suffix);
	new->position = position_of(place);
	return play(reader, all, new);
}
