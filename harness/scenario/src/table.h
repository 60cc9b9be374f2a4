/* SPDX-License-Identifier: MIT */
/* Mappings with known keys: one const table each, from which the file is read, the wrong
 * key is answered, and the JSON Schema is written. */
#ifndef SCENARIO_TABLE_H
#define SCENARIO_TABLE_H

#include "reader.h"

/* A kind of value. */
struct type {
	const char *name; /* of its definition in the schema */
	bool (*read)(struct reader *reader, const struct node *node, void *field);
	const char *schema; /* its definition: the members of a JSON object */
};

struct key {
	const char *name;
	const struct type *type;
	size_t offset; /* of the field in what the table fills */
	bool required;
	const char *help; /* one sentence, for editors */
};

struct table {
	const char *name; /* of its definition in the schema */
	const char *help;
	const struct key *keys;
	size_t count;
};

/* All there are, NULL-terminated. */
extern const struct table *const scenario_tables[];

/* Fills `into` from a mapping; keys that are not given leave their fields alone. */
bool read_table(struct reader *reader, const struct node *node,
		const struct table *table, void *into);

/* The key called `name`, or NULL after a complaint. */
const struct key *find_key(struct reader *reader, const struct table *table,
			   const struct node *name);

/* ---- Kinds of values that several tables have; each says what its field is ---- */

extern const struct type type_text;  /* struct string */
extern const struct type type_title; /* struct string: one line, nothing unprintable */
extern const struct type type_texts; /* struct strings: one, or a list */
extern const struct type type_time;  /* int, milliseconds */
extern const struct type type_flag;  /* bool */
extern const struct type type_environment; /* const char *const *, "NAME=value" */
extern const struct type type_sysctls;     /* const char *const *, "name=value" */

/* Whether a text is one line, not empty, without control characters. */
bool is_title(const char *text);

/* Reads a list, or one value as a list of one. */
bool read_texts(struct reader *reader, const struct node *node, struct strings *ret);

/* The names of an array of strings as or_known() wants them. */
const char *const *names_of(struct reader *reader, const struct strings *strings);

#endif
