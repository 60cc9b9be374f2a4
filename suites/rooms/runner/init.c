/* SPDX-License-Identifier: MIT */
/* First steps: what nstest init makes runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "trial.h"

Test(init, makes_what_runs_and_overwrites_nothing)
{
	TRIAL trial = trial_begin(NULL);

	trial_run(&trial, "init --ci gitlab");
	cr_assert_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_has(&trial, ".gitlab-ci.yml"));
	trial_run(&trial, "run");
	cr_expect_eq(trial.status, 0, "%s", trial.output);
	cr_expect(trial_said(&trial, "2 passed, 0 failed, 0 skipped"), "%s",
		  trial.output);

	trial_file(&trial, "suites/first.yaml", "mine");
	trial_run(&trial, "init --ci github; cat suites/first.yaml");
	cr_expect(
		trial_said(&trial, "suites/first.yaml                is there already"),
		"%s", trial.output);
	cr_expect(trial_said(&trial, "\nmine"), "%s", trial.output);
	cr_expect(trial_has(&trial, ".github/workflows/nstest.yaml"));
	trial_run(&trial, "init --ci jenkins");
	cr_expect_eq(trial.status, 2);
}

Test(doctor, prints_commands_and_nothing_else)
{
	TRIAL trial = trial_begin(NULL);

	trial_run(&trial, "doctor --fix > fixes; sh -n fixes");
	cr_expect_eq(trial.status, 0, "a shell can read them: %s", trial.output);
	trial_run(&trial, "doctor --fix | grep -c '^ok\\|^missing'");
	cr_expect_str_eq(trial.output, "0\n");
}
