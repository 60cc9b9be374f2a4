/* SPDX-License-Identifier: MIT */
/** Random rulesets of three backends, and a model that knows which rule decides. */
#ifndef BENCH_RULING_RULES_H
#define BENCH_RULING_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nstest/probe.h>

enum { HOSTS = 3, RULES_MAX = 8, CHAINS_MAX = 6, RULES_TEXT = 8192 };

enum backend { BACKEND_NFT, BACKEND_IPTABLES_NFT, BACKEND_LEGACY, BACKENDS };

/** Base chains come first, under these numbers; user chains follow. */
enum hook { HOOK_INPUT, HOOK_FORWARD, HOOK_OUTPUT, HOOKS };

enum action {
	ACTION_ACCEPT,
	ACTION_DROP,
	ACTION_REJECT,
	ACTION_COUNT, /* and go on */
	ACTION_RETURN,
	ACTION_JUMP,
	ACTION_GOTO,
};

enum state { STATE_ANY, STATE_NEW, STATE_ESTABLISHED };

/** A packet, as far as rules look at it. Addresses are numbers of hosts. */
struct packet {
	enum nst_protocol protocol;
	int source, destination;
	unsigned short source_port, destination_port;
	enum state state;
};

/** All-zero but the negative ones matches everything. */
struct match {
	int protocol;            /* -1: any */
	int source, destination; /* -1: any */
	bool not_source;
	int low, high; /* of the destination port; low 0: any */
	bool not_port;
	bool at_source; /* the source port instead */
	enum state state;
};

struct rule {
	struct match match;
	enum action action;
	size_t target; /* chain, of JUMP and GOTO */
	unsigned int line;
};

struct chain {
	bool there;
	bool drops;        /* policy */
	unsigned int line; /* of the policy */
	struct rule rules[RULES_MAX];
	size_t count;
};

struct ruleset {
	enum backend backend;
	int family;
	struct chain chains[CHAINS_MAX];
	char text[RULES_TEXT];
};

/** Below `limit`. */
unsigned int random_below(uint64_t *random, unsigned int limit);

/** `asked` is a port that rules had better be about; `addresses` by host. */
void ruleset_make(struct ruleset *ruleset, enum backend backend, int family,
		  const char *const *addresses, unsigned short asked, uint64_t *random);

/** What becomes of the packet at a hook. */
struct ruling {
	enum action action;
	unsigned int line;
	bool policy;
};

/** False: there is no such chain. */
bool ruleset_judge(const struct ruleset *ruleset, enum hook hook,
		   const struct packet *packet, struct ruling *ret_ruling);

#endif
