/* SPDX-License-Identifier: MIT */
/* packets: and mark: of a case. */
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "check.h"
#include "steps.h"
#include "units.h"
#include "words.h"

struct count_spec {
	uint64_t at_least, at_most;
	struct string text;
};

struct packets_spec {
	struct strings at;
	struct string match;
	struct count_spec count;
	struct since_spec since;
};

/* ---- count: 3 | none | at least 3 | at most 3 | between 2 and 4 ---- */

static bool need_number(struct sentence *sentence, uint64_t *ret)
{
	struct word word;
	const char *wrong;

	if (!need_word(sentence, "a number", &word))
		return false;
	wrong = parse_number(word.text, UINT64_MAX - 1, ret);
	return !wrong || complain_word(sentence, &word, "%s", wrong);
}

static bool between(struct sentence *sentence, struct count_spec *count)
{
	if (!need_number(sentence, &count->at_least) ||
	    !need_this_word(sentence, "and", "between 2 and 4") ||
	    !need_number(sentence, &count->at_most))
		return false;
	return count->at_least <= count->at_most ||
	       complain(sentence->reader, sentence->string->node,
			"the first number must not be larger than the second");
}

static bool parse_count(struct sentence *sentence, struct count_spec *count)
{
	struct word word;
	const char *wrong;

	count->at_most = UINT64_MAX;
	if (take_word(sentence, "between"))
		return between(sentence, count);
	if (take_word(sentence, "at")) {
		if (take_word(sentence, "least"))
			return need_number(sentence, &count->at_least);
		return need_this_word(sentence, "most", "at most 3") &&
		       need_number(sentence, &count->at_most);
	}
	if (take_word(sentence, "none")) {
		count->at_most = 0;
		return true;
	}
	if (!need_word(sentence, "a number", &word))
		return false;
	wrong = parse_number(word.text, UINT64_MAX - 1, &count->at_least);
	count->at_most = count->at_least;
	return !wrong ||
	       complain_word(sentence, &word,
			     "a count is a number, none, \"at least 3\", \"at most "
			     "3\" or \"between 2 and 4\"");
}

static bool count_read(struct reader *reader, const struct node *node, void *field)
{
	struct count_spec *count = field;
	struct sentence sentence;

	if (!read_text(reader, node, &count->text))
		return false;
	sentence = sentence_of(reader, &count->text);
	return parse_count(&sentence, count) && end_sentence(&sentence);
}

const struct type type_count = {
	.name = "count",
	.read = count_read,
	.schema = "\"anyOf\": [{\"type\": \"integer\", \"minimum\": 0}, {\"type\": "
		  "\"string\", \"pattern\": \"^([0-9]+|none|at least [0-9]+|at most "
		  "[0-9]+|between [0-9]+ and [0-9]+|.*\\\\$\\\\{.*)$\"}]",
};

/* ---- since: start | last step | mark NAME ---- */

static bool since_mark(struct sentence *sentence, struct since_spec *since)
{
	struct reader *reader = sentence->reader;
	const struct playing *playing = reader->playing;
	const char **names =
		arena_bytes(reader->arena, (playing->mark_count + 1) * sizeof(*names));
	struct word word;

	since->since = NST_SINCE_MARK;
	if (!need_word(sentence, "a mark", &word))
		return false;
	since->mark = word.text;
	for (size_t i = 0; i < playing->mark_count; i++) {
		names[i] = playing->marks[i];
		if (strcmp(names[i], word.text) == 0)
			return true;
	}
	return complain_word(sentence, &word,
			     "no step before this one is \"mark: %s\"%s", word.text,
			     or_known(reader->arena, word.text, names));
}

