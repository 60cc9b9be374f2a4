/* SPDX-License-Identifier: MIT */
/*
 * A guest kernel: how large, and how long from nothing to a command that has ended in it.
 *
 *	boot [ROUNDS]
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <kernel/guest.h>
#include <nstest/error.h>
#include <nstest/lab.h>

#include "measure.h"

static struct series real = { .name = "boot to a command's end" },
		     virtual = { .name = "the same, virtual time" };

static int boot_once(const struct nst_guest_kernel *kernel, enum nst_guest_time time,
		     struct series *series)
{
	const struct nst_guest_options options = {
		.kernel = kernel,
		.folder = "/",
		.umask = 022,
		.command = (char *const[]){ "/bin/true", NULL },
		.environment = (char *const[]){ NULL },
		.time = time,
		.seed = 1,
	};
	double began = now_us();
	struct nst_guest guest;
	int r = nst_guest_start(&options, &guest);

	if (r < 0)
		return r;
	poll(&(struct pollfd){ .fd = guest.pidfd, .events = POLLIN }, 1, -1);
	r = nst_guest_status(&guest);
	if (r == 0)
		series_add(series, now_us() - began);
	nst_guest_end(&guest);
	return r;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 20;
	struct nst_guest_kernel kernel;
	struct stat about;

	if (nst_guest_kernel_find("uml", &kernel) < 0 ||
	    stat(kernel.path, &about) < 0) {
		fprintf(stderr, "boot: %s\n", nst_error());
		return 77;
	}
	printf("%s: %.1f MB\n", kernel.path, (double)about.st_size / 1e6);
	for (int i = 0; i < rounds; i++)
		if (boot_once(&kernel, NST_TIME_REAL, &real) != 0 ||
		    (kernel.has_virtual_time &&
		     boot_once(&kernel, NST_TIME_VIRTUAL, &virtual) != 0)) {
			fprintf(stderr, "boot: the guest failed: %s\n", nst_error());
			return 1;
		}
	print_table("A guest", (struct series *const[]){ &real, &virtual },
		    kernel.has_virtual_time ? 2 : 1);
	nst_guest_kernel_free(&kernel);
	return 0;
}
