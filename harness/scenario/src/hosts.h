/* SPDX-License-Identifier: MIT */
/* Hosts, links and programs as a file says them, and the setup that is made of them. */
#ifndef SCENARIO_HOSTS_H
#define SCENARIO_HOSTS_H

#include <lab/plan.h>

#include "table.h"

/* ---- Programs ---- */

struct command {
	struct string line;      /* for the shell; text NULL if argv is given */
	const char *const *argv; /* NULL-terminated */
	const struct node *node; /* NULL: not given */
};

struct ready_spec {
	struct nst_ready ready;
	const struct node *node; /* NULL: not given */
};

/* A program under `run:` of a host, or of a step. */
struct program_spec {
	struct string on, name, input, directory;
	struct command command;
	struct ready_spec ready;
	int within_ms; /* 0: not given */
	const char *const *environment;
	long long monotonic_ahead_s; /* 0: not given */
	bool may_exit;
};

extern const struct type type_command;        /* struct command */
extern const struct type type_ready;          /* struct ready_spec */
extern const struct type type_ready_sentence; /* of the schema only */
extern const struct type
	type_host_programs; /* struct host_spec: adds to its programs */
extern const struct table program_table;
extern const struct table start_table;

/* The public form, in `host`. */
void make_start(struct reader *reader, const struct program_spec *spec,
		const char *host, struct nst_start *ret);
void make_program(struct reader *reader, const struct program_spec *spec,
		  const char *host, const struct node *node,
		  struct nst_scenario_program *ret);

/* The command as one line, for messages. */
const char *command_text(struct reader *reader, const struct nst_start *start);

/* ---- Rulesets ---- */

struct ruleset_spec {
	struct nst_ruleset rules;
	const struct node *node;
};

extern const struct type type_rulesets; /* struct host_spec: adds to its rulesets */
extern const struct table ruleset_table, ruleset_step_table;

/* ---- Hosts ---- */

struct root_spec {
	enum nst_root kind;
	const char *path;
};

struct interface_spec {
	struct string name;
	struct strings addresses;
	struct string mac;
	struct end_spec
		*end; /* the link's end that it is; NULL as long as it is none */
};

/* Programs and rulesets of one `run:` or `ruleset:`; lists of them, in order. */
struct program_specs {
	struct program_spec *items;
	size_t count;
};

struct ruleset_specs {
	struct ruleset_spec *items;
	size_t count;
};

struct host_spec {
	struct host_spec *next; /* of the same bucket */
	struct string name;
	enum nst_host_kind kind;
	struct root_spec root;
	bool own_pids;
	struct strings addresses, nameservers;
	const char *const *binds; /* NULL-terminated, or NULL */
	struct interface_spec *interfaces;
	size_t interface_count;
	const char *const *sysctls;
	struct string outside;
	struct ruleset_specs rulesets;
	struct program_specs programs;
	struct end_spec **ends; /* of links, in their order */
	size_t end_count;
	size_t side; /* the side of a cut that named it last: one number per side */
};

extern const struct table host_table, interface_table;
extern const struct type type_hosts; /* reads into reader->building */

/* ---- Links ---- */

struct end_spec {
	const char *host, *interface; /* interface NULL: not written */
	struct word_place {
		size_t offset, size;
	} host_at, interface_at;
	const struct interface_spec *is; /* NULL: nothing is said of it */
	const struct string *text;       /* the link, for complaints */
	const struct end_spec *other;    /* of the same link */
};

struct link_spec {
	struct string text; /* "a -- b:eth1" */
	struct end_spec a, b;
	unsigned int mtu;
	const struct node *impair; /* NULL: not given */
	struct nst_impairment a_to_b, b_to_a;
	bool impairable;
	enum nst_engine engine;
};

extern const struct table link_table;
extern const struct type type_links; /* reads into reader->building */

/* ---- The setup ---- */

enum { HOST_BUCKETS = 1024 };

struct building {
	struct host_spec **hosts;
	size_t host_count;
	struct host_spec *buckets[HOST_BUCKETS];
	struct link_spec **links;
	size_t link_count;
	bool links_wrong; /* so that more links may be meant than there are */
	bool declared; /* `hosts:` is written somewhere: links cannot make up hosts */
	const struct node *place; /* where to complain about all of it */
	struct nst_setup *setup;
	struct nst_scenario_program *programs; /* setup->programs */
	const struct nst_plan *plan;           /* NULL if the topology is wrong */
	size_t sides;                          /* of cuts so far */
};

struct host_spec *find_host(const struct building *building, const char *name);

/* A new host; NULL after a complaint: the name is wrong, or there already. */
struct host_spec *add_host(struct reader *reader, const struct string *name);

/* The names of all hosts, for or_known(). */
const char *const *host_names(struct reader *reader);

/* building->setup, or a copy of it for a case whose steps impair links: by link, may be NULL. */
struct may_become;
const struct nst_setup *impairable_setup(struct reader *reader,
					 const struct may_become *impaired);

/* Makes building->setup of all that was read; plans it, if nothing is wrong so far. */
bool make_setup(struct reader *reader, bool fine);

#endif
