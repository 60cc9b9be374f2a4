/* SPDX-License-Identifier: MIT */
/* What sanitizers find in programs. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "program_findings.h"
#include "program_lab.h"

Test(findings, are_known_by_their_headline)
{
	static const struct {
		const char *line;
		bool is;
	} lines[] = {
		{ "==7==ERROR: AddressSanitizer: heap-use-after-free on address",
		  true },
		{ "==7==ERROR: LeakSanitizer: detected memory leaks", true },
		{ "WARNING: ThreadSanitizer: data race (pid=7)", true },
		{ "a.c:3:11: runtime error: signed integer overflow: 1 + 2", true },
		{ "==7== ERROR SUMMARY: 2 errors from 1 contexts", true },
		{ "==7== ERROR SUMMARY: 0 errors from 0 contexts", false },
		{ "panic: runtime error: index out of range", false },
		{ "panic serving 10.0.0.1:80: runtime error: index", false },
		{ ": runtime error: ", false },
		{ "", false },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		cr_expect_eq(finding_is(lines[i].line), lines[i].is, "%s",
			     lines[i].line);
}

/* From the folder of the program: hosts have it even if it lies below /tmp. */
static struct nst_lab *lab_with_faulty(void)
{
	char folder[] = FAULTY;

	*strrchr(folder, '/') = '\0';
	cr_assert_eq(chdir(folder), 0);
	return must_be_up(&three_hosts);
}

static struct nst_program *faulty(struct nst_lab *lab, const char *bug)
{
	const char *const argv[] = { FAULTY, bug, NULL };
	struct nst_program *program;

	must(nst_start(lab, &(struct nst_start){ .host = "server", .argv = argv },
		       &program));
	return program;
}

Test(findings, of_a_program_that_lives_on_fail_the_check)
{
	struct nst_lab *lab nst_autodown = lab_with_faulty();
	struct nst_program *program = faulty(lab, "overflow");

	must(nst_wait_line(program, "lives", PATIENCE_MS));
	must_fail(nst_lab_check(lab), -EUCLEAN,
		  "a sanitizer found something in faulty on server: ");
	cr_expect_not_null(strstr(nst_error(), "faulty.c:"));
	cr_expect_not_null(strstr(nst_error(), "signed integer overflow"));
}

Test(findings, that_end_a_program_are_told_with_their_stack_even_if_it_was_awaited)
{
	struct nst_lab *lab nst_autodown = lab_with_faulty();

	must(nst_wait_exit(faulty(lab, "after-free"), PATIENCE_MS, NULL));
	must_fail(nst_lab_check(lab), -EUCLEAN, "heap-use-after-free");
	cr_expect_not_null(strstr(nst_error(), "\n    #0 "));
}

Test(findings, are_looked_for_in_a_last_line_without_its_end)
{
	struct nst_lab *lab nst_autodown = lab_with_faulty();
	struct nst_program *program;

	must(nst_start(lab,
		       &(struct nst_start){ .host = "server",
					    .command = "printf 'x\\na.c:1:2: runtime "
						       "error: y' >&2; exec sleep 60" },
		       &program));
	must(nst_wait_line(program, "runtime", PATIENCE_MS));
	must_fail(nst_lab_check(lab), -EUCLEAN, "a.c:1:2: runtime error: y");
}

Test(findings, are_not_made_up)
{
	struct nst_lab *lab nst_autodown = lab_with_faulty();

	must(nst_wait_line(faulty(lab, "none"), "lives", PATIENCE_MS));
	must(nst_lab_check(lab));
}
