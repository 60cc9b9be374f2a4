/* SPDX-License-Identifier: MIT */
/* Which rule decided: nft, iptables-nft, legacy, NAT, and drops that no rule made. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/explain.h>
#include <nstest/program.h>
#include <nstest/rules.h>
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

	if (r == -EOPNOTSUPP)
		cr_skip_test("%s", nst_error());
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

/* The decisive rule is at that line, and the text says so. */
static void expect_decided(const struct nst_explanation *why,
			   const struct nst_verdict *verdict, const char *file,
			   unsigned int line)
{
	char *text AUTO_FREE = nst_explanation_text(why);

	cr_assert(ne(ptr, (void *)why->decisive, NULL), "nothing decided: %s\n%s",
		  verdict->sentence, text);
	cr_expect(eq(u32, why->decisive->line, line), "%s", text);
	cr_expect(nst_explained_by(why, verdict, file, line), "%s", text);
	cr_expect(not(nst_explained_by(why, verdict, file, line + 1)), "%s", text);
}

Test(explain, nft_names_the_rule_and_those_before_it)
{
	struct nst_lab *lab = up(&two);
	struct nst_verdict verdict;
	struct nst_explanation *why nst_explanation_autofree = NULL;

	load(lab, "b", "etc/web.nft", NST_XTABLES_AUTO, web_nft);
	why = ask(lab, "a", "b", NST_TCP, 22, &verdict);
	cr_assert(eq(int, verdict.kind, NST_VERDICT_DROPPED), "%s", verdict.sentence);
	expect_decided(why, &verdict, "web.nft", 3);
	cr_assert(eq(sz, why->count, 1));
	cr_assert(eq(sz, why->passages[0].count, 3));
	cr_expect(eq(str, (char *)why->passages[0].rulings[1].action, "jump ssh"));
	cr_expect(eq(str, (char *)why->passages[0].state, "new"));
	cr_expect(eq(str, (char *)why->passages[0].hook, "input"));
	cr_expect(eq(str, verdict.where.rule, "etc/web.nft:3  ip saddr 10.0.0.1 drop"));
	nst_lab_down(lab);
}

Test(explain, nft_names_what_let_it_in_and_the_answer)
{
	struct nst_lab *lab = up(&two);
	struct nst_verdict verdict;
	struct nst_explanation *why nst_explanation_autofree = NULL;

	load(lab, "b", "web.nft", NST_XTABLES_AUTO, web_nft);
	load(lab, "a", "own.nft", NST_XTABLES_AUTO, web_nft);
	why = ask(lab, "a", "b", NST_TCP, 80, &verdict);
	cr_assert(eq(int, verdict.kind, NST_VERDICT_OPEN), "%s", verdict.sentence);
	expect_decided(why, &verdict, "web.nft", 10);
	cr_expect(nst_explained_by(why, &verdict, "own.nft", 7), "the answer");
	nst_lab_down(lab);
}

Test(explain, policies_and_rejections_are_told)
{
	struct nst_lab *lab = up(&two);
	struct nst_verdict verdict;
	struct nst_explanation *policy nst_explanation_autofree = NULL;
	struct nst_explanation *reject nst_explanation_autofree = NULL;

	load(lab, "b", "web.nft", NST_XTABLES_AUTO, web_nft);
	policy = ask(lab, "a", "b", NST_TCP, 81, &verdict);
	cr_assert(eq(int, verdict.kind, NST_VERDICT_DROPPED), "%s", verdict.sentence);
	expect_decided(policy, &verdict, "web.nft", 6);
	cr_expect(policy->decisive->is_policy);
	reject = ask(lab, "a", "b", NST_UDP, 53, &verdict);
	cr_assert(eq(int, verdict.kind, NST_VERDICT_REJECTED), "%s", verdict.sentence);
	expect_decided(reject, &verdict, "web.nft", 11);
	nst_lab_down(lab);
}

static const char web_save[] = "*filter\n"
			       ":INPUT DROP [0:0]\n"
			       ":SSH - [0:0]\n"
			       "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n"
			       "-A INPUT -p tcp --dport 22 -j SSH\n"
			       "-A INPUT -p tcp --dport 80 -j ACCEPT\n"
			       "-A INPUT -p udp --dport 53 -j REJECT\n"
			       "-A SSH -s 10.0.0.9 -j ACCEPT\n"
			       "-A SSH -s 10.0.0.1 -j DROP\n"
			       "COMMIT\n";

