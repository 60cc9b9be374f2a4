/* SPDX-License-Identifier: MIT */
/* From evidence to verdict, without a socket. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <probe/codes.h>
#include <judge.h>
#include <probe/parcel.h>

#include "world.h"

/* A question from a to b over the router, and what is there to judge it by. */
static struct ask prepare(void)
{
	static struct nst_plan *plan; /* LeakSanitizer finds all of it here */
	static struct nst_hop *there, *back;
	struct ask ask = { .request = { "a", "b", NST_TCP, 80, 0, 0, 0 },
			   .family = AF_INET,
			   .refusal = { .node = SIZE_MAX } };

	nst_plan_free(plan);
	free(there);
	free(back);
	cr_assert_eq(nst_plan_make(&routed, &plan), 0);
	ask.plan = plan;
	cr_assert_eq(nst_plan_node(plan, "a", &ask.from), 0);
	cr_assert_eq(nst_plan_node(plan, "b", &ask.to), 0);
	nst_address_parse("10.2.0.2", &ask.target);
	nst_address_parse("10.1.0.1", &ask.source);
	cr_assert_geq(
		nst_plan_path(plan, ask.from, &ask.target, &there, &ask.there_count),
		0);
	cr_assert_geq(nst_plan_path(plan, ask.to, &ask.source, &back, &ask.back_count),
		      0);
	ask.there = there;
	ask.back = back;
	ask.question = (struct trail_end){ .node = ask.from };
	ask.answer = (struct trail_end){ .node = ask.to };
	return ask;
}

static size_t host(const struct ask *ask, const char *name)
{
	size_t node = SIZE_MAX;

	nst_plan_node(ask->plan, name, &node);
	return node;
}

static struct trail_end came_to(const struct ask *ask, const char *name, int ifindex)
{
	return (struct trail_end){ .any = true,
				   .node = host(ask, name),
				   .ifindex = ifindex };
}

static struct nst_verdict judged(const struct ask *ask, enum settled settled)
{
	struct nst_verdict verdict = { 0 };

	judge(ask, settled, &verdict);
	return verdict;
}

#define EXPECT(verdict_, kind_, place_, host_)                   \
	do {                                                     \
		cr_expect_eq((verdict_).kind, kind_, "got %s",   \
			     nst_verdict_name((verdict_).kind)); \
		cr_expect_eq((verdict_).where.place, place_);    \
		cr_expect_str_eq((verdict_).where.host, host_);  \
	} while (0)

Test(judge, what_vanished_quietly_was_dropped_where_it_ended)
{
	struct ask ask = prepare();
	struct nst_verdict verdict = judged(&ask, SETTLED_QUIET);

	EXPECT(verdict, NST_VERDICT_DROPPED, NST_PLACE_OUTPUT, "a");
	cr_expect_str_eq(verdict.where.interface, "eth0");
	ask.question = came_to(&ask, "r", 2);
	EXPECT(judged(&ask, SETTLED_QUIET), NST_VERDICT_DROPPED, NST_PLACE_FORWARD,
	       "r");
	ask.question = came_to(&ask, "s", 3);
	EXPECT(judged(&ask, SETTLED_QUIET), NST_VERDICT_DROPPED, NST_PLACE_LINK, "s");
	ask.question = came_to(&ask, "b", 2);
	verdict = judged(&ask, SETTLED_QUIET);
	EXPECT(verdict, NST_VERDICT_DROPPED, NST_PLACE_INPUT, "b");
	cr_expect_not(verdict.where.answer);
	cr_expect_eq(verdict.proof, NST_PROOF_MARKER);
}

Test(judge, an_answer_that_vanished_is_judged_by_its_own_end)
{
	struct ask ask = prepare();
	struct nst_verdict verdict;

	ask.question = came_to(&ask, "b", 2);
	ask.answer_made = true;
	verdict = judged(&ask, SETTLED_QUIET);
	EXPECT(verdict, NST_VERDICT_DROPPED, NST_PLACE_OUTPUT, "b");
	cr_expect(verdict.where.answer);
	ask.answer = came_to(&ask, "a", 2);
	EXPECT(judged(&ask, SETTLED_QUIET), NST_VERDICT_DROPPED, NST_PLACE_INPUT, "a");
}

