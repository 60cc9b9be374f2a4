/* SPDX-License-Identifier: MIT */
/* Random labs whose rules are known. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nstest/program.h>
#include <nstest/ruleset.h>

#include "library.h"
#include "truth_world.h"

uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

unsigned int random_below(uint64_t *state, unsigned int limit)
{
	return (unsigned int)(random_next(state) % limit);
}

/* ---- Shapes ---- */

#define A(n) "10." #n ".0.1/24, fd0" #n "::1/64"
#define B(n) "10." #n ".0.2/24, fd0" #n "::2/64"

struct shape {
	const char *name;
	const char *stations[STATIONS_MAX]; /* from a to b */
	bool one_way;                       /* b cannot ask a */
	struct nst_topology topology;
};

static const struct nst_host switch_host[] = { { .name = "s", .kind = NST_SWITCH },
					       {} };
static const struct nst_host switches[] = { { .name = "s", .kind = NST_SWITCH },
					    { .name = "t", .kind = NST_SWITCH },
					    {} };
static const struct nst_host router[] = { { .name = "r", .kind = NST_ROUTER }, {} };
static const struct nst_host nat[] = { { .name = "r", .kind = NST_NAT_ROUTER }, {} };
static const struct nst_host routers[] = { { .name = "r", .kind = NST_ROUTER },
					   { .name = "q", .kind = NST_ROUTER },
					   {} };
static const struct nst_host mixed[] = { { .name = "s", .kind = NST_SWITCH },
					 { .name = "r", .kind = NST_ROUTER },
					 {} };

static const struct nst_link direct_links[] = {
	{ .a = { "a", A(1) }, .b = { "b", B(1) } },
	{},
};
static const struct nst_link switch_links[] = {
	{ .a = { "a", A(1) }, .b = { "s" } },
	{ .a = { "b", B(1) }, .b = { "s" } },
	{ .a = { "c", "10.1.0.3/24, fd01::3/64" }, .b = { "s" } },
	{},
};
static const struct nst_link switches_links[] = {
	{ .a = { "a", A(1) }, .b = { "s" } },
	{ .a = { "s" }, .b = { "t" } },
	{ .a = { "b", B(1) }, .b = { "t" } },
	{},
};
static const struct nst_link router_links[] = {
	{ .a = { "a", A(1) }, .b = { "r", B(1) } },
	{ .a = { "r", A(2) }, .b = { "b", B(2) } },
	{},
};
static const struct nst_link routers_links[] = {
	{ .a = { "a", A(1) }, .b = { "r", B(1) } },
	{ .a = { "r", A(2) }, .b = { "q", B(2) } },
	{ .a = { "q", A(3) }, .b = { "b", B(3) } },
	{},
};
static const struct nst_link mixed_links[] = {
	{ .a = { "a", A(1) }, .b = { "s" } },
	{ .a = { "s" }, .b = { "r", B(1) } },
	{ .a = { "r", A(2) }, .b = { "b", B(2) } },
	{},
};

static const struct shape shapes[] = {
	{ "direct", { "a", "b" }, false, { .links = direct_links } },
	{ "switch", { "a", "s", "b" }, false, { switch_host, switch_links } },
	{ "two switches", { "a", "s", "t", "b" }, false, { switches, switches_links } },
	{ "router", { "a", "r", "b" }, false, { router, router_links } },
	{ "NAT", { "a", "r", "b" }, true, { nat, router_links } },
	{ "two routers", { "a", "r", "q", "b" }, false, { routers, routers_links } },
	{ "switch and router", { "a", "s", "r", "b" }, false, { mixed, mixed_links } },
};

enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

static bool is_switch(const char *station)
{
	return *station == 's' || *station == 't';
}

/* Station number `i` on the way from the asker. */
static const char *station(const struct world *world, int direction, unsigned int i)
{
	return world->shape->stations[direction ? world->stations - 1 - i : i];
}

const char *world_name(const struct world *world)
{
	return world->shape->name;
}

const char *world_address(const struct world *world)
{
	const struct nst_link *link = world->shape->topology.links;
	static char address[16];

	for (; link->a.host; link++) {
		const struct nst_end *end =
			strcmp(link->a.host, "b") == 0 ? &link->a : &link->b;

		if (strcmp(end->host, "b") == 0)
			snprintf(address, sizeof(address), "%.*s",
				 (int)strcspn(end->addresses, "/"), end->addresses);
	}
	return address;
}

/* ---- Rules ---- */

static unsigned short port_of(int direction, enum nst_protocol protocol, int number)
{
	return (unsigned short)(2000 + 1000 * direction + 100 * (int)protocol + number);
}

/* At which hook of its station a fate strikes, as nft names it. */
static const char *hook_of(const struct world *world, const struct fate *fate,
			   int direction)
{
	if (is_switch(station(world, direction, fate->station)))
		return "forward";
	if (fate->station == 0)
		return fate->answer ? "input" : "output";
	if (fate->station == world->stations - 1)
		return fate->answer ? "output" : "input";
	return "forward";
}

