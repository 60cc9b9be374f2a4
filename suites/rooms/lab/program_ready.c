/* SPDX-License-Identifier: MIT */
/* Waiting for programs: until they are ready, have said something, have ended. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "program_lab.h"

static struct nst_program *started(struct nst_lab *lab, const struct nst_start *start)
{
	struct nst_program *program;

	must(nst_start(lab, start, &program));
	return program;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A Python line that opens a socket and stays. */
#define SOCKET(type, address, port, more)                                           \
	"exec python3 -c 'import socket, time; "                                    \
	"s = socket.socket(socket.AF_INET6 if \":\" in \"" address                  \
	"\" else socket.AF_INET, socket." type "); s.bind((\"" address "\", " #port \
	")); " more "; time.sleep(60)'"

Test(ready, when_a_real_server_listens)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *server =
		started(lab, &(struct nst_start){
				     .host = "server",
				     .command = "exec python3 -m http.server 8080",
				     .ready.port = 8080,
			     });

	must(nst_wait_ready(server, PATIENCE_MS));
	cr_expect_not_null(strstr(says(lab, "client", "curl -s http://10.0.0.2:8080/"),
				  "Directory listing"));
	must(nst_stop(server, PATIENCE_MS));
	must(nst_lab_check(lab));
}

Test(ready, on_ipv6_and_udp_ports_too)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	const struct nst_start starts[] = {
		{ .command = SOCKET("SOCK_STREAM", "::1", 80, "s.listen()"),
		  .ready.port = 80 },
		{ .command = SOCKET("SOCK_DGRAM", "127.0.0.1", 53, "pass"),
		  .ready.udp_port = 53 },
		{ .command = SOCKET("SOCK_DGRAM", "::", 54, "pass"),
		  .ready.udp_port = 54 },
		{ .command = SOCKET("SOCK_DGRAM", "10.0.0.2", 55,
				    "s.connect((\"10.0.0.1\", 9))"),
		  .ready.udp_port = 55 },
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct nst_start start = starts[i];

		start.host = "server";
		must(nst_wait_ready(started(lab, &start), PATIENCE_MS));
	}
}

/* Bound is not listening; another host's port and another protocol's are not this one.
 */
Test(ready, is_not_what_only_looks_like_it)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program =
		started(lab, &(struct nst_start){
				     .host = "server",
				     .command = SOCKET("SOCK_STREAM", "0.0.0.0", 80,
						       "print(\"bound\", flush=True)"),
				     .ready = { .port = 80 },
			     });
	struct nst_program *other = started(
		lab,
		&(struct nst_start){
			.host = "client",
			.command = SOCKET("SOCK_STREAM", "0.0.0.0", 80, "s.listen()"),
			.ready = { .port = 80 },
		});

	must(nst_wait_line(program, "^bound$", PATIENCE_MS));
	must(nst_wait_ready(other, PATIENCE_MS));
	must_fail(nst_wait_ready(program, 30), -ETIMEDOUT,
		  "python3 on server is not ready after 30 ms: nothing listens on "
		  "tcp/80; "
		  "it listens on no tcp port");
}

Test(ready, at_a_line_on_either_stream_even_an_unfinished_one)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	static const char *const commands[] = {
		"echo one; echo ready: 42; sleep 60",
		"echo ready: 7 >&2; sleep 60",
		"printf 'ready: 9'; sleep 60",
		"printf 're'; sleep 0.05; printf 'ady: 1'; sleep 60",
		"printf 'x\\0y\\nready: 5\\n'; sleep 60",
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		must(nst_wait_ready(started(lab,
					    &(struct nst_start){
						    .host = "client",
						    .command = commands[i],
						    .ready.line = "^ready: [0-9]+$",
					    }),
				    PATIENCE_MS));
}

Test(ready, when_a_file_exists_as_the_host_sees_it)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program;

	program = started(lab,
			  &(struct nst_start){
				  .host = "server",
				  .command = "sleep 0.05; ln -s /run/real /run/link; "
					     "mkdir /run/real; touch /run/real/pid; "
					     "sleep 60",
				  .ready.file = "/run/link/pid",
			  });

	must_fail(nst_wait_ready(program, 1), -ETIMEDOUT, "there is no /run/link/pid");
	must(nst_wait_ready(program, PATIENCE_MS));
	cr_expect_str_eq(says(lab, "client", "ls /run/real 2>&1 | wc -l"), "1");
}

Test(ready, when_all_of_it_holds)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program =
		started(lab, &(struct nst_start){
				     .host = "server",
				     .command = "echo started; exec sleep 60",
				     .ready = { .port = 1,
						.udp_port = 2,
						.line = "ready",
						.file = "/run/x" },
			     });

	must(nst_wait_line(program, "started", PATIENCE_MS));
	must_fail(nst_wait_ready(program, 10), -ETIMEDOUT,
		  "echo on server is not ready");
	cr_expect_not_null(strstr(nst_error(), "nothing listens on tcp/1; "));
	cr_expect_not_null(strstr(nst_error(), "no socket is bound to udp/2; "));
	cr_expect_not_null(strstr(nst_error(), "there is no /run/x; "));
	cr_expect_not_null(
		strstr(nst_error(), "no line matches /ready/ (its last: \"started\")"));
}

