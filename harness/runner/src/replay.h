/* SPDX-License-Identifier: MIT */
/* The command that runs one case again, as it was run. */
#ifndef RUNNER_REPLAY_H
#define RUNNER_REPLAY_H

#include "worker.h"

/* Sets result->replay: nstest run FILE -k '"suite / case"' --seed N. */
void replay_note(const struct run_context *context, const struct job *job,
		 struct nst_result *result);

#endif
