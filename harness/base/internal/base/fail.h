/* SPDX-License-Identifier: MIT */
/* How a room says that something failed: the code, and a sentence that gains context
 * on its way up.
 *
 *	if (mount(...) < 0)
 *		return nst_fail_errno("mounting tmpfs on %s", path);
 *	...
 *	r = nst_mounts_make(host);
 *	if (r < 0)
 *		return nst_fail_in(r, "host \"%s\"", host->name);
 *
 * gives: host "web": mounting tmpfs on /run: No space left on device
 */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include <nstest/error.h>

/* Room for a sentence; longer ones are cut with an ellipsis. */
enum { NST_ERROR_SIZE = 1024 };

/* Sets the sentence, returns `code` (a negative errno). */
__attribute__((format(printf, 2, 3))) int nst_fail(int code, const char *format, ...);

/* Sets the sentence, with ": " and strerror(errno) behind it. Returns -errno. */
__attribute__((format(printf, 1, 2))) int nst_fail_errno(const char *format, ...);

/* Puts context and ": " in front of the sentence that is there. Returns `code`. */
__attribute__((format(printf, 2, 3))) int nst_fail_in(int code, const char *format, ...);

/* -ENOMEM with its sentence. */
int nst_fail_memory(void);

/* Forgets the sentence. */
void nst_error_clear(void);

#endif
