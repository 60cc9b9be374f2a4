/* SPDX-License-Identifier: MIT */
/* An nft script, cut into statements. Pure.
 *
 * A statement ends at a newline, a ';', or the '}' of the block it is in; braces within
 * it are a set's, and whatever they hold belongs to it.
 */
#ifndef FIREWALL_NFT_SCAN_H
#define FIREWALL_NFT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "hoard.h"

/* More words than any command has before its rule. */
enum { NFT_WORDS = 10 };

/* A text being read. */
struct nft_scan {
	const char *at;
	const char *line_start;
	unsigned int line;
};

/* A statement: its first words, and where it stands. */
struct nft_statement {
	const char *words[NFT_WORDS];
	size_t lengths[NFT_WORDS];
	size_t word_count;
	const char *start, *end;
	const char *line_start;
	unsigned int line, end_line;
	bool opens_block; /* it ends before the '{' of a table, a chain, a set, … */
};

/* To the next statement, or to a '}', or to the end. */
void nft_scan_next(struct nft_scan *scan);

/* Reads a statement, on to what ends it. `in_chain`: a '{' never opens a block. */
void nft_scan_statement(struct nft_scan *scan, bool in_chain,
			struct nft_statement *statement);

/* From a '{' to behind its '}'. */
void nft_scan_over_block(struct nft_scan *scan);

bool nft_word_is(const struct nft_statement *statement, size_t i, const char *word);

/* The text between, on one line, without comments. */
const char *nft_plain_text(struct hoard *hoard, const char *at, const char *end);

#endif
