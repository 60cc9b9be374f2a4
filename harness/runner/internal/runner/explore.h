/* SPDX-License-Identifier: MIT */
/* One case under many seeds, and what it takes to fail. */
#ifndef RUNNER_EXPLORE_H
#define RUNNER_EXPLORE_H

#include <runner/run.h>

struct nst_explored {
	size_t seeds;             /* that were tried */
	uint64_t failing;         /* the first of them that failed; 0: none did */
	int signal;               /* that ended it early; 0 */
	struct nst_result result; /* of that one */
	char *written; /* the file with exact faults; NULL: there is none, and why */
	char *why;
	char *faults;      /* that are in it, a line each; "": it fails without any */
	size_t all_faults; /* that the seed had drawn */
	unsigned int tries;
};

/* Runs the one case of `jobs` with seeds from `options->seed` on, `options->repeat` of them,
 * on virtual time, until one fails; then looks for the smallest set of packets whose loss,
 * copies and disorder still make it fail, and writes a file with just these beside that of the
 * case. `tell` (may be NULL) hears how far it is. Return: 0; -errno with a sentence. */
int nst_explore(const struct nst_jobs *jobs, const struct nst_run_options *options,
		void (*tell)(void *self, const char *line), void *self,
		struct nst_explored *ret);
void nst_explored_free(struct nst_explored *explored);

#endif
