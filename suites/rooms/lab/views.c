/* SPDX-License-Identifier: MIT */
/* What a host's programs see: names, files, mounts, processes. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nstest/error.h>

#include "say.h"

#define expect_says(host, line, text) \
	cr_expect(eq(str, (char *)says(lab, host, line), text))

static const struct nst_topology pair = {
	.hosts = (struct nst_host[]){ { "a", .nameservers = "10.0.0.2, fd00::2" }, {} },
	.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24, fd00::1/64" },
					.b = { "b", "10.0.0.2/24" } },
				      {} },
};

Test(views, name_the_host_and_its_neighbours)
{
	struct nst_lab *lab nst_autodown = must_be_up(&pair);

	expect_says("a", "hostname", "a");
	expect_says("b", "cat /proc/sys/kernel/hostname", "b");
	expect_says("a", "cat /etc/hostname", "a");
	expect_says("b", "getent hosts a | awk '{print $1}'", "fd00::1");
	expect_says("a", "getent ahostsv4 b | awk 'NR==1{print $1}'", "10.0.0.2");
	expect_says("a", "cat /etc/resolv.conf",
		    "nameserver 10.0.0.2\nnameserver fd00::2");
	expect_says("b", "cat /etc/resolv.conf", "");
}

/* A fresh /tmp would hide the folder that the test was started in. */
Test(views, have_the_callers_directory_where_it_lies_in_tmp)
{
	char folder[] = "/tmp/nstest-views-XXXXXX", path[64];
	FILE *file;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/mine", folder);
	file = fopen(path, "w");
	cr_assert(fputs("here", file) >= 0 && fclose(file) == 0 && chdir(folder) == 0);
	struct nst_lab *lab nst_autodown = must_be_up(&pair);

	cr_expect(eq(str, (char *)says(lab, "a", "cat mine"), "here"));
	cr_expect(eq(str, (char *)says(lab, "a", "ls /tmp"), strrchr(folder, '/') + 1));
	unlink(path);
	rmdir(folder);
}

Test(views, keep_writes_of_a_host_to_itself)
{
	struct nst_lab *lab nst_autodown = must_be_up(&pair);

	says(lab, "a",
	     "touch /run/mark /tmp/mark /dev/shm/mark; echo changed > /etc/hosts");
	expect_says("a", "ls /run/mark /tmp/mark /dev/shm/mark",
		    "/dev/shm/mark\n/run/mark\n/tmp/mark");
	expect_says("b", "ls /run /tmp /dev/shm | grep mark", "");
	cr_expect_neq(access("/run/mark", F_OK), 0);
	cr_expect_neq(access("/tmp/mark", F_OK), 0);
	expect_says("a", "cat /etc/hosts", "changed");
	expect_says("b", "grep -c changed /etc/hosts", "0");
}

Test(views, show_only_the_hosts_own_interfaces)
{
	struct nst_lab *lab nst_autodown = must_be_up(&pair);

	expect_says("a", "ls /sys/class/net", "eth0\nlo");
	expect_says("a", "cut -d: -f1 /proc/net/dev | grep -v '|' | xargs", "lo eth0");
}

/* The case's PID namespace: PID 1 is the lab process, and hosts see each other's. */
Test(views, share_the_process_ids_of_the_case)
{
	struct nst_lab *lab nst_autodown = must_be_up(&pair);

	expect_says("a", "cat /proc/1/comm", "nstest-lab");
	cr_expect_lt(atoi(says(lab, "a", "echo $$")), 50);
}

Test(views, count_processes_from_one_where_asked)
{
	const struct nst_topology topology = {
		.hosts = (struct nst_host[]){ { "own", .own_pids = true },
					      { "other" },
					      {} },
	};
	struct nst_lab *lab nst_autodown = must_be_up(&topology);
	char *own;

	cr_expect_lt(atoi(says(lab, "own", "echo $$")), 10);
	cr_expect_lt(atoi(says(lab, "own", "ls -d /proc/[0-9]* | wc -l")), 10);
	own = strdup(says(lab, "own", "readlink /proc/self/ns/pid"));
	cr_expect_str_neq(own, says(lab, "other", "readlink /proc/self/ns/pid"));
	free(own);
}

Test(roots, that_are_empty_hold_only_what_was_bound)
{
	const struct nst_topology topology = {
		.hosts =
			(struct nst_host[]){
				{ "empty", .root = NST_ROOT_TMPFS,
				  .binds = (const char *[]){ "/bin/busybox",
							     "/bin/sh=/bin/busybox",
							     NULL } },
				{} },
	};
	struct nst_lab *lab nst_autodown = must_be_up(&topology);

	expect_says("empty", "/bin/busybox ls /", "bin\ndev\netc\nproc\nrun\nsys\ntmp");
	expect_says("empty", "/bin/busybox ls /bin", "busybox\nsh");
	expect_says("empty", "/bin/busybox cat /etc/hostname", "empty");
	expect_says("empty", "/bin/busybox touch /mark && /bin/busybox ls /mark",
		    "/mark");
	cr_expect_neq(access("/mark", F_OK), 0);
}

