/* SPDX-License-Identifier: MIT */
/* Mutation: workers try mutants, each the next that nobody has.
 *
 * How it works. All that workers need is known before they are forked; what they find
 * they write into an array that is shared, and the number of the next mutant is counted
 * up there too. A worker that dies has left its mutant's number: what kills the
 * program that asks has been noticed.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "clock.h"
#include "trials.h"

enum { REFRESH_MS = 100 };

/* Shared by all workers. */
struct board {
	atomic_size_t next;
	struct nst_mutant_fate fates[];
};

struct crew {
	struct nst_mutation_run *mutation;
	struct board *board;
	pid_t runner;
	struct pollfd *members; /* pidfds */
	size_t count;
};

static const char *const names[] = {
	[NST_MUTANT_UNTRIED] = "not tried", [NST_MUTANT_KILLED] = "killed",
	[NST_MUTANT_SURVIVED] = "survived", [NST_MUTANT_EQUIVALENT] = "equivalent",
	[NST_MUTANT_REFUSED] = "refused",
};
static_assert(ARRAY_SIZE(names) == NST_MUTANT_FATES, "a fate has no name");

const char *nst_mutant_end_name(enum nst_mutant_end fate)
{
	return names[fate];
}

/* ---- Which mutants there are ---- */

const struct nst_mutated *nst_mutation_at(const struct nst_mutation_run *mutation,
					  size_t i, size_t *ret_mutant)
{
	const struct nst_mutated *mutated = mutation->rulesets;

	while (i >= mutated->mutants->count)
		i -= mutated++->mutants->count;
	*ret_mutant = i;
	return mutated;
}

static size_t board_size(const struct nst_mutation_run *mutation)
{
	return sizeof(struct board) + mutation->count * sizeof(struct nst_mutant_fate);
}

static struct board *board_of(const struct nst_mutation_run *mutation)
{
	return (struct board *)((char *)mutation->fates -
				offsetof(struct board, fates));
}

static int add_rules(struct nst_mutation_run *mutation, const struct nst_ruleset *rules)
{
	struct nst_mutated *longer;
	int r;

	for (size_t i = 0; i < mutation->ruleset_count; i++)
		if (rules_are_same(mutation->rulesets[i].rules, rules))
			return 0;
	longer = reallocarray(mutation->rulesets, mutation->ruleset_count + 1,
			      sizeof(*longer));
	if (!longer)
		return nst_fail_memory();
	mutation->rulesets = longer;
	longer += mutation->ruleset_count;
	longer->rules = rules;
	r = nst_mutants_make(rules, &longer->mutants);
	if (r < 0)
		return r;
	mutation->ruleset_count++;
	mutation->count += longer->mutants->count;
	return 0;
}

static int find_rules(struct nst_mutation_run *mutation, const struct nst_jobs *jobs)
{
	int r = 0;

	for (size_t i = 0; i < jobs->count && r == 0; i++) {
		const struct nst_setup *setup;

		if (jobs->list[i].kind != JOB_CASE)
			continue;
		setup = jobs->list[i].item->setup;
		for (size_t n = 0; n < setup->ruleset_count && r == 0; n++)
			r = add_rules(mutation, &setup->rulesets[n].rules);
	}
	if (r == 0 && !mutation->count)
		return nst_fail(-ENOENT, "there is nothing to mutate: no case has a "
					 "ruleset with rules in it");
	return r;
}