static bool since_read(struct reader *reader, const struct node *node, void *field)
{
	static const char *const words[] = { "start", "last step", "mark NAME", NULL };
	struct since_spec *since = field;
	struct string *string = arena_new(reader->arena, struct string);
	struct sentence sentence;
	bool fine;

	if (!read_text(reader, node, string))
		return false;
	sentence = sentence_of(reader, string);
	if (take_word(&sentence, "start")) {
		fine = true;
	} else if (take_word(&sentence, "last")) {
		since->since = NST_SINCE_STEP;
		fine = need_this_word(&sentence, "step", "last step");
	} else if (take_word(&sentence, "mark")) {
		fine = since_mark(&sentence, since);
	} else {
		return complain(reader, node, "packets are not counted since \"%s\"%s",
				string->text,
				or_known(reader->arena, string->text, words));
	}
	return fine && end_sentence(&sentence);
}

const struct type type_since = {
	.name = "since",
	.read = since_read,
	.schema = "\"type\": \"string\", "
		  "\"pattern\": \"^(start|last step|mark \\\\S+|.*\\\\$\\\\{.*)$\"",
};

/* ---- packets: {at: web:eth0, match: tcp, count: at least 3} ---- */

static bool filter_read(struct reader *reader, const struct node *node, void *field)
{
	struct string *filter = field;

	return read_text(reader, node, filter) && check_filter(reader, filter);
}

static const struct type type_filter = {
	.name = "filter",
	.read = filter_read,
	.schema = "\"type\": \"string\"",
};

static const struct key packets_keys[] = {
	{ "at", &type_texts, offsetof(struct packets_spec, at), false,
	  "A host, an interface as web:eth0, or a list: their packets are added up. "
	  "Default: "
	  "all." },
	{ "match", &type_filter, offsetof(struct packets_spec, match), false,
	  "A pcap filter (pcap-filter(7)). Default: all packets." },
	{ "count", &type_count, offsetof(struct packets_spec, count), true,
	  "A number, none, at least 3, at most 3, or between 2 and 4." },
	{ "since", &type_since, offsetof(struct packets_spec, since), false,
	  "start (the default), last step (when it began), or mark NAME." },
};

const struct table packets_table = {
	.name = "packets",
	.help = "How many packets were seen.",
	.keys = packets_keys,
	.count = ARRAY_SIZE(packets_keys),
};

/* "web" or "web:eth0". */
static bool check_place(struct reader *reader, const struct string *at)
{
	const struct building *building = reader->building;
	size_t length = strcspn(at->text, ":"), i;
	const char *host = part_of(reader, at, 0, length);

	if (!find_host(building, host))
		return complain_at(reader, at, 0, length, "no host \"%s\"%s", host,
				   or_known(reader->arena, host, host_names(reader)));
	if (!at->text[length] || !building->plan)
		return true;
	return nst_plan_interface(building->plan, at->text, &i) == 0 ||
	       complain_at(reader, at, length + 1, at->size - length - 1, "%s",
			   nst_error());
}

bool read_packets_step(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	struct packets_spec spec = { 0 };
	bool fine = true;

	if (!read_table(reader, node, &packets_table, &spec))
		return false;
	if (reader->playing->play->capture == NST_CAPTURE_NONE)
		return complain(reader, node->key, "this case captures nothing");
	for (size_t i = 0; i < spec.at.count; i++)
		fine = check_place(reader, &spec.at.items[i]) && fine;
	if (!fine)
		return false;
	step.packets = (struct nst_packets_step){
		.where = spec.at.count ? names_of(reader, &spec.at) : NULL,
		.match = spec.match.text,
		.since = spec.since.since,
		.mark = spec.since.mark,
		.at_least = spec.count.at_least,
		.at_most = spec.count.at_most,
		.count_text = spec.count.text.text,
	};
	step.text = arena_print(reader->arena, "packets: %s, count %s",
				spec.match.text ? spec.match.text : "all",
				spec.count.text.text);
	add_step(reader, &step);
	return true;
}

bool parse_mark(struct sentence *sentence, struct nst_step *step)
{
	struct playing *playing = sentence->reader->playing;
	struct word word;

	if (!need_word(sentence, "a name", &word))
		return false;
	step->mark = word.text;
	*arena_push(sentence->reader->arena, playing->marks, playing->mark_count) =
		word.text;
	return true;
}
