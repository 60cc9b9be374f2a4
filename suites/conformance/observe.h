/* SPDX-License-Identifier: MIT */
/* One trial on one engine; and all of them on another kernel. */
#ifndef OBSERVE_H
#define OBSERVE_H

#include <base/fail.h>

#include "trial.h"

struct column {
	const char *name;
	enum engine engine;
	enum nst_compat compat;
};

struct observation {
	int code;    /* 0, -errno */
	bool unable; /* the engine says beforehand that it cannot */
	char sentence[NST_ERROR_SIZE];
	struct seen seen;
	bool same_again; /* if the trial was run twice */
};

/* Lays a cable, runs the trial on it, and takes it up. */
void observe(const struct trial *trial, const struct column *column,
	     struct observation *ret_observation);
void observation_free(struct observation *observation);

/* As text. Return of reading: 0; -EPROTO with a sentence. */
void observation_write(const struct observation *observation, FILE *file);
int observation_read(FILE *file, struct observation *ret_observation);

#endif
