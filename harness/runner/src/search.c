/* SPDX-License-Identifier: MIT */
/* A probe that tells a mutant from the original: hosts × hosts × services are tried in both
 * labs, what the mutated lines are about first. Always the same ones, in the same order. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <lab/plan.h>

#include "trials.h"

enum { PROBES_MOST = 800, SERVICES_MOST = 48, ALWAYS = 9, SETTLE_MS = 50 };

struct service {
	enum nst_protocol protocol;
	unsigned short port;
};

/* What is tried. */
struct search {
	const struct trials *trials;
	const struct nst_setup *setup;
	const struct replaced *replaced;
	struct nst_plan *plan;
	struct service services[SERVICES_MOST];
	size_t service_count;
	struct nst_lab *original, *mutant;
	struct nst_mutant_fate *fate;
};

/* ---- Services ---- */

static void add_service(struct search *search, enum nst_protocol protocol,
			unsigned long port)
{
	if (port > 65535 || (protocol != NST_ICMP && !port))
		return;
	for (size_t i = 0; i < search->service_count; i++)
		if (search->services[i].protocol == protocol &&
		    search->services[i].port == port)
			return;
	if (search->service_count < SERVICES_MOST)
		search->services[search->service_count++] =
			(struct service){ protocol, (unsigned short)port };
}

/* A port, and the one behind it, which a range that is too wide has. */
static void add_port(struct search *search, unsigned long port, bool udp_first)
{
	for (unsigned int more = 0; port && more < 2; more++) {
		add_service(search, udp_first ? NST_UDP : NST_TCP, port + more);
		add_service(search, udp_first ? NST_TCP : NST_UDP, port + more);
	}
}

/* All numbers of a text that may be ports. */
static void add_numbers(struct search *search, const char *text)
{
	bool udp = strstr(text, "udp");

	while (*text) {
		char *end;
		unsigned long number;

		if (!isdigit((unsigned char)*text)) {
			text++;
			continue;
		}
		number = strtoul(text, &end, 10);
		/* no part of an address, a name, or a prefix */
		if (!strchr("./", *end) || !*end)
			add_port(search, number, udp);
		for (text = end;
		     isalnum((unsigned char)*text) || *text == '.' || *text == '/';
		     text++)
			;
	}
}

/* What the mutated lines name and a few that are always of interest; if they name none, what
 * expectations and rules name. */
static void choose_services(struct search *search)
{
	if (search->replaced->about)
		add_numbers(search, search->replaced->about);
	add_service(search, NST_ICMP, 0);
	add_port(search, 22, false);
	add_port(search, 4242, false);
	if (search->service_count > ALWAYS)
		return; /* the rule names its ports */
	for (size_t i = 0; i < search->trials->count; i++) {
		const struct trial *trial = &search->trials->list[i];

		for (size_t n = 0; trial->asked && n < trial->count; n++) {
			const struct nst_question *question =
				&trial->asked[n]->expect.question;

			add_service(search, question->protocol, question->port);
		}
	}
	add_numbers(search, search->replaced->rules->text);
}

/* ---- Probes ---- */

static bool is_sure(const struct nst_verdict *verdict)
{
	return verdict->kind != NST_VERDICT_UNANSWERED &&
	       verdict->kind != NST_VERDICT_INCONCLUSIVE;
}

/* Return: 1 if the two labs answer differently, 0 if not; -errno. */
static int differs(struct nst_lab *original, struct nst_lab *mutant,
		   const struct nst_question *question, struct nst_verdict verdicts[2])
{
	int r = nst_probe(original, question, &verdicts[0]);

	if (r == 0)
		r = nst_probe(mutant, question, &verdicts[1]);
	if (r < 0)
		return r;
	return is_sure(&verdicts[0]) && is_sure(&verdicts[1]) &&
	       verdicts[0].kind != verdicts[1].kind;
}

/* Once more in two labs in which nothing has happened yet. */
static int differs_afresh(const struct search *search,
			  const struct nst_question *question,
			  struct nst_verdict verdicts[2])
{
	int timeout_ms = search->trials->context->options.timeout_ms;
	struct nst_lab *original nst_autodown = NULL, *mutant nst_autodown = NULL;
	int r = trial_lab(search->setup, &(struct replaced){ 0 }, false, timeout_ms,
			  &original);

	if (r == 0)
		r = trial_lab(search->setup, search->replaced, false, timeout_ms,
			      &mutant);
	return r < 0 ? r : differs(original, mutant, question, verdicts);
}

