/* SPDX-License-Identifier: MIT */
/* Which files an nft script includes. */
#ifndef FIREWALL_NFT_FILES_H
#define FIREWALL_NFT_FILES_H

#include <nstest/ruleset.h>

#include "hoard.h"

/* As nft's own; it refuses a script that nests deeper. */
enum { INCLUDES_MAX = 16 };

/* The files that the statement between `begin` and `end`, `include "…"`, names in a script of
 * `folder` ("" if it has none), in nft's order: "./a" beside the script, "a" there and in /etc. */
void nft_included(const char *begin, const char *end, const char *folder,
		  void (*take)(const char *path, void *arg), void *arg);

/* What a file is called, seen from the script's own name: the folder is the script's, and how the
 * script was called leads to it. "" if memory is out. */
const char *nft_file_name(struct hoard *hoard, const char *folder, const char *script,
			  const char *path);

/* All that an ordinary file has, malloc'd; NULL. */
char *nft_file_text(const char *path);

/* ---- A script and what it includes as one text ---- */

struct flat_file {
	const char *path; /* NULL: the ruleset itself */
	const char *name; /* for messages */
	const char *text;
};

/* Bytes of the whole that are of one file. */
struct flat_part {
	size_t begin, end;
	size_t file, offset; /* where `begin` is in the file */
};

/* All-zero is empty. Strings are the hoard's. */
struct flat {
	char *text;
	struct flat_part *parts;
	size_t part_count, part_room;
	struct flat_file *files; /* the first is the ruleset itself */
	size_t file_count, file_room;
	struct hoard hoard;
};

/* 0; -ENOMEM. Of what is no nft script there is one file. `ruleset` has a text. */
int flat_make(const struct nst_ruleset *ruleset, struct flat *ret_flat);
void flat_free(struct flat *flat);

/* Where these bytes of the whole are; false: in more than one file, or in one that stands in the
 * whole once more before. Between two bytes (`begin` is `end`) is where the second is, if it can be. */
bool flat_place(const struct flat *flat, size_t begin, size_t end, size_t *ret_file,
		size_t *ret_begin);

#endif