static void put_match(FILE *rules, const struct fate *fate, enum nst_protocol protocol,
		      unsigned short port)
{
	if (protocol == NST_ICMP) {
		fprintf(rules, "%s type echo-%s", port ? "icmpv6" : "icmp",
			fate->answer ? "reply" : "request");
		return;
	}
	fprintf(rules, "%s %s %u", nst_protocol_name(protocol),
		fate->answer ? "sport" : "dport", port);
	if (fate->payload)
		fprintf(rules, " tcp flags & psh == psh");
}

static void put_rule(FILE *rules, const struct fate *fate, enum nst_protocol protocol,
		     unsigned short port)
{
	if (fate->act == ACT_PASS)
		return;
	fprintf(rules, "\t\t");
	put_match(rules, fate, protocol, port);
	if (fate->act == ACT_DROP)
		fprintf(rules, " drop\n");
	else if (fate->act == ACT_RESET)
		fprintf(rules, " reject with tcp reset\n");
	else
		fprintf(rules, " reject with icmpx type %s\n", fate->code);
}

static void put_fate(const struct world *world, FILE *rules, const char *host,
		     const char *hook, int direction, enum nst_protocol protocol,
		     int number)
{
	const struct fate *fate = &world->fates[direction][protocol][number];

	if (strcmp(station(world, direction, fate->station), host) != 0 ||
	    strcmp(hook_of(world, fate, direction), hook) != 0)
		return;
	if (protocol != NST_ICMP) {
		put_rule(rules, fate, protocol, port_of(direction, protocol, number));
		return;
	}
	/* One echo, for both families. */
	put_rule(rules, fate, protocol, 0);
	put_rule(rules, fate, protocol, 1);
}

static void put_chain(const struct world *world, FILE *rules, const char *host,
		      const char *hook)
{
	int directions = world->shape->one_way ? 1 : 2;

	fprintf(rules, "\tchain %s {\n\t\ttype filter hook %s priority 0;\n", hook,
		hook);
	for (int direction = 0; direction < directions; direction++)
		for (int number = 0; number < PORTS; number++) {
			put_fate(world, rules, host, hook, direction, NST_TCP, number);
			put_fate(world, rules, host, hook, direction, NST_UDP, number);
		}
	put_fate(world, rules, host, hook, 0, NST_ICMP, 0);
	fprintf(rules, "\t}\n");
}

static bool run(const struct world *world, const char *host, const char *command,
		const char *input)
{
	const struct nst_start start = { .host = host,
					 .command = command,
					 .input = input };
	struct nst_ran ran;
	bool well;

	must(host, nst_run(world->lab, &start, 10000, &ran));
	well = ran.exit.status == 0;
	if (!well)
		fprintf(stderr, "bench: %s: %s: %s\n", host, command, ran.err);
	nst_ran_free(&ran);
	return well;
}

bool world_run(const struct world *world, const char *command)
{
	char text[512];

	snprintf(text, sizeof(text), command,
		 (1U << sysconf(_SC_NPROCESSORS_ONLN) % 32) - 1);
	for (unsigned int i = 0; i < world->stations; i++)
		if (!run(world, world->shape->stations[i], text, NULL))
			return false;
	return true;
}

/* Rulesets are for hosts; a bridge has its own hooks. */
static void load(const struct world *world, const char *host, const char *script)
{
	const struct nst_ruleset ruleset = { .kind = NST_RULESET_NFT, .text = script };

	if (!is_switch(host))
		must(host, nst_ruleset_load(world->lab, host, &ruleset));
	else if (!run(world, host, "nft -f -", script))
		exit(1);
}

static void load_rules(const struct world *world, const char *host)
{
	static const char *const hooks[] = { "input", "forward", "output" };
	char *text = NULL;
	size_t size;
	FILE *rules = open_memstream(&text, &size);

	fprintf(rules, "table %s truth {\n", is_switch(host) ? "bridge" : "inet");
	for (int i = 0; i < 3; i++)
		put_chain(world, rules, host, hooks[i]);
	fprintf(rules, "}\n");
	fclose(rules);
	load(world, host, text);
	free(text);
}

/* ---- Fates ---- */

static struct fate random_fate(const struct world *world, uint64_t *random,
			       int direction, enum nst_protocol protocol)
{
	static const char *const codes[] = { "no-route", "port-unreachable",
					     "host-unreachable", "admin-prohibited" };
	struct fate fate = {
		.act = random_below(random, ACT_COUNT),
		.answer = random_below(random, 2),
		.payload = protocol == NST_TCP && random_below(random, 3) == 0,
		.station = random_below(random, world->stations),
		.code = codes[random_below(random, 4)],
	};

	if (fate.act == ACT_RESET && protocol != NST_TCP)
		fate.act = ACT_DROP;
	/* Bridges of small kernels cannot reject (CONFIG_NFT_BRIDGE_REJECT). */
	if (is_switch(station(world, direction, fate.station)) && fate.act != ACT_PASS)
		fate.act = ACT_DROP;
	return fate;
}

