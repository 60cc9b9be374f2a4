/* SPDX-License-Identifier: MIT */
/* Labs to ask questions in. */
#include <string.h>

#include <nstest/error.h>
#include <nstest/ruleset.h>

#include "world.h"

const int families[FAMILIES] = { AF_INET, AF_INET6 };

#define A_SIDE(n) "10." #n ".0.1/24, fd0" #n "::1/64"
#define B_SIDE(n) "10." #n ".0.2/24, fd0" #n "::2/64"
#define C_SIDE(n) "10." #n ".0.3/24, fd0" #n "::3/64"

const struct nst_topology direct = {
	.links =
		(struct nst_link[]){
			{ .a = { "a", A_SIDE(1) }, .b = { "b", B_SIDE(1) } }, {} },
};

const struct nst_topology switched = {
	.hosts = (struct nst_host[]){ { "s", .kind = NST_SWITCH }, {} },
	.links = (struct nst_link[]){ { .a = { "a", A_SIDE(1) }, .b = { "s" } },
				      { .a = { "b", B_SIDE(1) }, .b = { "s" } },
				      { .a = { "c", C_SIDE(1) }, .b = { "s" } },
				      {} },
};

const struct nst_topology routed = {
	.hosts = (struct nst_host[]){ { "s", .kind = NST_SWITCH },
				      { "r", .kind = NST_ROUTER },
				      {} },
	.links = (struct nst_link[]){ { .a = { "a", A_SIDE(1) }, .b = { "s" } },
				      { .a = { "c", C_SIDE(1) }, .b = { "s" } },
				      { .a = { "s" }, .b = { "r", B_SIDE(1) } },
				      { .a = { "r", A_SIDE(2) },
					.b = { "b", B_SIDE(2) } },
				      {} },
};

const struct nst_topology natted = {
	.hosts = (struct nst_host[]){ { "r", .kind = NST_NAT_ROUTER }, {} },
	.links =
		(struct nst_link[]){
			{ .a = { "a", A_SIDE(1) }, .b = { "r", B_SIDE(1) } },
			{ .a = { "r", A_SIDE(2) }, .b = { "b", B_SIDE(2) } },
			{} },
};

struct nst_lab *up(const struct nst_topology *topology)
{
	struct nst_lab *lab = NULL;

	cr_assert_eq(nst_lab_up(topology, NULL, &lab), 0, "%s", nst_error());
	return lab;
}

void rules(struct nst_lab *lab, const char *host, const char *script)
{
	const struct nst_ruleset ruleset = { .kind = NST_RULESET_NFT, .text = script };
	const struct nst_start nft = { .host = host,
				       .command = "nft -f -",
				       .input = script };
	struct nst_ran ran = { 0 };

	if (strncmp(script, "table bridge", 12) != 0) {
		cr_assert_eq(nst_ruleset_load(lab, host, &ruleset), 0, "%s",
			     nst_error());
		return;
	}
	cr_assert_eq(nst_run(lab, &nft, 10000, &ran), 0, "%s", nst_error());
	cr_assert_eq(ran.exit.status, 0, "%s", ran.err);
	nst_ran_free(&ran);
}

bool runs(struct nst_lab *lab, const char *host, const char *command)
{
	const struct nst_start start = { .host = host, .command = command };
	struct nst_ran ran = { 0 };
	bool well;

	cr_assert_eq(nst_run(lab, &start, 10000, &ran), 0, "%s", nst_error());
	well = ran.exit.status == 0;
	if (!well)
		cr_log_info("%s: %s%s", command, ran.out, ran.err);
	nst_ran_free(&ran);
	return well;
}

void run(struct nst_lab *lab, const char *host, const char *command)
{
	cr_assert(runs(lab, host, command), "%s failed in %s", command, host);
}

struct nst_program *serve(struct nst_lab *lab, const char *host, const char *command,
			  unsigned short port, unsigned short udp_port)
{
	struct nst_program *program = NULL;
	const struct nst_start start = { .host = host,
					 .command = command,
					 .ready = { .port = port,
						    .udp_port = udp_port } };

	cr_assert_eq(nst_start(lab, &start, &program), 0, "%s", nst_error());
	cr_assert_eq(nst_wait_ready(program, 10000), 0, "%s", nst_error());
	return program;
}

const struct nst_verdict *ask(struct nst_lab *lab, const struct nst_question *question)
{
	static struct nst_verdict verdict;

	cr_assert_eq(nst_probe(lab, question, &verdict), 0, "%s", nst_error());
	return &verdict;
}

void expect_kind_at(int line, const struct nst_verdict *verdict,
		    enum nst_verdict_kind wanted)
{
	cr_expect_eq(verdict->kind, wanted, "line %d: expected %s, got %s: %s %s\n%s",
		     line, nst_verdict_name(wanted), nst_verdict_name(verdict->kind),
		     verdict->sentence, verdict->why_waited, verdict->ladder);
}

void expect_place_at(int line, const struct nst_verdict *verdict, enum nst_place place,
		     const char *host, bool answer)
{
	const struct nst_where *where = &verdict->where;

	cr_expect(where->place == place && strcmp(where->host, host) == 0 &&
			  where->answer == answer,
		  "line %d: expected %s:%d%s, got %s:%d%s: %s\n%s", line, host,
		  (int)place, answer ? " answer" : "", where->host, (int)where->place,
		  where->answer ? " answer" : "", verdict->sentence, verdict->ladder);
}

void expect_says_at(int line, const struct nst_verdict *verdict, const char *part)
{
	cr_expect(strstr(verdict->sentence, part),
		  "line %d: expected \"…%s…\", got \"%s\"", line, part,
		  verdict->sentence);
}
