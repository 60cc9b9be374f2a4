/* SPDX-License-Identifier: MIT */
/* `steps:`: one key each. */
#include "expect.h"

#include <assert.h>
#include <string.h>

#include <base/scope.h>

#include "problems.h"

void add_step(struct reader *reader, const struct nst_step *step)
{
	struct playing *playing = reader->playing;

	*arena_push(reader->arena, playing->steps, playing->step_count) = *step;
}

/* ---- Steps that are sentences ---- */

static step_parser *const parsers[NST_STEP_KINDS] = {
	[NST_STEP_EXPECT] = parse_expect,
	[NST_STEP_START] = parse_restart,
	[NST_STEP_STOP] = parse_program_step,
	[NST_STEP_KILL] = parse_program_step,
	[NST_STEP_FREEZE] = parse_program_step,
	[NST_STEP_THAW] = parse_program_step,
	[NST_STEP_WAIT] = parse_wait,
	[NST_STEP_DOWN] = parse_link_step,
	[NST_STEP_UP] = parse_link_step,
	[NST_STEP_CUT] = parse_cut,
	[NST_STEP_MEND] = parse_cut,
	[NST_STEP_MARK] = parse_mark,
	[NST_STEP_IMPAIR] = parse_impair,
	[NST_STEP_UNFAULT] = parse_unfault,
	[NST_STEP_PAUSE] = parse_pause,
	[NST_STEP_CONNECT] = parse_connect,
	[NST_STEP_RELOAD] = parse_reload,
	[NST_STEP_RESTART] = parse_restart,
	[NST_STEP_VANISH] = parse_program_step,
	[NST_STEP_EXHAUST] = parse_resource_step,
	[NST_STEP_RESTORE] = parse_resource_step,
	[NST_STEP_READ_ONLY] = parse_mount_step,
	[NST_STEP_WRITABLE] = parse_mount_step,
	[NST_STEP_MTU] = parse_mtu_step,
};

static bool sentence_read(struct reader *reader, const struct node *node,
			  const struct nst_step *like)
{
	struct nst_step step = *like;
	struct string *string = arena_new(reader->arena, struct string);
	struct sentence sentence;

	if (!read_text(reader, node, string))
		return false;
	step.text = arena_print(reader->arena, "%s: %s", nst_step_name(step.kind),
				one_line(reader, string->text));
	sentence = sentence_of(reader, string);
	if (!parsers[step.kind](&sentence, &step) || !end_sentence(&sentence))
		return false;
	add_step(reader, &step);
	return true;
}

/* One sentence, or a list of them: a step each. */
static bool sentences_read(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	bool fine = true;

	if (node->kind != NODE_LIST)
		return sentence_read(reader, node, &step);
	for (size_t i = 0; i < node->count; i++) {
		step.position = position_of(node->entries[i].value);
		fine = sentence_read(reader, node->entries[i].value, &step) && fine;
	}
	return fine;
}

/* Sentences, or a table of them. */
static bool expect_read(struct reader *reader, const struct node *node, void *field)
{
	return node->kind == NODE_MAPPING ? read_policy(reader, node, field)
					  : sentences_read(reader, node, field);
}

#define SENTENCES(pattern)                                                      \
	"\"anyOf\": [{\"type\": \"string\", \"pattern\": \"" pattern "\"}, "    \
	"{\"type\": \"array\", \"items\": {\"type\": \"string\", \"pattern\": " \
	"\"" pattern "\"}}]"

#define QUESTION "^\\\\s*\\\\S+\\\\s+->\\\\s+\\\\S+\\\\s+\\\\S+\\\\s+\\\\S+"

#define ANSWERED                                                                       \
	"^\\\\s*(\\\\S+\\\\s+->\\\\s+\\\\S+\\\\s+\\\\S+|connection\\\\s+\\\\S+)\\\\s+" \
	"\\\\S+"

