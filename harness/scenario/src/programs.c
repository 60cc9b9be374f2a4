/* SPDX-License-Identifier: MIT */
/* `run:` of a host: programs, and when they are ready. */
#include <string.h>

#include <base/scope.h>

#include "check.h"
#include "defaults.h"
#include "hosts.h"
#include "sentence.h"
#include "units.h"
#include "words.h"

/* ---- command: a line for the shell, or a list of arguments ---- */

static bool command_read(struct reader *reader, const struct node *node, void *field)
{
	struct command *command = field;
	struct strings argv = { 0 };

	command->node = node;
	if (node->kind != NODE_LIST) {
		if (!read_text(reader, node, &command->line))
			return false;
		return command->line.text[strspn(command->line.text, " \t\n")] ||
		       complain(reader, node, "the command is empty");
	}
	if (!read_texts(reader, node, &argv))
		return false;
	command->argv = names_of(reader, &argv);
	return command->argv[0][0] || complain(reader, node, "the command is empty");
}

const struct type type_command = {
	.name = "command",
	.read = command_read,
	.schema = "\"$ref\": \"#/definitions/texts\"",
};

static bool program_name_read(struct reader *reader, const struct node *node,
			      void *field)
{
	struct string *name = field;

	if (!read_text(reader, node, name))
		return false;
	return (name->size && !name->text[strcspn(name->text, " \t\n")]) ||
	       complain(reader, node, "a program's name is one word");
}

static const struct type type_program_name = {
	.name = "program-name",
	.read = program_name_read,
	.schema = "\"type\": \"string\", \"pattern\": \"^\\\\S+$\"",
};

/* ---- ready: tcp/8080 | udp/53 | line "regex" | file PATH | none ---- */

static bool ready_line(struct sentence *sentence, struct nst_ready *ready)
{
	struct word regex;

	if (!need_quoted(sentence, "a regex in double quotes", &regex))
		return false;
	ready->line = regex.text;
	return check_regex(sentence->reader, sentence->string, regex.offset, regex.size,
			   regex.text) &&
	       end_sentence(sentence);
}

static bool ready_file(struct sentence *sentence, struct nst_ready *ready)
{
	struct word path;

	if (!rest_of_sentence(sentence, "a path", &path))
		return false;
	ready->file = path.text;
	return path.text[0] == '/' ||
	       complain_word(sentence, &path, "the path must begin with \"/\"");
}

static bool ready_port(struct sentence *sentence, const struct word *word,
		       struct nst_ready *ready)
{
	enum nst_protocol protocol;
	unsigned short port;

	if (!parse_port(sentence, word, &protocol, &port))
		return false;
	if (protocol == NST_TCP)
		ready->port = port;
	else
		ready->udp_port = port;
	return end_sentence(sentence);
}

static bool ready_sentence(struct reader *reader, const struct node *node,
			   struct nst_ready *ready)
{
	static const char *const words[] = { "tcp/PORT", "udp/PORT", "line",
					     "file",     "none",     NULL };
	struct string string;
	struct sentence sentence;
	struct word word;

	if (!read_text(reader, node, &string))
		return false;
	sentence = sentence_of(reader, &string);
	if (!need_word(&sentence, "what to wait for", &word))
		return false;
	if (strcmp(word.text, "none") == 0)
		return end_sentence(&sentence);
	if (strcmp(word.text, "line") == 0)
		return ready_line(&sentence, ready);
	if (strcmp(word.text, "file") == 0)
		return ready_file(&sentence, ready);
	if (strchr(word.text, '/'))
		return ready_port(&sentence, &word, ready);
	return complain_word(&sentence, &word, "\"%s\" is nothing to wait for%s",
			     word.text, or_known(reader->arena, word.text, words));
}

/* Whether one of both is in the other too. */
static bool overlap(const struct nst_ready *a, const struct nst_ready *b)
{
	return (a->port && b->port) || (a->udp_port && b->udp_port) ||
	       (a->line && b->line) || (a->file && b->file);
}

