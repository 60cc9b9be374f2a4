/* SPDX-License-Identifier: MIT */
/* What finding zones is made of: the words of rules, networks, and the hosts behind
 * interfaces. All of it is pure. */
#ifndef RUNNER_INIT_PARTS_H
#define RUNNER_INIT_PARTS_H

#include <runner/init.h>

/* ---- Words of rules, iptables and nft alike ---- */

struct words {
	const char *at;
	char word[80];
	bool quoted;
};

/* The next word; punctuation of nft and the end of a line are words. False at the end. */
bool words_next(struct words *words);

/* Whether the word is this one, or one of a NULL-terminated list, and not quoted. */
bool words_are(const struct words *words, const char *word);
bool words_any(const struct words *words, const char *const *list);

/* ---- Networks ---- */

/* 32 or 128. */
unsigned int net_bits(const struct nst_net *net);

/* "10.0.0.0/8", "192.0.2.1", "192.0.2.1:80", "fd00::/64". False if it is none. */
bool net_parse(const char *word, struct nst_net *ret);

bool net_contains(const struct nst_net *net, const struct nst_net *other);

/* Not everything, nobody, oneself, or all who listen. */
bool net_is_somewhere(const struct nst_net *net);

/* RFC 1918, RFC 4193. */
bool net_is_private(const struct nst_net *net);

/* The network in which an address or network of the rules is played: its own, but no wider
 * than a /24 or a /64, and with room for a gate. */
struct nst_net net_played(const struct nst_net *net);

/* ---- Zones ---- */

/* Adds a network that rules name, unless it is known or no place to be. */
void zone_add_net(struct nst_zones *zones, struct nst_zone *zone,
		  const struct nst_net *net);

/* Gives all zones names, and hosts for their networks. */
void zones_people(struct nst_zones *zones);

#endif
