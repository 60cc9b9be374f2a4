/* SPDX-License-Identifier: MIT */
/* `links:`: who is joined to whom. */
#include <string.h>

#include <base/scope.h>

#include "impair.h"
#include "sentence.h"
#include "units.h"

static bool link_text_read(struct reader *reader, const struct node *node, void *field)
{
	return read_text(reader, node, field);
}

static const struct type type_link_text = {
	.name = "link-text",
	.read = link_text_read,
	.schema = "\"type\": \"string\", \"pattern\": "
		  "\"^\\\\s*\\\\S+\\\\s+--\\\\s+\\\\S+\\\\s*$\"",
};

/* The lower bound of IPv4 (RFC 791); what the addresses need, the plan checks. */
enum { MTU_LEAST = 68, MTU_MOST = 65535 };

static bool mtu_read(struct reader *reader, const struct node *node, void *field)
{
	struct string string;
	uint64_t mtu;

	if (!read_text(reader, node, &string))
		return false;
	if (parse_number(string.text, MTU_MOST, &mtu) || mtu < MTU_LEAST)
		return complain(reader, node,
				"an MTU is a number of bytes from %d to %d", MTU_LEAST,
				MTU_MOST);
	*(unsigned int *)field = (unsigned int)mtu;
	return true;
}

static const struct type type_mtu = {
	.name = "mtu",
	.read = mtu_read,
	.schema = "\"type\": [\"integer\", \"string\"], \"minimum\": 68, \"maximum\": "
		  "65535",
};

static const struct key link_keys[] = {
	{ "link", &type_link_text, offsetof(struct link_spec, text), true,
	  "The two hosts, as web -- router:eth1." },
	{ "mtu", &type_mtu, offsetof(struct link_spec, mtu), false,
	  "The largest packet in bytes. Default: 1500." },
	{ "impair", &type_link_impair, offsetof(struct link_spec, impair), false,
	  "What happens to packets from the first one on: delay 20ms, loss 1%, both "
	  "ways; or by direction: {a -> b: …}." },
	{ "engine", &type_engine, offsetof(struct link_spec, engine), false,
	  "Who impairs it: kernel, wire, or auto (the default)." },
	{ "impairable", &type_flag, offsetof(struct link_spec, impairable), false,
	  "true: built as if a step impaired it, even where none does." },
};

const struct table link_table = {
	.name = "link",
	.help = "One link, with its properties.",
	.keys = link_keys,
	.count = ARRAY_SIZE(link_keys),
};

/* A host that a link names is declared, unless no file declares any. */
static bool end_host(struct sentence *sentence, struct word *host)
{
	struct reader *reader = sentence->reader;
	struct string *name;

	if (reader->building->declared || find_host(reader->building, host->text))
		return known_host(sentence, host);
	name = arena_new(reader->arena, struct string);
	*name = (struct string){ .text = host->text,
				 .size = host->size,
				 .node = sentence->string->node };
	return add_host(reader, name);
}

/* "router:eth1" or "web". */
static bool end_parse(struct sentence *sentence, const char *what, struct end_spec *end)
{
	struct reader *reader = sentence->reader;
	struct word word, host;
	const char *colon;

	if (!need_word(sentence, what, &word))
		return false;
	host = word;
	colon = strchr(word.text, ':');
	if (colon) {
		host.size = (size_t)(colon - word.text);
		host.text = part_of(reader, sentence->string, word.offset, host.size);
		end->interface = colon + 1;
		end->interface_at.offset = word.offset + host.size + 1;
		end->interface_at.size = word.size - host.size - 1;
		if (end->interface_at.size < 1 || end->interface_at.size > 15)
			return complain_word(
				sentence, &word,
				"an interface's name has 1 to 15 characters");
	}
	end->host = host.text;
	end->host_at = (struct word_place){ host.offset, host.size };
	return end_host(sentence, &host);
}

static bool link_parse(struct reader *reader, struct link_spec *link)
{
	struct sentence sentence = sentence_of(reader, &link->text);

	link->a.text = link->b.text = &link->text;
	link->a.other = &link->b;
	link->b.other = &link->a;
	if (!end_parse(&sentence, "a host, as in \"a -- b\",", &link->a) ||
	    !need_this_word(&sentence, "--", "a -- b") ||
	    !end_parse(&sentence, "the other host", &link->b) ||
	    !end_sentence(&sentence))
		return false;
	if (strcmp(link->a.host, link->b.host) == 0)
		return complain_at(reader, &link->text, link->b.host_at.offset,
				   link->b.host_at.size,
				   "a link joins two different hosts");
	return true;
}

static bool link_read(struct reader *reader, const struct node *node)
{
	struct building *building = reader->building;
	struct link_spec *link = arena_new(reader->arena, struct link_spec);
	struct host_spec *a, *b;

	if (node->kind == NODE_MAPPING) {
		if (!read_table(reader, node, &link_table, link))
			return false;
	} else if (!read_text(reader, node, &link->text)) {
		return false;
	}
	if (!link_parse(reader, link) || !read_link_impairments(reader, link))
		return false;
	a = find_host(building, link->a.host);
	b = find_host(building, link->b.host);
	*arena_push(reader->arena, a->ends, a->end_count) = &link->a;
	*arena_push(reader->arena, b->ends, b->end_count) = &link->b;
	*arena_push(reader->arena, building->links, building->link_count) = link;
	return true;
}

static bool links_read(struct reader *reader, const struct node *node, void *field)
{
	bool fine = true;

	(void)field;
	if (!reader->building->place)
		reader->building->place = node->key ? node->key : node;
	if (!expect_list(reader, node))
		return false;
	for (size_t i = 0; i < node->count; i++)
		fine = link_read(reader, node->entries[i].value) && fine;
	reader->building->links_wrong |= !fine;
	return fine;
}

const struct type type_links = {
	.name = "links",
	.read = links_read,
	.schema = "\"type\": \"array\", \"items\": {\"anyOf\": [{\"$ref\": "
		  "\"#/definitions/link-text\"}, {\"$ref\": \"#/definitions/link\"}]}",
};