static void add_ready(struct nst_ready *to, const struct nst_ready *more)
{
	if (more->port)
		to->port = more->port;
	if (more->udp_port)
		to->udp_port = more->udp_port;
	if (more->line)
		to->line = more->line;
	if (more->file)
		to->file = more->file;
}

/* One of them, or one of a list. */
static bool ready_sentence_read(struct reader *reader, const struct node *node,
				void *field)
{
	return ready_sentence(reader, node, field);
}

const struct type type_ready_sentence = {
	.name = "ready-sentence",
	.read = ready_sentence_read,
	.schema = "\"type\": \"string\", \"pattern\": "
		  "\"^\\\\s*(none|tcp/\\\\S+|udp/\\\\S+|line .+|file "
		  ".+|.*\\\\$\\\\{.*)\\\\s*$\"",
};

static bool ready_read(struct reader *reader, const struct node *node, void *field)
{
	struct ready_spec *spec = field;
	bool fine = true;

	spec->node = node;
	if (node->kind != NODE_LIST)
		return ready_sentence(reader, node, &spec->ready);
	for (size_t i = 0; i < node->count; i++) {
		const struct node *item = node->entries[i].value;
		struct nst_ready one = { 0 };

		if (!ready_sentence(reader, item, &one))
			fine = false;
		else if (overlap(&spec->ready, &one))
			fine = complain(reader, item,
					"this list has one of these already");
		add_ready(&spec->ready, &one);
	}
	return fine;
}

const struct type type_ready = {
	.name = "ready",
	.read = ready_read,
	.schema = "\"anyOf\": [{\"$ref\": \"#/definitions/ready-sentence\"}, "
		  "{\"type\": \"array\", \"items\": "
		  "{\"$ref\": \"#/definitions/ready-sentence\"}}]",
};

/* ---- monotonic ahead: 50d ---- */

static bool uptime_read(struct reader *reader, const struct node *node, void *field)
{
	struct string text;
	const char *wrong;

	if (!read_text(reader, node, &text))
		return false;
	wrong = parse_uptime_s(text.text, field);
	return !wrong || complain(reader, node, "%s", wrong);
}

static const struct type type_uptime = {
	.name = "uptime",
	.read = uptime_read,
	.schema = "\"type\": \"string\", \"pattern\": "
		  "\"^([0-9]{1,4}(s|min|h|d)|.*\\\\$\\\\{.*)$\"",
};

/* ---- The mapping ---- */

#define PROGRAM_KEYS                                                                   \
	{ "command", &type_command, offsetof(struct program_spec, command), true,      \
	  "A line for /bin/sh -c, or a list: the program and its arguments." },        \
		{ "name", &type_program_name, offsetof(struct program_spec, name),     \
		  false, "What steps call it. Default: the command's first word." },   \
		{ "ready", &type_ready, offsetof(struct program_spec, ready), false,   \
		  "When it is ready: tcp/8080, udp/53, line \"REGEX\", file PATH, "    \
		  "none, or a "                                                        \
		  "list." },                                                           \
		{ "within", &type_time, offsetof(struct program_spec, within_ms),      \
		  false, "How long it may take to become ready. Default: 10s." },      \
		{ "input", &type_text, offsetof(struct program_spec, input), false,    \
		  "Text for its stdin." },                                             \
		{ "env", &type_environment,                                            \
		  offsetof(struct program_spec, environment), false,                   \
		  "More environment variables." },                                     \
		{ "directory", &type_text, offsetof(struct program_spec, directory),   \
		  false, "Where it starts. Default: where nstest was started." },      \
		{ "monotonic ahead", &type_uptime,                                     \
		  offsetof(struct program_spec, monotonic_ahead_s), false,             \
		  "Its monotonic clock is so much ahead, as after a long uptime." },   \
	{                                                                              \
		"may exit", &type_flag, offsetof(struct program_spec, may_exit),       \
			false,                                                         \
			"true: ending by itself with status 0 does not fail the case." \
	}

static const struct key program_keys[] = { PROGRAM_KEYS };

static const struct key start_keys[] = {
	{ "on", &type_text, offsetof(struct program_spec, on), true, "The host." },
	PROGRAM_KEYS,
};

