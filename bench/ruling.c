/* SPDX-License-Identifier: MIT */
/*
 * Whether explanations are true: random rulesets in a, a router and b, whose deciding
 * rule a model knows, against what nst_explain() names.
 *
 *	ruling [PAIRS [SEED [nft|iptables-nft|iptables-legacy]]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <nstest/error.h>
#include <nstest/explain.h>
#include <nstest/lab.h>
#include <nstest/ruleset.h>

#include "library.h"
#include "measure.h"
#include "ruling_rules.h"

enum { PROBES_PER_LAB = 12, ASKED = 8080 };

enum { A, R, B };

static const char *const names[HOSTS] = { "a", "r", "b" };
static const char *const files[HOSTS] = { "a.rules", "r.rules", "b.rules" };
static const char *const backends[BACKENDS] = { "nft", "iptables-nft",
						"iptables-legacy" };
/* Of the router the one that is never a packet's. */
static const char *const addresses4[HOSTS] = { "10.0.0.1", "10.0.0.254", "10.1.0.1" };
static const char *const addresses6[HOSTS] = { "fd00::1", "fd00::fe", "fd01::1" };

static const struct nst_topology routed = {
	.hosts = (struct nst_host[]){ { "r", NST_ROUTER }, {} },
	.links = (struct nst_link[]){ { .a = { "a", "10.0.0.1/24, fd00::1/64" },
					.b = { "r", "10.0.0.254/24, fd00::fe/64" } },
				      { .a = { "r", "10.1.0.254/24, fd01::fe/64" },
					.b = { "b", "10.1.0.1/24, fd01::1/64" } },
				      {} },
};

struct world {
	struct nst_lab *lab;
	int family;
	bool ruled[HOSTS];
	struct ruleset rulesets[HOSTS];
};

struct score {
	unsigned long pairs, wrong, unknown, by_rule, by_policy, nothing;
	unsigned long blocked;
};

/* ---- What must come out ---- */

/* One hook on a packet's way. */
struct step {
	int host;
	enum hook hook;
};

static const struct step there[] = { { A, HOOK_OUTPUT },
				     { R, HOOK_FORWARD },
				     { B, HOOK_INPUT } };
static const struct step back[] = { { B, HOOK_OUTPUT },
				    { R, HOOK_FORWARD },
				    { A, HOOK_INPUT } };

struct expected {
	bool blocked;
	int host; /* -1: no rule anywhere */
	struct ruling ruling;
};

/* False: it is blocked, and `expected` says where. */
static bool pass(const struct world *world, const struct step *steps,
		 const struct packet *packet, bool first, struct expected *expected)
{
	for (size_t i = 0; i < HOSTS; i++) {
		struct ruling ruling;

		if (!world->ruled[steps[i].host] ||
		    !ruleset_judge(&world->rulesets[steps[i].host], steps[i].hook,
				   packet, &ruling))
			continue;
		if (ruling.action != ACTION_ACCEPT) {
			*expected = (struct expected){ true, steps[i].host, ruling };
			return false;
		}
		/* What let it in: the last rule, or if there is none the last policy. */
		if (first &&
		    (expected->host < 0 || !ruling.policy || expected->ruling.policy))
			*expected = (struct expected){ false, steps[i].host, ruling };
	}
	return true;
}

static struct expected foresee(const struct world *world, enum nst_protocol protocol,
			       unsigned short port)
{
	struct expected expected = { .host = -1 };
	struct packet question = { protocol, A, B, 55555, port, STATE_NEW };
	struct packet answer = { protocol, B, A, port, 55555, STATE_ESTABLISHED };
	struct packet payload = question;

	payload.state = STATE_ESTABLISHED;
	if (pass(world, there, &question, true, &expected) &&
	    pass(world, back, &answer, false, &expected) && protocol == NST_TCP)
		pass(world, there, &payload, false, &expected);
	return expected;
}

/* ---- Asking ---- */

static void complain(const struct world *world, const struct nst_question *question,
		     const struct expected *expected, const struct nst_verdict *verdict,
		     const struct nst_explanation *why)
{
	char *text = nst_explanation_text(why);

	fprintf(stderr, "ruling: %s -> %s %s/%u: ", question->from, question->to,
		nst_protocol_name(question->protocol), question->port);
	if (expected->host < 0)
		fprintf(stderr, "no rule decides");
	else
		fprintf(stderr, "%s %s:%u",
			expected->blocked ? "blocked by" : "open by",
			files[expected->host], expected->ruling.line);
	fprintf(stderr, ", but got %s: %s\n%s\n", nst_verdict_name(verdict->kind),
		verdict->sentence, text);
	free(text);
	for (int i = 0; i < HOSTS; i++)
		if (world->ruled[i])
			fprintf(stderr, "---- %s\n%s", files[i],
				world->rulesets[i].text);
}

