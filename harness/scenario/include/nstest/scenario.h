/* SPDX-License-Identifier: MIT */
/**
 * Scenario files: YAML read into plain values.
 *
 *	struct nst_scenario *scenario = NULL;
 *	struct nst_diagnostics *problems = NULL;
 *
 *	if (nst_scenario_load("webserver.yaml", NULL, &scenario, &problems) < 0)
 *		fputs(nst_diagnostics_text(problems), stderr);
 *	for (size_t i = 0; i < scenario->case_count; i++)
 *		run(&scenario->cases[i]);
 *	nst_diagnostics_free(problems);
 *	nst_scenario_free(scenario);
 *
 * Rules that hold for all of it:
 *  - What was loaded makes sense: every host, program, link and mark that a step names
 *    exists, every port, filter and regex is valid, the topology can be planned. Only
 *    what the kernel and the machine's programs decide is left to fail later.
 *  - All that a scenario points to belongs to it and goes with nst_scenario_free().
 *  - Variables and the matrix are expanded: what is here is what runs.
 *  - docs/scenario.md says what the keys are; the tables of keys in src/ define them.
 */
#ifndef NSTEST_SCENARIO_H
#define NSTEST_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nstest/fault.h>
#include <nstest/lab.h>
#include <nstest/probe.h>
#include <nstest/program.h>
#include <nstest/resource.h>
#include <nstest/ruleset.h>
#include <nstest/tcp.h>
#include <nstest/topology.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where something was written. Lines and columns count from 1, columns in characters.
 */
struct nst_position {
	const char *file; /**< as the caller named it, or as an include reached it */
	unsigned int line, column;
};

/* ---- What is set up before the steps of each case ---- */

/** Firewall rules of one host. */
struct nst_scenario_ruleset {
	const char *host;
	/** `text` is always given; `path` is the rule file, or this scenario for rules
	 * written in it, and `first_line` is where they begin. */
	struct nst_ruleset rules;
	struct nst_position position;
};

/** A program that is started in a host and waited for until it is ready. */
struct nst_scenario_program {
	struct nst_start
		start; /**< host, name (never NULL), command or argv, ready, … */
	int within_ms; /**< how long it may take to become ready */
	/** `ready` was not written: a step (there) asks for a port that its command
	 * names. */
	bool ready_assumed;
	struct nst_position ready_position; /**< of `ready:`, or of that step */
	struct nst_position position;
};

/** What a case starts from. Cases of one combination of the matrix share one, unless their
 *  steps impair different links: only links that a case's steps impair are impairable. */
struct nst_setup {
	struct nst_topology topology; /**< every host is declared in it */
	const struct nst_scenario_ruleset *rulesets; /**< to be loaded in this order, */
	size_t ruleset_count;
	const struct nst_scenario_program
		*programs; /**< and then these started, in order */
	size_t program_count;
};

/* ---- Steps ---- */

enum nst_step_kind {
	NST_STEP_EXPECT,
	NST_STEP_RUN,
	NST_STEP_PACKETS,
	NST_STEP_MEASURE,
	NST_STEP_START,
	NST_STEP_STOP,
	NST_STEP_KILL,
	NST_STEP_FREEZE,
	NST_STEP_THAW,
	NST_STEP_WAIT,
	NST_STEP_DOWN,
	NST_STEP_UP,
	NST_STEP_CUT,
	NST_STEP_MEND,
	NST_STEP_MARK,
	NST_STEP_IMPAIR,
	NST_STEP_RAMP,
	NST_STEP_FAULT,
	NST_STEP_UNFAULT,
	NST_STEP_FLAP,
	NST_STEP_ADDRESS,
	NST_STEP_PAUSE,
	NST_STEP_TIMELINE,
	NST_STEP_CONNECT,
	NST_STEP_RULESET,
	NST_STEP_RELOAD,
	NST_STEP_RESTART,
	NST_STEP_VANISH,
	NST_STEP_EXHAUST,
	NST_STEP_RESTORE,
	NST_STEP_READ_ONLY,
	NST_STEP_WRITABLE,
	NST_STEP_MTU,
	NST_STEP_KINDS,
};

