/* SPDX-License-Identifier: MIT */
/* What every part of the reading stands on: values with variables put in that still know
 * where each of their letters came from, and complaints at that place.
 *
 * A function that reads returns false when it has complained. Reading goes on with what
 * is next, so that one run finds all that is wrong.
 */
#ifndef SCENARIO_READER_H
#define SCENARIO_READER_H

#include <stdbool.h>

#include <nstest/scenario.h>

#include "arena.h"
#include "yaml.h"

/* Where a variable was put in: raw bytes → bytes of the text. */
struct splice {
	size_t raw, raw_size, at, size;
};

/* A scalar with its variables put in. `node` is where it stands; `text` NULL: not given. */
struct string {
	const char *text;
	size_t size;
	const struct node *node;
	struct splice *splices;
	size_t splice_count;
};

struct strings {
	struct string *items;
	size_t count;
};

struct variable {
	const char *name, *value;
	const struct node *node; /* where it was declared; NULL: given from outside */
	struct nst_position text_at; /* where the value's text begins; no file: it is
					made of others, or given from outside */
};

/* All variables that hold at the moment. */
struct scope {
	struct variable *items;
	size_t count;
};

struct reader {
	struct arena *arena;
	struct nst_diagnostics *problems;
	struct nst_diagnostics *warnings; /* what is right, but may surprise */
	const struct nst_scenario_options *options;
	const struct scope *scope;
	struct building *building; /* the setup that is being read; hosts.h */
	struct playing *playing;   /* the case that is being read; steps.h */
	const char **measures;     /* names of what steps have measured so far */
	size_t measure_count;
	size_t expanded; /* bytes that variables have become so far */
};

/* ---- Complaints: each returns false ---- */

__attribute__((format(printf, 3, 4))) bool complain(struct reader *reader,
						    const struct node *node,
						    const char *format, ...);

/* The same, but nothing is wrong; about a node. */
__attribute__((format(printf, 3, 4))) void warn(struct reader *reader,
						const struct node *node,
						const char *format, ...);

/* About `size` bytes of a string from `offset` on. */
__attribute__((format(printf, 5, 6))) bool complain_at(struct reader *reader,
						       const struct string *string,
						       size_t offset, size_t size,
						       const char *format, ...);

/* ---- Values ---- */

/* Each takes any node and complains if it is something else. */
bool read_text(struct reader *reader, const struct node *node, struct string *ret);
bool expect_mapping(struct reader *reader, const struct node *node);
bool expect_list(struct reader *reader, const struct node *node);

/* Puts variables into a scalar; `$${` is a plain `${`. */
bool expand(struct reader *reader, const struct node *scalar, struct string *ret);

/* A string that is a part of another. Its splices are lost: it is for texts. */
const char *part_of(struct reader *reader, const struct string *string, size_t offset,
		    size_t size);

/* The first line that is not blank, without white space around it; "..." stands for more. */
const char *one_line(struct reader *reader, const char *text);

struct nst_position position_of(const struct node *node);
struct nst_position position_in(const struct string *string, size_t offset);

/* Where a text of several lines begins: if it is all of a variable, where that was written. */
struct nst_position position_of_text(const struct reader *reader,
				     const struct string *string);

/* ---- Variables ---- */

const struct variable *find_variable(const struct scope *scope, const char *name,
				     size_t size);
bool is_variable_name(const char *text, size_t size);

#endif
