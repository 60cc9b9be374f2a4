/* SPDX-License-Identifier: MIT */
/* A machine within the machine, in which everything can be counted.
 *
 * How it works. A child enters a user namespace of its own, and in it fresh PID, mount,
 * network, UTS and IPC namespaces, a /proc and a tmpfs at /tmp. It is PID 1 there, so
 * nothing that is started in it can get away from it. The kernel counts namespaces per
 * user namespace (kernel/ucount.c) and lets its root limit them: with a limit of "those
 * that I stand in, and one", one more can be made only if there is no other, not even one
 * that no process, file or mount shows.
 */
#ifndef CHAMBER_H
#define CHAMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { CHAMBER_TEXT = 4096 };

/* Runs `work` in a chamber; it may leave a text of CHAMBER_TEXT bytes, which the caller
 * frees. Return: what it returned (0–98); -1 if the chamber could not be built. */
int chamber_run(int (*work)(char *text), char **ret_text);

/* ---- In the chamber ---- */

/* Remembers mounts and the files in /tmp as they are now. */
void chamber_remember(void);

/* Waits until only this process is there, and mounts, interfaces and files are as
 * remembered. Return: true; false after 20 s, and `text` says what is left. */
bool chamber_is_clean(char *text);

/* Waits until there are no namespaces but those of this process. As chamber_is_clean(). */
bool chamber_has_no_namespaces(char *text);

/* The processes but this one, at most `most`. Return: their number. */
size_t chamber_processes(pid_t *pids, size_t most);

#endif
