/* SPDX-License-Identifier: MIT */
/* Verdicts across impaired links: what the link did is never called a firewall's work. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/impair.h>
#include <nstest/probe.h>
#include <nstest/program.h>
#include <nstest/ruleset.h>
#include <nstest/units.h>

#define MUST(call) cr_assert_eq(call, 0, "%s: %s", #call, nst_error())

enum { TRIALS = 60 };

static const struct nst_host router[] = { { "r", NST_ROUTER }, {} };

/* a -- r -- b, both links impairable. b drops what comes to odd ports; answers from ports
 * that 3 divides are dropped on their way in by a. */
static const struct nst_link links[] = { { .a = { "a", "10.1.0.1/24, fd01::1/64" },
					   .b = { "r", "10.1.0.2/24, fd01::2/64" },
					   .impairable = true },
					 { .a = { "r", "10.2.0.1/24, fd02::1/64" },
					   .b = { "b", "10.2.0.2/24, fd02::2/64" },
					   .impairable = true },
					 {} };
static const struct nst_topology routed = { router, links };

static const char question_rules[] =
	"table inet t {\nchain c {\ntype filter hook input priority 0;\n"
	"tcp dport { 1001, 1003, 1005 } drop\n"
	"udp dport { 1001, 1003, 1005 } drop\n}\n}\n";
static const char answer_rules[] =
	"table inet t {\nchain c {\ntype filter hook input priority 0;\n"
	"tcp sport 1002 drop\n"
	"udp sport 1002 drop\n}\n}\n";

static struct nst_lab *up(void)
{
	struct nst_lab *lab;

	MUST(nst_lab_up(&routed, NULL, &lab));
	MUST(nst_ruleset_load(lab, "b",
			      &(struct nst_ruleset){ .text = question_rules }));
	MUST(nst_ruleset_load(lab, "a", &(struct nst_ruleset){ .text = answer_rules }));
	return lab;
}

static void impair_all(struct nst_lab *lab, const struct nst_impairment *impairment)
{
	MUST(nst_impair(lab, "a", "r", impairment));
	MUST(nst_impair(lab, "r", "a", impairment));
	MUST(nst_impair(lab, "r", "b", impairment));
	MUST(nst_impair(lab, "b", "r", impairment));
}

static const struct nst_verdict *ask(struct nst_lab *lab, enum nst_protocol protocol,
				     unsigned short port, int family)
{
	static struct nst_verdict verdict;

	MUST(nst_probe(lab,
		       &(struct nst_question){ .from = "a",
					       .to = "b",
					       .protocol = protocol,
					       .port = port,
					       .family = family },
		       &verdict));
	return &verdict;
}

#define EXPECT_KIND(verdict, wanted)                                         \
	cr_expect_eq((verdict)->kind, wanted, "%s: %s\n%s",                  \
		     nst_verdict_name((verdict)->kind), (verdict)->sentence, \
		     (verdict)->ladder)

static void expect_place(const struct nst_verdict *verdict, enum nst_place place,
			 const char *host, bool answer)
{
	cr_expect(verdict->where.place == place && verdict->where.answer == answer &&
			  strcmp(verdict->where.host, host) == 0,
		  "at %s:%d%s: %s", verdict->where.host, (int)verdict->where.place,
		  verdict->where.answer ? " answer" : "", verdict->sentence);
}

/* Questions of all kinds, whose answers are known. */
static void ask_all(struct nst_lab *lab, int trials)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (int i = 0; i < trials; i++) {
		unsigned short port = (unsigned short)(1000 + i % 6);
		enum nst_protocol protocol = i / 6 % 2 ? NST_UDP : NST_TCP;
		const struct nst_verdict *verdict =
			ask(lab, protocol, port, families[i / 12 % 2]);

		if (port % 2) {
			EXPECT_KIND(verdict, NST_VERDICT_DROPPED);
			expect_place(verdict, NST_PLACE_INPUT, "b", false);
		} else if (port == 1002) {
			EXPECT_KIND(verdict, NST_VERDICT_DROPPED);
			expect_place(verdict, NST_PLACE_INPUT, "a", true);
		} else {
			EXPECT_KIND(verdict, NST_VERDICT_OPEN);
		}
	}
}

/* ---- Nothing is lost ---- */

