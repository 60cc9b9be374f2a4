/* SPDX-License-Identifier: MIT */
/* run: and start: of a case. */
#include <string.h>

#include <base/scope.h>

#include "check.h"
#include "defaults.h"
#include "steps.h"
#include "units.h"
#include "words.h"

struct status_spec {
	enum nst_status_rule rule;
	int status;
};

struct output_spec {
	struct strings contains, lacks, matches, equals;
};

struct run_spec {
	struct program_spec program;
	struct status_spec status;
	struct output_spec out, err;
};

/* ---- status: 3 | not 0 | any ---- */

static bool status_read(struct reader *reader, const struct node *node, void *field)
{
	struct status_spec *status = field;
	struct string string;
	uint64_t n;

	if (!read_text(reader, node, &string))
		return false;
	if (strcmp(string.text, "any") == 0) {
		status->rule = NST_STATUS_ANY;
		return true;
	}
	if (strcmp(string.text, "not 0") == 0) {
		status->rule = NST_STATUS_NOT_ZERO;
		return true;
	}
	if (parse_number(string.text, 255, &n))
		return complain(reader, node,
				"an exit status is a number from 0 to 255, \"not 0\" "
				"or \"any\"");
	status->status = (int)n;
	return true;
}

const struct type type_status = {
	.name = "status",
	.read = status_read,
	.schema = "\"anyOf\": [{\"type\": \"integer\", \"minimum\": 0, \"maximum\": "
		  "255}, "
		  "{\"type\": \"string\", \"pattern\": "
		  "\"^(not 0|any|[0-9]+|.*\\\\$\\\\{.*)$\"}]",
};

/* ---- stdout: {contains: …} ---- */

static const struct key output_keys[] = {
	{ "contains", &type_texts, offsetof(struct output_spec, contains), false,
	  "Has this text somewhere; a list: each of them." },
	{ "lacks", &type_texts, offsetof(struct output_spec, lacks), false,
	  "Has this text nowhere." },
	{ "matches", &type_texts, offsetof(struct output_spec, matches), false,
	  "A line matches this regex (POSIX extended)." },
	{ "equals", &type_texts, offsetof(struct output_spec, equals), false,
	  "Is this text; a newline at the end does not count." },
};

const struct table output_table = {
	.name = "output",
	.help = "What a command must have written.",
	.keys = output_keys,
	.count = ARRAY_SIZE(output_keys),
};

static bool output_read(struct reader *reader, const struct node *node, void *field)
{
	struct output_spec *output = field;
	bool fine = read_table(reader, node, &output_table, output);

	for (size_t i = 0; i < output->matches.count; i++) {
		const struct string *regex = &output->matches.items[i];

		if (regex->text)
			fine = check_regex(reader, regex, 0, regex->size,
					   regex->text) &&
			       fine;
	}
	return fine;
}

const struct type type_output = {
	.name = "output-checks",
	.read = output_read,
	.schema = "\"$ref\": \"#/definitions/output\"",
};

static void add_checks(struct reader *reader, const struct strings *texts,
		       enum nst_stream stream, enum nst_text_rule rule,
		       struct nst_text_check **checks, size_t *count)
{
	for (size_t i = 0; i < texts->count; i++) {
		struct nst_text_check *check =
			arena_push(reader->arena, *checks, *count);

		check->stream = stream;
		check->rule = rule;
		check->text = texts->items[i].text;
		check->position = position_in(&texts->items[i], 0);
	}
}

static void make_checks(struct reader *reader, const struct output_spec *output,
			enum nst_stream stream, struct nst_text_check **checks,
			size_t *count)
{
	add_checks(reader, &output->contains, stream, NST_TEXT_CONTAINS, checks, count);
	add_checks(reader, &output->lacks, stream, NST_TEXT_LACKS, checks, count);
	add_checks(reader, &output->matches, stream, NST_TEXT_MATCHES, checks, count);
	add_checks(reader, &output->equals, stream, NST_TEXT_EQUALS, checks, count);
}

/* ---- run: {on: a, command: …} ---- */

static const struct key run_keys[] = {
	{ "on", &type_text, offsetof(struct run_spec, program.on), true, "The host." },
	{ "command", &type_command, offsetof(struct run_spec, program.command), true,
	  "A line for /bin/sh -c, or a list: the program and its arguments." },
	{ "within", &type_time, offsetof(struct run_spec, program.within_ms), false,
	  "When it must have ended. Default: 10s." },
	{ "status", &type_status, offsetof(struct run_spec, status), false,
	  "Its exit status: a number, not 0, or any. Default: 0." },
	{ "stdout", &type_output, offsetof(struct run_spec, out), false,
	  "What it must have written to stdout." },
	{ "stderr", &type_output, offsetof(struct run_spec, err), false,
	  "What it must have written to stderr." },
	{ "input", &type_text, offsetof(struct run_spec, program.input), false,
	  "Text for its stdin." },
	{ "env", &type_environment, offsetof(struct run_spec, program.environment),
	  false, "More environment variables." },
	{ "directory", &type_text, offsetof(struct run_spec, program.directory), false,
	  "Where it starts. Default: where nstest was started." },
};

const struct table run_table = {
	.name = "run",
	.help = "A command that must end.",
	.keys = run_keys,
	.count = ARRAY_SIZE(run_keys),
};

/* The host of `on:`, one word. */
static const char *host_of(struct reader *reader, const struct string *on)
{
	struct sentence sentence = sentence_of(reader, on);
	struct word host;

	if (!on->size) {
		complain(reader, on->node, "a host is missing here");
		return NULL;
	}
	return need_host(&sentence, "a host", &host) && end_sentence(&sentence)
		       ? host.text
		       : NULL;
}

static const char *text_of(struct reader *reader, enum nst_step_kind kind,
			   const struct nst_start *start)
{
	return arena_print(reader->arena, "%s on %s: %s", nst_step_name(kind),
			   start->host, one_line(reader, command_text(reader, start)));
}

bool read_run_step(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	struct run_spec spec = { 0 };
	struct nst_text_check *checks = NULL;
	const char *host;

	if (!read_table(reader, node, &run_table, &spec))
		return false;
	host = host_of(reader, &spec.program.on);
	if (!host)
		return false;
	make_start(reader, &spec.program, host, &step.run.start);
	step.run.within_ms =
		spec.program.within_ms ? spec.program.within_ms : DEFAULT_RUN_MS;
	step.run.status_rule = spec.status.rule;
	step.run.status = spec.status.status;
	make_checks(reader, &spec.out, NST_STDOUT, &checks, &step.run.check_count);
	make_checks(reader, &spec.err, NST_STDERR, &checks, &step.run.check_count);
	step.run.checks = checks;
	step.text = text_of(reader, step.kind, &step.run.start);
	add_step(reader, &step);
	return true;
}

/* ---- start: {on: a, command: …} ---- */

bool read_start_step(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	struct program_spec spec = { 0 };
	struct nst_scenario_program *program;
	const char *host;

	if (!read_table(reader, node, &start_table, &spec))
		return false;
	host = host_of(reader, &spec.on);
	if (!host)
		return false;
	program = arena_new(reader->arena, struct nst_scenario_program);
	make_program(reader, &spec, host, spec.command.node, program);
	know_program(reader, program, false);
	step.start = *program;
	step.text = text_of(reader, step.kind, &step.start.start);
	add_step(reader, &step);
	return true;
}
