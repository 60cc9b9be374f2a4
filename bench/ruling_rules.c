/* SPDX-License-Identifier: MIT */
/* Random rulesets, printed in two languages, and judged by a model of ten lines. */
#include <assert.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ruling_rules.h"

unsigned int random_below(uint64_t *random, unsigned int limit)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (unsigned int)((*random >> 11) % limit);
}

static bool chance(uint64_t *random, unsigned int percent)
{
	return random_below(random, 100) < percent;
}

/* ---- Making ---- */

static struct match random_match(uint64_t *random, unsigned short asked)
{
	struct match match = { .protocol = -1, .source = -1, .destination = -1 };

	if (chance(random, 70))
		match.protocol = (int)random_below(random, 3);
	if (chance(random, 30))
		match.source = (int)random_below(random, HOSTS);
	if (chance(random, 20))
		match.destination = (int)random_below(random, HOSTS);
	match.not_source = match.source >= 0 && chance(random, 30);
	if (match.protocol >= 0 && match.protocol != NST_ICMP && chance(random, 60)) {
		match.low = asked - 2 + (int)random_below(random, 4);
		match.high = match.low + (int)random_below(random, 3);
		match.not_port = chance(random, 20);
		match.at_source = chance(random, 20);
	}
	if (chance(random, 25))
		match.state = 1 + random_below(random, 2);
	return match;
}

static struct rule random_rule(uint64_t *random, unsigned short asked, size_t chain)
{
	static const enum action actions[] = {
		ACTION_ACCEPT, ACTION_ACCEPT, ACTION_ACCEPT, ACTION_DROP,
		ACTION_DROP,   ACTION_REJECT, ACTION_COUNT,  ACTION_RETURN,
		ACTION_JUMP,   ACTION_JUMP,   ACTION_GOTO,
	};
	struct rule rule = {
		.match = random_match(random, asked),
		.action = actions[random_below(random,
					       sizeof(actions) / sizeof(actions[0]))],
	};

	/* Chains jump to later ones only: no loops. */
	if (rule.action == ACTION_JUMP || rule.action == ACTION_GOTO) {
		size_t first = chain < HOOKS ? HOOKS : chain + 1;

		if (first == CHAINS_MAX)
			rule.action = ACTION_COUNT;
		else
			rule.target = first + random_below(random, CHAINS_MAX - first);
	}
	return rule;
}

/* ---- Printing ---- */

struct page {
	char *text;
	size_t length;
	unsigned int line;
};

/* One line; returns its number. */
__attribute__((format(printf, 2, 3))) static unsigned int put_line(struct page *page,
								   const char *format,
								   ...)
{
	va_list arguments;

	va_start(arguments, format);
	page->length += (size_t)vsnprintf(page->text + page->length,
					  RULES_TEXT - page->length, format, arguments);
	va_end(arguments);
	assert(page->length + 1 < RULES_TEXT);
	page->text[page->length++] = '\n';
	page->text[page->length] = '\0';
	return page->line++;
}

static const char *const protocol_words[] = { "tcp", "udp", "icmp" };

static const char *protocol_word(const struct ruleset *ruleset, int protocol)
{
	return protocol == NST_ICMP && ruleset->family == AF_INET6
		       ? "ipv6-icmp"
		       : protocol_words[protocol];
}

static void put_nft_match(const struct ruleset *ruleset, const struct match *match,
			  const char *const *addresses, char *text, size_t size)
{
	const char *ip = ruleset->family == AF_INET ? "ip" : "ip6";
	size_t at = 0;

	*text = '\0';
	if (match->source >= 0)
		at += (size_t)snprintf(text + at, size - at, "%s saddr %s%s ", ip,
				       match->not_source ? "!= " : "",
				       addresses[match->source]);
	if (match->destination >= 0)
		at += (size_t)snprintf(text + at, size - at, "%s daddr %s ", ip,
				       addresses[match->destination]);
	if (match->low)
		at += (size_t)snprintf(text + at, size - at, "%s %s %s%d-%d ",
				       protocol_words[match->protocol],
				       match->at_source ? "sport" : "dport",
				       match->not_port ? "!= " : "", match->low,
				       match->high + 1);
	else if (match->protocol >= 0)
		at += (size_t)snprintf(text + at, size - at, "meta l4proto %s ",
				       protocol_word(ruleset, match->protocol));
	if (match->state)
		snprintf(text + at, size - at, "ct state %s ",
			 match->state == STATE_NEW ? "new" : "established");
}

