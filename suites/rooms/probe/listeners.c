/* SPDX-License-Identifier: MIT */
/* Who answers at a port: the probe's own listener, a program, nobody. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include <nstest/error.h>

#include "world.h"

#define HTTP "exec python3 -m http.server 80 --bind ::"

Test(listeners, the_probes_own_answers_where_nobody_listens)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	for (int i = 0; i < FAMILIES; i++) {
		const struct nst_verdict *verdict =
			ask(lab, TCP("a", "b", .family = families[i]));

		expect_kind(verdict, NST_VERDICT_OPEN);
		cr_expect(verdict->own_listener);
		cr_expect_eq(verdict->proof, NST_PROOF_ANSWER);
		verdict = ask(lab, UDP("a", "b", .family = families[i]));
		expect_kind(verdict, NST_VERDICT_OPEN);
		cr_expect(verdict->own_listener);
		expect_kind(ask(lab, ECHO("a", "b", .family = families[i])),
			    NST_VERDICT_OPEN);
	}
}

Test(listeners, a_closed_port_refuses)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	for (int i = 0; i < FAMILIES; i++) {
		expect_kind(ask(lab, TCP("a", "b", .family = families[i],
					 .listener = NST_LISTENER_NONE)),
			    NST_VERDICT_REFUSED);
		expect_kind(ask(lab, UDP("a", "b", .family = families[i],
					 .listener = NST_LISTENER_NONE)),
			    NST_VERDICT_REFUSED);
	}
}

Test(listeners, the_port_is_free_again_afterwards)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	expect_kind(ask(lab, TCP("a", "b")), NST_VERDICT_OPEN);
	serve(lab, "b", HTTP, 80, 0);

	expect_kind(ask(lab, TCP("a", "b")), NST_VERDICT_OPEN);
}

Test(listeners, a_program_is_told_from_the_probes_own)
{
	struct nst_lab *lab nst_autodown = up(&direct);
	const struct nst_verdict *verdict;

	serve(lab, "b", HTTP, 80, 0);
	for (int i = 0; i < FAMILIES; i++) {
		verdict = ask(lab, TCP("a", "b", .family = families[i],
				       .listener = NST_LISTENER_NONE));

		expect_kind(verdict, NST_VERDICT_OPEN);
		cr_expect_not(verdict->own_listener);
		expect_says(verdict, "program");
	}
}

Test(listeners, a_frozen_program_is_reached_by_what_its_kernel_takes)
{
	struct nst_lab *lab nst_autodown = up(&direct);
	struct nst_program *server = serve(lab, "b", HTTP, 80, 0);

	cr_assert_eq(nst_freeze(server), 0, "%s", nst_error());

	expect_kind(ask(lab, TCP("a", "b")), NST_VERDICT_OPEN);
}

#define HOLDS_TWO                                                  \
	"exec python3 -c 'import socket,time; s=socket.socket(); " \
	"s.bind((\"\",80)); s.listen(1)\n"                         \
	"import sys; sys.stdin.readline()\n"                       \
	"while 1: s.accept()[0].close()'"

/* The kernel holds two connections for a backlog of 1, and drops the SYN of more: but no
 * firewall does that, and the next may pass. */
Test(listeners, one_that_accepts_no_more_is_not_blocked)
{
	struct nst_lab *lab nst_autodown = up(&direct);
	const struct nst_verdict *verdict;
	struct nst_program *program;
	const struct nst_start start = { .host = "b",
					 .command = HOLDS_TWO,
					 .keep_stdin_open = true,
					 .ready = { .port = 80 } };

	cr_assert_eq(nst_start(lab, &start, &program), 0, "%s", nst_error());
	cr_assert_eq(nst_wait_ready(program, 10000), 0, "%s", nst_error());
	expect_kind(ask(lab, TCP("a", "b")), NST_VERDICT_OPEN);
	expect_kind(ask(lab, TCP("a", "b")), NST_VERDICT_OPEN);

	verdict = ask(lab, TCP("a", "b", .settle_ms = 50));
	expect_kind(verdict, NST_VERDICT_UNANSWERED);
	cr_expect(strstr(verdict->why_waited, "accepts no more connections"), "%s",
		  verdict->why_waited);

	cr_assert_eq(nst_write(program, "\n", 1), 0, "%s", nst_error());
	expect_kind(ask(lab, TCP("a", "b", .settle_ms = 10000)), NST_VERDICT_OPEN);
}

Test(listeners, a_datagram_server_that_answers_is_open)
{
	struct nst_lab *lab nst_autodown = up(&direct);
	const struct nst_verdict *verdict;

	serve(lab, "b",
	      "exec python3 -c 'import socket; s=socket.socket(2,2); "
	      "s.bind((\"\",53))\n"
	      "while 1: s.sendto(b\"hello\",s.recvfrom(99)[1])'",
	      0, 53);

	verdict = ask(lab, UDP("a", "b", .settle_ms = 10000));

	expect_kind(verdict, NST_VERDICT_OPEN);
	cr_expect_not(verdict->own_listener);
	expect_says(verdict, "5 bytes");
}