static void check_save(enum nst_xtables xtables)
{
	static const struct {
		enum nst_protocol protocol;
		unsigned short port;
		enum nst_verdict_kind kind;
		unsigned int line;
	} rows[] = {
		{ NST_TCP, 22, NST_VERDICT_DROPPED, 9 },
		{ NST_TCP, 80, NST_VERDICT_OPEN, 6 },
		{ NST_TCP, 81, NST_VERDICT_DROPPED, 2 },
		{ NST_UDP, 53, NST_VERDICT_REJECTED, 7 },
		{ NST_ICMP, 0, NST_VERDICT_DROPPED, 2 },
	};
	struct nst_lab *lab = up(&two);

	load(lab, "b", "web.rules", xtables, web_save);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nst_verdict verdict;
		struct nst_explanation *why nst_explanation_autofree =
			ask(lab, "a", "b", rows[i].protocol, rows[i].port, &verdict);

		cr_assert(eq(int, verdict.kind, rows[i].kind), "%s", verdict.sentence);
		expect_decided(why, &verdict, "web.rules", rows[i].line);
	}
	nst_lab_down(lab);
}

Test(explain, iptables_nft)
{
	check_save(NST_XTABLES_NFT);
}

Test(explain, iptables_legacy)
{
	check_save(NST_XTABLES_LEGACY);
}

Test(explain, our_table_survives_a_flush)
{
	struct nst_lab *lab = up(&two);
	struct nst_verdict verdict;
	struct nst_explanation *first nst_explanation_autofree = NULL;
	struct nst_explanation *second nst_explanation_autofree = NULL;

	load(lab, "b", "web.nft", NST_XTABLES_AUTO, web_nft);
	first = ask(lab, "a", "b", NST_TCP, 22, &verdict);
	expect_decided(first, &verdict, "web.nft", 3);
	load(lab, "b", "new.nft", NST_XTABLES_AUTO,
	     "flush ruleset\n"
	     "table ip only {\n"
	     "	chain in {\n"
	     "		type filter hook input priority 0\n"
	     "		tcp dport 22 drop\n"
	     "	}\n"
	     "}\n");
	second = ask(lab, "a", "b", NST_TCP, 22, &verdict);
	expect_decided(second, &verdict, "new.nft", 5);
	nst_lab_down(lab);
}

/* The table that turns tracing on is nobody's rules. */
Test(explain, our_table_is_not_listed)
{
	struct nst_lab *lab = up(&two);
	struct nst_verdict verdict;
	struct nst_explanation *why nst_explanation_autofree = NULL;
	struct nst_rules *rules nst_rules_autofree = NULL;

	load(lab, "b", "web.nft", NST_XTABLES_AUTO, web_nft);
	why = ask(lab, "a", "b", NST_TCP, 22, &verdict);
	cr_assert(eq(int, nst_rules_of(lab, "b", &rules), 0), "%s", nst_error());
	cr_expect(eq(sz, rules->chain_count, 2));
	nst_lab_down(lab);
}

/* Rules in front of prerouting, and two kinds of iptables, all in one host. */
Test(explain, every_kind_of_table_at_once)
{
	static const struct {
		unsigned short port;
		const char *file;
	} rows[] = { { 22, "netdev.nft" }, { 23, "new.rules" }, { 24, "old.rules" } };
	struct nst_lab *lab = up(&two);

	load(lab, "b", "netdev.nft", NST_XTABLES_AUTO,
	     "table netdev early {\n	chain in { type filter hook ingress "
	     "device eth0 priority 0;\n		tcp dport 22 drop\n	}\n}\n");
	load(lab, "b", "new.rules", NST_XTABLES_NFT,
	     "*filter\n\n-A INPUT -p tcp --dport 23 -j DROP\nCOMMIT\n");
	load(lab, "b", "old.rules", NST_XTABLES_LEGACY,
	     "*filter\n\n-A INPUT -p tcp --dport 24 -j DROP\nCOMMIT\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nst_verdict verdict;
		struct nst_explanation *why nst_explanation_autofree =
			ask(lab, "a", "b", NST_TCP, rows[i].port, &verdict);

		expect_decided(why, &verdict, rows[i].file, 3);
	}
	nst_lab_down(lab);
}

