/* SPDX-License-Identifier: MIT */
/* Which networks a firewall stands between, as far as its rules tell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/scope.h>

#include "init_parts.h"

static struct nst_zone *find_zone(struct nst_zones *zones, const char *interface)
{
	for (size_t i = 0; i < zones->count; i++)
		if (strcmp(zones->items[i].interface, interface) == 0)
			return &zones->items[i];
	return NULL;
}

/* "wlan+", "ppp*": one of them. */
static void name_interface(const char *word, char name[16])
{
	size_t size;

	snprintf(name, 16, "%s", word);
	size = strlen(name);
	if (size && (name[size - 1] == '+' || name[size - 1] == '*'))
		name[size - 1] = '0';
}

static struct nst_zone *add_zone(struct nst_zones *zones, const char *word)
{
	char name[16];
	struct nst_zone *zone;

	name_interface(word, name);
	if (!*name || strcmp(name, "lo") == 0 || strchr(name, '$') || strchr(name, '@'))
		return NULL;
	zone = find_zone(zones, name);
	if (zone)
		return zone;
	if (zones->count == NST_ZONES_MAX) {
		zones->left_out++;
		return NULL;
	}
	zone = &zones->items[zones->count++];
	*zone = (struct nst_zone){ .net_count = 0 };
	strcpy(zone->interface, name);
	return zone;
}

/* A chain that is jumped to for some interfaces only: its lines are about these. */
struct chain {
	char name[80];
	struct nst_zone *in, *out;
};

/* What one line says: networks, and the interfaces that they are behind. */
struct line {
	char chain[80], jump[80];
	struct nst_zone *in, *out;
	struct nst_net from[8], to[8], own[8];
	size_t from_count, to_count, own_count;
	bool dnat; /* "to" is the firewall's own address */
};

struct reading {
	struct nst_zones *zones;
	const char *rules;
	struct chain chains[64];
	size_t chain_count;
	struct line line;
	bool known_only; /* networks without an interface come later */
};

/* "$LAN": the first word of its definition. */
static const char *defined(const char *rules, const char *name, char text[80])
{
	size_t size = strlen(name);

	for (const char *at = rules; (at = strstr(at, "define ")); at++) {
		struct words words = { .at = at + strlen("define ") };

		words.at += strspn(words.at, " \t");
		if (strncmp(words.at, name, size) != 0 ||
		    !strchr(" \t=", words.at[size]))
			continue;
		words.at += size;
		while (words_next(&words) && words_are(&words, "{"))
			;
		snprintf(text, 80, "%s", words.word);
		return text;
	}
	return "";
}

static const char *meant(const char *rules, const struct words *words, char text[80])
{
	return words->word[0] == '$' ? defined(rules, words->word + 1, text)
				     : words->word;
}

/* The interfaces behind "-i" or "iifname", with braces and a concatenation's second. */
static struct nst_zone *take_interfaces(struct nst_zones *zones, const char *rules,
					struct words *words)
{
	static const char *const passed[] = { ".",   "vmap", "{",  "oifname", "iifname",
					      "oif", "iif",  "\n", NULL };
	struct nst_zone *zone = NULL;
	struct words ahead = *words;
	bool braces = false;
	char text[80];

	while (words_next(&ahead)) {
		if (words_are(&ahead, "{"))
			braces = true;
		if (words_are(&ahead, "}"))
			break;
		if (words_any(&ahead, passed)) {
			if (words_are(&ahead, "\n") && !braces)
				break;
			continue;
		}
		if (zone && !braces)
			break;
		if (!braces || ahead.quoted || ahead.word[0] == '$') {
			struct nst_zone *one =
				add_zone(zones, meant(rules, &ahead, text));

			zone = zone ? zone : one;
		}
		*words = ahead;
		if (!braces)
			break;
	}
	return zone;
}

