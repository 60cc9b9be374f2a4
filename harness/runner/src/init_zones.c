/* SPDX-License-Identifier: MIT */
/* Which networks a firewall stands between, as far as its rules tell. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>
#include <runner/init.h>

/* ---- Words ---- */

struct words {
	const char *at;
	char word[80];
	bool quoted;
};

/* Words, and the punctuation of nft; the end of a line is a word. */
static bool next(struct words *words)
{
	static const char between[] = " \t\r,=!";
	size_t size;

	words->at += strspn(words->at, between);
	if (*words->at == '#')
		words->at += strcspn(words->at, "\n");
	words->quoted = *words->at == '"';
	if (!*words->at)
		return false;
	if (words->quoted) {
		size = strcspn(++words->at, "\"\n");
		snprintf(words->word, sizeof(words->word), "%.*s", (int)size,
			 words->at);
		words->at += size + (words->at[size] == '"');
		return true;
	}
	size = strchr("{};\n", *words->at) ? 1 : strcspn(words->at, " \t\r,=!{};\n\"");
	snprintf(words->word, sizeof(words->word), "%.*s", (int)size, words->at);
	words->at += size;
	return true;
}

static bool is(const struct words *words, const char *word)
{
	return !words->quoted && strcmp(words->word, word) == 0;
}

static bool is_any(const struct words *words, const char *const *list)
{
	for (; *list; list++)
		if (is(words, *list))
			return true;
	return false;
}

/* ---- Networks ---- */

static unsigned int bits(const struct nst_net *net)
{
	return net->family == AF_INET ? 32 : 128;
}

char *nst_net_print(const struct nst_net *net, char text[64])
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(net->family, net->bytes, address, sizeof(address));
	snprintf(text, 64, "%s/%u", address, net->prefix);
	return text;
}

