/* SPDX-License-Identifier: MIT */
/* Looking for what a step or a timeline waits for. */
#ifndef RUNNER_WAIT_H
#define RUNNER_WAIT_H

#include "step.h"

/* Waits at most `ms`. Return: 0; -ETIMEDOUT; -ENOENT if there is no such program or fault so
 * far; -ECHILD if it can no longer come. */
int wait_once(struct live_case *live, const struct nst_wait_step *wait, int ms);

#endif
