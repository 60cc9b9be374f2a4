/* SPDX-License-Identifier: MIT */
/* Both engines, asked for each parameter of impairments alone and for the usual pairs:
 * requested against measured.
 *
 *	conformance [--document FILE] [--only WORD]
 *	conformance --observe		all trials with the kernel engine, as text
 *
 * The wire engine runs here. The kernel engine runs here if this kernel has sch_netem, else in
 * User-Mode Linux if that is installed: `uml-run conformance --observe`. The last line is
 * "N passed, N failed, N skipped"; exit status 0 if none failed. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/kernel_netem.h>

#include "report.h"

struct options {
	bool observe;
	const char *document, *only;
};

static int read_options(int argc, char **argv, struct options *options)
{
	*options = (struct options){ 0 };
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--observe") == 0)
			options->observe = true;
		else if (strcmp(argv[i], "--document") == 0 && i + 1 < argc)
			options->document = argv[++i];
		else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
			options->only = argv[++i];
		else
			return -1;
	}
	return 0;
}

static bool is_chosen(const struct trial *trial, const char *only)
{
	return !only || strstr(trial->name, only);
}

/* Whose kernel it is does not matter. */
static void name_kernel(char *release, size_t size)
{
	struct utsname about;

	uname(&about);
	snprintf(release, size, "%.*s", (int)strcspn(about.release, "-"),
		 about.release);
}

/* ---- The kernel engine, here or elsewhere ---- */

struct other {
	FILE *pipe; /* NULL: this kernel, or none */
	bool here;
	char kernel[256]; /* "": none */
	char why[NST_ERROR_SIZE];
};

/* Beside this program is kernel/uml-run. */
static FILE *start_other(const char *only)
{
	char self[PATH_MAX], command[2 * PATH_MAX + 256];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length < 0)
		return NULL;
	self[length] = '\0';
	snprintf(command, sizeof(command),
		 "exec '%.*s/kernel/uml-run' -t 300 '%s' --observe %s%s%s",
		 (int)(strrchr(self, '/') - self), self, self, only ? "--only '" : "",
		 only ? only : "", only ? "'" : "");
	return popen(command, "re");
}

static void find_kernel(struct other *other, const char *only)
{
	char release[128];

	*other = (struct other){ .here = nst_kernel_netem_available() == 0 };
	snprintf(other->why, sizeof(other->why), "%s", nst_error());
	if (other->here) {
		name_kernel(other->kernel, sizeof(other->kernel));
		return;
	}
	other->pipe = start_other(only);
	if (other->pipe && fscanf(other->pipe, "kernel %127s\n", release) == 1)
		snprintf(other->kernel, sizeof(other->kernel), "%s (User-Mode Linux)",
			 release);
}

static void observe_kernel(const struct trial *trial, struct other *other,
			   struct observation *ret)
{
	if (other->here) {
		observe(trial, &columns[KERNEL], ret);
	} else if (!*other->kernel) {
		*ret = (struct observation){ .code = -EOPNOTSUPP, .unable = true };
		snprintf(ret->sentence, sizeof(ret->sentence), "%s", other->why);
	} else if (observation_read(other->pipe, ret) < 0) {
		*ret = (struct observation){ .code = -EPROTO };
		snprintf(ret->sentence, sizeof(ret->sentence), "%s", nst_error());
	}
}

static int observe_all(const char *only)
{
	char release[sizeof(((struct utsname *)0)->release)];

	name_kernel(release, sizeof(release));
	if (nst_kernel_netem_available() < 0) {
		fprintf(stderr, "conformance: %s\n", nst_error());
		return 77;
	}
	printf("kernel %s\n", release);
	for (size_t i = 0; i < trials_count; i++) {
		struct observation seen;

		if (!is_chosen(&trials[i], only))
			continue;
		observe(&trials[i], &columns[KERNEL], &seen);
		observation_write(&seen, stdout);
		observation_free(&seen);
	}
	return 0;
}

/* ---- All columns ---- */

static void try_one(const struct trial *trial, struct other *other,
		    struct report *report)
{
	struct observation seen[COLUMNS];

	observe_kernel(trial, other, &seen[KERNEL]);
	observe(trial, &columns[WIRE], &seen[WIRE]);
	observe(trial, &columns[WIRE_EXACT], &seen[WIRE_EXACT]);
	report_trial(report, trial, seen);
	for (int c = 0; c < COLUMNS; c++)
		observation_free(&seen[c]);
}

static int conform(const struct options *options)
{
	char release[sizeof(((struct utsname *)0)->release)];
	struct report report = { 0 };
	struct other other;

	find_kernel(&other, options->only);
	report.kernel = *other.kernel ? other.kernel : NULL;
	if (options->document && !(report.document = fopen(options->document, "we"))) {
		perror(options->document);
		return 2;
	}
	name_kernel(release, sizeof(release));
	report_begin(&report, release);
	for (size_t i = 0; i < trials_count; i++)
		if (is_chosen(&trials[i], options->only))
			try_one(&trials[i], &other, &report);
	if (other.pipe)
		pclose(other.pipe);
	if (report.document && fclose(report.document))
		perror(options->document);
	printf("%u passed, %u failed, %u skipped\n", report.passed, report.failed,
	       report.skipped);
	return report.failed > 0;
}

int main(int argc, char **argv)
{
	struct options options;

	if (read_options(argc, argv, &options) < 0) {
		fputs("usage: conformance [--document FILE] [--only WORD] | "
		      "--observe\n",
		      stderr);
		return 2;
	}
	if (cable_prepare() < 0) {
		fprintf(stderr, "conformance: %s\n", nst_error());
		return 2;
	}
	return options.observe ? observe_all(options.only) : conform(&options);
}
