/* SPDX-License-Identifier: MIT */
/* The main() of suite executables, and the mark by which `nstest run` knows them. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "inner.h"

/* An ELF note: readelf -n shows it as owner "nstest", type 1; its four bytes are the
 * version of the result lines. */
const struct suite_mark nst_suite_mark
	__attribute__((section(".note.nstest"), used, aligned(4))) = {
		sizeof("nstest"), sizeof(unsigned int), 1, "nstest", 1,
	};

/* Criterion answers an option that it does not know with its help and success. */
static bool wants_only_words(int argc, char *argv[])
{
	static const char *const words[] = { "-h",        "--help", "-v",
					     "--version", "-l",     "--list" };

	for (int i = 1; i < argc; i++)
		for (size_t k = 0; k < ARRAY_SIZE(words); k++)
			if (strcmp(argv[i], words[k]) == 0)
				return true;
	return false;
}

/* The runner's main(); workers begin elsewhere, in Criterion's own, which also sees to it that they
 * die with their runner. */
int main(int argc, char *argv[])
{
	struct criterion_test_set *tests;
	int status = 0;

	/* Where it is forbidden, tests that want a lab will say so, the others can run.
	 */
	nst_become_root();
	if (journal_open() < 0) {
		fprintf(stderr, "%s\n", nst_error());
		return 2;
	}
	tests = criterion_initialize();
	runner_prepare(tests);
	if (criterion_handle_args(argc, argv, true))
		status =
			runner_status(forks_wanted() ? !forks_run(tests)
						     : !criterion_run_all_tests(tests));
	else if (!wants_only_words(argc, argv))
		status = 2;
	criterion_finalize(tests);
	return status;
}