static int make_board(struct nst_mutation_run *mutation)
{
	struct board *board = mmap(NULL, board_size(mutation), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (board == MAP_FAILED)
		return nst_fail_errno("a place for results");
	mutation->fates = board->fates;
	return 0;
}

static bool any_remembers(const struct nst_mutation_run *mutation)
{
	for (size_t i = 0; i < mutation->ruleset_count; i++)
		if (mutation->rulesets[i].mutants->remembers)
			return true;
	return false;
}

int nst_mutation_new(const struct nst_jobs *jobs,
		     struct nst_mutation_run **ret_mutation)
{
	struct nst_mutation_run *mutation = calloc(1, sizeof(*mutation));
	int r = mutation ? 0 : nst_fail_memory();

	if (r == 0)
		mutation->trials = calloc(1, sizeof(*mutation->trials));
	if (r == 0 && !mutation->trials)
		r = nst_fail_memory();
	if (r == 0)
		r = find_rules(mutation, jobs);
	if (r == 0)
		r = make_board(mutation);
	if (r == 0)
		r = trials_make(jobs, any_remembers(mutation), mutation->trials);
	if (r < 0)
		nst_mutation_free(mutation);
	else
		*ret_mutation = mutation;
	return r;
}

void nst_mutation_free(struct nst_mutation_run *mutation)
{
	if (!mutation)
		return;
	if (mutation->fates)
		munmap(board_of(mutation), board_size(mutation));
	for (size_t i = 0; i < mutation->ruleset_count; i++)
		nst_mutants_free(mutation->rulesets[i].mutants);
	if (mutation->trials)
		trials_free(mutation->trials);
	free(mutation->trials);
	free(mutation->rulesets);
	free(mutation);
}

unsigned int nst_mutation_score(const struct nst_mutation_run *mutation)
{
	size_t killed = mutation->by_fate[NST_MUTANT_KILLED];
	size_t all = killed + mutation->by_fate[NST_MUTANT_SURVIVED];

	return all ? (unsigned int)(killed * 10000 / all) : 10000;
}

/* ---- One mutant ---- */

static bool has_rules(const struct trial *trial, const struct nst_ruleset *rules)
{
	for (size_t i = 0; i < trial->setup->ruleset_count; i++)
		if (rules_are_same(&trial->setup->rulesets[i].rules, rules))
			return true;
	return false;
}

static void try_trials(const struct trials *trials, const struct replaced *replaced,
		       struct nst_mutant_fate *fate)
{
	int r = 1;

	for (int concern = CONCERN_MATCHED; concern > CONCERN_NONE; concern--)
		for (size_t i = 0; i < trials->count && r == 1; i++) {
			const struct trial *trial = &trials->list[i];

			if (has_rules(trial, replaced->rules) &&
			    (int)trial_concern(trials, trial, replaced) == concern)
				r = trial_try(trials, trial, replaced, fate->by,
					      sizeof(fate->by));
		}
	if (r < 0)
		snprintf(fate->by, sizeof(fate->by), "%s", nst_error());
	fate->fate = r < 0 ? NST_MUTANT_REFUSED
		     : r   ? NST_MUTANT_SURVIVED
			   : NST_MUTANT_KILLED;
}

static void try_mutant(const struct nst_mutation_run *mutation, size_t i,
		       struct nst_mutant_fate *ret_fate)
{
	size_t n;
	const struct nst_mutated *mutated = nst_mutation_at(mutation, i, &n);
	const struct nst_mutant *mutant = &mutated->mutants->list[n];
	char *text AUTO_FREE = nst_mutant_text(mutated->mutants, n);
	char *about AUTO_FREE = nst_mutant_diff(mutated->mutants, n);
	const struct nst_mutants_file *file = &mutated->mutants->files[mutant->file];
	const struct nst_ruleset_file included[] = { { file->path, text }, { 0 } };
	const struct replaced replaced = {
		.rules = mutated->rules,
		.text = file->path ? NULL : text,
		.files = file->path ? included : NULL,
		.name = file->name,
		.line = mutant->line,
		.about = about,
	};
	struct nst_mutant_fate fate = { 0 };
	uint64_t began_us = now_us();

	if (mutant->equivalent)
		fate.fate = NST_MUTANT_EQUIVALENT;
	else
		try_trials(mutation->trials, &replaced, &fate);
	fate.took_us = (unsigned int)(now_us() - began_us);
	if (fate.fate == NST_MUTANT_SURVIVED)
		search_probe(mutation->trials, &replaced, &fate);
	*ret_fate = fate;
}

/* ---- Workers ---- */

_Noreturn static void work(const struct crew *crew)
{
	size_t i;

	setsid(); /* Ctrl-C reaches the runner only */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != crew->runner)
		_exit(EXIT_FAILURE);
	while ((i = atomic_fetch_add(&crew->board->next, 1)) < crew->mutation->count)
		try_mutant(crew->mutation, i, &crew->board->fates[i]);
	_exit(EXIT_SUCCESS);
}