Test(listeners, a_datagram_server_that_keeps_silent_is_unanswered_and_never_blocked)
{
	struct nst_lab *lab nst_autodown = up(&direct);
	const struct nst_verdict *verdict;

	serve(lab, "b",
	      "exec python3 -c 'import socket; s=socket.socket(2,2); "
	      "s.bind((\"\",53))\n"
	      "while 1: s.recvfrom(99)'",
	      0, 53);

	verdict = ask(lab, UDP("a", "b", .settle_ms = 50));

	expect_kind(verdict, NST_VERDICT_UNANSWERED);
	cr_expect_eq(verdict->proof, NST_PROOF_WAITED);
	expect_says(verdict, "got the datagram");
	cr_expect_geq(verdict->elapsed_us, 50000U);
}

Test(listeners, a_datagram_server_behind_a_rule_is_dropped_without_waiting)
{
	struct nst_lab *lab nst_autodown = up(&direct);
	const struct nst_verdict *verdict;

	serve(lab, "b",
	      "exec python3 -c 'import socket; s=socket.socket(2,2); "
	      "s.bind((\"\",53))\n"
	      "while 1: s.recvfrom(99)'",
	      0, 53);
	rules(lab, "b", CHAIN("input", "udp dport 53 drop"));

	verdict = ask(lab, UDP("a", "b", .settle_ms = 60000));

	expect_kind(verdict, NST_VERDICT_DROPPED);
	expect_place(verdict, NST_PLACE_INPUT, "b", false);
}

/* The probe's CRLF makes it end the connection at once, with RST. */
Test(listeners, a_server_that_resets_is_open)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	serve(lab, "b",
	      "exec python3 -c 'import socket,struct; s=socket.socket(); "
	      "s.bind((\"\",80)); s.listen(99)\n"
	      "while 1:\n c=s.accept()[0]; c.setsockopt(1,13,struct.pack(\"ii\",1,0)); "
	      "c.close()'",
	      80, 0);

	for (int i = 0; i < 20; i++)
		expect_kind(ask(lab, TCP("a", "b")), NST_VERDICT_OPEN);
}

Test(listeners, a_host_asks_itself)
{
	struct nst_lab *lab nst_autodown = up(&direct);

	expect_kind(ask(lab, TCP("a", "a")), NST_VERDICT_OPEN);
	expect_kind(ask(lab, UDP("a", "127.0.0.1")), NST_VERDICT_OPEN);
	expect_kind(ask(lab, ECHO("a", "::1")), NST_VERDICT_OPEN);
	rules(lab, "a", CHAIN("input", "iif lo tcp dport 80 drop"));
	expect_place(ask(lab, TCP("a", "a")), NST_PLACE_INPUT, "a", false);
}

Test(listeners, questions_that_make_no_sense_are_refused_with_a_sentence)
{
	struct nst_lab *lab nst_autodown = up(&switched);
	struct nst_verdict verdict;
	static const struct {
		struct nst_question question;
		int code;
		const char *sentence;
	} cases[] = {
		{ { .to = "b", .port = 80 }, -EINVAL, "who asks" },
		{ { .from = "a", .port = 80 }, -EINVAL, "who is asked" },
		{ { .from = "a", .to = "b" }, -EINVAL, "names a port" },
		{ { .from = "a", .to = "b", .protocol = NST_ICMP, .port = 7 },
		  -EINVAL,
		  "no ports" },
		{ { .from = "a", .to = "b", .port = 80, .family = AF_UNIX },
		  -EINVAL,
		  "family" },
		{ { .from = "a", .to = "b", .port = 80, .settle_ms = -1 },
		  -EINVAL,
		  "settle_ms" },
		{ { .from = "x", .to = "b", .port = 80 }, -ENOENT, "no host \"x\"" },
		{ { .from = "a", .to = "x", .port = 80 }, -ENOENT, "no host \"x\"" },
		{ { .from = "a", .to = "s", .port = 80 }, -EINVAL, "switch" },
		{ { .from = "s", .to = "a", .port = 80 }, -EINVAL, "switch" },
		{ { .from = "a", .to = "fd01::2", .port = 80, .family = AF_INET },
		  -EINVAL,
		  "family" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(nst_probe(lab, &cases[i].question, &verdict),
			     cases[i].code, "case %zu: %s", i, nst_error());
		cr_expect(strstr(nst_error(), cases[i].sentence), "case %zu: %s", i,
			  nst_error());
	}
}
