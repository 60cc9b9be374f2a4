/* SPDX-License-Identifier: MIT */
/* The handle of a wire engine. */
#ifndef NETEM_WIRE_HANDLE_H
#define NETEM_WIRE_HANDLE_H

#include "wire_request.h"

struct nst_wire {
	pid_t pid;
	int control, trace_fd;
	bool reaped, dead;
	int status;
	char scheduling[WIRE_SCHEDULING_SIZE];
};

#endif
