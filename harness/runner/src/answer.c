/* SPDX-License-Identifier: MIT */
/* One question about a scenario's network: nstest explain. */
#include <runner/answer.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/explain.h>
#include <runner/matrix.h>

#include "clock.h"
#include "setup.h"

enum { SETTLE_MS = 1000 };

/* ---- The question ---- */

static int parse_family(const char *word, int *ret_family)
{
	if (strcmp(word, "ipv4") != 0 && strcmp(word, "ipv6") != 0)
		return nst_fail(-EINVAL,
				"no address family is called \"%s\": it is "
				"over ipv4 or over ipv6",
				word);
	*ret_family = word[3] == '4' ? AF_INET : AF_INET6;
	return 0;
}

int nst_asked_parse(const char *text, struct nst_asked *ret_asked)
{
	struct nst_services services = { .count = 0 };
	char service[32], over[8] = "", family[8] = "", more[2] = "";
	int words = sscanf(text, "%63s -> %63s %31s %7s %7s %1s", ret_asked->from,
			   ret_asked->to, service, over, family, more);
	struct nst_question *question = &ret_asked->question;
	int r;

	if ((words != 3 && words != 5) || (*over && strcmp(over, "over") != 0))
		return nst_fail(-EINVAL,
				"\"%s\" is no question: it is FROM -> TO and tcp/PORT, "
				"udp/PORT or icmp, as in \"a -> b tcp/22\" or "
				"\"a -> b tcp/22 over ipv6\"",
				text);
	*question = (struct nst_question){ .settle_ms = SETTLE_MS };
	r = nst_services_parse(service, &services);
	if (r == 0 && services.count != 1)
		r = nst_fail(-EINVAL, "one question is about one service, not \"%s\"",
			     service);
	if (r == 0 && *over)
		r = parse_family(family, &question->family);
	if (r < 0)
		return r;
	question->from = ret_asked->from;
	question->to = ret_asked->to;
	question->protocol = services.items[0].protocol;
	question->port = services.items[0].port;
	return 0;
}

/* ---- The answer ---- */

static void write_lines(FILE *out, const char *title, const char *text)
{
	if (!text || !*text)
		return;
	fprintf(out, "%s\n", title);
	while (*text) {
		size_t length = strcspn(text, "\n");

		fprintf(out, "  %.*s\n", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

static int write_answer(const char *text, const struct nst_verdict *verdict,
			const struct nst_explanation *why, bool colour, FILE *out)
{
	const char *by = *verdict->where.rule ? verdict->where.rule : why->reason;
	char *seen AUTO_FREE = nst_verdict_explain(verdict);
	char *rules AUTO_FREE = nst_explanation_text(why);

	if (!seen || !rules)
		return nst_fail_memory();
	fprintf(out, "%s: %s%s%s%s%s\n%s\n", text, colour ? "\033[1m" : "",
		nst_verdict_name(verdict->kind), colour ? "\033[0m" : "",
		*by ? " by " : "", by, verdict->sentence);
	write_lines(out, "what rules did:", rules);
	write_lines(out, "packets:", verdict->ladder);
	write_lines(out, "notes:", *verdict->ladder ? NULL : seen);
	return 0;
}

static int ask(struct nst_lab *lab, const struct nst_asked *asked, const char *text,
	       bool colour, FILE *out)
{
	struct nst_explanation *why nst_explanation_autofree = NULL;
	struct nst_verdict verdict;
	int r = nst_explain(lab, &asked->question, &verdict, &why);

	if (r == 0)
		r = nst_explain_silence(lab, &asked->question, &verdict, why);
	return r < 0 ? r : write_answer(text, &verdict, why, colour, out);
}

int nst_answer(const struct nst_setup *setup, const struct nst_asked *asked,
	       const char *text, bool colour, FILE *out)
{
	struct nst_lab *lab nst_autodown = NULL;
	int r = setup_quiet_lab(setup, &lab);

	return r < 0 ? r : ask(lab, asked, text, colour, out);
}
