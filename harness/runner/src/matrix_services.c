/* SPDX-License-Identifier: MIT */
/* Which services a matrix asks for: those that are named, asked, or in the rules. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <runner/matrix.h>

static int compare(struct nst_service a, struct nst_service b)
{
	return a.protocol != b.protocol ? (int)a.protocol - (int)b.protocol
					: (int)a.port - (int)b.port;
}

void nst_services_add(struct nst_services *services, struct nst_service service)
{
	size_t at = 0;

	while (at < services->count && compare(services->items[at], service) < 0)
		at++;
	if (at < services->count && compare(services->items[at], service) == 0)
		return;
	if (services->count == NST_SERVICES_MAX)
		return;
	memmove(&services->items[at + 1], &services->items[at],
		(services->count++ - at) * sizeof(service));
	services->items[at] = service;
}

char *nst_service_print(struct nst_service service, char text[16])
{
	if (service.protocol == NST_ICMP)
		strcpy(text, "icmp");
	else
		snprintf(text, 16, "%s/%u", nst_protocol_name(service.protocol),
			 service.port);
	return text;
}

static int parse_one(const char *word, struct nst_services *services)
{
	struct nst_service service = { .protocol = NST_ICMP };
	unsigned long port;
	char *end;

	if (strcmp(word, "icmp") == 0) {
		nst_services_add(services, service);
		return 0;
	}
	if (strncmp(word, "tcp/", 4) != 0 && strncmp(word, "udp/", 4) != 0)
		return nst_fail(-EINVAL,
				"\"%s\" is no service: write tcp/22, udp/53 or icmp",
				word);
	service.protocol = word[0] == 't' ? NST_TCP : NST_UDP;
	port = strtoul(word + 4, &end, 10);
	if (!isdigit((unsigned char)word[4]) || *end || port < 1 || port > 65535)
		return nst_fail(-EINVAL, "\"%s\": a port is a number from 1 to 65535",
				word);
	service.port = (unsigned short)port;
	nst_services_add(services, service);
	return 0;
}

int nst_services_parse(const char *text, struct nst_services *ret_services)
{
	struct nst_services services = { .count = 0 };
	AUTO_FREE char *copy = strdup(text);
	char *rest = copy, *word;
	int r = 0;

	if (!copy)
		return nst_fail_memory();
	while (!r && (word = strsep(&rest, ", ")))
		if (*word)
			r = parse_one(word, &services);
	if (!r && !services.count)
		r = nst_fail(-EINVAL, "no service is named, as in tcp/22,udp/53,icmp");
	if (!r)
		*ret_services = services;
	return r;
}

/* ---- In rules ---- */

/* Reads words of iptables and nft alike. Only `dport` matters and what is behind it; a word
 * that is not understood adds nothing. */
struct scanner {
	const char *at;
	const char *all; /* where defines are */
	enum nst_protocol protocol;
	bool ports;       /* ports are expected here */
	bool braces;      /* until the "}" */
	bool is_port_set; /* a set of ports is being declared */
	struct nst_services *services;
};

static bool is_special(char c)
{
	return c == '{' || c == '}' || c == ';' || c == '\n';
}

static bool scan_word(struct scanner *scanner, char word[64])
{
	size_t size = 0;

	scanner->at += strspn(scanner->at, " \t,\"=!");
	if (*scanner->at == '#')
		scanner->at += strcspn(scanner->at, "\n");
	if (!*scanner->at)
		return false;
	if (is_special(*scanner->at))
		size = 1;
	else
		size = strcspn(scanner->at, " \t,\"=!{};\n");
	snprintf(word, 64, "%.*s", (int)(size < 63 ? size : 63), scanner->at);
	scanner->at += size;
	return true;
}

/* The first of "22", "1024-65535", "1024:65535", "ssh"; 0 if it is none. */
static unsigned short port_of(const char *word, enum nst_protocol protocol)
{
	char *end;
	unsigned long port = strtoul(word, &end, 10);
	const struct servent *entry;

	if (end != word)
		return (*end == '\0' || *end == '-' || *end == ':') && port <= 65535
			       ? (unsigned short)port
			       : 0;
	entry = isalpha((unsigned char)*word)
			? getservbyname(word, nst_protocol_name(protocol))
			: NULL;
	return entry ? ntohs((uint16_t)entry->s_port) : 0;
}

