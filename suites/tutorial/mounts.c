/* SPDX-License-Identifier: MIT */
/* A root of one's own: the tutorial's examples of mount namespaces. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nstest/criterion.h>

static const char *const busybox[] = { "/bin/busybox", NULL };

static const struct nst_topology roots = {
	.hosts =
		(struct nst_host[]){
			{ "empty", .root = NST_ROOT_TMPFS },
			{ "small", .root = NST_ROOT_TMPFS, .binds = busybox },
			{ "other", .root = NST_ROOT_TMPFS, .binds = busybox },
			{ "bound", .root = NST_ROOT_BIND, .root_path = "/" },
			{} },
};

/* Runs a shell line by the busybox of the host; what it prints, static. */
static const char *busybox_says(struct nst_lab *lab, const char *host, const char *line)
{
	const char *const argv[] = { "/bin/busybox", "sh", "-c", line, NULL };
	static char text[512];
	struct nst_ran ran;

	must(nst_run(lab, &(struct nst_start){ .host = host, .argv = argv }, 5000,
		     &ran));
	snprintf(text, sizeof(text), "%s%s", ran.out, ran.err);
	nst_ran_free(&ran);
	return text;
}

/* Example 1 enters an empty tmpfs and wants bash there: an empty root has none. */
NST_TEST(mounts, an_empty_root_has_no_bash, .topology = &roots)
{
	const char *const bash[] = { "bash", NULL };
	struct nst_program *program;

	nst_expect_eq(nst_start(lab,
				&(struct nst_start){ .host = "empty", .argv = bash },
				&program),
		      -ENOENT);
}

/* It works with a program that needs nothing beside itself. */
NST_TEST(mounts, a_static_program_runs_in_an_empty_root, .topology = &roots)
{
	nst_expect_text(busybox_says(lab, "small", "echo /bin/*"), "/bin/busybox\n");
	nst_expect_text(busybox_says(lab, "small", "test -e /usr || echo no /usr"),
			"no /usr\n");
}

NST_TEST(mounts, what_one_host_writes_no_other_sees, .topology = &roots)
{
	busybox_says(lab, "small", "echo mine > /nstest-tutorial");

	nst_expect_text(busybox_says(lab, "small", "cat /nstest-tutorial"), "mine\n");
	nst_expect_text(
		busybox_says(lab, "other", "test -e /nstest-tutorial || echo none"),
		"none\n");
	nst_expect_ne(access("/nstest-tutorial", F_OK), 0);
}

/* Example 2 binds the machine's root, makes it the root, and lets go of the old one:
 * the same files, and the only mount on "/" is the new one. */
NST_TEST(mounts, the_old_root_is_gone, .topology = &roots)
{
	nst_expect_text(
		busybox_says(lab, "bound", "test -e /bin/sh && echo same files"),
		"same files\n");
	nst_expect_text(busybox_says(lab, "bound",
				     "busybox awk '$5 == \"/\"' /proc/self/mountinfo | "
				     "busybox wc -l"),
			"1\n");
}
