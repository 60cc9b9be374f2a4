/* SPDX-License-Identifier: MIT */
/* Programs that steps name: start again, stop, kill, freeze, thaw, wait until. */
#include <string.h>

#include <base/scope.h>

#include "check.h"
#include "defaults.h"
#include "steps.h"
#include "units.h"
#include "words.h"

static bool is_called(const struct nst_scenario_program *program, const char *name,
		      const char *host)
{
	return strcmp(program->start.name, name) == 0 &&
	       (!host || strcmp(program->start.host, host) == 0);
}

/* A program that is started takes the place of one of its name in its host. */
void know_program(struct reader *reader, const struct nst_scenario_program *program,
		  bool is_setup)
{
	struct playing *playing = reader->playing;
	struct known_program *known;

	for (size_t i = 0; i < playing->program_count; i++) {
		known = &playing->programs[i];
		if (!is_called(known->program, program->start.name,
			       program->start.host))
			continue;
		known->several = is_setup;
		known->program = program;
		return;
	}
	known = arena_push(reader->arena, playing->programs, playing->program_count);
	known->program = program;
}

static const char *const *program_names(struct reader *reader)
{
	const struct playing *playing = reader->playing;
	const char **names = arena_bytes(reader->arena,
					 (playing->program_count + 1) * sizeof(*names));

	for (size_t i = 0; i < playing->program_count; i++)
		names[i] = playing->programs[i].program->start.name;
	return names;
}

static bool complain_which(struct sentence *sentence, const struct word *name,
			   const struct known_program *one,
			   const struct known_program *other)
{
	if (other)
		return complain_word(
			sentence, name,
			"\"%s\" runs on \"%s\" and on \"%s\": write \"%s on %s\"",
			name->text, one->program->start.host,
			other->program->start.host, name->text,
			one->program->start.host);
	return complain_word(
		sentence, name,
		"two programs of \"%s\" are called \"%s\": give each a name:",
		one->program->start.host, name->text);
}

static bool complain_no_program(struct sentence *sentence, const struct word *name,
				const char *host)
{
	const struct playing *playing = sentence->reader->playing;

	for (size_t i = 0; host && i < playing->program_count; i++) {
		const struct nst_scenario_program *program =
			playing->programs[i].program;

		if (is_called(program, name->text, NULL))
			return complain_word(sentence, name,
					     "\"%s\" runs on \"%s\", not on \"%s\"",
					     name->text, program->start.host, host);
	}
	return complain_word(sentence, name, "no program \"%s\"%s", name->text,
			     or_known(sentence->reader->arena, name->text,
				      program_names(sentence->reader)));
}

const struct nst_scenario_program *lookup_program(struct sentence *sentence,
						  const struct word *name,
						  const char *host)
{
	const struct playing *playing = sentence->reader->playing;
	const struct known_program *found = NULL;

	for (size_t i = 0; i < playing->program_count; i++) {
		const struct known_program *known = &playing->programs[i];

		if (!is_called(known->program, name->text, host))
			continue;
		if (found) {
			complain_which(sentence, name, found, known);
			return NULL;
		}
		found = known;
	}
	if (found && found->several) {
		complain_which(sentence, name, found, NULL);
		return NULL;
	}
	if (!found)
		complain_no_program(sentence, name, host);
	return found ? found->program : NULL;
}

/* "on HOST", if that comes next; *ret_host NULL otherwise. */
static bool take_on(struct sentence *sentence, const char **ret_host)
{
	struct word host;

	*ret_host = NULL;
	if (!take_word(sentence, "on"))
		return true;
	if (!need_host(sentence, "a host", &host))
		return false;
	*ret_host = host.text;
	return true;
}

const struct nst_scenario_program *need_program(struct sentence *sentence)
{
	struct word name;
	const char *host;

	if (!need_word(sentence, "a program", &name) || !take_on(sentence, &host))
		return NULL;
	return lookup_program(sentence, &name, host);
}

/* "all on HOST": whatever runs there. */
static bool parse_all_of_host(struct sentence *sentence, struct nst_step *step)
{
	struct word host;

	if (step->kind == NST_STEP_STOP)
		return need_word(sentence, "a program", &host) &&
		       complain_word(sentence, &host,
				     "programs are stopped one by one; \"kill: all on "
				     "HOST\" ends all at once");
	if (!need_this_word(sentence, "all", "all on HOST") ||
	    !need_this_word(sentence, "on", "all on HOST") ||
	    !need_host(sentence, "a host", &host))
		return false;
	step->program.host = host.text;
	return true;
}

static bool next_is(const struct sentence *sentence, const char *word)
{
	struct sentence ahead = *sentence;

	return take_word(&ahead, word);
}

static bool parse_one_program(struct sentence *sentence, struct nst_step *step)
{
	const struct nst_scenario_program *program = need_program(sentence);

	if (!program)
		return false;
	step->program.host = program->start.host;
	step->program.name = program->start.name;
	step->program.within_ms = DEFAULT_STOP_MS;
	return true;
}

bool parse_program_step(struct sentence *sentence, struct nst_step *step)
{
	if (next_is(sentence, "all"))
		return parse_all_of_host(sentence, step);
	return parse_one_program(sentence, step);
}

