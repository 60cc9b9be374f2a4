/* SPDX-License-Identifier: MIT */
/* nstest matrix: who reaches whom, and what has changed about it. */
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/lab.h>
#include <runner/matrix.h>

#include "main.h"

struct matrix_flags {
	struct common_flags common;
	const char *ports, *against, *format, *only;
};

/* A line that is redrawn, where somebody waits for it. */
static void tell_progress(void *self, size_t asked, size_t questions)
{
	(void)self;
	if (asked % 100 == 0 && questions >= 500)
		fprintf(stderr, "\r%zu of %zu questions", asked, questions);
	if (asked + 1 == questions && questions >= 500)
		fputs("\r\033[K", stderr);
}

static int ask(const struct nst_side *side, const struct nst_services *services,
	       struct nst_matrix **ret_matrix)
{
	const struct nst_matrix_watcher watcher = { tell_progress, NULL };

	return nst_matrix_ask(&side->setup, side->title, services,
			      isatty(STDERR_FILENO) ? &watcher : NULL, ret_matrix);
}

static int choose_services(const struct matrix_flags *flags, const struct nst_side *now,
			   const struct nst_side *base, struct nst_services *services)
{
	if (flags->ports)
		return nst_services_parse(flags->ports, services);
	nst_services_of_side(now, services);
	if (base->scenario)
		nst_services_of_side(base, services);
	return 0;
}

static void free_matrix(struct nst_matrix **matrix)
{
	nst_matrix_free(*matrix);
}

/* Return: the exit status; -errno with a sentence. */
static int show(const struct matrix_flags *flags, const struct nst_side *now_side,
		const struct nst_side *base_side)
{
	struct nst_matrix *now AUTO(free_matrix) = NULL, *base AUTO(free_matrix) = NULL;
	enum nst_matrix_format format = NST_MATRIX_TEXT;
	struct nst_services services = { .count = 0 };
	struct nst_changes changes AUTO(nst_changes_free) = { .count = 0 };
	int r = choose_services(flags, now_side, base_side, &services);

	if (!r && flags->format)
		r = nst_matrix_format_parse(flags->format, &format);
	if (!r)
		r = ask(now_side, &services, &now);
	if (!r && flags->against)
		r = ask(base_side, &services, &base);
	if (!r && base)
		r = nst_matrix_compare(base, now, &changes);
	if (r < 0)
		return r;
	nst_matrix_write(stdout, now, base ? &changes : NULL, flags->against, format,
			 wants_colour(stdout));
	return changes.count ? EXIT_SOME_FAILED : EXIT_ALL_PASSED;
}

static int matrix_handle(const struct invocation *invocation)
{
	const struct matrix_flags *flags = invocation->options;
	struct nst_side now AUTO(nst_side_free) = { 0 },
			    base AUTO(nst_side_free) = { 0 };
	/* Before this process becomes another user: git wants to be its files' owner. */
	int r = nst_sides_load(invocation->operands[0], flags->against, flags->only,
			       &now, &base);

	if (!r)
		r = nst_become_root();
	if (!r)
		r = show(flags, &now, &base);
	return r < 0 ? report_failure("matrix") : r;
}

const struct verb verb_matrix = {
	.name = "matrix",
	.line = "asks who reaches whom, and shows the answers as a table",
	.arguments = "FILE",
	.operands = OPERANDS_FILES,
	.least = 1,
	.most = 1,
	.options =
		(const struct option_row[]){
			{ 'p', "ports", "LIST",
			  "what to ask for: tcp/22,udp/53,icmp; default: what the "
			  "file's "
			  "expectations and rules name",
			  OPTION_TEXT, offsetof(struct matrix_flags, ports) },
			{ 'f', "format", "text|csv|markdown|html",
			  "how it is written; default: text", OPTION_TEXT,
			  offsetof(struct matrix_flags, format) },
			{ 'a', "against", "BASE",
			  "show only what has opened and closed since BASE: another "
			  "scenario, "
			  "a rule file in place of the file's own (HOST=RULES), a git "
			  "revision, or two (A..B)",
			  OPTION_TEXT, offsetof(struct matrix_flags, against) },
			{ 'k', "only", "TEXT",
			  "use the network of the first case with TEXT in its name",
			  OPTION_TEXT, offsetof(struct matrix_flags, only) },
			OPTIONS_FOR_ALL,
		},
	.text =
		(const char *const[]){
			"Builds the network of a scenario file once, with its rulesets "
			"and "
			"programs, and lets every host ask every other one for every "
			"service, over IPv4 and IPv6. Where nothing listens the probe "
			"puts "
			"up a listener of its own, so the table shows what the rules "
			"let "
			"through.",
			"The text is what `expect: matrix` of a scenario file reads: "
			"paste "
			"it, edit it, and it is a policy. In HTML each answer says on "
			"hover "
			"what decided.",
			NULL,
		},
	.examples =
		(const struct example[]){
			{ "nstest matrix gate.yaml", "the table as text" },
			{ "nstest matrix --format html gate.yaml > gate.html",
			  "as a page, with the deciding rules" },
			{ "nstest matrix --against main gate.yaml",
			  "what the uncommitted rules open and close" },
			{},
		},
	.exit_codes =
		(const struct exit_row[]){
			{ 0,
			  "the table was made; with --against: nothing has changed" },
			{ 1, "with --against: something has changed" },
			{ 2, "the network could not be built, or broke" },
			{},
		},
	.options_size = sizeof(struct matrix_flags),
	.handle = matrix_handle,
};