/* The shape's links, impaired: valid until the next call. */
static struct nst_topology impaired(const struct nst_topology *plain,
				    const struct nst_impairment *impairment)
{
	static struct nst_link links[STATIONS_MAX + 1];
	size_t count = 0;

	for (; plain->links[count].a.host; count++) {
		links[count] = plain->links[count];
		links[count].a_to_b = links[count].b_to_a = *impairment;
		links[count].impairable = true;
	}
	links[count] = (struct nst_link){ 0 };
	return (struct nst_topology){ plain->hosts, links };
}

void world_make(uint64_t *random, const struct nst_impairment *impairment,
		struct world *world)
{
	struct nst_topology topology;

	world->shape = &shapes[random_below(random, SHAPES)];
	world->stations = 0;
	while (world->stations < STATIONS_MAX &&
	       world->shape->stations[world->stations])
		world->stations++;
	for (int direction = 0; direction < 2; direction++)
		for (int protocol = 0; protocol < 3; protocol++)
			for (int number = 0; number < PORTS; number++)
				world->fates[direction][protocol][number] =
					random_fate(world, random, direction, protocol);
	topology = impairment ? impaired(&world->shape->topology, impairment)
			      : world->shape->topology;
	must("lab", nst_lab_up(&topology, NULL, &world->lab));
	for (unsigned int i = 0; i < world->stations; i++)
		load_rules(world, world->shape->stations[i]);
}

/* ---- Truth ---- */

static enum nst_place place_of(const struct world *world, const struct fate *fate,
			       int direction)
{
	const char *hook = hook_of(world, fate, direction);

	if (is_switch(station(world, direction, fate->station)))
		return NST_PLACE_LINK;
	return *hook == 'i'   ? NST_PLACE_INPUT
	       : *hook == 'o' ? NST_PLACE_OUTPUT
			      : NST_PLACE_FORWARD;
}

/* Whether the fate strikes when nothing listens: the answer is then an RST without
 * payload, or an ICMP error, which no rule here matches. */
static bool strikes_closed_port(const struct fate *fate, enum nst_protocol protocol)
{
	return !fate->payload && !(fate->answer && protocol == NST_UDP);
}

/* The kernel sends no ICMP error while it sends an echo reply: it is the same socket
 * (net/ipv4/icmp.c, icmp_xmit_lock()). The reply is just dropped. */
static bool cannot_reject(const struct world *world, const struct fate *fate,
			  const struct trial *trial)
{
	return trial->question.protocol == NST_ICMP && fate->answer &&
	       fate->station == world->stations - 1;
}

static void put_truth(const struct world *world, const struct fate *fate, int direction,
		      struct trial *trial)
{
	bool closed = trial->question.listener == NST_LISTENER_NONE;
	struct nst_verdict *truth = &trial->expected;

	if (fate->act == ACT_PASS ||
	    (closed && !strikes_closed_port(fate, trial->question.protocol))) {
		truth->kind = closed ? NST_VERDICT_REFUSED : NST_VERDICT_OPEN;
		return;
	}
	truth->kind = fate->act == ACT_DROP || cannot_reject(world, fate, trial)
			      ? NST_VERDICT_DROPPED
			      : NST_VERDICT_REJECTED;
	truth->where.place = place_of(world, fate, direction);
	truth->where.answer = fate->answer;
	strcpy(truth->where.host, station(world, direction, fate->station));
}

void world_ask(const struct world *world, uint64_t *random, struct trial *ret_trial)
{
	enum nst_protocol protocol = random_below(random, 3);
	int direction = world->shape->one_way || protocol == NST_ICMP
				? 0
				: (int)random_below(random, 2);
	int number = protocol == NST_ICMP ? 0 : (int)random_below(random, PORTS);
	const struct fate *fate = &world->fates[direction][protocol][number];
	bool closed = protocol != NST_ICMP && random_below(random, 4) == 0;

	/* What becomes of an RST that is answered with an error is nobody's question. */
	if (fate->answer && fate->act > ACT_DROP)
		closed = false;
	*ret_trial = (struct trial){
		.question = {
			.from = direction ? "b" : "a",
			.to = direction ? "a" : "b",
			.protocol = protocol,
			.port = protocol == NST_ICMP
					? 0
					: port_of(direction, protocol, number),
			.family = random_below(random, 2) ? AF_INET6 : AF_INET,
			.listener = closed ? NST_LISTENER_NONE : NST_LISTENER_AUTO,
		},
	};
	put_truth(world, fate, direction, ret_trial);
}
