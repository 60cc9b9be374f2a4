/* SPDX-License-Identifier: MIT */
/* gdb in a host (nst_run_options.gdb), and the terminal's Ctrl-C. */
#ifndef RUNNER_DEBUGGER_H
#define RUNNER_DEBUGGER_H

/* Ctrl-C is gdb's: programs of labs are sessions of their own, and the terminal tells only ours. */
void debugger_interrupt(const char *terminal);

#endif