Test(judge, nothing_is_blocked_that_was_only_waited_for)
{
	struct ask ask = prepare();
	struct nst_verdict verdict;

	strcpy(ask.doubt, "because");
	verdict = judged(&ask, SETTLED_WAITED);
	EXPECT(verdict, NST_VERDICT_UNANSWERED, NST_PLACE_NONE, "");
	cr_expect_eq(verdict.proof, NST_PROOF_WAITED);
	cr_expect_str_eq(verdict.why_waited, "because");
	ask.lost = true;
	EXPECT(judged(&ask, SETTLED_WAITED), NST_VERDICT_INCONCLUSIVE, NST_PLACE_NONE,
	       "");
}

Test(judge, an_answer_beats_everything)
{
	struct ask ask = prepare();

	ask.stage = STAGE_DONE;
	ask.refusal.any = true;
	ask.lost = true;
	ask.link_down = true;
	EXPECT(judged(&ask, SETTLED_ANSWER), NST_VERDICT_OPEN, NST_PLACE_NONE, "");
}

Test(judge, errors_of_the_askers_kernel_say_where)
{
	static const struct {
		int error;
		enum nst_verdict_kind kind;
	} cases[] = {
		{ EPERM, NST_VERDICT_DROPPED },
		{ ENETUNREACH, NST_VERDICT_UNROUTABLE },
		{ EHOSTUNREACH, NST_VERDICT_UNROUTABLE },
		{ EACCES, NST_VERDICT_UNROUTABLE },
		{ EINVAL, NST_VERDICT_UNROUTABLE },
		{ ENOMEM, NST_VERDICT_INCONCLUSIVE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ask ask = prepare();

		ask.stage = STAGE_FAILED;
		ask.error = cases[i].error;
		ask.error_local = true;
		cr_expect_eq(judged(&ask, SETTLED_ANSWER).kind, cases[i].kind, "%s",
			     strerror(cases[i].error));
	}
}

Test(judge, a_link_that_is_down_explains_what_the_kernel_complains_of)
{
	struct ask ask = prepare();

	ask.stage = STAGE_FAILED;
	ask.error = ENETUNREACH;
	ask.error_local = true;
	ask.link_down = true;
	EXPECT(judged(&ask, SETTLED_ANSWER), NST_VERDICT_DROPPED, NST_PLACE_LINK, "a");
	cr_expect_eq(judged(&ask, SETTLED_ANSWER).proof, NST_PROOF_LINK);
}

Test(judge, refusals_are_told_apart_by_what_their_sender_knows)
{
	static const struct {
		const char *what;
		struct refusal refusal;
		enum nst_verdict_kind kind;
	} cases[] = {
		{ "RST of a closed port",
		  { .reset = true, .closed_port = true },
		  NST_VERDICT_REFUSED },
		{ "RST of a rule", { .reset = true }, NST_VERDICT_REJECTED },
		{ "RST of a program",
		  { .reset = true, .program = true },
		  NST_VERDICT_OPEN },
		{ "closed UDP port",
		  { .type = 3, .code = 3, .closed_port = true },
		  NST_VERDICT_REFUSED },
		{ "port-unreachable of a rule",
		  { .type = 3, .code = 3 },
		  NST_VERDICT_REJECTED },
		{ "admin-prohibited", { .type = 3, .code = 13 }, NST_VERDICT_REJECTED },
		{ "no route",
		  { .type = 3, .code = 0, .no_route = true },
		  NST_VERDICT_UNROUTABLE },
		{ "net-unreachable of a rule",
		  { .type = 3, .code = 0 },
		  NST_VERDICT_REJECTED },
		{ "no neighbour",
		  { .type = 3, .code = 1, .no_route = true },
		  NST_VERDICT_UNROUTABLE },
		{ "a loop", { .type = 11, .code = 0 }, NST_VERDICT_UNROUTABLE },
		{ "what nobody knows",
		  { .type = 3, .code = 99 },
		  NST_VERDICT_REJECTED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ask ask = prepare();

		ask.stage = STAGE_FAILED;
		ask.question = came_to(&ask, "b", 2);
		ask.refusal = cases[i].refusal;
		ask.refusal.any = true;
		ask.refusal.node = ask.to;
		cr_expect_eq(judged(&ask, SETTLED_ANSWER).kind, cases[i].kind,
			     "%s: got %s", cases[i].what,
			     nst_verdict_name(judged(&ask, SETTLED_ANSWER).kind));
	}
}

Test(judge, a_refusal_is_placed_by_who_sent_it)
{
	struct ask ask = prepare();

	ask.stage = STAGE_FAILED;
	ask.refusal = (struct refusal){ .any = true, .type = 3, .code = 13 };
	ask.refusal.node = host(&ask, "a");
	EXPECT(judged(&ask, SETTLED_ANSWER), NST_VERDICT_REJECTED, NST_PLACE_OUTPUT,
	       "a");
	ask.refusal.node = host(&ask, "r");
	EXPECT(judged(&ask, SETTLED_ANSWER), NST_VERDICT_REJECTED, NST_PLACE_FORWARD,
	       "r");
	ask.refusal.node = host(&ask, "b");
	EXPECT(judged(&ask, SETTLED_ANSWER), NST_VERDICT_REJECTED, NST_PLACE_INPUT,
	       "b");
	ask.question = came_to(&ask, "b", 2);
	ask.refusal.of_answer = true;
	EXPECT(judged(&ask, SETTLED_ANSWER), NST_VERDICT_REJECTED, NST_PLACE_OUTPUT,
	       "b");
	ask.refusal.node = host(&ask, "a");
	EXPECT(judged(&ask, SETTLED_ANSWER), NST_VERDICT_REJECTED, NST_PLACE_INPUT,
	       "a");
}

Test(judge, a_refusal_that_did_not_arrive_is_a_lost_answer)
{
	struct ask ask = prepare();
	struct nst_verdict verdict;

	ask.question = came_to(&ask, "b", 2);
	ask.refusal = (struct refusal){
		.any = true, .reset = true, .closed_port = true, .node = ask.to
	};
	ask.answer_made = true;
	ask.answer = came_to(&ask, "a", 2);
	verdict = judged(&ask, SETTLED_QUIET);
	EXPECT(verdict, NST_VERDICT_DROPPED, NST_PLACE_INPUT, "a");
	cr_expect(verdict.where.answer);
}

Test(judge, a_neighbour_that_nobody_is_makes_it_unroutable)
{
	struct ask ask = prepare();

	ask.discovery = (struct discovery){ .failed = true,
					    .node = host(&ask, "r"),
					    .owner = SIZE_MAX };
	ask.discovery.end = came_to(&ask, "b", 2);
	EXPECT(judged(&ask, SETTLED_QUIET), NST_VERDICT_UNROUTABLE, NST_PLACE_NONE, "");
	ask.discovery.owner = ask.to;
	EXPECT(judged(&ask, SETTLED_QUIET), NST_VERDICT_DROPPED, NST_PLACE_INPUT, "b");
}

Test(codes, of_both_families_have_their_names)
{
	cr_expect_str_eq(code_find(AF_INET, 3, 13)->name, "admin-prohibited");
	cr_expect_str_eq(code_find(AF_INET6, 1, 1)->name, "admin-prohibited");
	cr_expect_eq(code_find(AF_INET6, 1, 0)->meaning, CODE_ROUTE);
	cr_expect_eq(code_find(AF_INET, 200, 0)->meaning, CODE_FIREWALL);
}

/* ---- Parcels ---- */

Test(parcel, brings_a_verdict_across_unchanged)
{
	static const struct {
		const char *ladder;
		size_t evidence;
	} cases[] = { { "", 0 }, { "a:eth0 ->| SYN\n", 2 }, { "x", NST_EVIDENCE_MAX } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nst_verdict sent = { .kind = NST_VERDICT_DROPPED,
					    .evidence_lost = 3,
					    .evidence_count = cases[i].evidence };
		struct nst_verdict got;
		struct nst_message message = { 0 };

		strcpy(sent.sentence, "the SYN never left a");
		strcpy(sent.ladder, cases[i].ladder);
		for (size_t j = 0; j < sent.evidence_count; j++)
			sent.evidence[j].at_ns = j + 1;
		cr_assert_eq(parcel_pack(&sent, &message), 0);
		cr_assert_eq(parcel_unpack(&message, &got), 0);
		cr_expect_eq(memcmp(&sent, &got, sizeof(got)), 0, "case %zu", i);
		free(message.data);
	}
}

Test(parcel, that_is_none_is_refused)
{
	struct nst_verdict verdict;
	char junk[sizeof(verdict) + 100];
	static const size_t sizes[] = { 0, 1, 100, sizeof(verdict) - 1, sizeof(junk) };

	memset(junk, 'x', sizeof(junk));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		cr_expect_eq(parcel_unpack(&(struct nst_message){ junk, sizes[i] },
					   &verdict),
			     -EPROTO, "%zu bytes", sizes[i]);
}
