/* SPDX-License-Identifier: MIT */
/* Each bug of fixtures/kv.c is found by the test that is made for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <criterion/criterion.h>

static const struct {
	const char *bug, *found_by;
} bugs[] = {
	{ "partial-write", "loses_nothing_to_a_slow_reader" },
	{ "sigpipe", "survives_a_peer_that_left" },
	{ "half-open", "gives_the_places_of_vanished_peers_to_others" },
	{ "retry-storm", "pauses_between_calls_to_a_dead_backup" },
	{ "short-read", "waits_for_the_rest_of_a_request" },
};

/* Runs the suite; the names of the tests that failed, each with a space behind it. */
static void run_with(const char *bug, char *failed, size_t size)
{
	char command[4096], line[4096], name[128];
	FILE *pipe;

	/* By BXFI_MAP Criterion knows its workers, and we are one. */
	snprintf(command, sizeof(command),
		 "out=$(mktemp -d) && NSTEST_OUT=$out KV_BUG=%s env -u BXFI_MAP '%s' "
		 "--always-succeed 2>&1; status=$?; rm -rf \"$out\"; exit $status",
		 bug, SUITE_KV);
	pipe = popen(command, "re");
	cr_assert_not_null(pipe);
	*failed = '\0';
	while (fgets(line, sizeof(line), pipe))
		if (sscanf(line, "[FAIL] kv::%127[^:]", name) == 1) {
			size_t used = strlen(failed);

			snprintf(failed + used, size - used, "%s ", name);
		}
	cr_assert_eq(pclose(pipe), 0);
}

Test(kv_bugs, each_is_found_by_its_test, .timeout = 120)
{
	char failed[1024];

	for (size_t i = 0; i < sizeof(bugs) / sizeof(*bugs); i++) {
		run_with(bugs[i].bug, failed, sizeof(failed));
		cr_expect(strstr(failed, bugs[i].found_by) != NULL,
			  "%s is found by: %s", bugs[i].bug, failed);
	}
}
