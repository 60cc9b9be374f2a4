/* SPDX-License-Identifier: MIT */
#ifndef RUNNER_LOAD_H
#define RUNNER_LOAD_H

#include <nstest/scenario.h>

/* Loads a scenario for a verb that works with one: what is wrong is told on stderr. */
int load_scenario(const char *path, struct nst_scenario **ret_scenario);

#endif
