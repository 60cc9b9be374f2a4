/* SPDX-License-Identifier: MIT */
/* What befalls whole programs: they vanish without a word, start anew, have been up for long. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <base/scope.h>
#include <nstest/tcp.h>

#include "program_lab.h"

enum { PORT = 7000, WEEK_S = 7 * 24 * 3600 };

/* Accepts one connection, and lets others wait. */
static const char accepts_one[] =
	"exec python3 -uc 'import socket, time; s = socket.create_server((\"\", "
	"7000)); "
	"c = s.accept(); print(\"accepted\"); time.sleep(600)'";

static int connect_from_client(struct nst_lab *lab)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = nst_socket(lab, "client", AF_INET, SOCK_STREAM, 0);

	cr_assert_geq(fd, 0, "%s", nst_error());
	inet_pton(AF_INET, "10.0.0.2", &to.sin_addr);
	cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static unsigned long long packets(struct nst_lab *lab, const char *filter)
{
	unsigned long long count = 0;

	must(nst_packets(lab, "client", filter, 0, &count));
	return count;
}

static struct nst_lab *captured(void)
{
	struct nst_lab *lab;

	must(nst_lab_up(&three_hosts,
			&(struct nst_lab_options){ .capture = NST_CAPTURE_ALL }, &lab));
	return lab;
}

/* One accepted connection and one that waits: both are half-open afterwards. */
static void expect_half_open(const char *command)
{
	struct nst_lab *lab nst_autodown = captured();
	const struct nst_tcp_match open = { .remote_port = PORT,
					    .states = 1U << NST_TCP_ESTABLISHED };
	struct nst_program *server;
	int accepted AUTO_CLOSE = -1, waiting AUTO_CLOSE = -1;
	char byte;

	must(nst_start(lab,
		       &(struct nst_start){ .host = "server",
					    .command = command,
					    .ready = { .port = PORT } },
		       &server));
	must(nst_wait_ready(server, PATIENCE_MS));
	accepted = connect_from_client(lab);
	must(nst_wait_line(server, "accepted", PATIENCE_MS));
	waiting = connect_from_client(lab);

	must(nst_vanish(server));

	cr_expect_eq(packets(lab, "tcp[tcpflags] & (tcp-fin|tcp-rst) != 0"), 0);
	must(nst_await_tcp(lab, "client", &open, 2, 0));
	must(nst_await_no_tcp(lab, "server", &(struct nst_tcp_match){ .states = ~0U },
			      0));
	/* As from a host that is up again. */
	cr_expect_eq(write(accepted, "x", 1), 1);
	cr_expect_eq(read(accepted, &byte, 1), -1);
	cr_expect_eq(errno, ECONNRESET);
	must(nst_lab_check(lab));
}

Test(vanish, leaves_half_open_connections)
{
	expect_half_open(accepts_one);
}

/* As Go's programs do, with clients that do not. */
Test(vanish, of_who_listens_by_mptcp)
{
	if (access("/proc/sys/net/mptcp/enabled", F_OK) != 0)
		cr_skip_test("this kernel has no MPTCP");
	expect_half_open("exec python3 -uc 'import socket, time; s = socket.socket("
			 "socket.AF_INET, socket.SOCK_STREAM, 262); s.bind((\"\", "
			 "7000)); s.listen(); c = s.accept(); print(\"accepted\"); "
			 "time.sleep(600)'");
}

/* What the test above sees, vanishing did. */
Test(vanish, is_not_what_kill_does)
{
	struct nst_lab *lab nst_autodown = captured();
	struct nst_program *server;
	int fd AUTO_CLOSE = -1;

	must(nst_start(lab,
		       &(struct nst_start){ .host = "server",
					    .command = accepts_one,
					    .ready = { .port = PORT } },
		       &server));
	must(nst_wait_ready(server, PATIENCE_MS));
	fd = connect_from_client(lab);
	must(nst_wait_line(server, "accepted", PATIENCE_MS));
	must(nst_kill(server));
	cr_expect_gt(packets(lab, "tcp[tcpflags] & (tcp-fin|tcp-rst) != 0"), 0);
}

Test(vanish, reaches_children_in_a_pid_namespace_of_their_own)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program;

	must(nst_start(lab,
		       &(struct nst_start){ .host = "alone",
					    .command = "sleep 60 & sleep 60; wait" },
		       &program));
	must(nst_vanish(program));
	/* The dead may not have been buried yet. */
	cr_expect_str_eq(says(lab, "alone", "pgrep -c -r R,S,T sleep"), "0");
}