static const struct type type_expect = {
	"expect", expect_read,
	"\"anyOf\": [{\"type\": \"string\", \"pattern\": \"" ANSWERED "\"}, "
	"{\"type\": \"array\", \"items\": {\"type\": \"string\", \"pattern\": "
	"\"" ANSWERED "\"}}, {\"$ref\": \"#/definitions/expect-table\"}]"
};
static const struct type type_programs_step = { "program-reference", sentences_read,
						SENTENCES("\\\\S") };
static const struct type type_wait = { "wait", sentences_read,
				       SENTENCES("\\\\S+\\\\s+\\\\S+") };
static const struct type type_link_step = {
	"link-step", sentences_read,
	SENTENCES("^\\\\s*\\\\S+\\\\s+--\\\\s+\\\\S+\\\\s*$")
};
static const struct type type_cut = { "cut", sentences_read,
				      SENTENCES("\\\\S+\\\\s+\\\\S+") };
static const struct type type_unfault = { "fault-reference", sentences_read,
					  SENTENCES("\\\\S") };
static const struct type type_pause = { "pause", sentences_read,
					"\"$ref\": \"#/definitions/time\"" };
static const struct type type_connect = { "connect", sentences_read,
					  SENTENCES(QUESTION "\\\\s+\\\\S+") };
static const struct type type_reload = { "reload", sentences_read, SENTENCES("\\\\S") };
static const struct type type_resource = {
	"resource", sentences_read,
	SENTENCES("^\\\\s*(ports|accept|descriptors|disk|.*\\\\$\\\\{)")
};
static const struct type type_mount = { "mount", sentences_read,
					SENTENCES("\\\\S+\\\\s+on\\\\s+\\\\S+") };
static const struct type type_mtu = {
	"mtu-step", sentences_read, SENTENCES("\\\\S+\\\\s+--\\\\s+\\\\S+\\\\s+\\\\S+")
};
static const struct type type_mark = { "mark", sentences_read,
				       SENTENCES("^\\\\s*\\\\S+\\\\s*$") };

/* ---- Steps that may be mappings ---- */

static bool start_read(struct reader *reader, const struct node *node, void *field)
{
	return node->kind == NODE_MAPPING ? read_start_step(reader, node, field)
					  : sentences_read(reader, node, field);
}

static bool stop_read(struct reader *reader, const struct node *node, void *field)
{
	return node->kind == NODE_MAPPING ? read_stop_step(reader, node, field)
					  : sentences_read(reader, node, field);
}

static bool impair_read(struct reader *reader, const struct node *node, void *field)
{
	return node->kind == NODE_MAPPING ? read_impair_step(reader, node, field)
					  : sentences_read(reader, node, field);
}

#define REFERENCE(name) "\"$ref\": \"#/definitions/" name "\""

static const struct type type_run = { "run-step", read_run_step, REFERENCE("run") };
static const struct type type_packets = { "packets-step", read_packets_step,
					  REFERENCE("packets") };
static const struct type type_measure = { "measure-step", read_measure_step,
					  REFERENCE("measure") };
static const struct type type_start = {
	"start-step", start_read,
	"\"anyOf\": [{" REFERENCE("start") "}, {" REFERENCE("program-reference") "}]"
};
static const struct type type_stop = {
	"stop-step", stop_read,
	"\"anyOf\": [{" REFERENCE("stop") "}, {" REFERENCE("program-reference") "}]"
};

static const struct type type_impair_step = {
	"impair-step", impair_read,
	"\"anyOf\": [{\"type\": \"string\"}, "
	"{\"type\": \"array\", \"items\": {\"type\": \"string\"}}, "
	"{\"type\": \"object\", \"minProperties\": 1, \"additionalProperties\": "
	"{" REFERENCE("impairment-value") "}}]"
};
static const struct type type_ramp = { "ramp-step", read_ramp_step, REFERENCE("ramp") };
static const struct type type_fault = { "fault-step", read_fault_step,
					REFERENCE("fault") };