static bool is_right(const struct expected *expected, const struct nst_verdict *verdict,
		     const struct nst_explanation *why)
{
	const struct nst_ruling *ruling = why->decisive;

	if (expected->blocked != nst_blocked(verdict) ||
	    (!expected->blocked && verdict->kind != NST_VERDICT_OPEN))
		return false;
	if (expected->host < 0)
		return !ruling;
	return ruling && strcmp(ruling->file, files[expected->host]) == 0 &&
	       ruling->line == expected->ruling.line &&
	       ruling->is_policy == expected->ruling.policy &&
	       strcmp(why->decisive_passage->host, names[expected->host]) == 0;
}

static void ask(struct world *world, uint64_t *random, struct score *score)
{
	struct nst_question question = {
		.from = "a",
		.to = "b",
		.protocol = random_below(random, 3),
		.family = world->family,
	};
	struct nst_explanation *why = NULL;
	struct nst_verdict verdict;
	struct expected expected;

	if (question.protocol != NST_ICMP)
		question.port = (unsigned short)(ASKED - 2 + random_below(random, 6));
	expected = foresee(world, question.protocol, question.port);
	must("asking", nst_explain(world->lab, &question, &verdict, &why));
	score->pairs++;
	score->blocked += expected.blocked;
	score->nothing += expected.host < 0;
	score->by_policy += expected.host >= 0 && expected.ruling.policy;
	score->by_rule += expected.host >= 0 && !expected.ruling.policy;
	if (*why->unknown) {
		score->unknown++;
	} else if (!is_right(&expected, &verdict, why)) {
		score->wrong++;
		complain(world, &question, &expected, &verdict, why);
	}
	nst_explanation_free(why);
}

static void load(struct world *world, int host, enum backend backend, uint64_t *random)
{
	struct ruleset *ruleset = &world->rulesets[host];

	ruleset_make(ruleset, backend, world->family,
		     world->family == AF_INET ? addresses4 : addresses6, ASKED, random);
	must("loading rules",
	     nst_ruleset_load(
		     world->lab, names[host],
		     &(struct nst_ruleset){
			     .text = ruleset->text,
			     .path = files[host],
			     .kind = backend == BACKEND_NFT     ? NST_RULESET_NFT
				     : world->family == AF_INET ? NST_RULESET_IPTABLES
								: NST_RULESET_IP6TABLES,
			     .xtables = backend == BACKEND_LEGACY ? NST_XTABLES_LEGACY
								  : NST_XTABLES_NFT,
		     }));
	world->ruled[host] = true;
}

static void run_lab(enum backend backend, uint64_t *random, struct score *score)
{
	static struct world world;

	memset(&world, 0, sizeof(world));
	world.family = random_below(random, 4) ? AF_INET : AF_INET6;
	must("building a lab", nst_lab_up(&routed, NULL, &world.lab));
	for (int i = 0; i < HOSTS; i++)
		if (random_below(random, 100) < 55)
			load(&world, i, backend, random);
	for (int i = 0; i < PROBES_PER_LAB; i++)
		ask(&world, random, score);
	nst_lab_down(world.lab);
}

static bool run(enum backend backend, unsigned long pairs, uint64_t seed)
{
	uint64_t random = seed * 0x9e3779b97f4a7c15U + backend + 1;
	struct score score = { 0 };
	double begin = now_us();

	while (score.pairs < pairs)
		run_lab(backend, &random, &score);
	printf("ruling, %s, seed %llu: %lu pairs in %.1f s: %lu wrong, %lu not known "
	       "(blocked %lu; decided by a rule %lu, by a policy %lu, by nothing "
	       "%lu)\n",
	       backends[backend], (unsigned long long)seed, score.pairs,
	       (now_us() - begin) / 1e6, score.wrong, score.unknown, score.blocked,
	       score.by_rule, score.by_policy, score.nothing);
	return !score.wrong && !score.unknown;
}

int main(int argc, char **argv)
{
	unsigned long pairs = argc > 1 ? strtoul(argv[1], NULL, 10) : 300;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	bool fine = true;

	must("becoming root", nst_become_root());
	for (int backend = 0; backend < BACKENDS; backend++)
		if (argc < 4 || strcmp(argv[3], backends[backend]) == 0)
			fine &= run(backend, pairs, seed);
	return fine ? 0 : 1;
}
