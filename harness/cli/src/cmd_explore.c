/* SPDX-License-Identifier: MIT */
/* nstest explore: one case under many seeds. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/impair.h>
#include <report/text.h>
#include <runner/explore.h>

#include "main.h"

struct explore_flags {
	struct common_flags common;
	const char *seeds, *out, *kernel, *memory;
	int jobs, timeout_ms;
};

/* "1..1000" */
static int read_seeds(const char *text, uint64_t *ret_first, unsigned int *ret_count)
{
	unsigned long long first, last;
	int end = 0;

	if (!text)
		text = "1..1000";
	if (sscanf(text, "%llu..%llu%n", &first, &last, &end) != 2 || text[end] ||
	    !first || last < first || last - first >= 1000 * 1000)
		return nst_fail(-EINVAL,
				"--seeds: \"%s\" is not of the form 1..1000 (at most a "
				"million of them)",
				text);
	*ret_first = first;
	*ret_count = (unsigned int)(last - first + 1);
	return 0;
}

static int find_kernel(const struct explore_flags *flags, struct nst_guest_kernel *ret)
{
	int r = nst_guest_kernel_find(flags->kernel ? flags->kernel : "uml", ret);

	if (r == 0 && !ret->has_virtual_time)
		r = nst_fail(
			-EOPNOTSUPP,
			"the kernel %s has no virtual time: nstest kernel build makes "
			"one that has",
			ret->path);
	return r;
}

/* Exactly one case of a scenario file. */
static int find_case(const struct invocation *invocation, struct nst_jobs **ret)
{
	const struct nst_jobs_options options = { .only = invocation->operands[0] };
	AUTO_FREE char *problems = NULL;
	int r = nst_jobs_find((const char *const *)invocation->operands + 1, &options,
			      ret, &problems);

	if (r < 0 && problems)
		return nst_fail(r, "%s", problems);
	if (r < 0)
		return r;
	if (nst_jobs_count(*ret) != 1 || !nst_jobs_are_cases(*ret)) {
		r = nst_fail(
			-EINVAL,
			"\"%s\" means %zu cases; it must be one, of a scenario file "
			"(nstest list shows their names)",
			invocation->operands[0], nst_jobs_count(*ret));
		nst_jobs_free(*ret);
	}
	return r;
}

/* A line that is written over. */
static void tell(void *self, const char *line)
{
	(void)self;
	fprintf(stderr, "\r\033[K%s", line);
}

static int report(const struct nst_explored *explored, uint64_t first)
{
	const bool terminal = isatty(STDERR_FILENO);

	if (terminal)
		fputs("\r\033[K", stderr);
	if (explored->signal)
		return 128 + explored->signal;
	if (!explored->failing) {
		printf("%zu seeds from %llu on: none fails\n", explored->seeds,
		       (unsigned long long)first);
		return EXIT_ALL_PASSED;
	}
	printf("seed %llu fails, the first of %zu\n\n",
	       (unsigned long long)explored->failing, explored->seeds);
	nst_text_explain(stdout, &explored->result, wants_colour(stdout));
	if (!explored->written) {
		printf("\nno exact faults: %s\n", explored->why);
		return EXIT_SOME_FAILED;
	}
	if (!*explored->faults)
		printf("\nit fails without any of the %zu faults that it drew\n",
		       explored->all_faults);
	else
		printf("\nof %zu faults that it drew these suffice (%u tries):\n%s\n",
		       explored->all_faults, explored->tries, explored->faults);
	printf("written: %s\n  nstest run --virtual --engine wire --seed %llu %s\n",
	       explored->written, (unsigned long long)explored->failing,
	       explored->written);
	return EXIT_SOME_FAILED;
}

static int explore_handle(const struct invocation *invocation)
{
	const struct explore_flags *flags = invocation->options;
	struct nst_guest_kernel kernel AUTO(nst_guest_kernel_free) = { 0 };
	struct nst_run_options options = {
		.workers = (unsigned int)flags->jobs,
		.timeout_ms = flags->timeout_ms,
		.out = flags->out,
		.engine = NST_ENGINE_WIRE,
		.memory = flags->memory,
		.kernel = flags->kernel ? flags->kernel : "uml",
		.guest_kernel = &kernel,
		.time = NST_TIME_VIRTUAL,
		.owner = getuid(),
	};
	struct nst_explored explored;
	struct nst_jobs *jobs;
	int r = read_seeds(flags->seeds, &options.seed, &options.repeat);

	if (r == 0)
		r = find_kernel(flags, &kernel);
	if (r == 0)
		r = find_case(invocation, &jobs);
	if (r < 0)
		return report_failure("explore");
	r = nst_become_root();
	if (r == 0)
		r = nst_explore(jobs, &options, isatty(STDERR_FILENO) ? tell : NULL,
				NULL, &explored);
	if (r < 0) {
		r = report_failure("explore");
	} else {
		r = report(&explored, options.seed);
		nst_explored_free(&explored);
	}
	nst_jobs_free(jobs);
	return r;
}

const struct verb verb_explore = {
	.name = "explore",
	.line = "runs one case under many seeds, until it fails, and finds out why",
	.arguments = "CASE [PATH...]",
	.operands = OPERANDS_FILES,
	.least = 1,
	.most = SIZE_MAX,
	.options =
		(const struct option_row[]){
			{ 0, "seeds", "FIRST..LAST", "which; default: 1..1000",
			  OPTION_TEXT, offsetof(struct explore_flags, seeds) },
			{ 'j', "jobs", "N",
			  "so many at a time; default: as many as there are "
			  "processors",
			  OPTION_COUNT, offsetof(struct explore_flags, jobs) },
			{ 't', "timeout", "TIME",
			  "longest (virtual) time of a case that names none; "
			  "default: 60s",
			  OPTION_TIME, offsetof(struct explore_flags, timeout_ms) },
			{ 'o', "out", "DIR",
			  "folder for what the failing one leaves; default: nstest-out",
			  OPTION_TEXT, offsetof(struct explore_flags, out) },
			{ 0, "kernel", "KERNEL",
			  "a kernel with virtual time; default: uml", OPTION_TEXT,
			  offsetof(struct explore_flags, kernel) },
			{ 0, "memory", "SIZE", "of each such kernel; default: 512M",
			  OPTION_TEXT, offsetof(struct explore_flags, memory) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"CASE is a text in \"suite / case\" that only one case of the "
			"scenario files has. It runs on virtual time, each time with "
			"another seed: of packets' fates, of the kernel's random "
			"numbers, and of the order in which programs get on.",
			"Of what the first failing seed did to packets, the smallest "
			"part that still makes the case fail is looked for, and "
			"written as exact faults into a scenario file beside the "
			"case's.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest explore 'nothing is lost' --seeds 1..1000 kv.yaml",
			  "until one fails; then kv-seed-N.yaml has why" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "it passed with all seeds" },
			{ 1, "a seed fails" },
			{ 2, "it could not be run" },
			{ 130, "stopped by Ctrl-C (by SIGTERM: 143)" },
			{},
		},
	.options_size = sizeof(struct explore_flags),
	.handle = explore_handle,
};