static void put_iptables_match(const struct ruleset *ruleset, const struct match *match,
			       const char *const *addresses, char *text, size_t size)
{
	size_t at = 0;

	*text = '\0';
	if (match->source >= 0)
		at += (size_t)snprintf(text + at, size - at, " %s-s %s",
				       match->not_source ? "! " : "",
				       addresses[match->source]);
	if (match->destination >= 0)
		at += (size_t)snprintf(text + at, size - at, " -d %s",
				       addresses[match->destination]);
	if (match->protocol >= 0)
		at += (size_t)snprintf(text + at, size - at, " -p %s",
				       protocol_word(ruleset, match->protocol));
	if (match->low)
		at += (size_t)snprintf(text + at, size - at, " %s--%s %d:%d",
				       match->not_port ? "! " : "",
				       match->at_source ? "sport" : "dport", match->low,
				       match->high + 1);
	if (match->state)
		snprintf(text + at, size - at, " -m conntrack --ctstate %s",
			 match->state == STATE_NEW ? "NEW" : "ESTABLISHED");
}

static void put_nft_action(const struct rule *rule, char *text, size_t size)
{
	static const char *const words[] = {
		[ACTION_ACCEPT] = "accept", [ACTION_DROP] = "drop",
		[ACTION_REJECT] = "reject", [ACTION_COUNT] = "counter",
		[ACTION_RETURN] = "return", [ACTION_JUMP] = "jump",
		[ACTION_GOTO] = "goto",
	};

	if (rule->action == ACTION_JUMP || rule->action == ACTION_GOTO)
		snprintf(text, size, "%s c%zu", words[rule->action], rule->target);
	else
		snprintf(text, size, "%s", words[rule->action]);
}

static void put_iptables_action(const struct rule *rule, char *text, size_t size)
{
	static const char *const words[] = {
		[ACTION_ACCEPT] = " -j ACCEPT", [ACTION_DROP] = " -j DROP",
		[ACTION_REJECT] = " -j REJECT", [ACTION_COUNT] = "",
		[ACTION_RETURN] = " -j RETURN", [ACTION_JUMP] = " -j",
		[ACTION_GOTO] = " -g",
	};

	if (rule->action == ACTION_JUMP || rule->action == ACTION_GOTO)
		snprintf(text, size, "%s c%zu", words[rule->action], rule->target);
	else
		snprintf(text, size, "%s", words[rule->action]);
}

static void print_nft(struct ruleset *ruleset, const char *const *addresses)
{
	static const char *const hooks[] = { "input", "forward", "output" };
	struct page page = { ruleset->text, 0, 1 };
	char match[256], action[64];

	put_line(&page, "table inet fw {");
	for (size_t i = CHAINS_MAX; i-- > 0;) {
		struct chain *chain = &ruleset->chains[i];

		if (!chain->there)
			continue;
		if (i >= HOOKS) {
			put_line(&page, "	chain c%zu {", i);
		} else {
			put_line(&page, "	chain %s {", hooks[i]);
			chain->line =
				put_line(&page,
					 "		type filter hook %s "
					 "priority 0; policy %s;",
					 hooks[i], chain->drops ? "drop" : "accept");
			put_line(&page,
				 "		icmpv6 type { nd-neighbor-solicit, "
				 "nd-neighbor-advert } accept");
		}
		for (size_t k = 0; k < chain->count; k++) {
			put_nft_match(ruleset, &chain->rules[k].match, addresses, match,
				      sizeof(match));
			put_nft_action(&chain->rules[k], action, sizeof(action));
			chain->rules[k].line =
				put_line(&page, "		%s%s", match, action);
		}
		put_line(&page, "	}");
	}
	put_line(&page, "}");
}