static const struct type type_flap = { "flap-step", read_flap_step, REFERENCE("flap") };
static const struct type type_address = { "address-step", read_address_step,
					  REFERENCE("address") };
static const struct type type_ruleset_step = { "ruleset-step-value", read_ruleset_step,
					       REFERENCE("ruleset-step") };
static const struct type type_timeline = { "timeline", read_timeline_step,
					   "\"type\": \"array\", \"minItems\": 1, "
					   "\"items\": {" REFERENCE(
						   "timeline-entry") "}" };

/* ---- The table ---- */

static const struct key step_keys[] = {
	[NST_STEP_EXPECT] = { "expect", &type_expect, 0, false,
			      "Who reaches whom: a -> b tcp/8080 open. Also over ipv4 "
			      "or ipv6 "
			      "before the verdict. Verdicts: open, refused, rejected, "
			      "dropped, "
			      "blocked (rejected or dropped), unroutable, unanswered; "
			      "several "
			      "with \"or\". A list is a step each, {matrix: ...} a "
			      "table." },
	[NST_STEP_RUN] = { "run", &type_run, 0, false,
			   "A command that must end in time, with the status and "
			   "output asked "
			   "for." },
	[NST_STEP_PACKETS] = { "packets", &type_packets, 0, false,
			       "How many captured packets match a pcap filter." },
	[NST_STEP_MEASURE] = { "measure", &type_measure, 0, false,
			       "What TCP achieved: throughput, latency, "
			       "retransmissions; "
			       "by numbers, or beside what was measured before." },
	[NST_STEP_START] = { "start", &type_start, 0, false,
			     "Starts a program and waits until it is ready; the name "
			     "of one "
			     "that was stopped starts it again." },
	[NST_STEP_STOP] = { "stop", &type_stop, 0, false,
			    "Ends a program: SIGTERM, and SIGKILL if it goes on." },
	[NST_STEP_KILL] = { "kill", &type_programs_step, 0, false,
			    "Ends a program with SIGKILL." },
	[NST_STEP_FREEZE] = { "freeze", &type_programs_step, 0, false,
			      "SIGSTOP: the program hangs until it is thawed." },
	[NST_STEP_THAW] = { "thaw", &type_programs_step, 0, false,
			    "SIGCONT: the program goes on." },
	[NST_STEP_WAIT] = { "wait until", &type_wait, 0, false,
			    "web is ready, web prints \"REGEX\", web exits, HOST "
			    "listens on "
			    "tcp/8080, HOST has file PATH, HOST has tcp/80 in "
			    "CLOSE-WAIT, or HOST counts 3 TcpExtListenOverflows; "
			    "within 5s." },
	[NST_STEP_DOWN] = { "down", &type_link_step, 0, false,
			    "Takes a link down, as pulling the cable does: a -- b." },
	[NST_STEP_UP] = { "up", &type_link_step, 0, false,
			  "Takes it up again: a -- b." },
	[NST_STEP_CUT] = { "cut", &type_cut, 0, false,
			   "Partition: a, b from c, d. One way only: a -> b." },
	[NST_STEP_MEND] = { "mend", &type_cut, 0, false, "Heals it: a, b from c, d." },
	[NST_STEP_MARK] = { "mark", &type_mark, 0, false,
			    "Names this moment, for the since: of packets." },
	[NST_STEP_IMPAIR] = { "impair", &type_impair_step, 0, false,
			      "What a link does to packets from now on: a -> b delay "
			      "20ms, loss 1%; a -- b for both directions; none." },
	[NST_STEP_RAMP] = { "ramp", &type_ramp, 0, false,
			    "Changes an impairment gradually, and takes that long." },
	[NST_STEP_FAULT] = { "fault", &type_fault, 0, false,
			     "What happens to exactly these packets from now on." },
	[NST_STEP_UNFAULT] = { "remove fault", &type_unfault, 0, false,
			       "The fault of that name does nothing from now on." },
	[NST_STEP_FLAP] = { "flap", &type_flap, 0, false,
			    "Takes a link down and up again, and takes that long." },
	[NST_STEP_ADDRESS] = { "address", &type_address, 0, false,
			       "Gives a host another address, or takes one away." },
	[NST_STEP_PAUSE] = { "pause", &type_pause, 0, false,
			     "Lets time pass: for what a timeline does meanwhile." },
	[NST_STEP_TIMELINE] = { "timeline", &type_timeline, 0, false,
				"What is done beside the steps that follow: at times, "
				"or "
				"when something has happened." },
	[NST_STEP_CONNECT] = { "connect", &type_connect, 0, false,
			       "Opens a TCP connection that stays: a -> b tcp/22 as "
			       "NAME. Asked over later: expect: connection NAME "
			       "alive." },
	[NST_STEP_RULESET] = { "ruleset", &type_ruleset_step, 0, false,
			       "Loads other firewall rules into a host." },
	[NST_STEP_RELOAD] = { "reload", &type_reload, 0, false,
			      "Loads a host's own ruleset once more." },
	[NST_STEP_RESTART] = { "restart", &type_programs_step, 0, false,
			       "Stops a program, and starts it again as before." },
	[NST_STEP_VANISH] = { "vanish", &type_programs_step, 0, false,
			      "Ends a program as when its host loses power: its peers "
			      "hear nothing of it." },
	[NST_STEP_EXHAUST] = { "exhaust", &type_resource, 0, false,
			       "Nothing is left of: ports on HOST, accept queue tcp/80 "
			       "on "
			       "HOST, descriptors of web, disk /tmp on HOST." },
	[NST_STEP_RESTORE] = { "restore", &type_resource, 0, false,
			       "There is as much of it as before." },
	[NST_STEP_READ_ONLY] = { "read-only", &type_mount, 0, false,
				 "A mount can only be read from now on: / on HOST." },
	[NST_STEP_WRITABLE] = { "writable", &type_mount, 0, false,
				"It can be written again: / on HOST." },
	[NST_STEP_MTU] = { "mtu", &type_mtu, 0, false,
			   "Another MTU at both ends of a link: a -- b 1300." },
};
static_assert(ARRAY_SIZE(step_keys) == NST_STEP_KINDS, "each step has a key");

