/* SPDX-License-Identifier: MIT */
/* nstest mutate: which mistakes in the rules no expectation would notice. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/lab.h>
#include <runner/mutate.h>

#include "main.h"
#include "percent.h"

struct mutate_flags {
	struct common_flags common;
	const char *only, *min_score;
	int jobs, timeout_ms;
	bool verbose;
};

/* ---- The progress bar ---- */

static void show_progress(void *self, const struct nst_mutation_run *mutation)
{
	enum { CELLS = 30 };
	const size_t *by = mutation->by_fate;
	size_t done = mutation->count - by[NST_MUTANT_UNTRIED];
	int filled = (int)(done * CELLS / mutation->count);

	(void)self;
	fprintf(stderr,
		"\r[%.*s%*s] %zu of %zu mutants, %zu killed, %zu survived\033[K",
		filled, "##############################", CELLS - filled, "", done,
		mutation->count, by[NST_MUTANT_KILLED], by[NST_MUTANT_SURVIVED]);
	if (done == mutation->count)
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

/* ---- The report ---- */

static void print_indented(const char *text)
{
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");

		printf("    %.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
}

static void print_survivor(const struct nst_mutant *mutant,
			   const struct nst_mutant_fate *fate)
{
	if (*fate->suggestion)
		printf("    to notice it:  - expect: %s   # the mutant: %s\n",
		       fate->suggestion, fate->instead);
	else if (*mutant->address)
		printf("    none of %u probes between these hosts tells it from the "
		       "original; with a host at %s, one might\n",
		       fate->searched, mutant->address);
	else
		printf("    none of %u probes between these hosts tells it from the "
		       "original\n",
		       fate->searched);
}

static void print_mutant(const struct nst_mutation_run *mutation, size_t i)
{
	const struct nst_mutant_fate *fate = &mutation->fates[i];
	size_t n;
	const struct nst_mutated *mutated = nst_mutation_at(mutation, i, &n);
	const struct nst_mutant *mutant = &mutated->mutants->list[n];
	AUTO_FREE char *diff = nst_mutant_diff(mutated->mutants, n);

	printf("%s:%u: %s: %s", mutated->mutants->files[mutant->file].name,
	       mutant->line, nst_mutant_end_name(fate->fate),
	       nst_mutation_name(mutant->kind));
	if (fate->fate == NST_MUTANT_EQUIVALENT)
		printf(" (%s)", mutant->equivalent);
	putchar('\n');
	print_indented(diff ? diff : "");
	if (fate->fate == NST_MUTANT_SURVIVED)
		print_survivor(mutant, fate);
	else if (*fate->by)
		printf("    %s\n", fate->by);
}

static int by_time(const void *a, const void *b)
{
	unsigned int one = *(const unsigned int *)a, other = *(const unsigned int *)b;

	return (one > other) - (one < other);
}

/* Of those that were tried; microseconds. */
static unsigned int median(const struct nst_mutation_run *mutation)
{
	AUTO_FREE unsigned int *times = calloc(mutation->count, sizeof(*times));
	size_t count = 0;

	for (size_t i = 0; times && i < mutation->count; i++)
		if (mutation->fates[i].fate == NST_MUTANT_KILLED ||
		    mutation->fates[i].fate == NST_MUTANT_SURVIVED)
			times[count++] = mutation->fates[i].took_us;
	if (!count)
		return 0;
	qsort(times, count, sizeof(*times), by_time);
	return times[count / 2];
}

static void print_summary(const struct nst_mutation_run *mutation)
{
	unsigned int score = nst_mutation_score(mutation), us = median(mutation);
	const size_t *by = mutation->by_fate;

	printf("mutation score %u.%u %%: %zu killed, %zu survived", score / 100,
	       score / 10 % 10, by[NST_MUTANT_KILLED], by[NST_MUTANT_SURVIVED]);
	if (by[NST_MUTANT_EQUIVALENT])
		printf(", %zu equivalent", by[NST_MUTANT_EQUIVALENT]);
	if (by[NST_MUTANT_REFUSED])
		printf(", %zu refused", by[NST_MUTANT_REFUSED]);
	printf(" (%u.%u ms per mutant)\n", us / 1000, us / 100 % 10);
}

static void print_report(const struct nst_mutation_run *mutation, bool verbose)
{
	for (size_t i = 0; i < mutation->count; i++)
		if (verbose || mutation->fates[i].fate == NST_MUTANT_SURVIVED)
			print_mutant(mutation, i);
	print_summary(mutation);
}

/* ---- The verb ---- */

static int mutate(const struct nst_jobs *jobs, const struct mutate_flags *flags)
{
	const struct nst_mutate_options options = {
		.workers = (unsigned int)flags->jobs,
		.timeout_ms = flags->timeout_ms,
		.progress = isatty(STDERR_FILENO) ? show_progress : NULL,
	};
	struct nst_mutation_run *mutation = NULL;
	unsigned int least = 0;
	int status = EXIT_ALL_PASSED;

	if ((flags->min_score &&
	     percent_read("--min-score", flags->min_score, &least) < 0) ||
	    nst_mutation_new(jobs, &mutation) < 0)
		return report_failure("mutate");
	if (nst_become_root() < 0 || nst_mutate(mutation, &options) < 0) {
		status = report_failure("mutate");
	} else {
		print_report(mutation, flags->verbose);
		if (nst_mutation_score(mutation) < least) {
			printf("that is less than the %s %% asked for\n",
			       flags->min_score);
			status = EXIT_SOME_FAILED;
		}
	}
	nst_mutation_free(mutation);
	return status;
}

static int mutate_handle(const struct invocation *invocation)
{
	const struct mutate_flags *flags = invocation->options;
	const struct nst_jobs_options find = { .only = flags->only };
	AUTO_FREE char *problems = NULL;
	struct nst_jobs *jobs;
	int status;

	if (nst_jobs_find((const char *const *)invocation->operands, &find, &jobs,
			  &problems) < 0) {
		if (!problems)
			return report_failure("mutate");
		fprintf(stderr, "%s\nnothing was run\n", problems);
		return EXIT_COULD_NOT_RUN;
	}
	status = mutate(jobs, flags);
	nst_jobs_free(jobs);
	return status;
}

const struct verb verb_mutate = {
	.name = "mutate",
	.line = "finds mistakes in rules that no expectation would notice",
	.arguments = "PATH...",
	.operands = OPERANDS_FILES,
	.least = 1,
	.most = SIZE_MAX,
	.options =
		(const struct option_row[]){
			{ 'j', "jobs", "N",
			  "try N mutants at a time (default: as many as processors)",
			  OPTION_COUNT, offsetof(struct mutate_flags, jobs) },
			{ 'k', "only", "TEXT",
			  "only cases with TEXT in \"suite / case\"", OPTION_TEXT,
			  offsetof(struct mutate_flags, only) },
			{ 0, "min-score", "PERCENT", "fail if the score is lower",
			  OPTION_TEXT, offsetof(struct mutate_flags, min_score) },
			{ 't', "timeout", "TIME",
			  "of a case that names none (default: 60s)", OPTION_TIME,
			  offsetof(struct mutate_flags, timeout_ms) },
			{ 'v', "verbose", NULL, "show all mutants, not only survivors",
			  OPTION_FLAG, offsetof(struct mutate_flags, verbose) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"Every rule of the rulesets is changed as people err: it is "
			"deleted, a match negated, an address or port range made wider "
			"or narrower by one, swapped with the next, accept and drop "
			"exchanged, the connection's state not looked at, the policy "
			"flipped. Each mutant is loaded into a fresh lab, and the "
			"cases "
			"are asked until one notices.",
			"A mutant that survives is a hole in the tests: the "
			"expectation "
			"that would notice it is printed, if a probe between the hosts "
			"can. Mutants that no packet can tell from the original are "
			"equivalent, and what the firewall's tools refuse is refused; "
			"neither counts. The score is the killed of the rest.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest mutate webserver.yaml", "shows what survives" },
			{ "nstest mutate --min-score 90 suites/firewall",
			  "fails below 90 %" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "the score is high enough" },
			{ 1, "it is lower than --min-score" },
			{ 2,
			  "it could not be run, or a case fails with the rules as they "
			  "are" },
			{},
		},
	.options_size = sizeof(struct mutate_flags),
	.handle = mutate_handle,
};