static void take_nets(const char *rules, struct words *words, struct nst_net *nets,
		      size_t *count)
{
	struct words ahead = *words;
	bool braces = false;
	char text[80];

	while (words_next(&ahead)) {
		struct nst_net net;

		if (words_are(&ahead, "{")) {
			braces = true;
			continue;
		}
		if (!net_parse(meant(rules, &ahead, text), &net))
			break;
		if (*count < 8)
			nets[(*count)++] = net;
		*words = ahead;
		if (!braces && ahead.at[0] != ',')
			break;
	}
}

static struct chain *find_chain(struct reading *reading, const char *name)
{
	for (size_t i = 0; i < reading->chain_count; i++)
		if (strcmp(reading->chains[i].name, name) == 0)
			return &reading->chains[i];
	return NULL;
}

static void note_jump(struct reading *reading, const char *name, struct nst_zone *in,
		      struct nst_zone *out)
{
	struct chain *chain = find_chain(reading, name);

	if ((!in && !out) || chain || reading->chain_count == 64)
		return;
	chain = &reading->chains[reading->chain_count++];
	strcpy(chain->name, name);
	chain->in = in;
	chain->out = out;
}

/* The zone in which a network lies that is known already. */
static struct nst_zone *around(struct nst_zones *zones, const struct nst_net *net)
{
	for (size_t i = 0; i < zones->count; i++)
		for (size_t j = 0; j < zones->items[i].net_count; j++) {
			struct nst_net known = net_played(&zones->items[i].nets[j]);

			if (net_contains(&known, net) || net_contains(net, &known))
				return &zones->items[i];
		}
	return NULL;
}

/* Where a network may be that no rule puts behind an interface: private ones where
 * nothing is known yet, others where nothing is private. A guess, to be edited. */
static struct nst_zone *guess(struct nst_zones *zones, const struct nst_net *net)
{
	for (size_t i = 0; i < zones->count; i++) {
		struct nst_zone *zone = &zones->items[i];
		bool fits = !zone->net_count && !zone->own_count;

		for (size_t j = 0; !net_is_private(net) && j < zone->net_count; j++)
			fits = !net_is_private(&zone->nets[j]);
		if (fits || (!net_is_private(net) && zone->own_count))
			return zone;
	}
	return &zones->items[0];
}

static void place(struct reading *reading, struct nst_zone *zone,
		  const struct nst_net *net)
{
	struct nst_zones *zones = reading->zones;

	if (!zone && !reading->known_only)
		zone = around(zones, net);
	if (!zone && !reading->known_only && net_is_somewhere(net))
		zone = guess(zones, net);
	if (zone)
		zone_add_net(zones, zone, net);
}

static void place_own(struct nst_zone *zone, const struct nst_net *net)
{
	for (size_t i = 0; i < zone->own_count; i++)
		if (memcmp(&zone->own[i], net, sizeof(*net)) == 0)
			return;
	if (zone->own_count < ARRAY_SIZE(zone->own) && net_is_somewhere(net) &&
	    net->prefix == net_bits(net))
		zone->own[zone->own_count++] = *net;
}

static void end_line(struct reading *reading)
{
	struct line *line = &reading->line;
	const struct chain *chain = find_chain(reading, line->chain);
	struct nst_zone *in = line->in, *out = line->out;
	char name[80];

	if (chain && !in && !out) {
		in = chain->in;
		out = chain->out;
	}
	if (*line->jump)
		note_jump(reading, line->jump, in, out);
	for (size_t i = 0; i < line->from_count; i++)
		place(reading, in, &line->from[i]);
	for (size_t i = 0; i < line->to_count; i++) {
		if (line->dnat && in)
			place_own(in, &line->to[i]);
		else
			place(reading, out, &line->to[i]);
	}
	for (size_t i = 0; i < line->own_count; i++) {
		if (line->dnat)
			place(reading, out, &line->own[i]);
		else if (out)
			place_own(out, &line->own[i]);
	}
	strcpy(name, line->chain);
	*line = (struct line){ .from_count = 0 };
	strcpy(line->chain, name);
}

