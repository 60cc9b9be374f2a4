/* SPDX-License-Identifier: MIT */
/* "tcp/80 over ipv6" read, and verdicts written. Pure. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

#include "question.h"

static const struct {
	const char *name;
	enum nst_protocol protocol;
	bool has_port;
} protocols[] = {
	{ "tcp/", NST_TCP, true },
	{ "udp/", NST_UDP, true },
	{ "icmp", NST_ICMP, false },
};

static const struct {
	const char *name;
	int family;
} families[] = {
	{ "", AF_UNSPEC },
	{ " over ipv4", AF_INET },
	{ " over ipv6", AF_INET6 },
};

static int not_understood(const char *what)
{
	return nst_fail(
		-EINVAL,
		"\"%s\" is no question: it is \"tcp/PORT\", \"udp/PORT\" or \"icmp\", "
		"with \" over ipv4\" or \" over ipv6\" behind it",
		what);
}

int question_parse(const char *what, struct nst_question *question)
{
	const char *rest = NULL;
	size_t p;

	for (p = 0; p < ARRAY_SIZE(protocols) && !rest; p++)
		if (strncmp(what, protocols[p].name, 4) == 0)
			rest = what + 4;
	if (!rest)
		return not_understood(what);
	question->protocol = protocols[--p].protocol;
	if (protocols[p].has_port) {
		char *end;
		unsigned long port = strtoul(rest, &end, 10);

		if (*rest < '0' || *rest > '9' || port == 0 || port > 65535)
			return not_understood(what);
		question->port = (unsigned short)port;
		rest = end;
	}
	for (size_t f = 0; f < ARRAY_SIZE(families); f++)
		if (strcmp(rest, families[f].name) == 0) {
			question->family = families[f].family;
			return 0;
		}
	return not_understood(what);
}

static const unsigned int blocked =
	1u << NST_VERDICT_REJECTED | 1u << NST_VERDICT_DROPPED;

static void explain_expected(unsigned int verdicts, struct nst_result *result)
{
	const char *between = "";

	if (verdicts == blocked) {
		nst_text_set(&result->expected, "blocked");
		return;
	}
	nst_text_set(&result->expected, "%s", "");
	for (int kind = 0; kind <= NST_VERDICT_INCONCLUSIVE; kind++) {
		char *before AUTO_FREE = result->expected;

		if (!(verdicts & 1u << kind)) {
			steal(before);
			continue;
		}
		result->expected = NULL;
		nst_text_set(&result->expected, "%s%s%s", before, between,
			     nst_verdict_name(kind));
		between = " or ";
	}
}

void verdict_explain(const struct nst_question *question,
		     const struct nst_verdict *verdict, unsigned int verdicts,
		     struct nst_result *result)
{
	explain_expected(verdicts, result);
	nst_text_set(&result->got, "%s: %s", nst_verdict_name(verdict->kind),
		     verdict->sentence);
	result->evidence = nst_verdict_explain(verdict);
	result->next = nst_verdict_next(question, verdict);
	if (*verdict->ladder)
		nst_text_set(&result->ladder, "%s", verdict->ladder);
}
