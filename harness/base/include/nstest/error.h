/* SPDX-License-Identifier: MIT */
/**
 * Errors are a negative errno and a sentence.
 *
 *	if (nst_lab_up(&topology, NULL, &lab) < 0)
 *		fprintf(stderr, "%s\n", nst_error());
 *
 * Every function of the library that can fail returns 0 (or a count) on success and
 * -errno on failure. The sentence that goes with the last failure says what was being
 * done, to which host or link, and what the kernel answered (its extended ack, where
 * there is one). The library never prints, never exits and never aborts.
 */
#ifndef NSTEST_ERROR_H
#define NSTEST_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The sentence of the last failure on this thread; "" when nothing failed yet.
 * Owned by the library; valid until the next failure on the same thread.
 */
const char *nst_error(void);

#ifdef __cplusplus
}
#endif
#endif