static void mask(struct nst_net *net)
{
	for (unsigned int bit = net->prefix; bit < bits(net); bit++)
		net->bytes[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
}

static bool contains(const struct nst_net *net, const struct nst_net *other)
{
	struct nst_net copy = *other;

	if (net->family != other->family || net->prefix > other->prefix)
		return false;
	copy.prefix = net->prefix;
	mask(&copy);
	return memcmp(copy.bytes, net->bytes, bits(net) / 8) == 0;
}

/* "10.0.0.0/8", "192.0.2.1", "192.0.2.1:80", "fd00::/64". */
static bool parse_net(const char *word, struct nst_net *ret)
{
	struct nst_net net = { .family = strchr(word, '.') ? AF_INET : AF_INET6 };
	char text[80];
	char *slash, *colon, *end = NULL;

	snprintf(text, sizeof(text), "%s", word);
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	colon = net.family == AF_INET ? strchr(text, ':') : NULL;
	if (colon)
		*colon = '\0';
	if (inet_pton(net.family, text, net.bytes) != 1)
		return false;
	net.prefix = slash ? (unsigned int)strtoul(slash + 1, &end, 10) : bits(&net);
	if ((slash && (end == slash + 1 || *end)) || net.prefix > bits(&net))
		return false;
	mask(&net);
	*ret = net;
	return true;
}

/* Not everything, nobody, oneself, or all who listen. */
static bool is_somewhere(const struct nst_net *net)
{
	if (net->prefix < 4)
		return false;
	if (net->family == AF_INET)
		return net->bytes[0] != 0 && net->bytes[0] != 127 &&
		       net->bytes[0] < 224;
	return net->bytes[0] == 0x20 || net->bytes[0] == 0x2a ||
	       (net->bytes[0] & 0xfe) == 0xfc || net->bytes[0] == 0x26;
}

/* The network in which an address or network of the rules is played: its own, but no
 * wider than a /24 or a /64, and with room for a gate. */
static struct nst_net played(const struct nst_net *net)
{
	struct nst_net result = *net;
	unsigned int usual = net->family == AF_INET ? 24 : 64;

	if (result.prefix < usual || result.prefix > bits(net) - 3)
		result.prefix = usual;
	mask(&result);
	return result;
}

/* ---- Collecting ---- */

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

static bool is_known(const struct nst_zones *zones, const struct nst_net *net)
{
	for (size_t i = 0; i < zones->count; i++)
		for (size_t j = 0; j < zones->items[i].net_count; j++)
			if (zones->items[i].nets[j].prefix == net->prefix &&
			    contains(&zones->items[i].nets[j], net))
				return true;
	return false;
}

static void add_net(struct nst_zones *zones, struct nst_zone *zone,
		    const struct nst_net *net)
{
	if (!is_somewhere(net) || is_known(zones, net))
		return;
	if (zone->net_count == NST_ZONE_HOSTS_MAX)
		zones->left_out++;
	else
		zone->nets[zone->net_count++] = *net;
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
		while (next(&words) && is(&words, "{"))
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

	while (next(&ahead)) {
		if (is(&ahead, "{"))
			braces = true;
		if (is(&ahead, "}"))
			break;
		if (is_any(&ahead, passed)) {
			if (is(&ahead, "\n") && !braces)
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

	while (next(&ahead)) {
		struct nst_net net;

		if (is(&ahead, "{")) {
			braces = true;
			continue;
		}
		if (!parse_net(meant(rules, &ahead, text), &net))
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
			struct nst_net known = played(&zones->items[i].nets[j]);

			if (contains(&known, net) || contains(net, &known))
				return &zones->items[i];
		}
	return NULL;
}

/* RFC 1918, RFC 4193. */
static bool is_private(const struct nst_net *net)
{
	const unsigned char *b = net->bytes;

	if (net->family == AF_INET6)
		return (b[0] & 0xfe) == 0xfc;
	return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
	       (b[0] == 192 && b[1] == 168);
}

/* Where a network may be that no rule puts behind an interface: private ones where
 * nothing is known yet, others where nothing is private. A guess, to be edited. */
static struct nst_zone *guess(struct nst_zones *zones, const struct nst_net *net)
{
	for (size_t i = 0; i < zones->count; i++) {
		struct nst_zone *zone = &zones->items[i];
		bool fits = !zone->net_count && !zone->own_count;

		for (size_t j = 0; !is_private(net) && j < zone->net_count; j++)
			fits = !is_private(&zone->nets[j]);
		if (fits || (!is_private(net) && zone->own_count))
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
	if (!zone && !reading->known_only && is_somewhere(net))
		zone = guess(zones, net);
	if (zone)
		add_net(zones, zone, net);
}

static void place_own(struct nst_zone *zone, const struct nst_net *net)
{
	for (size_t i = 0; i < zone->own_count; i++)
		if (memcmp(&zone->own[i], net, sizeof(*net)) == 0)
			return;
	if (zone->own_count < ARRAY_SIZE(zone->own) && is_somewhere(net) &&
	    net->prefix == bits(net))
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

	while (next(&words)) {
		if (words.quoted || words.word[0] == '$') {
			in = out;
			out = find_zone(reading->zones,
					meant(reading->rules, &words, text));
		} else if (is(&words, "jump") || is(&words, "goto")) {
			if (next(&words) && in && out)
				note_jump(reading, words.word, in, out);
			in = out = NULL;
		} else if (!is(&words, ".") && !is(&words, ":")) {
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

	if (is_any(words, in))
		line->in = take_interfaces(reading->zones, reading->rules, words);
	else if (is_any(words, out))
		line->out = take_interfaces(reading->zones, reading->rules, words);
	else if (is_any(words, from))
		take_nets(reading->rules, words, line->from, &line->from_count);
	else if (is_any(words, to))
		take_nets(reading->rules, words, line->to, &line->to_count);
	else if (is_any(words, own))
		take_nets(reading->rules, words, line->own, &line->own_count);
	else
		return false;
	return true;
}

static void take_name(struct words *words, char name[80])
{
	if (next(words))
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
	while (next(&words)) {
		if (is(&words, "\n")) {
			end_line(reading);
		} else if (is_any(&words, chains)) {
			take_name(&words, line->chain);
			reading->zones->routes |= is(&words, "FORWARD");
		} else if (is_any(&words, jumps)) {
			take_name(&words, line->jump);
			line->dnat |= is(&words, "DNAT");
		} else if (is(&words, "dnat")) {
			line->dnat = true;
		} else if (is(&words, "hook")) {
			take_name(&words, line->jump);
			reading->zones->routes |= is(&words, "forward");
			*line->jump = '\0';
		} else {
			take_value(reading, &words);
		}
	}
	end_line(reading);
}

/* ---- Hosts ---- */

/* "lan" of "br-lan", "wan" of "wan0"; of names that say nothing, "at-eth0". */
static void name_zone(struct nst_zone *zone)
{
	static const char *const nothing[] = { "eth", "en",   "ens",  "enp",
					       "eno", "em",   "bond", "tun",
					       "tap", "veth", NULL };
	const char *from = strncmp(zone->interface, "br-", 3) == 0 ? zone->interface + 3
								   : zone->interface;
	size_t size = strcspn(from, "0123456789.");
	struct words base = { .at = "" };

	snprintf(base.word, sizeof(base.word), "%.*s", (int)size, from);
	if (size < 2 || is_any(&base, nothing))
		snprintf(zone->name, sizeof(zone->name), "at-%s", zone->interface);
	else
		snprintf(zone->name, sizeof(zone->name), "%s", base.word);
}

static void unique_zone_names(struct nst_zones *zones)
{
	for (size_t i = 0; i < zones->count; i++) {
		name_zone(&zones->items[i]);
		for (size_t j = 0; j < i; j++)
			if (strcmp(zones->items[i].name, zones->items[j].name) == 0)
				snprintf(zones->items[i].name,
					 sizeof(zones->items[i].name), "at-%s",
					 zones->items[i].interface);
	}
}

static struct nst_net numbered(const struct nst_net *net, unsigned int number)
{
	struct nst_net address = *net;
	unsigned int last = bits(net) / 8 - 1;

	address.bytes[last] = (unsigned char)(address.bytes[last] | number);
	return address;
}

/* The number of a host in the upper half, so that a rule for the lower half only is not
 * taken for one for the whole network. */
static unsigned int somebody(const struct nst_net *net)
{
	unsigned int wide = bits(net) - net->prefix;

	return (wide > 8 ? 256u : 1u << wide) * 3 / 4;
}

static void add_host(struct nst_zone *zone, const char *name,
		     const struct nst_net *address, const struct nst_net *gate)
{
	struct nst_zone_host *host = &zone->hosts[zone->host_count++];

	*host = (struct nst_zone_host){ .address = *address, .gate = *gate };
	snprintf(host->name, sizeof(host->name), "%s", name);
}

static bool is_taken(const struct nst_zones *zones, const struct nst_net *address)
{
	for (size_t i = 0; i < zones->count; i++)
		for (size_t j = 0; j < zones->items[i].host_count; j++)
			if (memcmp(zones->items[i].hosts[j].address.bytes,
				   address->bytes, bits(address) / 8) == 0)
				return true;
	return false;
}

static bool is_own(const struct nst_zone *zone, const struct nst_net *address)
{
	for (size_t i = 0; i < zone->own_count; i++)
		if (memcmp(zone->own[i].bytes, address->bytes,
			   sizeof(address->bytes)) == 0)
			return true;
	return false;
}

/* A host for a network or an address; the gate is the first, or the second. */
static void people_net(struct nst_zones *zones, struct nst_zone *zone,
		       const struct nst_net *named, size_t number)
{
	bool one = named->prefix == bits(named);
	struct nst_net net = played(named), address, gate = numbered(&net, 1);
	char name[64];

	address = one ? *named : numbered(&net, somebody(&net));
	address.prefix = net.prefix;
	if (is_own(zone, &address))
		address = numbered(&net, somebody(&net) + 1);
	if (memcmp(address.bytes, gate.bytes, sizeof(gate.bytes)) == 0)
		gate = numbered(&net, 2);
	for (size_t i = 0; i < zone->own_count; i++)
		if (contains(&net, &zone->own[i]))
			memcpy(gate.bytes, zone->own[i].bytes, sizeof(gate.bytes));
	if (is_taken(zones, &address))
		return;
	if (number)
		snprintf(name, sizeof(name), "%s-%zu", zone->name, number + 1);
	else
		snprintf(name, sizeof(name), "%s", zone->name);
	add_host(zone, name, &address, &gate);
}

/* Where rules name no network: a network that no rule knows. */
static struct nst_net made_up(size_t zone, int family)
{
	struct nst_net net = { .family = family,
			       .prefix = family == AF_INET ? 24 : 64 };
	char text[64];

	snprintf(text, sizeof(text),
		 family == AF_INET ? "172.31.%zu.0" : "fd31:0:0:%zx::", zone + 1);
	inet_pton(family, text, net.bytes);
	return net;
}

static bool has_family(const struct nst_zone *zone, int family)
{
	for (size_t i = 0; i < zone->host_count; i++)
		if (zone->hosts[i].address.family == family)
			return true;
	return false;
}

static void people(struct nst_zones *zones, size_t index)
{
	struct nst_zone *zone = &zones->items[index];
	struct nst_net other;

	for (size_t i = 0; i < zone->net_count; i++)
		people_net(zones, zone, &zone->nets[i], zone->host_count);
	for (size_t i = 0; i < zone->own_count; i++) {
		other = played(&zone->own[i]);
		people_net(zones, zone, &other, zone->host_count);
	}
	other = made_up(index, AF_INET);
	if (zones->has_ipv4 && !has_family(zone, AF_INET))
		people_net(zones, zone, &other, zone->host_count);
	other = made_up(index, AF_INET6);
	if (zones->has_ipv6 && !has_family(zone, AF_INET6))
		people_net(zones, zone, &other, zone->host_count);
}

/* In front of a firewall that is no router: those it knows, and a stranger. */
static void people_around_host(struct nst_zones *zones)
{
	static const char *const names[] = { "outside", "eth1" };
	struct nst_zone *zone = &zones->items[0];
	struct nst_net other = made_up(0, zones->has_ipv4 ? AF_INET : AF_INET6);

	for (size_t i = 1; i < zones->count; i++)
		for (size_t j = 0; j < zones->items[i].net_count; j++)
			add_net(zones, zone, &zones->items[i].nets[j]);
	zones->count = 1;
	strcpy(zones->interface, zone->interface);
	strcpy(zone->name, names[0]);
	strcpy(zone->interface, names[1]);
	for (size_t i = 0; i < zone->net_count; i++)
		people_net(zones, zone, &zone->nets[i], i + 1);
	people_net(zones, zone, &other, 0);
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
	if (!zones->routes) {
		people_around_host(zones);
		return;
	}
	unique_zone_names(zones);
	for (size_t i = 0; i < zones->count; i++)
		people(zones, i);
}