Test(roots, that_are_bound_show_a_folder_of_the_machine)
{
	char folder[] = "/tmp/nstest-root-XXXXXX", path[128];
	struct nst_host hosts[] = {
		{ "bound", .root = NST_ROOT_BIND, .root_path = mkdtemp(folder),
		  .binds = (const char *[]){ "/bin/sh=/bin/busybox", "/bin/busybox",
					     NULL } },
		{}
	};
	struct nst_topology topology = { .hosts = hosts };
	struct nst_lab *lab;

	snprintf(path, sizeof(path),
		 "cd %s && mkdir bin proc && touch bin/sh bin/busybox", folder);
	cr_assert_eq(system(path), 0);
	lab = must_be_up(&topology);
	cr_expect(
		eq(str, (char *)says(lab, "bound", "/bin/busybox ls /"), "bin\nproc"));
	/* The old root is gone: what is mounted is the new root and what furnishes it.
	 */
	cr_expect(eq(
		str,
		(char *)says(lab, "bound",
			     "/bin/busybox cut -d' ' -f5 /proc/self/mountinfo | "
			     "/bin/busybox grep -cv -e '^/proc' -e '^/bin' -e '^/$'"),
		"0"));
	nst_lab_down(lab);
	snprintf(path, sizeof(path), "rm -rf %s", folder);
	cr_expect_eq(system(path), 0);
}

Test(roots, of_the_machine_are_not_written_to)
{
	const char *const binds[] = { "/usr/nstest-nothing=/etc", NULL };
	const struct nst_topology topology = {
		.hosts = (struct nst_host[]){ { "a", .binds = binds }, {} },
	};
	struct nst_lab *lab;

	cr_expect_eq(nst_lab_up(&topology, NULL, &lab), -ENOENT);
	cr_expect_neq(access("/usr/nstest-nothing", F_OK), 0);
}

Test(roots, take_what_is_bound_from_the_callers_directory)
{
	const char *const binds[] = { "/tmp/here=.", NULL };
	const struct nst_topology topology = {
		.hosts = (struct nst_host[]){ { "a", .binds = binds }, {} },
	};
	struct nst_lab *lab nst_autodown = NULL;

	cr_assert_eq(chdir("/etc"), 0);
	lab = must_be_up(&topology);
	expect_says("a", "ls /tmp/here/passwd", "/tmp/here/passwd");
}

Test(roots, that_are_overlays_take_writes_anywhere)
{
	const struct nst_topology topology = {
		.hosts = (struct nst_host[]){ { "over", .root = NST_ROOT_OVERLAY },
					      { "other", .root = NST_ROOT_OVERLAY },
					      {} },
	};
	struct nst_lab *lab nst_autodown = must_be_up(&topology);

	expect_says("over",
		    "echo x > /usr/bin/nstest-mark && rm /etc/passwd && "
		    "ls /usr/bin/nstest-mark /etc/passwd 2>&1",
		    "ls: cannot access '/etc/passwd': No such file or directory\n"
		    "/usr/bin/nstest-mark");
	expect_says("other", "ls /etc/passwd /usr/bin/nstest-mark 2>/dev/null",
		    "/etc/passwd");
	expect_says("over", "cat /etc/hostname", "over");
	cr_expect_neq(access("/usr/bin/nstest-mark", F_OK), 0);
	cr_expect_eq(access("/etc/passwd", F_OK), 0);
}

Test(views, have_the_sysctls_asked_for)
{
	static const char *const sysctls[] = { "net.ipv4.tcp_syn_retries=2", NULL };
	const struct nst_topology topology = {
		.hosts = (struct nst_host[]){ { "a", .sysctls = sysctls }, {} },
	};
	struct nst_lab *lab nst_autodown = must_be_up(&topology);

	expect_says("a", "cat /proc/sys/net/ipv4/tcp_syn_retries", "2");
	expect_says("a", "cat /proc/sys/net/ipv4/ip_forward", "0");
}

Test(views, refuse_a_sysctl_that_is_not_of_the_host)
{
	static const char *const sysctls[] = { "kernel.panic=1", NULL };
	const struct nst_topology topology = {
		.hosts = (struct nst_host[]){ { "a", .sysctls = sysctls }, {} },
	};
	struct nst_lab *lab;

	cr_expect_eq(nst_lab_up(&topology, NULL, &lab), -EINVAL);
	cr_expect(eq(str, (char *)nst_error(),
		     "host \"a\": sysctl \"kernel.panic=1\" is the whole machine's: a "
		     "host has "
		     "only those that start with \"net.\""));
}