/** What must have decided. */
enum nst_cause {
	NST_CAUSE_ANY,
	NST_CAUSE_RULE,    /**< the rule at `file`:`line` */
	NST_CAUSE_POLICY,  /**< a policy */
	NST_CAUSE_NO_RULE, /**< no rule: rp_filter, a full queue, … */
};

/** A right verdict, and why it must be so. What is not given may be anything. */
struct nst_reason {
	unsigned int verdicts; /**< bits 1u << NST_VERDICT_… */
	enum nst_cause cause;
	const char *file; /**< may lack leading folders */
	unsigned int line;
	const char *icmp;    /**< rejected with this: "admin-prohibited"; NULL */
	bool reset;          /**< rejected with an RST */
	bool nat;            /**< a host on the way changed addresses or ports */
	const char *seen_as; /**< the asker's address where it is asked; NULL */
};

/** A question, and the answers that are right. */
struct nst_expectation {
	struct nst_question
		question;      /**< listener NONE where `refused` is a right answer */
	unsigned int verdicts; /**< bits 1u << NST_VERDICT_… */
	/** Alternatives with their reasons; none if no reason is given at all. */
	const struct nst_reason *reasons;
	size_t reason_count;
	const char *question_text; /**< "a -> b tcp/80 over ipv6" */
	const char *verdict_text;  /**< as written: "blocked", "refused or dropped" */
	size_t cells_after; /**< so many steps behind this one are of the same table */
};

static inline bool nst_expected(const struct nst_expectation *expectation,
				enum nst_verdict_kind kind)
{
	return expectation->verdicts & 1u << kind;
}

/** How an exit status is judged. A death by signal is only right with NST_STATUS_ANY.
 */
enum nst_status_rule {
	NST_STATUS_IS,       /**< exactly `status` */
	NST_STATUS_NOT_ZERO, /**< any but 0 */
	NST_STATUS_ANY,
};

/** How a program's output is judged. */
enum nst_text_rule {
	NST_TEXT_CONTAINS, /**< has `text` somewhere */
	NST_TEXT_LACKS,    /**< has it nowhere */
	NST_TEXT_MATCHES,  /**< a line matches the POSIX extended regex `text` */
	NST_TEXT_EQUALS, /**< is `text`; one newline at the end of either does not count
			  */
};

struct nst_text_check {
	enum nst_stream stream;
	enum nst_text_rule rule;
	const char *text;
	struct nst_position position;
};

/** A command that must end in time, with this status and output. */
struct nst_run_step {
	struct nst_start start;
	int within_ms;
	enum nst_status_rule status_rule;
	int status;
	const struct nst_text_check *checks;
	size_t check_count;
};

/** From when packets are counted. */
enum nst_since {
	NST_SINCE_START, /**< the case's beginning */
	NST_SINCE_STEP, /**< when the last step that is no `packets` and no `mark` began
			 */
	NST_SINCE_MARK, /**< when the step `mark: …` of that name was done */
};

/** How many packets were seen: at_least ≤ sum over `where` ≤ at_most. */
struct nst_packets_step {
	const char *const
		*where;    /**< "host" or "host:eth0", NULL-terminated; NULL: all */
	const char *match; /**< pcap filter; NULL: all */
	enum nst_since since;
	const char *mark;           /**< NST_SINCE_MARK */
	uint64_t at_least, at_most; /**< at_most UINT64_MAX: no limit */
	const char *count_text;     /**< "at least 3", for messages */
};

/** What is measured of TCP connections (nstest/measure.h). */
enum nst_measured {
	NST_MEASURED_RATE,    /**< bits a second */
	NST_MEASURED_LATENCY, /**< median, microseconds */
	NST_MEASURED_P90,
	NST_MEASURED_P99,
	NST_MEASURED_RETRANSMITTED, /**< segments */
	NST_MEASURED,
};

/** at_least ≤ value ≤ at_most; at_most UINT64_MAX: no limit. */
struct nst_bound {
	enum nst_measured what;
	uint64_t at_least, at_most;
	bool share;           /**< of all segments, in ppm */
	bool relative;        /**< to the same value of `baseline`, in ppm */
	const char *baseline; /**< the `as` of a step before, of this case or another */
	const char *text;     /**< "at least 80% of plain", for messages */
};

