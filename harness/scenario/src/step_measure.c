/* SPDX-License-Identifier: MIT */
/* measure: what TCP achieved, by numbers or beside what was measured before. */
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "steps.h"
#include "units.h"
#include "words.h"

struct measure_spec {
	struct string at, port, as;
	struct since_spec since;
	struct nst_bound bounds[NST_MEASURED];
};

/* ---- Values ---- */

/* What is wrong, or NULL; the store of a rate holds nothing. */
static const char *parse_rate(const char *text, uint64_t *ret_bps)
{
	struct nst_impairment impairment = { 0 };
	char line[80], *store = NULL;
	int r;

	snprintf(line, sizeof(line), "rate %s", text);
	r = nst_impairment_parse(line, &impairment, &store, NULL);
	free(store);
	*ret_bps = impairment.rate_bps;
	return r < 0 ? "a rate is written as 10mbit, 1.5mbit or 56kbit" : NULL;
}

static const char *parse_latency(const char *text, uint64_t *ret_us)
{
	int64_t us = 0;
	const char *wrong = parse_time_us(text, &us);

	*ret_us = (uint64_t)us;
	return wrong;
}

/* "2%" of the segments, or how many. */
static const char *parse_repeated(const char *text, struct nst_bound *bound,
				  uint64_t *ret)
{
	uint32_t ppm = 0;
	const char *wrong;

	bound->share = strchr(text, '%');
	if (!bound->share)
		return parse_number(text, UINT64_MAX - 1, ret);
	wrong = parse_probability(text, &ppm);
	*ret = ppm;
	return wrong;
}

static const char *parse_value(const char *text, struct nst_bound *bound, uint64_t *ret)
{
	switch (bound->what) {
	case NST_MEASURED_RATE:
		return parse_rate(text, ret);
	case NST_MEASURED_LATENCY:
	case NST_MEASURED_P90:
	case NST_MEASURED_P99:
		return parse_latency(text, ret);
	case NST_MEASURED_RETRANSMITTED:
		return parse_repeated(text, bound, ret);
	case NST_MEASURED:
		break;
	}
	return "it cannot be measured";
}

/* "80%", and beyond 100%, of something measured before: in ppm. */
static const char *parse_percent(const char *text, uint64_t *ret_ppm)
{
	char *end;
	double percent = strtod(text, &end);

	*ret_ppm = (uint64_t)(percent * 10000);
	return end > text && strcmp(end, "%") == 0 && percent >= 0 && percent <= 100000
		       ? NULL
		       : "a part of something measured is written as 80%";
}

/* ---- "at least 8mbit", "at most 120% of plain", "within 10% of plain", "between 5ms and 9ms" ---- */

static bool need_baseline(struct sentence *sentence, struct nst_bound *bound)
{
	struct reader *reader = sentence->reader;
	const char **names = arena_bytes(reader->arena,
					 (reader->measure_count + 1) * sizeof(*names));
	struct word word;

	if (!need_word(sentence, "what was measured before", &word))
		return false;
	bound->baseline = word.text;
	for (size_t i = 0; i < reader->measure_count; i++) {
		names[i] = reader->measures[i];
		if (strcmp(names[i], word.text) == 0)
			return true;
	}
	return complain_word(sentence, &word,
			     "nothing before this is measured \"as: %s\"%s", word.text,
			     or_known(reader->arena, word.text, names));
}

/* A value, or with "of NAME" behind it a part. */
static bool need_value(struct sentence *sentence, struct nst_bound *bound,
		       uint64_t *ret)
{
	struct word word;
	const char *wrong;

	if (!need_word(sentence, "a value", &word))
		return false;
	bound->relative = take_word(sentence, "of");
	wrong = bound->relative ? parse_percent(word.text, ret)
				: parse_value(word.text, bound, ret);
	if (wrong)
		return complain_word(sentence, &word, "%s", wrong);
	return !bound->relative || need_baseline(sentence, bound);
}

static bool parse_within(struct sentence *sentence, struct nst_bound *bound)
{
	uint64_t ppm = 0;

	if (!need_value(sentence, bound, &ppm))
		return false;
	if (!bound->relative)
		return complain(
			sentence->reader, sentence->string->node,
			"within is of something measured: within 10%% of plain");
	bound->at_least = ppm < 1000000 ? 1000000 - ppm : 0;
	bound->at_most = 1000000 + ppm;
	return true;
}

static bool parse_bound(struct sentence *sentence, struct nst_bound *bound)
{
	struct word word;

	bound->at_most = UINT64_MAX;
	if (take_word(sentence, "within"))
		return parse_within(sentence, bound);
	if (take_word(sentence, "none")) {
		bound->at_most = 0;
		return bound->what == NST_MEASURED_RETRANSMITTED ||
		       complain(sentence->reader, sentence->string->node,
				"only \"retransmitted\" may be none");
	}
	if (take_word(sentence, "between"))
		return need_value(sentence, bound, &bound->at_least) &&
		       need_this_word(sentence, "and", "between 5ms and 9ms") &&
		       need_value(sentence, bound, &bound->at_most);
	if (take_word(sentence, "at")) {
		if (take_word(sentence, "least"))
			return need_value(sentence, bound, &bound->at_least);
		return need_this_word(sentence, "most", "at most 30ms") &&
		       need_value(sentence, bound, &bound->at_most);
	}
	if (!need_word(sentence, "at least, at most, between or within", &word))
		return false;
	return complain_word(
		sentence, &word,
		"it is \"at least ...\", \"at most ...\", \"between ... and "
		"...\" or \"within 10%% of NAME\"");
}

