/* SPDX-License-Identifier: MIT */
/* nstest itself, run as users run it, in a folder of its own. */
#ifndef TRIAL_H
#define TRIAL_H

#include <stdbool.h>
#include <sys/types.h>

struct trial {
	char folder[64]; /* current for what is run, gone at the end */
	char *output;    /* stdout and stderr of the last run */
	int status;      /* exit status; 128 + signal */
};

/* A folder with one file, "t.yaml", of this text (NULL: none). */
struct trial trial_begin(const char *scenario);
void trial_end(struct trial *trial);
#define TRIAL struct trial __attribute__((cleanup(trial_end)))

/* Writes one more file. */
void trial_file(const struct trial *trial, const char *name, const char *text);

/* Runs `nstest ARGUMENTS` by the shell. */
__attribute__((format(printf, 2, 3))) void trial_run(struct trial *trial,
						     const char *arguments, ...);

/* Starts it, with output into a file; trial_wait() ends it and fills in the rest. */
pid_t trial_start(const struct trial *trial, const char *const *arguments);
void trial_wait(struct trial *trial, pid_t pid);

/* Whether the output has the text, or a file of the folder exists. */
bool trial_said(const struct trial *trial, const char *text);
bool trial_has(const struct trial *trial, const char *name);

/* Waits until the file exists; false after 10 s. Programs in hosts see the folder. */
bool trial_gets(const struct trial *trial, const char *name);

#endif