const struct table step_table = {
	.name = "step",
	.help = "One step: exactly one key.",
	.keys = step_keys,
	.count = ARRAY_SIZE(step_keys),
};

const char *nst_step_name(enum nst_step_kind kind)
{
	return (size_t)kind < NST_STEP_KINDS ? step_keys[kind].name : "?";
}

bool read_step(struct reader *reader, const struct node *node)
{
	const struct key *key;
	struct nst_step step = { 0 };

	if (node->kind != NODE_MAPPING || node->count == 0)
		return complain(reader, node,
				"a step is a mapping, as in \"expect: a -> b "
				"tcp/80 open\"");
	key = find_key(reader, &step_table, node->entries[0].key);
	if (!key)
		return false;
	if (node->count > 1)
		return complain(
			reader, node->entries[1].key,
			"a step has one key; is a \"-\" missing, or an indent?");
	step.kind = (enum nst_step_kind)(key - step_keys);
	if (!may_be_here(reader, node->entries[0].key, step.kind))
		return false;
	step.position = position_of(node->entries[0].key);
	return key->type->read(reader, node->entries[0].value, &step);
}

bool read_steps(struct reader *reader, const struct node *node)
{
	bool fine = true;

	if (!expect_list(reader, node))
		return false;
	for (size_t i = 0; i < node->count; i++)
		fine = read_step(reader, node->entries[i].value) && fine;
	return fine;
}

/* Only where they are: they are read when all else of the case is known. */
static bool steps_read(struct reader *reader, const struct node *node, void *field)
{
	*(const struct node **)field = node;
	return expect_list(reader, node);
}

const struct type type_steps = {
	.name = "steps",
	.read = steps_read,
	.schema = "\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/step\"}",
};
