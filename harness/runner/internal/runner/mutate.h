/* SPDX-License-Identifier: MIT */
/* Mutation: the cases that are found, run against every mutant of their rulesets. */
#ifndef RUNNER_MUTATE_H
#define RUNNER_MUTATE_H

#include <nstest/mutant.h>
#include <nstest/topology.h>
#include <runner/run.h>

enum nst_mutant_end {
	NST_MUTANT_UNTRIED,    /* not tried: the run was cut short */
	NST_MUTANT_KILLED,     /* an expectation noticed it */
	NST_MUTANT_SURVIVED,   /* none did */
	NST_MUTANT_EQUIVALENT, /* no packet can tell it from the original: not tried */
	NST_MUTANT_REFUSED,    /* it cannot be loaded: nobody would have run it */
	NST_MUTANT_FATES,
};

/* What became of one mutant. A plain value: workers share an array of it. */
struct nst_mutant_fate {
	enum nst_mutant_end fate;
	unsigned int took_us;  /* with its labs; without the search for a suggestion */
	unsigned int searched; /* survived: probes tried to tell it from the original */
	char by[256]; /* killed: "web.yaml:18:7  a -> b tcp/22"; refused: why */
	char suggestion
		[256];    /* survived: "a -> b tcp/23 dropped"; "" if none was found */
	char instead[32]; /* and what the mutant makes of it: "open" */
};

/* A ruleset that is mutated, with all its mutants. */
struct nst_mutated {
	const struct nst_ruleset *rules;
	struct nst_mutants *mutants;
};

struct nst_mutation_run {
	struct nst_mutated *rulesets;
	size_t ruleset_count;
	size_t count; /* mutants of all rulesets, in the order of these */
	struct nst_mutant_fate *fates; /* by mutant */
	size_t by_fate[NST_MUTANT_FATES];
	struct trials *trials; /* what each mutant must stand; trials.h */
};

struct nst_mutate_options {
	unsigned int workers; /* 0: as many as there are processors */
	int timeout_ms;       /* per case that names none; 0: 60 s */
	/* Told now and then, by the caller's thread; may be NULL. */
	void (*progress)(void *self, const struct nst_mutation_run *mutation);
	void *self;
};

/* Makes the mutants of all rulesets of these jobs, which must outlive them.
 * Return: 0; -ENOENT if no case has rules, or none expects anything. */
int nst_mutation_new(const struct nst_jobs *jobs,
		     struct nst_mutation_run **ret_mutation);
void nst_mutation_free(struct nst_mutation_run *mutation);

/* Whose mutant `i` is, and its index there. */
const struct nst_mutated *nst_mutation_at(const struct nst_mutation_run *mutation,
					  size_t i, size_t *ret_mutant);

/* Runs every case as it is, then against every mutant. The caller has called
 * nst_become_root() and has no threads.
 * Return: 0; -EINVAL if a case does not pass with the rules as they are; -errno. */
int nst_mutate(struct nst_mutation_run *mutation,
	       const struct nst_mutate_options *options);

/* Killed of those that could be, in hundredths of a percent; 10,000 if none could. */
unsigned int nst_mutation_score(const struct nst_mutation_run *mutation);

/* "killed", "survived", … Static. */
const char *nst_mutant_end_name(enum nst_mutant_end fate);

#endif