static void suggest(struct nst_mutant_fate *fate, const struct nst_question *question,
		    const struct nst_verdict verdicts[2])
{
	char port[8] = "";

	if (question->port)
		snprintf(port, sizeof(port), "/%u", question->port);
	snprintf(fate->suggestion, sizeof(fate->suggestion), "%s -> %s %s%s%s %s",
		 question->from, question->to, nst_protocol_name(question->protocol),
		 port, question->family == AF_INET6 ? " over ipv6" : "",
		 nst_verdict_name(verdicts[0].kind));
	snprintf(fate->instead, sizeof(fate->instead), "%s",
		 nst_verdict_name(verdicts[1].kind));
}

static int try_probe(struct search *search, const struct nst_question *question)
{
	static struct nst_verdict verdicts[2]; /* large */
	int r;

	search->fate->searched++;
	r = differs(search->original, search->mutant, question, verdicts);
	if (r == 1)
		r = differs_afresh(search, question, verdicts);
	if (r == 1)
		suggest(search->fate, question, verdicts);
	return r;
}

/* By the host's name; and by an address that its name does not stand for. */
static int try_pair(struct search *search, size_t from, size_t to, int family,
		    const struct service *service)
{
	const struct nst_plan *plan = search->plan;
	const struct nst_node *target = &plan->nodes[to];
	const struct nst_address *first = nst_plan_address_of(plan, to, family);
	char name[INET6_ADDRSTRLEN];
	struct nst_question question = {
		.from = plan->nodes[from].name,
		.to = target->name,
		.protocol = service->protocol,
		.port = service->port,
		.family = family,
		.settle_ms = SETTLE_MS,
	};
	int r = first ? try_probe(search, &question) : 0;

	for (size_t i = 0; i < target->interface_count && r == 0; i++) {
		const struct nst_interface *interface =
			&plan->interfaces[target->interfaces[i]];

		for (size_t n = 0; n < interface->address_count && r == 0; n++) {
			const struct nst_address *address = &interface->addresses[n];

			if (address->family != family ||
			    (first && !memcmp(address->bytes, first->bytes,
					      sizeof(first->bytes))))
				continue;
			question.to = nst_address_print(address, name);
			r = try_probe(search, &question);
		}
	}
	return r;
}

static int try_service(struct search *search, const struct service *service)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct nst_plan *plan = search->plan;
	int r = 0;

	for (size_t f = 0; f < ARRAY_SIZE(families) && r == 0; f++)
		for (size_t from = 0; from < plan->node_count && r == 0; from++)
			for (size_t to = 0; to < plan->node_count && r == 0; to++) {
				if (search->fate->searched >= PROBES_MOST)
					return 0;
				if (from == to ||
				    !nst_plan_address_of(plan, from, families[f]) ||
				    !nst_plan_address_of(plan, to, families[f]))
					continue;
				r = try_pair(search, from, to, families[f], service);
			}
	return r;
}

static int search_setup(struct search *search)
{
	int timeout_ms = search->trials->context->options.timeout_ms;
	int r = nst_plan_make(&search->setup->topology, &search->plan);

	if (r == 0)
		r = trial_lab(search->setup, &(struct replaced){ 0 }, false, timeout_ms,
			      &search->original);
	if (r == 0)
		r = trial_lab(search->setup, search->replaced, false, timeout_ms,
			      &search->mutant);
	for (size_t i = 0; i < search->service_count && r == 0; i++)
		r = try_service(search, &search->services[i]);
	nst_lab_down(search->original);
	nst_lab_down(search->mutant);
	nst_plan_free(search->plan);
	search->original = search->mutant = NULL;
	search->plan = NULL;
	return r;
}

static bool has_rules(const struct nst_setup *setup, const struct nst_ruleset *rules)
{
	for (size_t i = 0; i < setup->ruleset_count; i++)
		if (rules_are_same(&setup->rulesets[i].rules, rules))
			return true;
	return false;
}

int search_probe(const struct trials *trials, const struct replaced *replaced,
		 struct nst_mutant_fate *fate)
{
	struct search search = {
		.trials = trials,
		.replaced = replaced,
		.fate = fate,
	};

	choose_services(&search);
	/* One setup is enough: the others differ in what the matrix varies. */
	for (size_t i = 0; i < trials->count; i++) {
		search.setup = trials->list[i].setup;
		if (has_rules(search.setup, replaced->rules))
			return search_setup(&search);
	}
	return 0;
}
