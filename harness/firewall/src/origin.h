/* SPDX-License-Identifier: MIT */
/* Where rules stand in the text they come from. Pure, but for the files of `include`.
 *
 * What is read here is only the shape of a ruleset: tables, chains, where a rule begins
 * and ends. Whether a rule is right is for nft and iptables to say, and they said yes
 * before this is believed: see known.c, which pairs it with what the kernel has.
 */
#ifndef FIREWALL_ORIGIN_H
#define FIREWALL_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "hoard.h"
#include "rules.h"

enum origin_kind {
	ORIGIN_RULE,
	ORIGIN_POLICY, /* of a base chain */
	ORIGIN_CHAIN,  /* its declaration */
	ORIGIN_ELEMENT, /* of a set, that has a mark (coverage.h); `chain` is the set, or the rule's chain */
};

/* Strings are the hoard's. */
struct origin_item {
	enum origin_kind kind;
	const char *family, *table, *chain;
	const char *text; /* its lines joined by a blank, without comments */
	const char *file;
	unsigned int line, column, end_line; /* from 1; column 0: not known */
	unsigned int mark;                   /* of an element */
};

/* What a text leaves behind: for each chain its rules, in the order in which nft adds
 * them or in which the chain has them (iptables). All-zero is empty. */
struct origin {
	struct origin_item *items;
	size_t count, room;
	struct hoard hoard;
};

/* nft(8). `folder` is where relative includes are looked for besides /etc; "" if there
 * is none. -ENOMEM. */
int origin_of_nft(struct origin *origin, const char *text,
		  const struct rules_place *place, const char *folder);

/* iptables-save and `iptables -S`; `family` "ip" or "ip6". What the origin has of a table
 * of the text is forgotten: iptables-restore makes it anew. */
int origin_of_xtables(struct origin *origin, const char *text, const char *family,
		      const struct rules_place *place);

/* What a command of iptables changes: `-t nat -A PREROUTING -j …`, without the program's
 * name. `item` says where the command stands, and its family. */
void origin_xtables_command(struct origin *origin, const char *command,
			    struct origin_item item);

/* Takes out what is of this kind, family, table and chain; NULL: of any. */
void origin_forget(struct origin *origin, const char *family, const char *table,
		   const char *chain, enum origin_kind kind);

void origin_free(struct origin *origin);

#endif
