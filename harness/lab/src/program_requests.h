/* SPDX-License-Identifier: MIT */
/* What travels between program.c in the caller and program_inside.c in the lab process.
 */
#ifndef LAB_PROGRAM_REQUESTS_H
#define LAB_PROGRAM_REQUESTS_H

#include <lab/inside.h>
#include <nstest/program.h>

/* A start: this, then strings one behind the other, each with its NUL: name, directory,
 * ready.line, ready.file (each "" if not given), argv, environment. Descriptors: the program's
 * stdin, if it has one (else it gets /dev/null), and what becomes its descriptor 3, for the tool
 * under which it runs. */
struct program_start_request {
	size_t node;
	size_t argc, envc;
	bool must_have_directory;
	bool may_exit;
	bool has_input, has_tool_fd;
	unsigned short port, udp_port;
	long long monotonic_ahead_s;
};

/* Its answer; descriptor 0 is a pidfd. */
struct program_started {
	size_t id;
};

/* Any other request; program_wait_line_inside() has the regex behind it. */
struct program_request {
	size_t id;
	int timeout_ms;
	int signal;
	enum nst_stream stream;
};

nst_inside_fn program_start_inside;
nst_inside_fn program_wait_ready_inside;
nst_inside_fn program_wait_line_inside;
nst_inside_fn program_wait_exit_inside; /* answers struct nst_exit */
nst_inside_fn program_signal_inside;
nst_inside_fn program_freeze_inside;
nst_inside_fn program_vanish_inside;
nst_inside_fn program_stop_inside;   /* `signal`, and SIGKILL after the timeout */
nst_inside_fn program_output_inside; /* answers the bytes */
nst_inside_fn program_lines_inside;  /* answers its lines and their times */

#endif
