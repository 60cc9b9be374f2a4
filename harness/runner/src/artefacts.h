/* SPDX-License-Identifier: MIT */
/* What a case leaves behind on purpose: a folder per failing case. */
#ifndef RUNNER_ARTEFACTS_H
#define RUNNER_ARTEFACTS_H

#include <nstest/lab.h>
#include <report/result.h>

/* Removes what an earlier run of this case left. */
void artefacts_remove(const char *out, const char *folder);

/* Writes OUT/FOLDER/{case.pcapng,HOST-PROGRAM.out,HOST-PROGRAM.err,failure.txt} and
 * sets result->kept. `lab` may be NULL. What cannot be written is said in result->kept.
 */
void artefacts_keep(const char *out, const char *folder, struct nst_lab *lab,
		    struct nst_result *result);

/* The same for an executable: its output. */
void artefacts_keep_output(const char *out, const char *folder, const char *text,
			   struct nst_result *result);

#endif
