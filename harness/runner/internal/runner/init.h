/* SPDX-License-Identifier: MIT */
/* A first scenario from rules: hosts for the zones that they name, and the policy as it is. */
#ifndef RUNNER_INIT_H
#define RUNNER_INIT_H

#include <stdbool.h>
#include <stddef.h>

#include <nstest/ruleset.h>

enum { NST_ZONES_MAX = 16, NST_ZONE_NETS_MAX = 24, NST_ZONE_OWN_MAX = 8 };

/* A network, or an address: then `prefix` is all bits. */
struct nst_net {
	int family;
	unsigned char bytes[16];
	unsigned int prefix;
};

/* A host behind an interface. */
struct nst_zone_host {
	char name[64];
	struct nst_net address; /* with the prefix of its network */
	struct nst_net gate;    /* the gate's address in that network */
};

/* What is behind one interface of the firewall, or, where it is no router, behind the
 * router that is put in front of it. */
struct nst_zone {
	char interface[16];
	char name[48];
	struct nst_net nets[NST_ZONE_NETS_MAX]; /* that rules name; addresses too */
	size_t net_count;
	struct nst_net own[NST_ZONE_OWN_MAX]; /* the firewall's own addresses there */
	size_t own_count;
	struct nst_zone_host hosts[NST_ZONE_NETS_MAX + NST_ZONE_OWN_MAX + 2];
	size_t host_count;
};

struct nst_zones {
	bool routes;   /* rules for what is forwarded: the firewall is a router */
	bool has_ipv6; /* rules for IPv6 */
	bool has_ipv4;
	char interface[16]; /* of a firewall that is no router */
	struct nst_zone items[NST_ZONES_MAX];
	size_t count;
	size_t left_out; /* interfaces and networks there was no room for */
};

/* Finds interfaces and networks in rules of iptables or nft, and makes up hosts that
 * are there. Pure. What it does not understand it passes over: somebody edits what
 * is made of it. */
void nst_zones_find(const char *rules, enum nst_ruleset_kind kind,
		    struct nst_zones *ret_zones);

/* "10.0.0.1/24". `text` has room for 64. Returns it. */
char *nst_net_print(const struct nst_net *net, char text[64]);

/* Writes a scenario for a rule file to `path` (NULL: the rules' name, with .yaml, here),
 * which must not be there yet. The policy table is asked in a lab; the caller has called
 * nst_become_root(). *ret_path (malloc'd) is where it is. Return: 0; -EEXIST;
 * -errno with a sentence; where the rules could not be asked, the file is there, without a
 * table. */
int nst_init(const char *rules, const char *path, char **ret_path);

#endif
