/* SPDX-License-Identifier: MIT */
/* What a shell script did to the rules, by the shell's own trace of it. Pure. */
#ifndef FIREWALL_SCRIPT_H
#define FIREWALL_SCRIPT_H

#include "origin.h"

/* The shell traces each command behind this: "+:STATUS:LINE:CALLER:FILE:", where STATUS is that
 * of the command before, CALLER the line that called the function it is in, and FILE is
 * SCRIPT_ITSELF for the script. */
#define SCRIPT_PS4    "+:$?:$LINENO:${BASH_LINENO[0]-0}:${BASH_SOURCE[0]-}:"
#define SCRIPT_ITSELF "/dev/stdin"

/* What the script left behind, by who keeps it. */
struct script_origins {
	struct origin *nft, *xtables, *legacy;
	bool is_legacy, is_legacy6; /* `iptables` and `ip6tables` without a suffix */
	bool sets_exist; /* ipset complained of what is there from before, and no more */
};

/* A command that added a rule or a set, and failed. line 0: there is none. */
struct script_refusal {
	unsigned int line;
	char file[256], command[256];
};

/* Reads the trace of a script whose text begins at `place`. -ENOMEM. */
int script_read(const char *trace, const char *text, const struct rules_place *place,
		const char *folder, struct script_origins *origins,
		struct script_refusal *ret_refusal);

#endif
