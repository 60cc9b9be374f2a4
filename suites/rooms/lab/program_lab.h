/* SPDX-License-Identifier: MIT */
/* The network that the tests of programs run in: two plain hosts, and one with PIDs of
 * its own. */
#ifndef SUITES_LAB_PROGRAM_LAB_H
#define SUITES_LAB_PROGRAM_LAB_H

#include <criterion/criterion.h>
#include <errno.h>

#include <nstest/error.h>
#include <nstest/program.h>

#include "say.h"

static const struct nst_topology three_hosts = {
	.hosts = (struct nst_host[]){ { .name = "alone", .own_pids = true }, {} },
	.links =
		(struct nst_link[]){
			{
				.a = { "client", "10.0.0.1/24, fd00::1/64" },
				.b = { "server", "10.0.0.2/24, fd00::2/64" },
			},
			{} },
};

enum { PATIENCE_MS = 10000 };

#define must(call) cr_assert_eq(call, 0, "%s: %s", #call, nst_error())

/* That it fails so, and says so (a part of the sentence). */
#define must_fail(call, code, part)                                                 \
	do {                                                                        \
		int got = call;                                                     \
		cr_assert_eq(got, code, "%s gave %d: %s", #call, got, nst_error()); \
		cr_expect(strstr(nst_error(), part), "%s said: %s", #call,          \
			  nst_error());                                             \
	} while (0)

#endif
