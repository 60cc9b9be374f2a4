/* SPDX-License-Identifier: MIT */
/* What every mutant must stand: the expectations of the cases.
 *
 * How it works. Cases that only expect, and start from the same setup, are one trial: all of
 * their expectations are asked in one lab, those first that the mutated rule is about, and
 * the programs of the setup are left away (probes have listeners of their own). Whether
 * that is the same is not believed but tried, with the rules as they are: if it does not
 * hold, programs are started, and then each case is a trial of its own. All other cases
 * are run as they are. Where rules remember (limits), each case is a trial of its own, and asks
 * in its own order.
 *
 * Before any mutant is made, each expectation (or case) is asked once while rules are counted. A
 * mutant of a rule is asked first what the rule itself matched, then what reached it; what never
 * came to it cannot notice.
 */
#ifndef RUNNER_TRIALS_H
#define RUNNER_TRIALS_H

#include <nstest/coverage.h>
#include <runner/mutate.h>

#include "worker.h"

struct trial {
	const struct nst_setup *setup;
	const struct nst_step **asked; /* the expectations; NULL: `job` as it is */
	size_t count;
	bool with_programs;
	const struct job *job; /* of a case run as it is; else the first of them */
	size_t job_count; /* and how many there are, behind one another in `jobs` */
	const struct job **jobs;
	struct nst_coverage
		*seen; /* by expectation, or of the case: what came to which rule */
};

struct trials {
	struct trial *list;
	size_t count;
	struct nst_coverage all; /* that is seen */
	bool in_order;           /* the expectations' order matters */
	const struct run_context *context;
};

int trials_make(const struct nst_jobs *jobs, bool in_order, struct trials *ret_trials);
void trials_free(struct trials *trials);

/* A ruleset's text, or that of a file it includes, in place of another; rules NULL: nothing is replaced. */
struct replaced {
	const struct nst_ruleset *rules;
	const char *text;                     /* NULL: its own, */
	const struct nst_ruleset_file *files; /* but for an included file */
	const char *name;                     /* of the file that is mutated, */
	unsigned int line;                    /* and the line of the mutated rule */
	const char *about;                    /* the mutated lines; NULL */
};

/* Whether two are the same file, or the same text of a scenario. */
bool rules_are_same(const struct nst_ruleset *one, const struct nst_ruleset *other);

/* The setup's lab with the replaced rules, no captures. */
int trial_lab(const struct nst_setup *setup, const struct replaced *replaced,
	      bool with_programs, int timeout_ms, struct nst_lab **ret_lab);

/* Tries. Return: 1 if all held; 0 if something noticed it, and `by` says what; -EINVAL,
 * -EOPNOTSUPP and the like if the rules could not be loaded. */
int trial_try(const struct trials *trials, const struct trial *trial,
	      const struct replaced *replaced, char *by, size_t size);

/* Asks one expectation. Return: as trial_try(). */
int trial_ask(struct nst_lab *lab, const struct nst_step *step, int timeout_ms,
	      char *by, size_t size);

/* A case as it is. Return: as trial_try(). trial_case.c */
int trial_case(const struct trials *trials, const struct trial *trial,
	       const struct replaced *replaced, char *by, size_t size);

/* Puts the replaced text into a ruleset. */
void replace_text(struct nst_ruleset *rules, const struct replaced *replaced);

/* A copy of the setup with the replaced text; *ret_copy belongs to the caller. */
int replace_rules(const struct nst_setup *setup, const struct replaced *replaced,
		  struct nst_setup *ret_setup, struct nst_scenario_ruleset **ret_copy);

/* What a trial has to do with the replaced rule. */
enum concern {
	CONCERN_NONE,    /* nothing of it ever came to the rule */
	CONCERN_REACHED, /* or it is not known */
	CONCERN_MATCHED,
};
enum concern trial_concern(const struct trials *trials, const struct trial *trial,
			   const struct replaced *replaced);

/* Counts what comes to which rule: fills in `seen`, adds to `all`. trial_look.c */
int trial_look(struct trials *trials, struct trial *trial);

/* Finds for every trial the cheapest form that holds with the rules as they are.
 * Return: 0; -EINVAL and a sentence if a case does not pass. */
int trials_prove(struct trials *trials);

/* A probe that the original and the mutant answer differently; search.c.
 * Return: 1 and suggestion, instead; 0: none was found; -errno. */
int search_probe(const struct trials *trials, const struct replaced *replaced,
		 struct nst_mutant_fate *fate);

#endif