Test(impaired, a_wire_without_impairments_changes_no_verdict)
{
	struct nst_lab *lab nst_autodown = up();

	ask_all(lab, TRIALS);
}

Test(impaired, delay_changes_no_verdict)
{
	struct nst_lab *lab nst_autodown = up();

	impair_all(lab, &(struct nst_impairment){ .delay_us = NST_MS(5) });
	ask_all(lab, 24);
}

/* Something is always under way, and b refuses all the time. */
Test(impaired, others_that_send_all_the_time_change_no_verdict)
{
	const struct nst_start flood = {
		.host = "a",
		.command = "exec python3 -c 'import socket, time\n"
			   "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
			   "while True: s.sendto(bytes(99), (\"10.2.0.2\", 9)), "
			   "time.sleep(0.001)'",
	};
	struct nst_lab *lab nst_autodown = up();
	struct nst_program *program;

	impair_all(lab, &(struct nst_impairment){ .delay_us = NST_MS(5) });
	MUST(nst_ruleset_load(
		lab, "b",
		&(struct nst_ruleset){ .text = "table inet u {\nchain c {\n"
					       "type filter hook input priority 1;\n"
					       "udp dport 81 reject\n}\n}\n" }));
	MUST(nst_start(lab, &flood, &program));
	ask_all(lab, 12);
	for (int i = 0; i < 6; i++)
		EXPECT_KIND(ask(lab, NST_UDP, 81, AF_INET), NST_VERDICT_REJECTED);
}

Test(impaired, jitter_that_reorders_changes_no_verdict)
{
	struct nst_lab *lab nst_autodown = up();

	impair_all(lab, &(struct nst_impairment){ .delay_us = NST_MS(3),
						  .jitter_us = NST_MS(2) });
	ask_all(lab, TRIALS);
}

Test(impaired, a_round_trip_longer_than_the_settle_time_is_no_silence)
{
	struct nst_lab *lab nst_autodown = up();

	impair_all(lab, &(struct nst_impairment){ .delay_us = NST_MS(300) });
	EXPECT_KIND(ask(lab, NST_UDP, 1000, AF_INET), NST_VERDICT_OPEN);
	EXPECT_KIND(ask(lab, NST_UDP, 1001, AF_INET), NST_VERDICT_DROPPED);
}

/* ---- Packets are lost ---- */

Test(impaired, loss_is_asked_again_and_never_called_a_firewalls)
{
	struct nst_lab *lab nst_autodown = up();

	impair_all(lab, &(struct nst_impairment){ .loss_ppm = NST_PERCENT(10),
						  .delay_us = NST_MS(1),
						  .jitter_us = NST_MS(1) });
	ask_all(lab, TRIALS);
	cr_expect_gt(nst_faults_fired(lab, "a", "r"), 0);
}

Test(impaired, one_lost_syn_is_told)
{
	const struct nst_fault first = { .match = "syn",
					 .nth = 1,
					 .action = NST_FAULT_DROP };
	struct nst_lab *lab nst_autodown = up();
	const struct nst_verdict *verdict;

	MUST(nst_fault(lab, "r", "b", &first, NULL));
	verdict = ask(lab, NST_TCP, 1000, AF_INET);
	EXPECT_KIND(verdict, NST_VERDICT_OPEN);
	cr_expect_not_null(
		strstr(verdict->sentence,
		       "; asked 2 times, because of the link r -- b (fault #1"),
		"%s", verdict->sentence);
}

Test(impaired, a_link_that_loses_all_is_where_it_ended)
{
	struct nst_lab *lab nst_autodown = up();
	const struct nst_verdict *verdict;

	EXPECT_KIND(ask(lab, NST_TCP, 1000, AF_INET), NST_VERDICT_OPEN);
	MUST(nst_impair(lab, "b", "r",
			&(struct nst_impairment){ .loss_ppm = NST_PERCENT(100) }));
	verdict = ask(lab, NST_TCP, 1000, AF_INET);
	EXPECT_KIND(verdict, NST_VERDICT_DROPPED);
	cr_expect_eq(verdict->proof, NST_PROOF_LINK);
	expect_place(verdict, NST_PLACE_LINK, "b", true);
	cr_expect_not_null(strstr(verdict->sentence, "loss 100%"), "%s",
			   verdict->sentence);
}