Test(vanish, of_one_that_has_ended_is_esrch)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program;

	must(nst_start(lab,
		       &(struct nst_start){ .host = "server", .command = "exit 0" },
		       &program));
	must(nst_wait_exit(program, PATIENCE_MS, NULL));
	must_fail(nst_vanish(program), -ESRCH, "has ended");
}

Test(restart, is_the_same_program_anew)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *first, *second;
	char *text AUTO_FREE = NULL;

	must(nst_start(lab,
		       &(struct nst_start){
			       .host = "server",
			       .name = "reader",
			       .command = "read line; echo $COLOUR $line; sleep 60",
			       .input = "words\n",
			       .env = (const char *const[]){ "COLOUR=blue", NULL },
		       },
		       &first));
	must(nst_wait_line(first, "^blue words$", PATIENCE_MS));
	must(nst_restart(first, PATIENCE_MS, &second));
	must(nst_wait_line(second, "^blue words$", PATIENCE_MS));
	cr_expect_eq(nst_program_pid(first), 0);
	cr_expect_eq(nst_program_find(lab, "server", "reader"), second);
	must(nst_output(first, NST_STDOUT, &text, NULL));
	cr_expect_str_eq(text, "blue words\n");
	must(nst_lab_check(lab));
}

/* One that has died is started again all the same, and again. */
Test(restart, of_one_that_has_ended)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program;

	must(nst_start(lab,
		       &(struct nst_start){ .host = "server",
					    .command = "cat; sleep 60",
					    .keep_stdin_open = true },
		       &program));
	for (int i = 0; i < 2; i++) {
		must(nst_kill(program));
		must(nst_restart(program, PATIENCE_MS, &program));
		must(nst_write(program, "again\n", 6));
		must(nst_wait_line(program, "^again$", PATIENCE_MS));
	}
	must_fail(nst_restart(NULL, 0, NULL), -EINVAL, "no program was given");
}

static double clock_of(struct nst_lab *lab, const char *clock, long long ahead_s)
{
	char code[128];
	const char *const argv[] = { "python3", "-c", code, NULL };
	struct nst_ran ran;
	double seconds;

	snprintf(code, sizeof(code), "import time; print(time.clock_gettime(%s))",
		 clock);
	must(nst_run(lab,
		     &(struct nst_start){ .host = "server",
					  .argv = argv,
					  .monotonic_ahead_s = ahead_s },
		     PATIENCE_MS, &ran));
	cr_assert_eq(ran.exit.status, 0, "%s", ran.err);
	seconds = strtod(ran.out, NULL);
	nst_ran_free(&ran);
	return seconds;
}

static double own_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

Test(clocks, of_a_program_are_ahead)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	double monotonic = own_clock(CLOCK_MONOTONIC);
	double boot = own_clock(CLOCK_BOOTTIME), day = own_clock(CLOCK_REALTIME);
	double theirs = clock_of(lab, "time.CLOCK_MONOTONIC", WEEK_S);

	cr_expect(theirs >= monotonic + WEEK_S && theirs < monotonic + WEEK_S + 60);
	theirs = clock_of(lab, "time.CLOCK_BOOTTIME", WEEK_S);
	cr_expect(theirs >= boot + WEEK_S && theirs < boot + WEEK_S + 60);
	/* The time of day is nobody's own. */
	theirs = clock_of(lab, "time.CLOCK_REALTIME", WEEK_S);
	cr_expect(theirs >= day && theirs < day + 60);
	theirs = clock_of(lab, "time.CLOCK_MONOTONIC", -1);
	cr_expect(theirs >= monotonic - 1 && theirs < own_clock(CLOCK_MONOTONIC) - 0.5);
}

Test(clocks, do_not_go_below_zero)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program;

	must_fail(nst_start(lab,
			    &(struct nst_start){ .host = "server",
						 .command = "sleep 60",
						 .monotonic_ahead_s = -(1LL << 40) },
			    &program),
		  -ERANGE, "its clock would be before 0");
}

/* The caller's TMPDIR may be a folder below /tmp, and a host has a /tmp of its own. */
Test(environment, has_no_tmpdir_of_the_caller)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	setenv("TMPDIR", "/tmp/of-the-caller", 1);
	cr_expect_str_eq(says(lab, "server", "mktemp -u | cut -c 1-9"), "/tmp/tmp.");
}
