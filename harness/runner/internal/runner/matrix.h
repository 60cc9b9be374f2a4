/* SPDX-License-Identifier: MIT */
/* The truth table of a scenario's network: every host asks every other one for every
 * service, in one lab, and the answers are written down. */
#ifndef RUNNER_MATRIX_H
#define RUNNER_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <nstest/probe.h>
#include <nstest/scenario.h>

/* ---- Services: the columns ---- */

enum { NST_SERVICES_MAX = 100 };

struct nst_service {
	enum nst_protocol protocol;
	unsigned short port; /* 0 with NST_ICMP */
};

/* In the order tcp, udp, icmp, and of ports; each once. */
struct nst_services {
	struct nst_service items[NST_SERVICES_MAX];
	size_t count;
};

/* Adds one; more than there is room for are left out. */
void nst_services_add(struct nst_services *services, struct nst_service service);

/* "tcp/22,udp/53,icmp". -EINVAL with a sentence. */
int nst_services_parse(const char *text, struct nst_services *ret_services);

/* Adds those that expectations of a scenario ask for. */
void nst_services_of_scenario(const struct nst_scenario *scenario,
			      struct nst_services *services);

/* Adds those whose ports a text of rules (iptables or nft) names. */
void nst_services_of_rules(const char *rules, struct nst_services *services);

/* "tcp/22", "icmp"; returns `text`. */
char *nst_service_print(struct nst_service service, char text[16]);

/* ---- The table ---- */

struct nst_matrix_cell {
	enum nst_verdict_kind kind;
	char *sentence; /* what was seen */
	char *why; /* where it ended, and the rule that decided; "" if nothing is known */
};

/* Who asks whom. */
struct nst_matrix_row {
	char from[64], to[64];
	int family;
	bool over; /* both families are asked, so the family is told */
	struct nst_matrix_cell *cells; /* by service */
};

struct nst_matrix {
	char *title;
	struct nst_services services;
	char (*hosts)[64]; /* that ask and answer, in the order of the file */
	size_t host_count;
	struct nst_matrix_row *rows;
	size_t row_count;
	size_t shown; /* of them, the first so many are written */
};

/* Told now and then how far it is. */
struct nst_matrix_watcher {
	void (*tell)(void *self, size_t asked, size_t questions);
	void *self;
};

/* Builds the lab of a setup and asks everything. The caller has called
 * nst_become_root(). Return: 0 and the table; -errno with a sentence. */
int nst_matrix_ask(const struct nst_setup *setup, const char *title,
		   const struct nst_services *services,
		   const struct nst_matrix_watcher *watcher,
		   struct nst_matrix **ret_matrix);
void nst_matrix_free(struct nst_matrix *matrix);

/* "a -> b", "a -> b over ipv6"; malloc'd, NULL: no memory. */
char *nst_matrix_row_name(const struct nst_matrix_row *row);

/* ---- Two tables ---- */

enum nst_change_kind {
	NST_CHANGE_OPENED,
	NST_CHANGE_CLOSED,
	NST_CHANGE_OTHER, /* neither of both is open */
};

struct nst_change {
	enum nst_change_kind kind;
	const struct nst_matrix_row *row; /* of `now` */
	struct nst_service service;
	const struct nst_matrix_cell *before, *now;
};

struct nst_changes {
	struct nst_change *items;
	size_t count;
	size_t compared; /* questions that both tables have */
	size_t only_before, only_now;
};

/* What has changed between two tables; points into both. -ENOMEM. */
int nst_matrix_compare(const struct nst_matrix *before, const struct nst_matrix *now,
		       struct nst_changes *ret_changes);
void nst_changes_free(struct nst_changes *changes);

/* "opened", "closed", "changed". */
const char *nst_change_name(enum nst_change_kind kind);

/* ---- On paper ---- */

enum nst_matrix_format {
	NST_MATRIX_TEXT, /* as `expect: matrix` reads it */
	NST_MATRIX_CSV,
	NST_MATRIX_MARKDOWN,
	NST_MATRIX_HTML,
	NST_MATRIX_FORMATS,
};

/* -EINVAL with a sentence. */
int nst_matrix_format_parse(const char *text, enum nst_matrix_format *ret_format);

/* `changes` NULL: the table; else what has changed since a base. */
void nst_matrix_write(FILE *out, const struct nst_matrix *matrix,
		      const struct nst_changes *changes, const char *base,
		      enum nst_matrix_format format, bool colour);

/* ---- Which two tables ---- */

/* A scenario, and what it is called. */
struct nst_side {
	struct nst_scenario *scenario;
	struct nst_setup setup; /* that of the scenario, perhaps with other rules */
	struct nst_scenario_ruleset
		*rulesets; /* setup.rulesets, if they were replaced */
	char *rules;       /* the text of those rules */
	char *title;
};

/* Reads FILE and, if `against` is not NULL, what it is compared with:
 *  - another scenario file: old.yaml;
 *  - a rule file, in place of the only one of FILE, or of a host: old.rules,
 *    gate=old.rules;
 *  - a git revision of FILE and of all that it names: v1.2; or two of them: v1.2..v1.3. These are put
 *    where only this process and its children see them.
 * `only`: the setup of the first case with this in its name; NULL: the first.
 * Problems of files are printed to stderr. Both sides are to be freed in any case. */
int nst_sides_load(const char *path, const char *against, const char *only,
		   struct nst_side *ret_now, struct nst_side *ret_base);
void nst_side_free(struct nst_side *side);

/* Adds what its expectations ask for, what its rules name, and icmp. */
void nst_services_of_side(const struct nst_side *side, struct nst_services *services);

#endif