/** What the TCP connections on which a host sends have achieved. */
struct nst_measure_step {
	const char *at;
	unsigned short port; /**< at either end; 0: any */
	enum nst_since since;
	const char *mark;
	const char *as; /**< NULL: nobody compares */
	struct nst_bound bounds[NST_MEASURED];
	size_t bound_count;
};

/** A program that runs already; for stop, kill, freeze, thaw, vanish. */
struct nst_program_step {
	const char *host,
		*name; /**< for nst_program_find(); name NULL: all on the host,
				      for kill, freeze, thaw, vanish */
	int within_ms; /**< stop: until SIGKILL */
};

enum nst_wait_kind {
	NST_WAIT_READY,   /**< until a program is ready (its own `ready`) */
	NST_WAIT_PRINTS,  /**< until a program prints a line that matches `regex` */
	NST_WAIT_EXITS,   /**< until a program ends by itself */
	NST_WAIT_PORT,    /**< until something listens on `port` of `host` */
	NST_WAIT_FILE,    /**< until `file` exists in `host` */
	NST_WAIT_TCP,     /**< until a TCP socket from or to `port` is in `state` */
	NST_WAIT_COUNTER, /**< until `counter` of `host` is `times` or more */
	NST_WAIT_FAULT,   /**< until the fault called `fault` has fired `times` times */
	NST_WAIT_TIMELINE, /**< until nothing is left to do of the case's timelines */
};

struct nst_wait_step {
	enum nst_wait_kind kind;
	const char *host;
	const char *program; /**< READY, PRINTS, EXITS */
	const char *regex, *file;
	enum nst_protocol protocol; /**< PORT: NST_TCP or NST_UDP */
	unsigned short port;        /**< PORT, TCP */
	enum nst_tcp_state state;
	const char *counter;
	const char *fault;
	uint64_t times; /**< FAULT, COUNTER */
	int within_ms;
};

struct nst_link_step {
	const char *a, *b;
};

/** Cut and mend: host names separated by ',', as nst_cut() takes them. */
struct nst_cut_step {
	const char *one, *other;
	bool one_way; /**< only what `one` sends to `other`; never with mend */
};

/** What one direction of a link becomes. */
struct nst_impair_direction {
	const char *from, *to; /**< as nst_impair() takes them */
	struct nst_impairment impairment;
};

struct nst_impair_step {
	const struct nst_impair_direction *directions;
	size_t count;
};

/** From one impairment to another, in equal steps. */
struct nst_ramp_step {
	const struct nst_impair_direction *begin, *end; /**< of the same directions */
	size_t count;
	int64_t over_us, every_us;
};

struct nst_fault_step {
	const char *from, *to;
	struct nst_fault fault; /**< `name` NULL: no other step speaks of it */
};

struct nst_flap_step {
	const char *a, *b;
	int64_t down_us, up_us;
	unsigned int times;
};

/** What is exhausted, or restored. Programs by their names: they may be started later. */
struct nst_resource_step {
	enum nst_resource_kind kind;
	const char *host;
	unsigned short port; /**< ACCEPT_QUEUE */
	const char *path;    /**< DISK */
	const char *program; /**< DESCRIPTORS */
};

/** A mount that can only be read from now on, or be written again. */
struct nst_mount_step {
	const char *host, *path;
};

struct nst_mtu_step {
	const char *a, *b;
	unsigned int bytes;
};

/** Something that is done beside the steps that follow: at a time after the step
 *  `timeline`, or once something has happened. */
struct nst_timeline_entry {
	int64_t at_us; /**< -1: `when` says it */
	struct nst_wait_step when;
	const struct nst_step *steps;
	size_t step_count;
	bool may_miss;    /**< it need not have come by the end of the case */
	const char *text; /**< "at 2s", "when fault x fired 3 times" */
	struct nst_position position;
};

struct nst_timeline_step {
	const struct nst_timeline_entry *entries;
	size_t count;
};

/** Rules that a host gets while the lab lives: others, or its own once more. */
struct nst_ruleset_step {
	const struct nst_scenario_ruleset *rulesets; /**< to be loaded in this order */
	size_t count;
};

