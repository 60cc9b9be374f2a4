/* SPDX-License-Identifier: MIT */
/* What a case leaves behind on purpose: a folder per failing case. */
#ifndef RUNNER_ARTEFACTS_H
#define RUNNER_ARTEFACTS_H

#include <nstest/lab.h>
#include <report/result.h>

/* What earlier runs of this case left is moved aside (FOLDER~1, FOLDER~2), the oldest
 * removed. */
void artefacts_remove(const char *out, const char *folder);

/* Writes OUT/FOLDER/{case.pcapng,HOST-PROGRAM.out,HOST-PROGRAM.err,HOST.state,
 * HOST.ruleset,faults.trace,failure.txt}, after moving aside what is there, and sets kept,
 * files, output, and lost: what cannot be written. `lab` may be NULL. */
void artefacts_keep(const char *out, const char *folder, struct nst_lab *lab,
		    struct nst_result *result);

/* The same for an executable: its output. */
void artefacts_keep_output(const char *out, const char *folder, const char *text,
			   struct nst_result *result);

#endif
