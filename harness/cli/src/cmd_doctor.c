/* SPDX-License-Identifier: MIT */
/* nstest doctor: what this machine can do. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "doctor.h"
#include "help.h"
#include "main.h"

enum { INDENT = 31, WIDTH = 96 };

struct doctor_flags {
	struct common_flags common;
};

struct finding {
	int code;
	char sentence[NST_ERROR_SIZE];
};

_Noreturn static void try_in_child(const struct ability *ability, int out)
{
	struct finding finding = { 0 };

	finding.code = ability->try_it(ability);
	if (finding.code)
		snprintf(finding.sentence, sizeof(finding.sentence), "%s", nst_error());
	_exit(write(out, &finding, sizeof(finding)) == sizeof(finding) ? 0 : 1);
}

static struct finding examine(const struct ability *ability)
{
	struct finding finding = { .code = -EIO };
	int pair[2];
	pid_t pid;

	snprintf(finding.sentence, sizeof(finding.sentence), "it could not be tried");
	if (pipe(pair) < 0)
		return finding;
	fflush(NULL);
	pid = fork();
	if (!pid)
		try_in_child(ability, pair[1]);
	close(pair[1]);
	if (pid > 0) {
		(void)!read(pair[0], &finding, sizeof(finding));
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(pair[0]);
	return finding;
}

/* Wrapped behind the name, which is printed already. */
static void print_sentence(const char *sentence)
{
	char *text AUTO_FREE = NULL;
	size_t size;
	FILE *out = *sentence ? open_memstream(&text, &size) : NULL;

	if (out) {
		print_wrapped(out, sentence, INDENT, WIDTH);
		fclose(out);
	}
	fputs(text ? text + INDENT : "\n", stdout);
}

static void print_finding(const struct ability *ability, const struct finding *finding,
			  bool colour)
{
	bool fine = finding->code >= 0;
	char text[NST_ERROR_SIZE + 64];

	printf("%s%-7s%s  %-22s",
	       !colour ? ""
	       : fine  ? "\033[32m"
		       : "\033[1;31m",
	       fine ? "ok" : "missing", colour ? "\033[0m" : "", ability->name);
	print_sentence(finding->code ? finding->sentence : "");
	if (fine)
		return;
	snprintf(text, sizeof(text), "lost: %s", ability->lost);
	print_wrapped(stdout, text, INDENT, WIDTH);
	if (ability->cure) {
		snprintf(text, sizeof(text), "get it: %s", ability->cure);
		print_wrapped(stdout, text, INDENT, WIDTH);
	}
}

static int doctor_handle(const struct invocation *invocation)
{
	bool colour = wants_colour(stdout);
	struct finding first = examine(&first_ability);
	size_t essential = 0, others = 0;

	(void)invocation;
	if (first.code < 0) {
		print_finding(&first_ability, &first, colour);
		puts("\nno case can run on this machine, and nothing else can be "
		     "tried");
		return EXIT_SOME_FAILED;
	}
	for (const struct ability *ability = abilities; ability->name; ability++) {
		struct finding finding = examine(ability);

		print_finding(ability, &finding, colour);
		if (finding.code < 0)
			++*(ability->essential ? &essential : &others);
	}
	if (essential)
		printf("\nno case can run on this machine: %zu thing%s it needs %s "
		       "missing\n",
		       essential, essential == 1 ? "" : "s",
		       essential == 1 ? "is" : "are");
	else if (others)
		printf("\ncases can run on this machine; those that need what is "
		       "missing are "
		       "skipped\n");
	else
		printf("\nthis machine can do all of it\n");
	return essential ? EXIT_SOME_FAILED : EXIT_ALL_PASSED;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.line = "tells what this machine can do, and how to get what it cannot",
	.arguments = "",
	.options = (const struct option_row[]){ OPTIONS_FOR_ALL },
	.text =
		(const char *const[]){
			"Each ability is really tried, in namespaces that are gone "
			"afterwards. For what is missing it says what is lost without "
			"it, and "
			"the package or setting that provides it.",
			NULL,
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0, "cases can run" },
			{ 1, "something is missing without which no case can run" },
			{},
		},
	.options_size = sizeof(struct doctor_flags),
	.handle = doctor_handle,
};
