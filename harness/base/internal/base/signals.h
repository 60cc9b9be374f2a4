/* SPDX-License-Identifier: MIT */
/* What a new process inherits of signals means nothing to it. */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

/* No signal is blocked, caught or ignored any more. */
void nst_signals_default(void);

/* The same for a process that goes on in the program it is born in: handlers of SIGSEGV and the
 * like are a sanitizer's, and stay. */
void nst_signals_reset(void);

#endif