static bool bound_read(struct reader *reader, const struct node *node, void *field,
		       enum nst_measured what)
{
	struct nst_bound *bound = field;
	struct string *string = arena_new(reader->arena, struct string);
	struct sentence sentence;

	if (!read_text(reader, node, string))
		return false;
	*bound = (struct nst_bound){ .what = what, .text = string->text };
	sentence = sentence_of(reader, string);
	return parse_bound(&sentence, bound) && end_sentence(&sentence);
}

#define BOUND(word, what)                                                             \
	static bool word##_read(struct reader *reader, const struct node *node,       \
				void *field)                                          \
	{                                                                             \
		return bound_read(reader, node, field, what);                         \
	}                                                                             \
	static const struct type type_##word = {                                      \
		.name = "measured-" #word,                                            \
		.read = word##_read,                                                  \
		.schema =                                                             \
			"\"type\": \"string\", \"pattern\": \"^(none|at least .+|at " \
			"most .+|between .+ and .+|within .+ of "                     \
			".+|.*\\\\$\\\\{.*)$\"",                                      \
	}
BOUND(rate, NST_MEASURED_RATE);
BOUND(latency, NST_MEASURED_LATENCY);
BOUND(p90, NST_MEASURED_P90);
BOUND(p99, NST_MEASURED_P99);
BOUND(retransmitted, NST_MEASURED_RETRANSMITTED);

/* ---- measure: {at: server, port: 80, as: plain, rate: at least 8mbit} ---- */

#define PLACE(what) offsetof(struct measure_spec, bounds[what])

static const struct key measure_keys[] = {
	{ "at", &type_text, offsetof(struct measure_spec, at), true,
	  "The host whose sending is measured." },
	{ "port", &type_text, offsetof(struct measure_spec, port), false,
	  "Of its TCP connections those with this port, at either end. Default: all." },
	{ "since", &type_since, offsetof(struct measure_spec, since), false,
	  "start (the default), last step (when it began), or mark NAME." },
	{ "as", &type_text, offsetof(struct measure_spec, as), false,
	  "A name, by which later steps and cases compare." },
	{ "rate", &type_rate, PLACE(NST_MEASURED_RATE), false,
	  "Throughput: at least 8mbit, or at least 80% of NAME, or within 10% of "
	  "NAME." },
	{ "latency", &type_latency, PLACE(NST_MEASURED_LATENCY), false,
	  "The median of round trips: at most 30ms, or at most 120% of NAME." },
	{ "latency p90", &type_p90, PLACE(NST_MEASURED_P90), false,
	  "What nine in ten round trips do not exceed." },
	{ "latency p99", &type_p99, PLACE(NST_MEASURED_P99), false,
	  "What 99 in a hundred do not exceed." },
	{ "retransmitted", &type_retransmitted, PLACE(NST_MEASURED_RETRANSMITTED),
	  false,
	  "Segments that were sent again: none, at most 3, at most 2% (of all)." },
};

const struct table measure_table = {
	.name = "measure",
	.help = "What TCP achieved: throughput, latency, retransmissions.",
	.keys = measure_keys,
	.count = ARRAY_SIZE(measure_keys),
};

static bool read_name(struct reader *reader, const struct string *as)
{
	if (strpbrk(as->text, " \t\n"))
		return complain_at(reader, as, 0, as->size, "a name is one word");
	*arena_push(reader->arena, reader->measures, reader->measure_count) = as->text;
	return true;
}

static bool read_port(struct reader *reader, const struct string *port,
		      unsigned short *ret)
{
	uint64_t number = 0;
	const char *wrong = parse_number(port->text, UINT16_MAX, &number);

	*ret = (unsigned short)number;
	return !wrong || complain_at(reader, port, 0, port->size, "%s", wrong);
}

static bool check_at(struct reader *reader, const struct string *at)
{
	return find_host(reader->building, at->text) ||
	       complain_at(reader, at, 0, at->size, "no host \"%s\"%s", at->text,
			   or_known(reader->arena, at->text, host_names(reader)));
}

bool read_measure_step(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	struct measure_spec spec = { 0 };
	struct nst_measure_step *measure = &step.measure;
	bool fine;

	if (!read_table(reader, node, &measure_table, &spec))
		return false;
	if (reader->playing->play->capture == NST_CAPTURE_NONE)
		return complain(reader, node->key, "this case captures nothing");
	*measure = (struct nst_measure_step){
		.at = spec.at.text,
		.since = spec.since.since,
		.mark = spec.since.mark,
		.as = spec.as.text,
	};
	fine = check_at(reader, &spec.at);
	fine = (!spec.port.text || read_port(reader, &spec.port, &measure->port)) &&
	       fine;
	fine = (!spec.as.text || read_name(reader, &spec.as)) && fine;
	if (!fine)
		return false;
	for (size_t i = 0; i < NST_MEASURED; i++)
		if (spec.bounds[i].text)
			measure->bounds[measure->bound_count++] = spec.bounds[i];
	step.text = arena_print(reader->arena, "measure: what %s sends", spec.at.text);
	add_step(reader, &step);
	return true;
}
