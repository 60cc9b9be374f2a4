/* SPDX-License-Identifier: MIT */
/** Random labs whose rules are known: for each question the one true verdict. */
#ifndef BENCH_TRUTH_WORLD_H
#define BENCH_TRUTH_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include <nstest/lab.h>
#include <nstest/probe.h>

/** splitmix64: the same numbers from the same seed everywhere. */
uint64_t random_next(uint64_t *state);
unsigned int random_below(uint64_t *state, unsigned int limit);

/** What happens to the packets of one port, and where. */
enum act {
	ACT_PASS,
	ACT_DROP,
	ACT_RESET, /* reject with tcp reset */
	ACT_ICMP,  /* reject with an ICMP error */
	ACT_COUNT,
};

struct fate {
	enum act act;
	bool answer;          /* it happens to the answer */
	bool payload;         /* TCP: only to segments with payload */
	unsigned int station; /* of the path, counted from the asker */
	const char *code;     /* of ACT_ICMP, as nft's icmpx names it */
};

enum { PORTS = 24, STATIONS_MAX = 5 };

struct shape;

struct world {
	const struct shape *shape;
	unsigned int stations; /* hosts and switches from a to b */
	struct nst_lab *lab;
	/* By direction (a to b, b to a), protocol and number of the port. */
	struct fate fates[2][3][PORTS];
};

/** A lab of random shape with random rules in it, all links impaired so (NULL: plain ones). Ends the program if it cannot be. */
void world_make(uint64_t *random, const struct nst_impairment *impairment,
		struct world *world);

/** One question, and what its verdict has to be. */
struct trial {
	struct nst_question question;
	struct nst_verdict expected; /* kind, and host, place, answer of `where` */
};

void world_ask(const struct world *world, uint64_t *random, struct trial *ret_trial);

const char *world_name(const struct world *world);

/** Runs a command in every station; %x in it becomes a mask of all processors. Returns
 * whether it could. */
bool world_run(const struct world *world, const char *command);

/** b's IPv4 address. */
const char *world_address(const struct world *world);

#endif