static int hire(struct crew *crew, size_t i)
{
	pid_t pid;
	int pidfd;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		work(crew);
	if (pid < 0)
		return nst_fail_errno("making a worker process");
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return nst_fail_errno("watching a worker process");
	crew->members[i] = (struct pollfd){ pidfd, POLLIN, 0 };
	return 0;
}

static void count_fates(struct nst_mutation_run *mutation)
{
	memset(mutation->by_fate, 0, sizeof(mutation->by_fate));
	for (size_t i = 0; i < mutation->count; i++)
		mutation->by_fate[mutation->fates[i].fate]++;
}

/* Return: how many still work; -errno. */
static int watch(struct crew *crew)
{
	size_t working = 0;

	if (poll(crew->members, crew->count, REFRESH_MS) < 0 && errno != EINTR)
		return nst_fail_errno("waiting for workers");
	for (size_t i = 0; i < crew->count; i++) {
		siginfo_t end = { 0 };
		struct pollfd *member = &crew->members[i];

		if (member->fd < 0)
			continue;
		if (!member->revents) {
			working++;
			continue;
		}
		waitid(P_PIDFD, (id_t)member->fd, &end, WEXITED);
		close(member->fd);
		member->fd = -1;
		if (end.si_code != CLD_EXITED || end.si_status)
			return nst_fail(-ECHILD,
					"a worker process ended unasked "
					"(status %d)",
					end.si_status);
	}
	return (int)working;
}

static void tell(const struct crew *crew, const struct nst_mutate_options *options)
{
	count_fates(crew->mutation);
	if (options->progress)
		options->progress(options->self, crew->mutation);
}

static void dismiss(struct crew *crew)
{
	for (size_t i = 0; crew->members && i < crew->count; i++) {
		if (crew->members[i].fd < 0)
			continue;
		syscall(SYS_pidfd_send_signal, crew->members[i].fd, SIGKILL, NULL, 0);
		waitid(P_PIDFD, (id_t)crew->members[i].fd, &(siginfo_t){ 0 }, WEXITED);
		close(crew->members[i].fd);
	}
	free(crew->members);
}

static int run_crew(struct nst_mutation_run *mutation,
		    const struct nst_mutate_options *options, unsigned int workers)
{
	struct crew crew AUTO(dismiss) = {
		.mutation = mutation,
		.board = board_of(mutation),
		.runner = getpid(),
		.members = calloc(workers, sizeof(*crew.members)),
		.count = workers,
	};
	int r = crew.members ? 0 : nst_fail_memory();

	for (size_t i = 0; crew.members && i < workers; i++)
		crew.members[i].fd = -1;
	for (size_t i = 0; i < workers && r == 0; i++)
		r = hire(&crew, i);
	while (r >= 0 && (r = watch(&crew)) > 0)
		tell(&crew, options);
	tell(&crew, options);
	return r;
}

static unsigned int processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) < 0
		       ? 1
		       : (unsigned int)CPU_COUNT(&set);
}

int nst_mutate(struct nst_mutation_run *mutation,
	       const struct nst_mutate_options *options)
{
	const struct run_context context = {
		.options = { .timeout_ms = options->timeout_ms ? options->timeout_ms
							       : NST_CASE_TIMEOUT_MS,
			     .seed = 1 },
	};
	int r;

	mutation->trials->context = &context;
	if (!mutation->trials->count)
		return nst_fail(-ENOENT, "no case with a ruleset expects anything");
	r = trials_prove(mutation->trials);
	if (r == 0)
		r = run_crew(mutation, options,
			     options->workers ? options->workers : processors());
	mutation->trials->context = NULL;
	return r;
}