static void scan(struct scanner *scanner);

/* How long the value of a definition is: to the end of the line, or of its braces. */
static size_t value_size(const char *value)
{
	size_t line = strcspn(value, "\n");

	return memchr(value, '{', line) ? strcspn(value, "}") : line;
}

/* "$WEB": what `define WEB = …` says. */
static void scan_definition(struct scanner *scanner, const char *name)
{
	size_t size = strlen(name);

	for (const char *at = scanner->all; (at = strstr(at, "define "));) {
		struct scanner inner = *scanner;
		AUTO_FREE char *value = NULL;

		at += strlen("define ");
		at += strspn(at, " \t");
		if (strncmp(at, name, size) != 0 || !strchr(" \t=", at[size]))
			continue;
		value = strndup(at + size, value_size(at + size));
		if (!value)
			return;
		inner.at = value;
		inner.all = ""; /* no definition within one */
		scan(&inner);
	}
}

static void take_port(struct scanner *scanner, const char *word)
{
	unsigned short port = port_of(word, scanner->protocol);

	if (word[0] == '$')
		scan_definition(scanner, word + 1);
	else if (port)
		nst_services_add(scanner->services,
				 (struct nst_service){ scanner->protocol, port });
	scanner->ports = scanner->braces || strcmp(word, "vmap") == 0 ||
			 strcmp(word, "map") == 0;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

static void scan(struct scanner *scanner)
{
	static const char *const asks[] = { "dport",
					    "--dport",
					    "--dports",
					    "--destination-port",
					    "--destination-ports",
					    NULL };
	char word[64];

	while (scan_word(scanner, word)) {
		if (strcmp(word, "{") == 0) {
			scanner->braces = scanner->ports;
		} else if (strcmp(word, "}") == 0) {
			scanner->braces = scanner->ports = scanner->is_port_set = false;
		} else if (strcmp(word, "\n") == 0 || strcmp(word, ";") == 0) {
			scanner->ports = scanner->braces;
		} else if (strcmp(word, "tcp") == 0 || strcmp(word, "th") == 0) {
			scanner->protocol = NST_TCP;
		} else if (strcmp(word, "udp") == 0) {
			scanner->protocol = NST_UDP;
		} else if (strcmp(word, "inet_service") == 0) {
			scanner->is_port_set = true;
			scanner->protocol = NST_TCP;
		} else if (is_one_of(word, asks) ||
			   (scanner->is_port_set && strcmp(word, "elements") == 0)) {
			scanner->ports = true;
		} else if (scanner->ports) {
			take_port(scanner, word);
			/* Of "--dports 80,443" and "{ 22 : accept }" all are read. */
			if (!scanner->braces && scanner->at[0] == ',')
				scanner->ports = true;
		}
	}
}

void nst_services_of_rules(const char *rules, struct nst_services *services)
{
	struct scanner scanner = { .at = rules, .all = rules, .services = services };

	scan(&scanner);
}

void nst_services_of_scenario(const struct nst_scenario *scenario,
			      struct nst_services *services)
{
	for (size_t i = 0; i < scenario->case_count; i++) {
		const struct nst_scenario_case *item = &scenario->cases[i];

		for (size_t j = 0; j < item->step_count; j++) {
			const struct nst_question *question =
				&item->steps[j].expect.question;

			if (item->steps[j].kind == NST_STEP_EXPECT)
				nst_services_add(services, (struct nst_service){
								   question->protocol,
								   question->port });
		}
	}
}

void nst_services_of_side(const struct nst_side *side, struct nst_services *services)
{
	nst_services_of_scenario(side->scenario, services);
	for (size_t i = 0; i < side->setup.ruleset_count; i++)
		nst_services_of_rules(side->setup.rulesets[i].rules.text, services);
	nst_services_add(services, (struct nst_service){ .protocol = NST_ICMP });
}
