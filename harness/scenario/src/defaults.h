/* SPDX-License-Identifier: MIT */
/* What holds where a scenario says nothing. docs/scenario.md has the same figures. */
#ifndef SCENARIO_DEFAULTS_H
#define SCENARIO_DEFAULTS_H

enum {
	DEFAULT_READY_MS = 10000, /* until a program is ready */
	DEFAULT_RUN_MS = 10000,   /* until a command has ended */
	DEFAULT_WAIT_MS = 10000,  /* until what a step waits for has come */
	DEFAULT_STOP_MS = 2000,   /* from SIGTERM to SIGKILL */
};

#endif
