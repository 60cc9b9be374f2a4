/* SPDX-License-Identifier: MIT */
/* One command of a build: its output goes to a log, and it ends when the build is interrupted. */
#ifndef KERNEL_STEP_H
#define KERNEL_STEP_H

#include <kernel/build.h>

struct step {
	const char *name;     /* "compiling" */
	char *const *command; /* looked up in PATH; ends with NULL */
	unsigned int lines;   /* of its log, when it is done, about; 0: nobody knows */
};

/* Where steps run. */
struct workshop {
	char folder[NST_KERNEL_FOLDER + 32];
	int log;     /* read and written */
	int signals; /* a signalfd of what interrupts */
	const struct nst_kernel_progress *progress;
};

/* Opens the log, and takes SIGINT, SIGTERM and SIGHUP until workshop_close(). */
int workshop_open(struct workshop *workshop);
void workshop_close(struct workshop *workshop);

/* Return: 0; -EINTR; -ENOSPC or -EIO with the log's last lines. */
int step_run(struct workshop *workshop, const struct step *step);

#endif
