/* SPDX-License-Identifier: MIT */
/* How programs start: where, with what, and what they say if they cannot. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "program_lab.h"

static void expect_out(struct nst_lab *lab, const struct nst_start *start,
		       const char *expected)
{
	struct nst_ran ran;

	must(nst_run(lab, start, PATIENCE_MS, &ran));
	cr_expect_str_eq(ran.out, expected);
	cr_expect_str_empty(ran.err);
	cr_expect_eq(ran.exit.status, 0);
	nst_ran_free(&ran);
}

Test(start, gives_status_and_both_streams)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_ran ran;

	must(nst_run(lab,
		     &(struct nst_start){
			     .host = "client",
			     .command = "echo out; echo err >&2; exit 3",
		     },
		     PATIENCE_MS, &ran));

	cr_expect_str_eq(ran.out, "out\n");
	cr_expect_str_eq(ran.err, "err\n");
	cr_expect_eq(ran.exit.status, 3);
	cr_expect_eq(ran.exit.signal, 0);
	must(nst_lab_check(lab));
	nst_ran_free(&ran);
}

Test(start, runs_in_its_host)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	cr_expect_str_eq(says(lab, "client", "hostname; echo $HOSTNAME"),
			 "client\nclient");
	cr_expect_str_eq(says(lab, "server", "hostname"), "server");
	cr_expect_not_null(strstr(says(lab, "server", "ip -br addr"), "10.0.0.2/24"));
}

Test(start, takes_an_argv_as_it_is)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	const char *const argv[] = { "printf", "%s|", "a b", "$HOME", "", "*", NULL };

	expect_out(lab, &(struct nst_start){ .host = "client", .argv = argv },
		   "a b|$HOME||*|");
}

Test(start, hands_on_the_environment_of_this_moment)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	const char *const env[] = { "GIVEN=x y", "CHANGED=new", NULL };

	setenv("INHERITED", "yes", 1); /* after the lab process was forked */
	setenv("CHANGED", "old", 1);

	expect_out(lab,
		   &(struct nst_start){
			   .host = "client",
			   .command = "echo \"$INHERITED/$GIVEN/$CHANGED\"",
			   .env = env,
		   },
		   "yes/x y/new\n");
}

/* PWD as it comes: a shell would set it right by itself. */
Test(start, is_in_the_callers_directory_or_the_root)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	const char *const printenv[] = { "printenv", "PWD", NULL };
	const struct nst_start pwd = { .host = "client", .command = "pwd -P" };
	const struct nst_start variable = { .host = "client", .argv = printenv };
	char folder[] = "/tmp/nstest-XXXXXX";

	cr_assert_eq(chdir("/usr/share"), 0);
	expect_out(lab, &pwd, "/usr/share\n");
	expect_out(lab, &variable, "/usr/share\n");
	cr_assert_not_null(mkdtemp(folder)); /* the host has a /tmp of its own */
	cr_assert_eq(chdir(folder), 0);
	expect_out(lab, &pwd, "/\n");
	expect_out(lab, &variable, "/\n");
	rmdir(folder);
}

Test(start, is_in_the_directory_that_was_given_which_must_exist)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_start start = { .host = "client",
				   .command = "pwd",
				   .directory = "/usr" };

	expect_out(lab, &start, "/usr\n");
	start.directory = "/nowhere";
	must_fail(nst_start(lab, &start, NULL), -ENOENT,
		  "starting pwd on client: directory /nowhere: No such file or "
		  "directory");
}

Test(start, reads_nothing_unless_told)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	expect_out(lab, &(struct nst_start){ .host = "client", .command = "cat" }, "");
}

/* Less than a pipe holds, and more. */
Test(start, reads_the_input_that_was_given)
{
	static const size_t sizes[] = { 0, 5, 65536, 3000000 };
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_start start = { .host = "client", .command = "cat" };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *input = malloc(sizes[i] + 1);

		memset(input, 'i', sizes[i]);
		input[sizes[i]] = '\0';
		start.input = input;
		expect_out(lab, &start, input);
		free(input);
	}
}

Test(start, is_a_session_and_group_of_its_own)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	int pid, group, session;

	sscanf(says(lab, "client", "exec cat /proc/self/stat"),
	       "%d (cat) %*c %*d %d %d", &pid, &group, &session);

	cr_expect_eq(group, pid);
	cr_expect_eq(session, pid);
}

/* Whatever the caller ignores, blocks, limits and has open. */
Test(start, is_free_of_what_the_caller_did_to_itself)
{
	struct rlimit limit;
	sigset_t all;
	int leak = open("/dev/null", O_RDONLY); /* not close-on-exec */

	signal(SIGTERM, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 512;
	setrlimit(RLIMIT_NOFILE, &limit);
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	cr_expect_str_eq(
		says(lab, "client", "exec grep -E 'Sig(Blk|Ign)' /proc/self/status"),
		"SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000");
	cr_expect_str_eq(says(lab, "client", "ulimit -n"), "512");
	cr_expect_str_eq(says(lab, "client", "exec ls /proc/self/fd"), "0\n1\n2\n3");
	close(leak);
}

Test(start, that_fails_says_why_at_once)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	const char *const nonesuch[] = { "nonesuch", NULL };
	const char *const no_program[] = { "/etc/passwd", NULL };
	struct nst_start start = { .host = "server", .argv = nonesuch };
	struct nst_program *program = NULL;

	must_fail(nst_start(lab, &start, &program), -ENOENT,
		  "starting nonesuch on server: exec nonesuch: No such file or "
		  "directory");
	start.host = "alone";
	must_fail(
		nst_start(lab, &start, &program), -ENOENT,
		"starting nonesuch on alone: exec nonesuch: No such file or directory");
	start.argv = no_program;
	must_fail(nst_start(lab, &start, &program), -EACCES,
		  "starting passwd on alone: exec /etc/passwd: Permission denied");
	start.host = "sever";
	must_fail(nst_start(lab, &start, &program), -ENOENT, "no host \"sever\"");
	cr_expect_null(program);
	cr_expect_null(nst_program_at(lab, 0));
	must(nst_lab_check(lab));
}

