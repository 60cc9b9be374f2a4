/* SPDX-License-Identifier: MIT */
/* `hosts:`: what a host is. */
#include "hosts.h"

#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "problems.h"
#include "sentence.h"
#include "words.h"

/* ---- By name ---- */

static size_t bucket_of(const char *name)
{
	size_t hash = 5381;

	while (*name)
		hash = hash * 33 + (unsigned char)*name++;
	return hash % HOST_BUCKETS;
}

struct host_spec *find_host(const struct building *building, const char *name)
{
	struct host_spec *host = building->buckets[bucket_of(name)];

	while (host && strcmp(host->name.text, name) != 0)
		host = host->next;
	return host;
}

/* Nothing once enough is wrong: what is said is not shown any more. */
const char *const *host_names(struct reader *reader)
{
	const struct building *building = reader->building;
	size_t count =
		reader->problems->count < PROBLEMS_MAX ? building->host_count : 0;
	const char **names = arena_bytes(reader->arena, (count + 1) * sizeof(*names));

	for (size_t i = 0; i < count; i++)
		names[i] = building->hosts[i]->name.text;
	return names;
}

static bool is_host_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	size_t length = strlen(name);

	return length >= 1 && length <= 63 && name[0] != '-' &&
	       strspn(name, letters) == length;
}

static bool complain_twice(struct reader *reader, const struct string *name,
			   const struct host_spec *first)
{
	struct nst_position at = position_in(&first->name, 0);

	return complain_at(reader, name, 0, name->size,
			   "host \"%s\" is declared twice; the other is at %s:%u:%u",
			   name->text, at.file, at.line, at.column);
}

struct host_spec *add_host(struct reader *reader, const struct string *name)
{
	struct building *building = reader->building;
	struct host_spec *host = find_host(building, name->text);
	size_t bucket = bucket_of(name->text);

	if (host) {
		complain_twice(reader, name, host);
		return NULL;
	}
	if (!is_host_name(name->text)) {
		complain_at(reader, name, 0, name->size,
			    "a host's name is 1 to 63 letters, digits and \"-\"");
		return NULL;
	}
	host = arena_new(reader->arena, struct host_spec);
	host->name = *name;
	host->next = building->buckets[bucket];
	building->buckets[bucket] = host;
	*arena_push(reader->arena, building->hosts, building->host_count) = host;
	return host;
}

/* ---- Kinds of values ---- */

static bool addresses_read(struct reader *reader, const struct node *node, void *field)
{
	struct strings *addresses = field;
	bool fine = read_texts(reader, node, addresses);

	for (size_t i = 0; fine && i < addresses->count; i++) {
		const struct string *string = &addresses->items[i];
		struct nst_address address;

		if (nst_address_parse(string->text, &address) < 0)
			fine = complain_at(reader, string, 0, string->size, "%s",
					   nst_error());
	}
	return fine;
}

static const struct type type_addresses = {
	.name = "addresses",
	.read = addresses_read,
	.schema = "\"$ref\": \"#/definitions/texts\"",
};

static bool kind_read(struct reader *reader, const struct node *node, void *field)
{
	static const char *const words[] = { "host", "router", "nat", "switch", NULL };
	static const enum nst_host_kind kinds[] = { NST_HOST, NST_ROUTER,
						    NST_NAT_ROUTER, NST_SWITCH };
	struct string string;

	if (!read_text(reader, node, &string))
		return false;
	for (size_t i = 0; words[i]; i++) {
		if (strcmp(words[i], string.text) != 0)
			continue;
		*(enum nst_host_kind *)field = kinds[i];
		return true;
	}
	return complain(reader, node, "no kind of host is called \"%s\"%s", string.text,
			or_known(reader->arena, string.text, words));
}

static const struct type type_kind = {
	.name = "kind",
	.read = kind_read,
	.schema = "\"enum\": [\"host\", \"router\", \"nat\", \"switch\"]",
};

static bool bind_path(struct sentence *sentence, struct root_spec *root)
{
	struct reader *reader = sentence->reader;
	struct word path;

	root->kind = NST_ROOT_BIND;
	if (!rest_of_sentence(sentence, "a folder", &path))
		return false;
	root->path = path.text;
	if (path.text[0] != '/')
		root->path =
			arena_print(reader->arena, "%s%s",
				    sentence->string->node->source->folder, path.text);
	return true;
}