bool parse_restart(struct sentence *sentence, struct nst_step *step)
{
	const struct nst_scenario_program *program = need_program(sentence);

	if (!program)
		return false;
	step->start = *program;
	return true;
}

/* ---- stop: {program: web, within: 5s} ---- */

struct stop_spec {
	struct string program;
	int within_ms;
};

static const struct key stop_keys[] = {
	{ "program", &type_text, offsetof(struct stop_spec, program), true,
	  "Its name; with on HOST if several hosts have one of that name." },
	{ "within", &type_time, offsetof(struct stop_spec, within_ms), false,
	  "From SIGTERM to SIGKILL. Default: 2s." },
};

const struct table stop_table = {
	.name = "stop",
	.help = "Ends a program.",
	.keys = stop_keys,
	.count = ARRAY_SIZE(stop_keys),
};

bool read_stop_step(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	struct stop_spec spec = { 0 };
	struct sentence sentence;

	if (!read_table(reader, node, &stop_table, &spec))
		return false;
	sentence = sentence_of(reader, &spec.program);
	if (!parse_program_step(&sentence, &step) || !end_sentence(&sentence))
		return false;
	if (spec.within_ms)
		step.program.within_ms = spec.within_ms;
	step.text = arena_print(reader->arena, "stop: %s", spec.program.text);
	add_step(reader, &step);
	return true;
}

/* ---- wait until ---- */

static bool wait_ready(struct sentence *sentence, struct nst_wait_step *wait)
{
	wait->kind = NST_WAIT_READY;
	return need_this_word(sentence, "ready", "web is ready");
}

static bool wait_prints(struct sentence *sentence, struct nst_wait_step *wait)
{
	struct word regex;

	wait->kind = NST_WAIT_PRINTS;
	if (!need_quoted(sentence, "a regex in double quotes", &regex))
		return false;
	wait->regex = regex.text;
	return check_regex(sentence->reader, sentence->string, regex.offset, regex.size,
			   regex.text);
}

static bool wait_exits(struct sentence *sentence, struct nst_wait_step *wait)
{
	(void)sentence;
	wait->kind = NST_WAIT_EXITS;
	return true;
}

static bool wait_listens(struct sentence *sentence, struct nst_wait_step *wait)
{
	struct word word;

	wait->kind = NST_WAIT_PORT;
	return need_this_word(sentence, "on", "web listens on tcp/8080") &&
	       need_word(sentence, "tcp/PORT or udp/PORT", &word) &&
	       parse_port(sentence, &word, &wait->protocol, &wait->port);
}

/* "tcp/80 in CLOSE-WAIT" */
static bool wait_tcp(struct sentence *sentence, struct nst_wait_step *wait)
{
	const char *names[NST_TCP_CLOSING + 1] = { NULL };
	struct word word;

	wait->kind = NST_WAIT_TCP;
	if (!need_word(sentence, "what it has (file PATH, tcp/80 in CLOSE-WAIT)", &word))
		return false;
	if (!strchr(word.text, '/') || word.text[0] == '/')
		return complain_word(sentence, &word,
				     "\"file PATH\" or \"tcp/80 in CLOSE-WAIT\" belongs "
				     "here");
	if (!parse_port(sentence, &word, &wait->protocol, &wait->port))
		return false;
	if (wait->protocol != NST_TCP)
		return complain_word(sentence, &word, "only TCP sockets have states");
	if (!need_this_word(sentence, "in", "server has tcp/80 in CLOSE-WAIT") ||
	    !need_word(sentence, "a state of TCP", &word))
		return false;
	for (int state = NST_TCP_ESTABLISHED; state <= NST_TCP_CLOSING; state++) {
		names[state - 1] = nst_tcp_state_name((enum nst_tcp_state)state);
		wait->state = (enum nst_tcp_state)state;
		if (strcmp(word.text, names[state - 1]) == 0)
			return true;
	}
	return complain_word(sentence, &word, "\"%s\" is no state of TCP%s", word.text,
			     or_known(sentence->reader->arena, word.text, names));
}

/* "3 TcpExtListenOverflows": the rest up to "within". */
static bool wait_counter(struct sentence *sentence, struct nst_wait_step *wait)
{
	struct growing name = { .arena = sentence->reader->arena };
	struct sentence ahead;
	struct word word;
	const char *wrong;

	wait->kind = NST_WAIT_COUNTER;
	if (!need_word(sentence, "a number", &word))
		return false;
	wrong = parse_number(word.text, UINT64_MAX, &wait->times);
	if (wrong)
		return complain_word(sentence, &word,
				     "a number belongs here, as in \"server counts 3 "
				     "TcpExtListenOverflows\"");
	if (!need_word(sentence, "a counter", &word))
		return false;
	do {
		grow(&name, " ", name.size > 0);
		grow(&name, word.text, word.size);
		ahead = *sentence;
		if (!next_word(&ahead, &word) || strcmp(word.text, "within") == 0)
			break;
		*sentence = ahead;
	} while (true);
	wait->counter = name.text;
	return true;
}

