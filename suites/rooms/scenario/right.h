/* SPDX-License-Identifier: MIT */
/* Scenarios that are right, for what becomes of them. */
#ifndef SUITE_SCENARIO_RIGHT_H
#define SUITE_SCENARIO_RIGHT_H

#include <nstest/scenario.h>

/* The scenario of a text in t.yaml; the test ends if it is refused. The caller frees it. */
struct nst_scenario *right(const char *yaml);

/* Step `i` of the first case. */
const struct nst_step *step_of(const struct nst_scenario *scenario, size_t i);

/* The first line that is complained about. The test ends if nothing is wrong. */
char *complaint(const char *yaml, const struct nst_scenario_options *options);

/* Writes a file in a folder that is made for the test and removed with it. */
const char *test_folder(void);
void write_file(const char *name, const char *text);
void remove_test_folder(void);

#endif