/* Each attempt is asked again because of the link: there is an end to that, too. */
Test(impaired, a_link_that_loses_nearly_all_is_not_asked_for_ever, .timeout = 30)
{
	struct nst_lab *lab nst_autodown = up();
	const struct nst_verdict *verdict;

	MUST(nst_impair(lab, "b", "r",
			&(struct nst_impairment){ .loss_ppm = NST_PERCENT(100) - 1 }));
	verdict = ask(lab, NST_UDP, 1000, AF_INET);
	EXPECT_KIND(verdict, NST_VERDICT_UNANSWERED);
}

Test(impaired, a_fault_that_takes_all_is_where_it_ended)
{
	const struct nst_fault all = { .match = "syn", .action = NST_FAULT_DROP };
	struct nst_lab *lab nst_autodown = up();
	const struct nst_verdict *verdict;

	MUST(nst_fault(lab, "a", "r", &all, NULL));
	verdict = ask(lab, NST_TCP, 1000, AF_INET6);
	EXPECT_KIND(verdict, NST_VERDICT_DROPPED);
	expect_place(verdict, NST_PLACE_LINK, "a", false);
	EXPECT_KIND(ask(lab, NST_UDP, 1000, AF_INET6), NST_VERDICT_OPEN);
}

/* ---- Packets are changed ---- */

Test(impaired, what_a_link_corrupted_was_not_dropped_by_a_firewall)
{
	struct nst_lab *lab nst_autodown = up();
	const struct nst_verdict *verdict;

	MUST(nst_impair(lab, "r", "b",
			&(struct nst_impairment){ .corrupt_ppm = NST_PERCENT(100) }));
	verdict = ask(lab, NST_UDP, 1000, AF_INET);
	EXPECT_KIND(verdict, NST_VERDICT_UNANSWERED);
	cr_expect(!nst_blocked(verdict));
}

Test(impaired, a_forged_reset_is_the_links)
{
	const struct nst_fault reset = { .match = "syn", .action = NST_FAULT_RST };
	struct nst_lab *lab nst_autodown = up();
	const struct nst_verdict *verdict;

	MUST(nst_fault(lab, "r", "b", &reset, NULL));
	verdict = ask(lab, NST_TCP, 1000, AF_INET);
	EXPECT_KIND(verdict, NST_VERDICT_REJECTED);
	expect_place(verdict, NST_PLACE_LINK, "r", false);
	cr_expect_eq(strncmp(verdict->sentence, "the link r -- b (fault #1 (", 27), 0,
		     "%s", verdict->sentence);
}

Test(impaired, a_forged_icmp_error_is_the_links)
{
	const struct nst_fault error = { .match = "udp",
					 .action = NST_FAULT_ICMP,
					 .icmp = NST_ICMP_PORT_UNREACHABLE };
	struct nst_lab *lab nst_autodown = up();
	const struct nst_verdict *verdict;

	MUST(nst_fault(lab, "r", "b", &error, NULL));
	verdict = ask(lab, NST_UDP, 1000, AF_INET);
	EXPECT_KIND(verdict, NST_VERDICT_REJECTED);
	expect_place(verdict, NST_PLACE_LINK, "r", false);
}

/* ---- The engine ---- */

Test(impaired, after_the_engines_death_nothing_is_proved)
{
	struct nst_lab *lab nst_autodown = up();
	const struct nst_verdict *verdict;
	struct nst_ran ran;

	/* It has its name once it has answered something. */
	cr_assert_neq(nst_lab_engine_scheduling(lab)[0], '\0');
	MUST(nst_run(lab,
		     &(struct nst_start){
			     .host = "a",
			     .command = "for p in /proc/[0-9]*; do "
					"[ \"$(cat $p/comm)\" = nstest-wire ] && "
					"kill -9 ${p#/proc/}; done; true" },
		     10000, &ran));
	nst_ran_free(&ran);
	verdict = ask(lab, NST_TCP, 1001, AF_INET);
	EXPECT_KIND(verdict, NST_VERDICT_INCONCLUSIVE);
	cr_expect_not_null(strstr(verdict->sentence, "the wire engine was killed"),
			   "%s", verdict->sentence);
}
