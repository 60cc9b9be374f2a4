/* SPDX-License-Identifier: MIT */
/* Cases on another kernel. */
#ifndef RUNNER_GUEST_JOB_H
#define RUNNER_GUEST_JOB_H

#include <kernel/guest.h>

#include "worker.h"

/* What cases leave on virtual time: there, whether the folder that is asked for exists already
 * would make a difference. */
#define GUEST_OUT NST_JOB "/kept"

/* A worker whose jobs are done by a guest kernel: takes orders until the runner is gone.
 *
 * How it works. The guest runs this program, which has a worker of its own and appends what
 * that says to the file `results` of the job. The first order waits for it in the file
 * `order`, the next ones come over the line. If the guest dies, its case is an error with the
 * kernel's last words, and the next order starts another guest. */
void guest_serve(const struct run_context *context, int fd, struct note *note);

#endif