/* More rules match one packet than the trace's socket has room for events. */
Test(explain, lost_events_name_no_rule)
{
	enum { RULES = 1200, LOADS = 10 };
	static const char counter[] = "		counter\n";
	char *rules AUTO_FREE = calloc(1, RULES * sizeof(counter) + 256);
	struct nst_lab *lab = up(&two);
	struct nst_verdict verdict;
	struct nst_explanation *why nst_explanation_autofree = NULL;
	char *at = stpcpy(rules, "table ip t {\n"
				 "	chain in {\n"
				 "		type filter hook input priority 0\n");

	for (int i = 0; i < RULES; i++)
		at = stpcpy(at, counter);
	strcpy(at, "	}\n}\n");
	/* In parts: an ordinary user's message to the kernel is no larger. */
	for (int i = 0; i < LOADS; i++)
		load(lab, "b", "long.nft", NST_XTABLES_AUTO, rules);
	load(lab, "b", "end.nft", NST_XTABLES_AUTO,
	     "add rule ip t in tcp dport 22 drop");
	why = ask(lab, "a", "b", NST_TCP, 22, &verdict);
	cr_expect(eq(int, verdict.kind, NST_VERDICT_DROPPED), "%s", verdict.sentence);
	cr_expect(eq(ptr, (void *)why->decisive, NULL));
	cr_expect(ne(ptr, strstr(why->unknown, "no room"), NULL), "%s", why->unknown);
	cr_expect(eq(str, verdict.where.rule, ""));
	cr_expect(not(nst_explained_by(why, &verdict, "end.nft", 1)));
	nst_lab_down(lab);
}

static const struct nst_topology behind_nat = {
	.hosts = (struct nst_host[]){ { "nat", NST_NAT_ROUTER }, {} },
	.links = (struct nst_link[]){ { .a = { "in", "192.168.1.2/24" },
					.b = { "nat", "192.168.1.1/24" } },
				      { .a = { "nat", "203.0.113.1/24" },
					.b = { "out", "203.0.113.2/24" } },
				      {} },
};

Test(explain, nat_is_told_both_ways)
{
	struct nst_lab *lab = up(&behind_nat);
	struct nst_verdict verdict;
	struct nst_explanation *why nst_explanation_autofree =
		ask(lab, "in", "out", NST_TCP, 80, &verdict);

	cr_assert(eq(int, verdict.kind, NST_VERDICT_OPEN), "%s", verdict.sentence);
	cr_expect(eq(str, (char *)why->seen_as, "203.0.113.1"));
	cr_assert(eq(sz, why->rewrite_count, 2));
	cr_expect(eq(str, (char *)why->rewrites[0].host, "nat"));
	cr_expect(why->rewrites[1].answer);
	nst_lab_down(lab);
}

/* A redirect on the asked host itself: no interface shows it, the trace does. */
Test(explain, a_redirect_is_told)
{
	struct nst_lab *lab = up(&two);
	struct nst_verdict verdict;
	struct nst_explanation *why nst_explanation_autofree = NULL;

	load(lab, "b", "nat.nft", NST_XTABLES_AUTO,
	     "table ip nat {\n"
	     "	chain pre {\n"
	     "		type nat hook prerouting priority dstnat\n"
	     "		tcp dport 80 redirect to :8080\n"
	     "	}\n"
	     "	chain in {\n"
	     "		type filter hook input priority 0\n"
	     "		tcp dport 8080 drop\n"
	     "	}\n"
	     "}\n");
	why = ask(lab, "a", "b", NST_TCP, 80, &verdict);
	expect_decided(why, &verdict, "nat.nft", 8);
	cr_assert(eq(sz, why->rewrite_count, 1));
	cr_expect(ne(ptr, strstr(why->rewrites[0].before, "> 10.0.0.2:80"), NULL));
	cr_expect(ne(ptr, strstr(why->rewrites[0].after, "> 10.0.0.2:8080"), NULL));
	nst_lab_down(lab);
}
