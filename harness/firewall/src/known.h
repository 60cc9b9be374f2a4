/* SPDX-License-Identifier: MIT */
/* What the lab process remembers of the origins of a host's rules: which rule of the
 * kernel stands where. */
#ifndef FIREWALL_KNOWN_H
#define FIREWALL_KNOWN_H

#include "listing.h"
#include "origin.h"
#include "rules.h"

/* nf_tables: pairs the rules of an origin that has just been loaded with those that the kernel has
 * now, and remembers it. Rules of a chain whose number is not what the origin says are
 * not known. What is remembered is copied.
 *
 * The thread is in the host's network namespace. 0; or -errno and the sentence. */
int known_learn(struct nst_inside *inside, size_t node, enum nst_rule_backend backend,
		const struct origin *origin);

/* The origin of the host's legacy rules, to be kept up to date. NULL: no memory. */
struct origin *known_legacy(struct nst_inside *inside, size_t node);

/* Where the element with this mark stands; NULL. */
const struct origin_item *known_element(struct nst_inside *inside, size_t node,
					unsigned int mark);

/* Writes into a listing what is known of its rules. */
void known_tell(struct nst_inside *inside, size_t node, struct listing *listing);

#endif
