/* SPDX-License-Identifier: MIT */
/* The steps of one case. */
#ifndef SCENARIO_STEPS_H
#define SCENARIO_STEPS_H

#include "hosts.h"
#include "sentence.h"

/* A program that may be named by now. */
struct known_program {
	const struct nst_scenario_program *program;
	bool several; /* two of that name were set up in the same host */
};

/* What since: says. */
struct since_spec {
	enum nst_since since;
	const char *mark;
};

/* The case that is being read. */
/* What steps make of a link. */
struct may_become {
	bool impaired, faulted;
	struct nst_impairment *items;
	size_t count;
};

struct playing {
	struct nst_scenario_case *play;
	int settle_ms;
	struct nst_step *steps;
	size_t step_count;
	struct known_program *programs;
	size_t program_count;
	const char **marks;
	size_t mark_count;
	struct may_become *impaired; /* by link; NULL: no step impairs any */
	const char **faults;         /* names of those that steps add */
	size_t fault_count;
	struct nst_question *connections; /* that steps have opened */
	size_t connection_count;
	bool has_timeline; /* a step before this one is a timeline */
	bool in_timeline;  /* what is read is done by a timeline */
};

extern const struct table step_table; /* its keys in the order of enum nst_step_kind */
extern const struct type type_steps;  /* const struct node * */

/* Reads the list of steps, or one, into reader->playing. */
bool read_steps(struct reader *reader, const struct node *node);
bool read_step(struct reader *reader, const struct node *node);

/* Complains about a step that a timeline cannot do, within one. */
bool may_be_here(struct reader *reader, const struct node *key,
		 enum nst_step_kind kind);

/* Adds a step, whole. */
void add_step(struct reader *reader, const struct nst_step *step);

/* A program can be named from here on. */
void know_program(struct reader *reader, const struct nst_scenario_program *program,
		  bool is_setup);

/* "NAME" or "NAME on HOST": the program that is meant, or NULL after a complaint. */
const struct nst_scenario_program *need_program(struct sentence *sentence);

/* The program called `name`, where `host` is not NULL in that host. */
const struct nst_scenario_program *lookup_program(struct sentence *sentence,
						  const struct word *name,
						  const char *host);

/* Parsers of steps that are sentences; each fills the step's own part. */
typedef bool step_parser(struct sentence *sentence, struct nst_step *step);
step_parser parse_expect, parse_program_step, parse_restart, parse_wait,
	parse_link_step, parse_cut, parse_mark, parse_impair, parse_unfault,
	parse_pause, parse_connect, parse_reload, parse_resource_step, parse_mount_step,
	parse_mtu_step;

/* Readers of steps that are mappings; `field` is the struct nst_step, which they add. */
bool read_run_step(struct reader *reader, const struct node *node, void *field);
bool read_start_step(struct reader *reader, const struct node *node, void *field);
bool read_stop_step(struct reader *reader, const struct node *node, void *field);
bool read_packets_step(struct reader *reader, const struct node *node, void *field);
bool read_measure_step(struct reader *reader, const struct node *node, void *field);
bool read_impair_step(struct reader *reader, const struct node *node, void *field);
bool read_ramp_step(struct reader *reader, const struct node *node, void *field);
bool read_fault_step(struct reader *reader, const struct node *node, void *field);
bool read_flap_step(struct reader *reader, const struct node *node, void *field);
bool read_address_step(struct reader *reader, const struct node *node, void *field);
bool read_timeline_step(struct reader *reader, const struct node *node, void *field);
bool read_ruleset_step(struct reader *reader, const struct node *node, void *field);

/* What `wait until` and `when` of a timeline wait for, without "within". */
bool parse_event(struct sentence *sentence, struct nst_wait_step *wait);

/* The name of a fault that a step before has added. */
bool need_fault(struct sentence *sentence, const char **ret_name);

/* Complains unless hosts a and b are joined; at word b. */
bool need_link(struct sentence *sentence, struct nst_link_step *ret);

extern const struct table run_table, output_table, stop_table, packets_table,
	measure_table, ramp_table, fault_table, corrupt_table, truncate_table,
	flap_table, address_table, timeline_table;
extern const struct type type_status, type_output, type_count, type_since;

#endif