/* `"lan0" . "wan0" : jump lan_wan` of a verdict map. */
static void read_maps(struct reading *reading)
{
	struct words words = { .at = reading->rules };
	struct nst_zone *in = NULL, *out = NULL;
	char text[80];

	while (words_next(&words)) {
		if (words.quoted || words.word[0] == '$') {
			in = out;
			out = find_zone(reading->zones,
					meant(reading->rules, &words, text));
		} else if (words_are(&words, "jump") || words_are(&words, "goto")) {
			if (words_next(&words) && in && out)
				note_jump(reading, words.word, in, out);
			in = out = NULL;
		} else if (!words_are(&words, ".") && !words_are(&words, ":")) {
			in = out = NULL;
		}
	}
}

/* What stands behind a word. Return: whether it was one of these. */
static bool take_value(struct reading *reading, struct words *words)
{
	static const char *const in[] = { "-i", "--in-interface", "iif", "iifname",
					  NULL };
	static const char *const out[] = { "-o", "--out-interface", "oif", "oifname",
					   NULL };
	static const char *const from[] = { "-s", "--source", "saddr", "elements",
					    NULL };
	static const char *const to[] = { "-d", "--destination", "daddr", NULL };
	static const char *const own[] = { "--to-destination", "--to-source", "to",
					   NULL };
	struct line *line = &reading->line;

	if (words_any(words, in))
		line->in = take_interfaces(reading->zones, reading->rules, words);
	else if (words_any(words, out))
		line->out = take_interfaces(reading->zones, reading->rules, words);
	else if (words_any(words, from))
		take_nets(reading->rules, words, line->from, &line->from_count);
	else if (words_any(words, to))
		take_nets(reading->rules, words, line->to, &line->to_count);
	else if (words_any(words, own))
		take_nets(reading->rules, words, line->own, &line->own_count);
	else
		return false;
	return true;
}

static void take_name(struct words *words, char name[80])
{
	if (words_next(words))
		snprintf(name, 80, "%s", words->word);
}

static void read_rules(struct reading *reading, bool known_only)
{
	static const char *const jumps[] = {
		"-j", "--jump", "-g", "jump", "goto", NULL
	};
	static const char *const chains[] = { "-A", "chain", NULL };
	struct words words = { .at = reading->rules };
	struct line *line = &reading->line;

	reading->known_only = known_only;
	*line = (struct line){ .from_count = 0 };
	while (words_next(&words)) {
		if (words_are(&words, "\n")) {
			end_line(reading);
		} else if (words_any(&words, chains)) {
			take_name(&words, line->chain);
			reading->zones->routes |= words_are(&words, "FORWARD");
		} else if (words_any(&words, jumps)) {
			take_name(&words, line->jump);
			line->dnat |= words_are(&words, "DNAT");
		} else if (words_are(&words, "dnat")) {
			line->dnat = true;
		} else if (words_are(&words, "hook")) {
			take_name(&words, line->jump);
			reading->zones->routes |= words_are(&words, "forward");
			*line->jump = '\0';
		} else {
			take_value(reading, &words);
		}
	}
	end_line(reading);
}

void nst_zones_find(const char *rules, enum nst_ruleset_kind kind,
		    struct nst_zones *ret_zones)
{
	struct nst_zones *zones = ret_zones;
	AUTO_FREE struct reading *reading = NULL;

	*zones = (struct nst_zones){ .has_ipv4 = kind != NST_RULESET_IP6TABLES,
				     .has_ipv6 = kind == NST_RULESET_IP6TABLES };
	reading = calloc(1, sizeof(*reading));
	if (reading) {
		reading->zones = zones;
		reading->rules = rules;
		/* Interfaces and chains, then networks that are behind them, then the
		 * others. */
		read_rules(reading, true);
		read_maps(reading);
		read_rules(reading, true);
	}
	if (!zones->count)
		add_zone(zones, "eth0");
	if (reading)
		read_rules(reading, false);
	if (zones->routes && zones->count < 2)
		add_zone(zones,
			 strcmp(zones->items[0].interface, "eth1") ? "eth1" : "eth0");
	for (size_t i = 0; i < zones->count; i++)
		for (size_t j = 0; j < zones->items[i].net_count; j++)
			if (zones->items[i].nets[j].family == AF_INET6)
				zones->has_ipv6 = true;
	zones_people(zones);
}
