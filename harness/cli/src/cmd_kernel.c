/* SPDX-License-Identifier: MIT */
/* nstest kernel: kernels of our own, to run cases on. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <kernel/build.h>

#include "args.h"
#include "main.h"

struct kernel_flags {
	struct common_flags common;
	bool all, again;
};

/* ---- list, path, clean ---- */

static int list(const struct invocation *invocation)
{
	struct nst_kernel *kernels AUTO_FREE = NULL;
	size_t count;
	int r = nst_kernel_list(&kernels, &count);

	(void)invocation;
	if (r < 0)
		return r;
	if (!count)
		puts("no kernel has been built yet: nstest kernel build");
	for (size_t i = 0; i < count; i++)
		printf("%-10s %5.1f MB  %s%s\n", kernels[i].version,
		       (double)kernels[i].bytes / 1e6, kernels[i].path,
		       kernels[i].current ? "" : "  (built for another nstest)");
	return 0;
}

static int path(const struct invocation *invocation)
{
	struct nst_kernel kernel;
	int r = nst_kernel_find(&kernel);

	(void)invocation;
	if (r == 0)
		puts(kernel.path);
	return r;
}

static int clean(const struct invocation *invocation)
{
	const struct kernel_flags *flags = invocation->options;
	int gone = nst_kernel_clean(flags->all);

	if (gone >= 0)
		printf("%d kernel%s removed\n", gone, gone == 1 ? "" : "s");
	return gone < 0 ? gone : 0;
}

/* ---- build ---- */

struct display {
	char step[32];
	unsigned int percent;
	bool terminal;
};

/* One line that changes on a terminal; elsewhere one a step, and one each quarter. */
static void show(const char *step, unsigned int percent, void *context)
{
	enum { QUARTER = 25 };
	struct display *display = context;
	bool begins = strcmp(display->step, step) != 0;

	if (!begins && percent / (display->terminal ? 1 : QUARTER) ==
			       display->percent / (display->terminal ? 1 : QUARTER))
		return;
	snprintf(display->step, sizeof(display->step), "%s", step);
	display->percent = percent;
	printf(display->terminal ? "\r\033[K%s" : "%s", step);
	if (percent)
		printf(" %u %%", percent);
	if (!display->terminal)
		putchar('\n');
	fflush(stdout);
}

static int build(const struct invocation *invocation)
{
	const struct kernel_flags *flags = invocation->options;
	struct display display = { .terminal = isatty(STDOUT_FILENO) };
	const struct nst_kernel_build options = {
		.source = invocation->operands[1],
		.again = flags->again,
		.progress = { show, &display },
	};
	struct nst_kernel kernel;
	int r;

	printf("a kernel takes about %u minutes to build here\n", nst_kernel_minutes());
	fflush(stdout);
	r = nst_kernel_build(&options, &kernel);
	if (display.terminal && *display.step)
		fputs("\r\033[K", stdout);
	fflush(stdout);
	if (r < 0)
		return r;
	printf("%s: %s (%.1f MB)\n", r == 1 ? "it is there already" : "built",
	       kernel.path, (double)kernel.bytes / 1e6);
	return 0;
}

/* ---- The verb ---- */

static const struct task {
	const char *name;
	size_t most; /* operands, the task's name included */
	int (*handle)(const struct invocation *);
} tasks[] = {
	{ "list", 1, list },
	{ "build", 2, build },
	{ "path", 1, path },
	{ "clean", 1, clean },
};

static int unknown_task(const char *name)
{
	const char *names[ARRAY_SIZE(tasks)], *near;

	for (size_t i = 0; i < ARRAY_SIZE(tasks); i++)
		names[i] = tasks[i].name;
	near = meant_word(name, names, ARRAY_SIZE(tasks));
	return nst_fail(-EINVAL, "\"%s\" is none of list, build, path, clean%s%s%s",
			name, near ? " (did you mean " : "", near ? near : "",
			near ? "?)" : "");
}

static int kernel_handle(const struct invocation *invocation)
{
	const char *name = invocation->operands[0];
	const struct task *task = tasks;
	int r;

	while (task < tasks + ARRAY_SIZE(tasks) && strcmp(task->name, name))
		task++;
	if (task == tasks + ARRAY_SIZE(tasks))
		r = unknown_task(name);
	else if (invocation->operand_count > task->most)
		r = nst_fail(-EINVAL, "\"%s\" is one word too many behind %s",
			     invocation->operands[task->most], name);
	else
		r = task->handle(invocation);
	return r < 0 ? report_failure("kernel") : EXIT_ALL_PASSED;
}

const struct verb verb_kernel = {
	.name = "kernel",
	.line = "builds and finds kernels of our own to run cases on",
	.arguments = "list | build [TARBALL] | path | clean",
	.operands = OPERANDS_FILES,
	.least = 1,
	.most = 2,
	.options =
		(const struct option_row[]){
			{ 0, "again", NULL, "build: although it is there", OPTION_FLAG,
			  offsetof(struct kernel_flags, again) },
			{ 0, "all", NULL, "clean: the current kernel, too", OPTION_FLAG,
			  offsetof(struct kernel_flags, all) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"build makes a User-Mode Linux from the newest source package "
			"of the distribution (linux-source-6.*), or from TARBALL, as "
			"it "
			"comes from kernel.org: with real netem, all of nftables and "
			"iptables, and a time that can be virtual. It needs no root, "
			"and says which tools are missing.",
			"Kernels are kept in $XDG_CACHE_HOME/nstest/kernels "
			"(~/.cache), "
			"each for its source version and this nstest's recipe. clean "
			"removes those of other recipes, and what builds that were "
			"killed have left.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest kernel build",
			  "builds one, or says what that takes" },
			{ "nstest kernel path", "prints where it is" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "done" },
			{ 2, "path: there is none; build, clean: it failed" },
			{},
		},
	.options_size = sizeof(struct kernel_flags),
	.handle = kernel_handle,
};