Test(ready, at_once_if_nothing_is_to_be_waited_for)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	must(nst_wait_ready(started(lab, &(struct nst_start){ .host = "client",
							      .command = "sleep 60" }),
			    0));
}

Test(ready, never_fails_as_soon_as_it_has_died)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	long before = now_ms();

	must_fail(
		nst_wait_ready(started(lab,
				       &(struct nst_start){
					       .host = "server",
					       .command = "echo no config >&2; exit 2",
					       .name = "httpd",
					       .ready.port = 80,
				       }),
			       60000),
		-ECHILD,
		"httpd on server ended before it was ready: exit status 2 after ");
	cr_expect_not_null(strstr(nst_error(), "; its stderr ended: \"no config\""));
	cr_expect_lt(now_ms() - before, 30000);
}

/* It forks and leaves: the child is the server. */
Test(ready, waits_for_a_daemon_whose_first_process_may_exit)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program = started(
		lab,
		&(struct nst_start){
			.host = "server",
			.command = "(sleep 0.05; exec python3 -m http.server 80) &",
			.may_exit = true,
			.ready.port = 80,
		});

	must(nst_wait_ready(program, PATIENCE_MS));
	must(nst_lab_check(lab));
}

Test(line, of_old_output_counts)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program = started(
		lab, &(struct nst_start){ .host = "client",
					  .command = "echo one; echo two; sleep 60" });

	must(nst_wait_line(program, "two", PATIENCE_MS));
	must(nst_wait_line(program, "one", 0));
	must(nst_wait_line(program, "^one$", 0));
	must_fail(nst_wait_line(program, "three", 20), -ETIMEDOUT,
		  "echo on client: after 20 ms no line matches /three/ (its last: "
		  "\"two\")");
	must_fail(nst_wait_line(program, "[", 20), -EINVAL, "the regex /[/: ");
}

Test(line, is_not_waited_for_once_none_can_come)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program = started(
		lab, &(struct nst_start){ .host = "client", .command = "echo one" });

	must(nst_wait_line(program, "one", PATIENCE_MS));
	must_fail(nst_wait_line(program, "two", 60000), -ECHILD,
		  "echo on client ended without a line that matches /two/: exit status "
		  "0");
}

Test(line, may_come_from_a_child_that_outlives_the_program)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program = started(
		lab, &(struct nst_start){
			     .host = "client",
			     .command = "(sleep 0.1; echo late; sleep 60) & exit 0",
			     .may_exit = true,
		     });

	must(nst_wait_exit(program, PATIENCE_MS, NULL));
	must(nst_wait_line(program, "late", PATIENCE_MS));
}

Test(exit, of_each_kind_is_told)
{
	static const struct {
		const char *command;
		struct nst_exit exit;
	} cases[] = {
		{ "true", { 0, 0 } },
		{ "exit 255", { 255, 0 } },
		{ "kill -9 $$", { -1, SIGKILL } },
		{ "kill -SEGV $$", { -1, SIGSEGV } },
	};
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int own = 0; own < 2; own++) {
			struct nst_exit how = { 77, 77 };

			must(nst_wait_exit(
				started(lab,
					&(struct nst_start){
						.host = own ? "alone" : "client",
						.command = cases[i].command,
					}),
				PATIENCE_MS, &how));
			cr_expect_eq(how.status, cases[i].exit.status, "%s: %d",
				     cases[i].command, how.status);
			cr_expect_eq(how.signal, cases[i].exit.signal);
		}
	must(nst_lab_check(lab));
}

Test(exit, that_does_not_come_is_a_timeout)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_program *program =
		started(lab, &(struct nst_start){ .host = "client",
						  .command = "exec sleep 60" });
	long before = now_ms();

	must_fail(nst_wait_exit(program, 50, NULL), -ETIMEDOUT,
		  "sleep on client has not ended after 50 ms");
	cr_expect_geq(now_ms() - before, 49);
	cr_expect_neq(nst_program_pid(program), 0);
}

Test(run, kills_after_its_timeout_and_keeps_what_was_written)
{
	struct nst_lab *lab nst_autodown = must_be_up(&three_hosts);
	struct nst_ran ran = { 0 };

	must_fail(nst_run(lab,
			  &(struct nst_start){ .host = "client",
					       .command = "echo begun; sleep 60" },
			  300, &ran),
		  -ETIMEDOUT, "echo on client has not ended after 300 ms");
	cr_expect_str_eq(ran.out, "begun\n");
	cr_expect_eq(ran.exit.signal, SIGKILL);
	cr_expect_str_eq(says(lab, "client", "pgrep -c sleep"), "0");
	must(nst_lab_check(lab));
	nst_ran_free(&ran);
}
