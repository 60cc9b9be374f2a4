/* SPDX-License-Identifier: MIT */
/* Where the results of a run go: text for people, and the files of --output. */
#ifndef CLI_RUN_SINKS_H
#define CLI_RUN_SINKS_H

#include <stdbool.h>

#include <report/outputs.h>
#include <report/sink.h>

#include "verb.h"

struct run_sinks_options {
	const struct option_list *outputs; /* of --output */
	const char *out;                   /* --out; NULL: nstest-out */
	bool verbose;
	bool still; /* no progress line: people are asked something */
	bool part;  /* of several, which nstest merge will join */
};

struct run_sinks {
	struct nst_sink *list;
	size_t count;
	struct nst_sink text;
	struct nst_outputs *outputs;
	bool details; /* the HTML report wants them */
};

/* Return: 0; -errno with a sentence. */
int run_sinks_open(const struct run_sinks_options *options, struct run_sinks *ret);

/* Completes all files. Return: 0; -errno, and the sentence says what is not complete. */
int run_sinks_close(struct run_sinks *sinks);

#endif