struct nst_step {
	enum nst_step_kind kind;
	struct nst_position position;
	const char
		*text; /**< for messages: "kill: web on a", "run: {on: a, command: …" */
	union {
		struct nst_expectation expect; /**< expect, connect */
		struct nst_run_step run;
		struct nst_packets_step packets;
		struct nst_measure_step measure;
		struct nst_scenario_program start; /**< start, restart */
		struct nst_program_step
			program; /**< stop, kill, freeze, thaw, vanish */
		struct nst_wait_step wait;
		struct nst_link_step link; /**< down, up */
		struct nst_cut_step cut;   /**< cut, mend */
		const char *mark;
		struct nst_impair_step impair;
		struct nst_ramp_step ramp;
		struct nst_fault_step fault;
		const char *unfault; /**< the name of a fault */
		struct nst_flap_step flap;
		struct nst_address_change address;
		struct nst_resource_step resource; /**< exhaust, restore */
		struct nst_mount_step mount;       /**< read-only, writable */
		struct nst_mtu_step mtu;
		int64_t pause_us;
		struct nst_timeline_step timeline;
		struct nst_ruleset_step ruleset; /**< ruleset, reload */
	};
};

/* ---- Cases and files ---- */

/** On which clock a case makes sense. */
enum nst_case_clock {
	NST_CLOCK_ANY,
	NST_CLOCK_VIRTUAL, /**< it waits for hours: skipped where time is real */
};

struct nst_scenario_case {
	const char *name; /**< with a matrix: "only b gets in [ipv4, nft]" */
	struct nst_position position;
	const struct nst_setup *setup;
	const char *const *tags; /**< NULL-terminated; may be NULL */
	int timeout_ms;          /**< for the whole case; 0: not given */
	enum nst_capturing capture;
	enum nst_case_clock clock;
	bool allow_unplanned_loss; /**< loss by the engine itself does not fail it */
	const struct nst_step *steps;
	size_t step_count;
};

struct nst_diagnostics;

struct nst_scenario {
	const char *path;
	const char *name; /**< `name:`, or the file's name without folder and .yaml */
	const struct nst_setup *setups; /**< at least one: for nstest up */
	size_t setup_count;
	const struct nst_scenario_case *cases;  /**< in the order of the file */
	size_t case_count;                      /**< 0 for a file that others include */
	const struct nst_diagnostics *warnings; /**< what is right, but may surprise */
};

/** How to read. All-zero is the usual. */
struct nst_scenario_options {
	const char *const
		*set; /**< "name=value", …: instead of the file's own variables */
	bool alone;   /**< open no other file: include: and rule files are refused */
};

/**
 * Reads a scenario file and all that it includes, and checks it.
 *
 * Return: 0; -EINVAL, and all that is wrong (up to 20) is in `ret_problems`; -ENOENT,
 * -EACCES and the like if `path` cannot be read. nst_error() has the first problem.
 * `ret_problems` (may be NULL) is set in both cases and is the caller's to free.
 */
int nst_scenario_load(const char *path, const struct nst_scenario_options *options,
		      struct nst_scenario **ret_scenario,
		      struct nst_diagnostics **ret_problems);

/** The same for a text; `path` names it in messages, and what it includes is looked for
 *  relative to that. */
int nst_scenario_parse(const char *text, size_t size, const char *path,
		       const struct nst_scenario_options *options,
		       struct nst_scenario **ret_scenario,
		       struct nst_diagnostics **ret_problems);

void nst_scenario_free(struct nst_scenario *scenario);

/** "expect", "wait until", …: the key of a step. Static strings. */
const char *nst_step_name(enum nst_step_kind kind);

/**
 * The JSON Schema of scenario files (draft-07), for editors: written from the tables that
 * the files are read with. The caller frees *ret_text.
 */
int nst_scenario_schema(char **ret_text);

/* ---- What is wrong with a file ---- */

struct nst_diagnostic {
	struct nst_position position;
	unsigned int length; /**< characters that the caret underlines, at least 1 */
	const char *message; /**< unknown key "exepct"; did you mean "expect"? */
	const char *line;    /**< the source line, "" if there is none */
};

size_t nst_diagnostics_count(const struct nst_diagnostics *problems);
const struct nst_diagnostic *nst_diagnostics_at(const struct nst_diagnostics *problems,
						size_t i);

/** All of them as people read them: position, message, source line and caret. */
const char *nst_diagnostics_text(const struct nst_diagnostics *problems);
void nst_diagnostics_free(struct nst_diagnostics *problems);

#ifdef __cplusplus
}
#endif
#endif