static bool root_read(struct reader *reader, const struct node *node, void *field)
{
	static const char *const words[] = { "machine", "tmpfs", "overlay", "bind",
					     NULL };
	struct root_spec *root = field;
	struct string string;
	struct sentence sentence;
	struct word word;

	if (!read_text(reader, node, &string))
		return false;
	sentence = sentence_of(reader, &string);
	if (!need_word(&sentence, "a kind of root", &word))
		return false;
	if (strcmp(word.text, "bind") == 0)
		return bind_path(&sentence, root);
	if (strcmp(word.text, "machine") == 0)
		root->kind = NST_ROOT_MACHINE;
	else if (strcmp(word.text, "tmpfs") == 0)
		root->kind = NST_ROOT_TMPFS;
	else if (strcmp(word.text, "overlay") == 0)
		root->kind = NST_ROOT_OVERLAY;
	else
		return complain_word(&sentence, &word,
				     "no kind of root is called \"%s\"%s", word.text,
				     or_known(reader->arena, word.text, words));
	return end_sentence(&sentence);
}

static const struct type type_root = {
	.name = "root",
	.read = root_read,
	.schema = "\"type\": \"string\", "
		  "\"pattern\": \"^(machine|tmpfs|overlay|bind .+|.*\\\\$\\\\{.*)$\"",
};

static bool pids_read(struct reader *reader, const struct node *node, void *field)
{
	struct string string;

	if (!read_text(reader, node, &string))
		return false;
	if (strcmp(string.text, "own") != 0 && strcmp(string.text, "case") != 0)
		return complain(reader, node,
				"\"own\" or \"case\" belongs here: whose processes the "
				"host sees");
	*(bool *)field = string.text[0] == 'o';
	return true;
}

static const struct type type_pids = {
	.name = "pids",
	.read = pids_read,
	.schema = "\"enum\": [\"own\", \"case\"]",
};

static const struct key interface_keys[] = {
	{ "address", &type_addresses, offsetof(struct interface_spec, addresses), false,
	  "An IPv4 or IPv6 address with its prefix, as 10.0.0.1/24, or a list of "
	  "them." },
	{ "mac", &type_text, offsetof(struct interface_spec, mac), false,
	  "Its hardware address, as 02:00:00:00:00:01. Default: one of its own, always "
	  "the "
	  "same." },
};

const struct table interface_table = {
	.name = "interface",
	.help = "One interface of a host.",
	.keys = interface_keys,
	.count = ARRAY_SIZE(interface_keys),
};

static bool interfaces_read(struct reader *reader, const struct node *node, void *field)
{
	struct host_spec *host = field;
	bool fine = true;

	if (!expect_mapping(reader, node))
		return false;
	for (size_t i = 0; i < node->count; i++) {
		const struct entry *entry = &node->entries[i];
		struct interface_spec *interface = arena_push(
			reader->arena, host->interfaces, host->interface_count);

		if (!expand(reader, entry->key, &interface->name))
			return false;
		if (interface->name.size == 0 || interface->name.size > 15)
			fine = complain(reader, entry->key,
					"an interface's name has 1 to 15 characters");
		if (!entry->value->nothing &&
		    !read_table(reader, entry->value, &interface_table, interface))
			fine = false;
	}
	return fine;
}

static const struct type type_interfaces = {
	.name = "interfaces",
	.read = interfaces_read,
	.schema = "\"type\": \"object\", \"additionalProperties\": {\"anyOf\": "
		  "[{\"$ref\": \"#/definitions/interface\"}, {\"type\": \"null\"}]}",
};

/* A source that is not absolute is relative to the file, as everywhere. */
static const char *bind_of(struct reader *reader, const struct string *text)
{
	const char *equals = strchr(text->text, '=');
	char *source, *whole AUTO_FREE = NULL;

	if (!equals || equals[1] == '/')
		return text->text;
	source = arena_print(reader->arena, "%s%s", text->node->source->folder,
			     equals + 1);
	whole = realpath(source,
			 NULL); /* without ".."; if it is not there, the lab says so */
	return arena_print(reader->arena, "%.*s=%s", (int)(equals - text->text),
			   text->text, whole ? whole : source);
}