Test(start, refuses_what_makes_no_sense)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	const char *const argv[] = { "true", NULL };
	const char *const bad_env[] = { "X", NULL };
	const struct {
		struct nst_start start;
		const char *says;
	} cases[] = {
		{ { .command = NULL }, "needs a command or an argv" },
		{ { .command = "" }, "needs a command or an argv" },
		{ { .command = "true", .argv = argv }, "and not both" },
		{ { .argv = argv, .input = "", .keep_stdin_open = true }, "kept open" },
		{ { .argv = argv, .ready.file = "x" }, "\"x\" does not begin with /" },
		{ { .argv = argv, .ready.line = "(" }, "the regex /(/: " },
		{ { .argv = argv, .env = bad_env }, "\"X\" is not NAME=value" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nst_start start = cases[i].start;

		start.host = "client";
		must_fail(nst_start(lab, &start, NULL), -EINVAL, cases[i].says);
	}
}

Test(start, finds_servers_that_a_users_path_lacks)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	const char *const argv[] = { "ldconfig", "--version", NULL };
	struct nst_ran ran;

	setenv("PATH", "/usr/bin:/bin", 1);

	must(nst_run(lab, &(struct nst_start){ .host = "client", .argv = argv },
		     PATIENCE_MS, &ran));
	nst_ran_free(&ran);
}

Test(start, in_a_host_with_own_pids_sees_only_its_own)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program;
	int pid = 0;

	must(nst_start(lab,
		       &(struct nst_start){ .host = "server", .command = "sleep 60" },
		       &program));
	sscanf(says(lab, "alone", "echo $$"), "%d", &pid);

	cr_expect_lt(pid, 4, "it is PID %d", pid);
	cr_expect_str_eq(says(lab, "alone", "pgrep -c sleep"), "0");
	cr_expect_str_eq(says(lab, "client", "pgrep -c sleep"), "1");
}

Test(program, is_found_by_name_and_in_order)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_start start = { .host = "client", .command = "exec sleep 60" };
	struct nst_program *first, *second, *third;

	must(nst_start(lab, &start, &first));
	start.host = "server";
	must(nst_start(lab, &start, &second));
	start.name = "worker";
	must(nst_start(lab, &start, &third));

	cr_expect_str_eq(nst_program_name(first), "sleep");
	cr_expect_str_eq(nst_program_host(second), "server");
	cr_expect_eq(nst_program_find(lab, "client", "sleep"), first);
	cr_expect_eq(nst_program_find(lab, NULL, "sleep"), second);
	cr_expect_eq(nst_program_find(lab, NULL, "worker"), third);
	cr_expect_eq(nst_program_find(lab, "client", NULL), first);
	cr_expect_eq(nst_program_find(lab, NULL, NULL), third);
	cr_expect_null(nst_program_find(lab, "client", "worker"));
	cr_expect_eq(nst_program_at(lab, 0), first);
	cr_expect_eq(nst_program_at(lab, 2), third);
	cr_expect_null(nst_program_at(lab, 3));
}

Test(program, that_was_not_found_is_refused_with_a_sentence)
{
	char *text;

	cr_expect_eq(nst_wait_ready(NULL, 0), -EINVAL);
	cr_expect_eq(nst_wait_line(NULL, "x", 0), -EINVAL);
	cr_expect_eq(nst_wait_exit(NULL, 0, NULL), -EINVAL);
	cr_expect_eq(nst_signal(NULL, SIGTERM), -EINVAL);
	cr_expect_eq(nst_freeze(NULL), -EINVAL);
	cr_expect_eq(nst_thaw(NULL), -EINVAL);
	cr_expect_eq(nst_stop(NULL, 0), -EINVAL);
	cr_expect_eq(nst_kill(NULL), -EINVAL);
	cr_expect_eq(nst_output(NULL, NST_STDOUT, &text, NULL), -EINVAL);
	cr_expect_eq(nst_write(NULL, "x", 1), -EINVAL);
	cr_expect_eq(nst_close_stdin(NULL), -EINVAL);
	cr_expect_str_eq(nst_error(), "no program was given (NULL)");
	cr_expect_eq(nst_program_pid(NULL), 0);
}

/* Its number here: this process sees it under that in its own /proc. */
Test(program, has_a_pid_as_the_caller_numbers_it)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	const char *const argv[] = { "sleep", "60", NULL };
	struct nst_program *program;
	char path[64], line[64] = "";
	FILE *file;

	must(nst_start(lab, &(struct nst_start){ .host = "alone", .argv = argv },
		       &program));
	snprintf(path, sizeof(path), "/proc/%d/cmdline", nst_program_pid(program));
	file = fopen(path, "re");

	cr_assert_not_null(file, "no %s", path);
	cr_expect_eq(fread(line, 1, sizeof(line), file), sizeof("sleep 60"));
	cr_expect_str_eq(line, "sleep");
	fclose(file);
	must(nst_kill(program));
	cr_expect_eq(nst_program_pid(program), 0);
}
