/* SPDX-License-Identifier: MIT */
/* What a suite executable sees of the machine: its own /proc, /dev/shm and /tmp. */
#ifndef RUNNER_VIEW_H
#define RUNNER_VIEW_H

/* Gives the calling process (without threads) such a view. `needed` are paths that it goes
 * on to need, NULL-terminated: where they lie below /tmp, that folder of /tmp stays the
 * machine's. Return: 0; -errno with a sentence. */
int view_make(const char *const *needed);

#endif
