/* SPDX-License-Identifier: MIT */
/* A small tree of our own, with positions, so that nothing else sees the YAML library. */
#ifndef SCENARIO_YAML_H
#define SCENARIO_YAML_H

#include <stdbool.h>

#include "arena.h"
#include "text.h"

struct nst_diagnostics;

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAPPING };

struct entry {
	const struct node *key; /* a scalar; NULL in a list */
	const struct node *value;
};

struct node {
	enum node_kind kind;
	const struct source *source;
	const struct node
		*key; /* whose value this is; NULL for a list's item, the root */
	size_t start,
		end; /* bytes of the source; of lists and mappings only the begin */
	const char *text; /* scalar: its value, without NULs inside, one behind */
	size_t size;
	bool block;            /* scalar: written with | or > */
	bool nothing;          /* scalar: nothing was written at all */
	struct entry *entries; /* list, mapping: in the order of the source */
	size_t count;
};

/* Reads the one document of a source; what is wrong goes to `problems`.
 * Return: the root; NULL if something was wrong, or if there is no document. */
const struct node *yaml_read(struct arena *arena, const struct source *source,
			     struct nst_diagnostics *problems);

/* Which byte of the source the byte `offset` of a scalar's value came from. */
size_t node_offset(const struct node *node, size_t offset);

/* Where the source of that byte ends: behind the whole of an escape. */
size_t node_end(const struct node *node, size_t offset);

/* The value of a key, or NULL. */
const struct node *node_get(const struct node *mapping, const char *key);

#endif