static void print_iptables(struct ruleset *ruleset, const char *const *addresses)
{
	static const char *const hooks[] = { "INPUT", "FORWARD", "OUTPUT" };
	struct page page = { ruleset->text, 0, 1 };
	char match[256], action[64], name[16];

	put_line(&page, "*filter");
	for (size_t i = 0; i < CHAINS_MAX; i++) {
		struct chain *chain = &ruleset->chains[i];

		if (i >= HOOKS)
			put_line(&page, ":c%zu - [0:0]", i);
		else
			chain->line = put_line(&page, ":%s %s [0:0]", hooks[i],
					       chain->drops ? "DROP" : "ACCEPT");
	}
	for (size_t i = 0; i < HOOKS && ruleset->family == AF_INET6; i++)
		for (int type = 135; type <= 136; type++)
			put_line(&page, "-A %s -p ipv6-icmp --icmpv6-type %d -j ACCEPT",
				 hooks[i], type);
	for (size_t i = 0; i < CHAINS_MAX; i++) {
		struct chain *chain = &ruleset->chains[i];

		if (i < HOOKS)
			snprintf(name, sizeof(name), "%s", hooks[i]);
		else
			snprintf(name, sizeof(name), "c%zu", i);
		for (size_t k = 0; k < chain->count; k++) {
			put_iptables_match(ruleset, &chain->rules[k].match, addresses,
					   match, sizeof(match));
			put_iptables_action(&chain->rules[k], action, sizeof(action));
			chain->rules[k].line =
				put_line(&page, "-A %s%s%s", name, match, action);
		}
	}
	put_line(&page, "COMMIT");
}

void ruleset_make(struct ruleset *ruleset, enum backend backend, int family,
		  const char *const *addresses, unsigned short asked, uint64_t *random)
{
	*ruleset = (struct ruleset){ .backend = backend, .family = family };
	for (size_t i = 0; i < CHAINS_MAX; i++) {
		struct chain *chain = &ruleset->chains[i];

		/* The iptables have them all. */
		chain->there =
			backend != BACKEND_NFT || i >= HOOKS || chance(random, 80);
		chain->drops = i < HOOKS && chance(random, 30);
		chain->count = random_below(random, i < HOOKS ? RULES_MAX : 5);
		for (size_t k = 0; k < chain->count; k++)
			chain->rules[k] = random_rule(random, asked, i);
	}
	if (backend == BACKEND_NFT)
		print_nft(ruleset, addresses);
	else
		print_iptables(ruleset, addresses);
}

/* ---- The model ---- */

static bool matches(const struct match *match, const struct packet *packet)
{
	int port = match->at_source ? packet->source_port : packet->destination_port;

	return (match->protocol < 0 || match->protocol == (int)packet->protocol) &&
	       (match->source < 0 ||
		(match->source == packet->source) != match->not_source) &&
	       (match->destination < 0 || match->destination == packet->destination) &&
	       (!match->low ||
		(match->low <= port && port <= match->high + 1) != match->not_port) &&
	       (!match->state || match->state == packet->state);
}

/* False: it came to the end of the chain. */
static bool walk(const struct ruleset *ruleset, size_t chain,
		 const struct packet *packet, struct ruling *ret_ruling)
{
	for (size_t i = 0; i < ruleset->chains[chain].count; i++) {
		const struct rule *rule = &ruleset->chains[chain].rules[i];

		if (!matches(&rule->match, packet))
			continue;
		switch (rule->action) {
		case ACTION_ACCEPT:
		case ACTION_DROP:
		case ACTION_REJECT:
			*ret_ruling =
				(struct ruling){ rule->action, rule->line, false };
			return true;
		case ACTION_RETURN:
			return false;
		case ACTION_GOTO:
			return walk(ruleset, rule->target, packet, ret_ruling);
		case ACTION_JUMP:
			if (walk(ruleset, rule->target, packet, ret_ruling))
				return true;
			break;
		case ACTION_COUNT:
			break;
		}
	}
	return false;
}

bool ruleset_judge(const struct ruleset *ruleset, enum hook hook,
		   const struct packet *packet, struct ruling *ret_ruling)
{
	const struct chain *chain = &ruleset->chains[hook];

	if (!chain->there)
		return false;
	if (!walk(ruleset, hook, packet, ret_ruling))
		*ret_ruling =
			(struct ruling){ chain->drops ? ACTION_DROP : ACTION_ACCEPT,
					 chain->line, true };
	return true;
}