static bool binds_read(struct reader *reader, const struct node *node, void *field)
{
	struct strings texts = { 0 };
	const char **binds;

	if (!read_texts(reader, node, &texts))
		return false;
	binds = arena_bytes(reader->arena, (texts.count + 1) * sizeof(*binds));
	for (size_t i = 0; i < texts.count; i++)
		binds[i] = bind_of(reader, &texts.items[i]);
	*(const char *const **)field = binds;
	return true;
}

static const struct type type_binds = {
	.name = "binds",
	.read = binds_read,
	.schema =
		"\"anyOf\": [{\"$ref\": \"#/definitions/text\"}, {\"type\": \"array\", "
		"\"minItems\": 1, \"items\": {\"$ref\": \"#/definitions/text\"}}]",
};

/* ---- A host ---- */

static const struct key host_keys[] = {
	{ "kind", &type_kind, offsetof(struct host_spec, kind), false,
	  "host (the default), router (forwards packets), nat (a router that "
	  "masquerades what "
	  "leaves by its outside interface), or switch (a bridge)." },
	{ "address", &type_addresses, offsetof(struct host_spec, addresses), false,
	  "For a host with one link: its address with prefix, as 10.0.0.1/24, or a "
	  "list." },
	{ "interfaces", &type_interfaces, 0, false,
	  "For a host with several links: its interfaces by name, each with its "
	  "address." },
	{ "ruleset", &type_rulesets, 0, false,
	  "Firewall rules: a file, a text written with |, a mapping, or a list of "
	  "those." },
	{ "run", &type_host_programs, 0, false,
	  "Programs started before the first step: a command, a mapping, or a list." },
	{ "root", &type_root, offsetof(struct host_spec, root), false,
	  "What programs see as /: machine (the default), overlay (the machine's, "
	  "writes stay "
	  "in the host), tmpfs (empty), or bind FOLDER." },
	{ "binds", &type_binds, offsetof(struct host_spec, binds), false,
	  "Paths of the machine that the host sees too: /path, or /target=source "
	  "(relative to this file), or a list. What a tmpfs root needs." },
	{ "pids", &type_pids, offsetof(struct host_spec, own_pids), false,
	  "own: processes of other hosts cannot be seen. case (the default): all of "
	  "the case "
	  "can." },
	{ "nameservers", &type_texts, offsetof(struct host_spec, nameservers), false,
	  "Addresses for /etc/resolv.conf. Default: none." },
	{ "sysctls", &type_sysctls, offsetof(struct host_spec, sysctls), false,
	  "Kernel settings of the host's network, as net.ipv4.tcp_syn_retries: 1." },
	{ "outside", &type_text, offsetof(struct host_spec, outside), false,
	  "Of a nat router: the interface whose packets are masqueraded. Default: the "
	  "last." },
};

const struct table host_table = {
	.name = "host",
	.help = "One host.",
	.keys = host_keys,
	.count = ARRAY_SIZE(host_keys),
};

static bool host_read(struct reader *reader, const struct entry *entry)
{
	struct string name;
	struct host_spec *host;

	if (!expand(reader, entry->key, &name))
		return false;
	host = add_host(reader, &name);
	if (!host)
		return false;
	return entry->value->nothing ||
	       read_table(reader, entry->value, &host_table, host);
}

static bool hosts_read(struct reader *reader, const struct node *node, void *field)
{
	bool fine = true;

	(void)field;
	reader->building->declared = true;
	reader->building->place = node->key ? node->key : node;
	if (!expect_mapping(reader, node))
		return false;
	for (size_t i = 0; i < node->count; i++)
		fine = host_read(reader, &node->entries[i]) && fine;
	return fine;
}

const struct type type_hosts = {
	.name = "hosts",
	.read = hosts_read,
	.schema = "\"type\": \"object\", \"additionalProperties\": {\"anyOf\": "
		  "[{\"$ref\": \"#/definitions/host\"}, {\"type\": \"null\"}]}",
};
