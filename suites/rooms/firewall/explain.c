/* SPDX-License-Identifier: MIT */
/* Which rule decided: nft, iptables-nft, legacy, NAT, and drops that no rule made. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/explain.h>
#include <nstest/ruleset.h>

static const struct nst_topology two = {
	.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24, fd00::1/64" },
					.b = { "b", "10.0.0.2/24, fd00::2/64" } },
				      {} },
};

static struct nst_lab *up(const struct nst_topology *topology)
{
	struct nst_lab *lab = NULL;

	cr_assert(eq(int, nst_lab_up(topology, NULL, &lab), 0), "%s", nst_error());
	return lab;
}

static void load(struct nst_lab *lab, const char *host, const char *path,
		 enum nst_xtables xtables, const char *rules)
{
	int r = nst_ruleset_load(lab, host,
				 &(struct nst_ruleset){ .text = rules,
							.path = path,
							.xtables = xtables });

	cr_assert(eq(int, r, 0), "%s", nst_error());
}

static struct nst_explanation *ask(struct nst_lab *lab, const char *from,
				   const char *to, enum nst_protocol protocol,
				   unsigned short port, struct nst_verdict *verdict)
{
	struct nst_explanation *why = NULL;
	int r = nst_explain(
		lab,
		&(struct nst_question){
			.from = from, .to = to, .protocol = protocol, .port = port },
		verdict, &why);

	cr_assert(eq(int, r, 0), "%s", nst_error());
	return why;
}

static const char web_nft[] =
	"table inet fw {\n"
	"	chain ssh {\n"
	"		ip saddr 10.0.0.1 drop\n"
	"	}\n"
	"	chain input {\n"
	"		type filter hook input priority 0; policy drop;\n"
	"		ct state established,related accept\n"
	"		meta l4proto tcp counter\n"
	"		tcp dport 22 jump ssh\n"
	"		tcp dport 80 accept\n"
	"		udp dport 53 reject\n"
	"	}\n"
	"}\n";

Test(explain, nft_names_the_rule_that_dropped)
{
	struct nst_lab *lab = up(&two);
	struct nst_verdict verdict;
	struct nst_explanation *why nst_explanation_autofree = NULL;
	char *text AUTO_FREE = NULL;

	load(lab, "b", "web.nft", NST_XTABLES_AUTO, web_nft);
	why = ask(lab, "a", "b", NST_TCP, 22, &verdict);
	text = nst_explanation_text(why);
	puts(text);
	puts(verdict.where.rule);
	cr_assert(eq(int, verdict.kind, NST_VERDICT_DROPPED), "%s", verdict.sentence);
	cr_assert(ne(ptr, (void *)why->decisive, NULL));
	cr_expect(eq(u32, why->decisive->line, 3));
	cr_expect(eq(str, (char *)why->decisive->file, "web.nft"));
	cr_expect(nst_explained_by(why, &verdict, "web.nft", 3));
	nst_lab_down(lab);
}