const struct table program_table = {
	.name = "program",
	.help = "A program that is started, and runs on.",
	.keys = program_keys,
	.count = ARRAY_SIZE(program_keys),
};

const struct table start_table = {
	.name = "start",
	.help = "A program that is started here, and runs on.",
	.keys = start_keys,
	.count = ARRAY_SIZE(start_keys),
};

static bool program_read(struct reader *reader, const struct node *node,
			 struct program_specs *programs)
{
	struct program_spec spec = { 0 };
	bool fine;

	if (node->kind == NODE_MAPPING)
		fine = read_table(reader, node, &program_table, &spec);
	else
		fine = node->kind == NODE_SCALAR
			       ? command_read(reader, node, &spec.command)
			       : complain(reader, node,
					  "a command or a mapping belongs here; "
					  "arguments "
					  "are listed under command:");
	*arena_push(reader->arena, programs->items, programs->count) = spec;
	return fine;
}

static bool host_programs_read(struct reader *reader, const struct node *node,
			       void *field)
{
	struct host_spec *host = field;
	bool fine = true;

	if (node->kind != NODE_LIST)
		return program_read(reader, node, &host->programs);
	for (size_t i = 0; i < node->count; i++)
		fine = program_read(reader, node->entries[i].value, &host->programs) &&
		       fine;
	return fine;
}

const struct type type_host_programs = {
	.name = "programs",
	.read = host_programs_read,
	.schema = "\"anyOf\": [{\"$ref\": \"#/definitions/text\"}, "
		  "{\"$ref\": \"#/definitions/program\"}, "
		  "{\"type\": \"array\", \"items\": {\"anyOf\": "
		  "[{\"$ref\": \"#/definitions/text\"}, "
		  "{\"$ref\": \"#/definitions/program\"}]}}]",
};

/* ---- The public form ---- */

/* The word that says what runs: not "exec", not NAME=value; without its folder. */
static const char *program_name(struct reader *reader, const struct nst_start *start)
{
	const char *at = start->argv ? start->argv[0] : start->command;
	const char *slash;
	size_t size;

	for (;;) {
		const char *next;

		at += strspn(at, " \t\n");
		size = start->argv ? strlen(at) : strcspn(at, " \t\n;|&<>");
		next = at + size + strspn(at + size, " \t\n");
		if (start->argv || !*next ||
		    !((size == 4 && memcmp(at, "exec", 4) == 0) ||
		      memchr(at, '=', size)))
			break;
		at = next;
	}
	slash = memrchr(at, '/', size);
	if (slash && slash + 1 < at + size) {
		size -= (size_t)(slash + 1 - at);
		at = slash + 1;
	}
	return arena_copy(reader->arena, at, size);
}

void make_start(struct reader *reader, const struct program_spec *spec,
		const char *host, struct nst_start *ret)
{
	*ret = (struct nst_start){
		.host = host,
		.command = spec->command.argv ? NULL : spec->command.line.text,
		.argv = spec->command.argv,
		.env = spec->environment,
		.directory = spec->directory.text,
		.input = spec->input.text,
		.may_exit = spec->may_exit,
		.monotonic_ahead_s = spec->monotonic_ahead_s,
		.ready = spec->ready.ready,
	};
	ret->name = spec->name.text ? spec->name.text : program_name(reader, ret);
}

void make_program(struct reader *reader, const struct program_spec *spec,
		  const char *host, const struct node *node,
		  struct nst_scenario_program *ret)
{
	make_start(reader, spec, host, &ret->start);
	ret->within_ms = spec->within_ms ? spec->within_ms : DEFAULT_READY_MS;
	ret->position = position_of(node);
	if (spec->ready.node)
		ret->ready_position = position_of(spec->ready.node);
}

const char *command_text(struct reader *reader, const struct nst_start *start)
{
	struct growing text = { .arena = reader->arena };

	if (!start->argv)
		return start->command;
	for (size_t i = 0; start->argv[i]; i++) {
		grow(&text, " ", i > 0);
		grow(&text, start->argv[i], strlen(start->argv[i]));
	}
	return text.text;
}
