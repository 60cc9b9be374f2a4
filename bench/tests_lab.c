/* SPDX-License-Identifier: MIT */
/* A hundred tests with a lab of two hosts, captured, for bench/tests: as nstest runs them, and with
 * `fork N` as a plain harness does that only forks, N at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nstest/criterion.h>

#include "hundred.h"

static const struct nst_topology two_hosts = {
	.links = (struct nst_link[]){ {
					      .a = { "a", "10.0.0.1/24" },
					      .b = { "b", "10.0.0.2/24" },
				      },
				      {} },
};

static void body(struct nst_lab *lab)
{
	unsigned long long count;

	if (nst_packets(lab, "b:eth0", "udp", 0, &count) < 0 || count)
		abort();
}

#define LAB(number)                                      \
	NST_TEST(lab, t##number, .topology = &two_hosts) \
	{                                                \
		body(lab);                               \
	}
HUNDRED(LAB)

static void one_test(void)
{
	const struct nst_lab_options options = { .capture = NST_CAPTURE_ALL };
	struct nst_lab *lab;

	if (nst_lab_up(&two_hosts, &options, &lab) < 0)
		abort();
	body(lab);
	nst_lab_down(lab);
	exit(0);
}

static void wait_for_one(void)
{
	int status;

	if (wait(&status) < 0 || status)
		_exit(1);
}

/* In place of our main(), which comes later. */
__attribute__((constructor)) static void plain_harness(int argc, char *argv[])
{
	int at_once;

	if (argc < 3 || strcmp(argv[1], "fork") != 0)
		return;
	at_once = atoi(argv[2]);
	if (nst_become_root() < 0)
		_exit(2);
	for (int i = 0; i < 100; i++) {
		if (i >= at_once)
			wait_for_one();
		if (fork() == 0)
			one_test();
	}
	for (int i = 0; i < at_once; i++)
		wait_for_one();
	_exit(0);
}
