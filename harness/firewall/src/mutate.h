/* SPDX-License-Identifier: MIT */
/* Making mutants: what the languages share. */
#ifndef FIREWALL_MUTATE_H
#define FIREWALL_MUTATE_H

#include <nstest/mutant.h>

#include "nft_files.h"
#include "ruletext.h"

struct maker {
	const struct ruletext *source; /* of the whole: with included files */
	const struct flat *flat;
	unsigned int first_line; /* of the ruleset in its file */
	struct nst_mutants *mutants;
	const struct text_rule *rule; /* whose mutants are made; NULL: a named set's */
	const char *address;          /* of the next mutant; NULL */
	int r;                        /* the first error; nothing is made after it */
};

/* Adds a mutant of the maker's rule: bytes of the source are replaced by a text. */
__attribute__((format(printf, 4, 5))) void make_mutant(struct maker *maker,
						       enum nst_mutation kind,
						       struct span replaced,
						       const char *format, ...);

/* A rule's matches and verdict; mutate_nft.c, mutate_iptables.c. */
void mutate_nft(struct maker *maker);
void mutate_iptables(struct maker *maker);

/* An element of a named set or map. */
void mutate_nft_element(struct maker *maker, const struct text_element *element);

/* ---- Values ---- */

enum { VALUE_SIZE = 80 };

/* One step wider or narrower: an address's prefix by a bit, the end of a port range by
 * one. `dash` is what stands between ports. Pure; mutate_value.c.
 * Return: false if there is no such step, or the text is neither. */
bool value_step(const char *text, size_t length, bool ports, char dash, bool wider,
		char value[VALUE_SIZE]);

/* The first address that two prefixes, of which one is a bit shorter, have not in common:
 * "10.0.0.4" of 10.0.0.0/30 and 10.0.0.0/29. */
void address_between(const char *one, const char *other, char address[46]);

/* Makes widen and narrow of one value. */
void make_steps(struct maker *maker, struct span value, bool ports);

#endif
