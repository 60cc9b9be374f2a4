/* SPDX-License-Identifier: MIT */
/* One suite executable, all its tests. */
#ifndef RUNNER_SUITE_H
#define RUNNER_SUITE_H

#include "worker.h"

/* Sends a result for each test to `fd` as it comes, and one more if the whole is in
 * disorder. Return: 0; -errno if the runner cannot be told. */
int suite_run(const struct run_context *context, const struct job *job, int fd,
	      struct note *note);

#endif
