/* SPDX-License-Identifier: MIT */
/* One question about a scenario's network, answered at length. */
#ifndef RUNNER_ANSWER_H
#define RUNNER_ANSWER_H

#include <stdbool.h>
#include <stdio.h>

#include <nstest/scenario.h>

/* A question as in a scenario, in words: "a -> b tcp/22 over ipv6". */
struct nst_asked {
	char from[64], to[64];
	struct nst_question question; /* `from` and `to` point here */
};

/* -EINVAL with a sentence. */
int nst_asked_parse(const char *text, struct nst_asked *ret_asked);

/* Builds the lab of a setup, asks, and writes down the verdict, what rules did, and the
 * packets. The caller has called nst_become_root(). 0; -errno with a sentence. */
int nst_answer(const struct nst_setup *setup, const struct nst_asked *asked,
	       const char *text, bool colour, FILE *out);

#endif
