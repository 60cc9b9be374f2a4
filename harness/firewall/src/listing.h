/* SPDX-License-Identifier: MIT */
/* What the kernel has, as it is read in the lab process: the rules that nst_rules_of()
 * hands out, before they are packed. */
#ifndef FIREWALL_LISTING_H
#define FIREWALL_LISTING_H

#include <nstest/rules.h>

#include "hoard.h"

/* All-zero is empty. `rules` are chain by chain; their strings, and those of `chains`,
 * are the hoard's or outlive it. */
struct listing {
	struct nst_chain *chains;
	size_t chain_count, chain_room;
	struct nst_rule *rules;
	size_t rule_count, rule_room;
	/* nf_tables gives a table that is made anew a new handle, but its rules begin
	 * again with the same ones. By chain; 0 for the legacy ones. */
	uint64_t *tables;
	size_t table_count, table_room;
	struct hoard hoard;
};

/* Adds what nf_tables has, or what the legacy tables have, in the network namespace that
 * the thread is in. 0; or -errno and the sentence. */
int listing_of_nf_tables(struct listing *listing);
int listing_of_legacy(struct listing *listing);

/* A chain to be filled, and a rule of the last chain; NULL if memory is out. */
struct nst_chain *listing_add_chain(struct listing *listing, uint64_t table);
struct nst_rule *listing_add_rule(struct listing *listing);

/* The policy as the last rule of the last chain. */
struct nst_rule *listing_add_policy(struct listing *listing);

void listing_free(struct listing *listing);

/* As one block for nst_rules_of()'s caller, who calls listing_unpack(). The block is
 * malloc'd; NULL if memory is out. */
void *listing_pack(const struct listing *listing, size_t *ret_size);
struct nst_rules *listing_unpack(void *block, size_t size);

#endif
