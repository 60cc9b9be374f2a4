/* SPDX-License-Identifier: MIT */
/* From a scenario's setup to a lab in which the first step may be taken. */
#ifndef RUNNER_SETUP_H
#define RUNNER_SETUP_H

#include <nstest/scenario.h>
#include <report/result.h>

/* What must stop by then, and what is told meanwhile. */
struct patience {
	uint64_t deadline_us; /* CLOCK_MONOTONIC */
};

/* The smaller of `ms` (0: no wish) and what is left, at least 1. */
int patience_ms(const struct patience *patience, int ms);

/* Called before each stage with where and what: "starting", "python3", …; NULL where
 * nobody wants to know. */
struct setup_watcher {
	void (*tell)(void *self, const struct nst_position *position, const char *doing,
		     const char *what);
	void *self;
};

/* Builds the lab, loads rulesets, starts programs and waits for each until it is ready.
 * Return: 0 and the lab; -errno with a sentence. When something fails in a lab that
 * stands, the lab is handed out too, for its captures and outputs. *ret_at is where in
 * the scenario, or NULL. */
int setup_lab(const struct nst_setup *setup, const struct nst_lab_options *options,
	      const struct patience *patience, const struct setup_watcher *watcher,
	      struct nst_lab **ret_lab, const struct nst_position **ret_at);

/* The same for a lab that only answers questions: no capture, nobody watches, 60 s, and
 * the sentence says where in the scenario it went wrong. The lab must be taken down
 * either way. */
int setup_quiet_lab(const struct nst_setup *setup, struct nst_lab **ret_lab);

/* Starts one program and waits until it is ready; -ECHILD, -ETIMEDOUT as
 * nst_wait_ready(). */
int setup_program(struct nst_lab *lab, const struct nst_scenario_program *program,
		  const struct patience *patience);

/* What nst_wait_ready() returned; where the rule was only assumed, the sentence says by
 * what. */
int setup_explain(int r, const struct nst_scenario_program *program);

#endif
