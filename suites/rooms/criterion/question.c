/* SPDX-License-Identifier: MIT */
/* Questions and verdicts as text. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <nstest/error.h>

#include "question.h"

static struct nst_question parsed(const char *what)
{
	struct nst_question question = { 0 };

	cr_expect(eq(int, question_parse(what, &question), 0), "%s", what);
	return question;
}

Test(question, protocol_port_and_family_are_read)
{
	struct nst_question web = parsed("tcp/80"), names = parsed("udp/53 over ipv6");
	struct nst_question ping = parsed("icmp over ipv4");

	cr_expect(eq(int, web.protocol, NST_TCP));
	cr_expect(eq(u16, web.port, 80));
	cr_expect(eq(int, web.family, AF_UNSPEC));
	cr_expect(eq(int, names.protocol, NST_UDP));
	cr_expect(eq(u16, names.port, 53));
	cr_expect(eq(int, names.family, AF_INET6));
	cr_expect(eq(int, ping.protocol, NST_ICMP));
	cr_expect(eq(int, ping.family, AF_INET));
}

Test(question, anything_else_is_refused)
{
	static const char *const wrong[] = {
		"",          "tcp",       "tcp/",        "tcp/0",
		"tcp/65536", "tcp/-1",    "tcp/80 ",     "tcp/ 80",
		"sctp/80",   "icmp/8",    "TCP/80",      "tcp/80 over ipx",
		"tcp/80foo", "icmp over", "udp/53 ipv6",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct nst_question question = { 0 };

		cr_expect(eq(int, question_parse(wrong[i], &question), -EINVAL), "%s",
			  wrong[i]);
	}
}

static const struct nst_verdict open_verdict = {
	.kind = NST_VERDICT_OPEN,
	.sentence = "SYN-ACK after 31 us",
	.ladder = "one\ntwo\n",
	.evidence_count = 1,
	.evidence = { { 31000, "a", "eth0", "SYN leaves" } },
};

static struct nst_result explained_as(const struct nst_verdict *verdict,
				      unsigned int verdicts)
{
	struct nst_result result = { 0 };

	verdict_explain(&(struct nst_question){ "a", "b", NST_TCP, 80 }, verdict,
			verdicts, &result);
	return result;
}

static struct nst_result explained(unsigned int verdicts)
{
	return explained_as(&open_verdict, verdicts);
}

Test(question, a_verdict_is_explained_with_its_ladder)
{
	struct nst_result result = explained(1u << NST_VERDICT_DROPPED);

	cr_expect(eq(str, result.expected, "dropped"));
	cr_expect(eq(str, result.got, "open: SYN-ACK after 31 us"));
	cr_expect(eq(str, result.evidence, ""), "the ladder tells the same");
	cr_expect(eq(str, result.next,
		     "the rules of a (OUTPUT) and b (INPUT): none of them stopped it"));
	cr_expect(eq(str, result.ladder, "one\ntwo\n"));
	nst_result_free(&result);
}

Test(question, without_a_ladder_by_its_evidence)
{
	struct nst_verdict verdict = open_verdict;
	struct nst_result result;

	verdict.ladder[0] = '\0';
	result = explained_as(&verdict, 1u << NST_VERDICT_DROPPED);
	cr_expect(eq(str, result.evidence, "    31.0 us  a:eth0  SYN leaves"));
	nst_result_free(&result);
}

Test(question, several_right_verdicts_are_named)
{
	struct nst_result both =
		explained(1u << NST_VERDICT_REFUSED | 1u << NST_VERDICT_DROPPED);
	struct nst_result blocked =
		explained(1u << NST_VERDICT_REJECTED | 1u << NST_VERDICT_DROPPED);

	cr_expect(eq(str, both.expected, "refused or dropped"));
	cr_expect(eq(str, blocked.expected, "blocked"));
	nst_result_free(&both);
	nst_result_free(&blocked);
}