static bool wait_has(struct sentence *sentence, struct nst_wait_step *wait)
{
	struct word path;

	if (!take_word(sentence, "file"))
		return wait_tcp(sentence, wait);
	wait->kind = NST_WAIT_FILE;
	if (!need_quoted(sentence, "a path", &path))
		return false;
	wait->file = path.text;
	return path.text[0] == '/' ||
	       complain_word(sentence, &path, "the path must begin with \"/\"");
}

static const struct {
	const char *verb;
	bool of_host;
	bool (*parse)(struct sentence *sentence, struct nst_wait_step *wait);
} waits[] = {
	{ "is", false, wait_ready },    { "prints", false, wait_prints },
	{ "exits", false, wait_exits }, { "listens", true, wait_listens },
	{ "has", true, wait_has },      { "counts", true, wait_counter },
};

/* Who it is about: a program, or a host. */
static bool wait_subject(struct sentence *sentence, const struct word *name,
			 const char *host, bool of_host, struct nst_wait_step *wait)
{
	const struct nst_scenario_program *program;

	if (of_host) {
		wait->host = name->text;
		return known_host(sentence, name);
	}
	program = lookup_program(sentence, name, host);
	if (!program)
		return false;
	wait->host = program->start.host;
	wait->program = program->start.name;
	return true;
}

/* "fault NAME fired", "fault NAME fired 3 times". */
static bool take_fault(struct sentence *sentence, struct nst_wait_step *wait)
{
	struct word number;
	const char *wrong;

	wait->kind = NST_WAIT_FAULT;
	wait->times = 1;
	if (!need_this_word(sentence, "fault", "fault lost fired") ||
	    !need_fault(sentence, &wait->fault) ||
	    !need_this_word(sentence, "fired", "fault lost fired"))
		return false;
	if (!next_word(&(struct sentence){ .reader = sentence->reader,
					   .string = sentence->string,
					   .at = sentence->at },
		       &number) ||
	    strcmp(number.text, "within") == 0)
		return true;
	next_word(sentence, &number);
	wrong = parse_number(number.text, UINT32_MAX, &wait->times);
	if (wrong || !wait->times)
		return complain_word(sentence, &number, "%s",
				     wrong ? wrong : "a number from 1 on belongs here");
	return take_word(sentence, "times") || take_word(sentence, "time") ||
	       need_this_word(sentence, "times", "fired 3 times");
}

/* "timeline is done". */
static bool take_timeline(struct sentence *sentence, struct nst_wait_step *wait)
{
	struct word word;

	wait->kind = NST_WAIT_TIMELINE;
	return need_word(sentence, "timeline", &word) &&
	       need_this_word(sentence, "is", "timeline is done") &&
	       need_this_word(sentence, "done", "timeline is done") &&
	       (sentence->reader->playing->has_timeline ||
		complain_word(sentence, &word,
			      "no step before this one is a timeline"));
}

/* "fault is ready": of a program with that name. */
static bool is_program_event(const struct sentence *sentence)
{
	struct sentence ahead = *sentence;
	struct word word;

	next_word(&ahead, &word);
	next_word(&ahead, &word);
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++)
		if (strcmp(word.text, waits[i].verb) == 0)
			return true;
	return strcmp(word.text, "on") == 0;
}

/* Whether words come next; "*" is any. */
static bool words_ahead(const struct sentence *sentence, const char *const *words)
{
	struct sentence ahead = *sentence;
	struct word word;

	for (; *words; words++)
		if (!next_word(&ahead, &word) ||
		    (strcmp(*words, "*") != 0 && strcmp(*words, word.text) != 0))
			return false;
	return true;
}

bool parse_event(struct sentence *sentence, struct nst_wait_step *wait)
{
	/* Otherwise it is a program of that name. */
	static const char *const timeline[] = { "timeline", "is", "done", NULL };
	static const char *const fault[] = { "fault", "*", "*", NULL };
	const char *verbs[ARRAY_SIZE(waits) + 1] = { NULL }, *host;
	struct word name, verb;

	if (words_ahead(sentence, timeline))
		return take_timeline(sentence, wait);
	if (words_ahead(sentence, fault) && !is_program_event(sentence))
		return take_fault(sentence, wait);
	if (!need_word(sentence, "a program or a host", &name) ||
	    !take_on(sentence, &host) ||
	    !need_word(
		    sentence,
		    "what it does (is ready, prints, exits, listens on, has, counts)",
		    &verb))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		verbs[i] = waits[i].verb;
		if (strcmp(verb.text, waits[i].verb) != 0)
			continue;
		return wait_subject(sentence, &name, host, waits[i].of_host, wait) &&
		       waits[i].parse(sentence, wait);
	}
	return complain_word(sentence, &verb, "nothing can be waited for with \"%s\"%s",
			     verb.text,
			     or_known(sentence->reader->arena, verb.text, verbs));
}

bool parse_wait(struct sentence *sentence, struct nst_step *step)
{
	step->wait.within_ms = DEFAULT_WAIT_MS;
	return parse_event(sentence, &step->wait) &&
	       take_within(sentence, &step->wait.within_ms);
}
