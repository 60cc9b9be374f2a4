/* SPDX-License-Identifier: MIT */
/* address: of a case: an address that a host gets or loses, as two hosts that have the
 * same. */
#include <arpa/inet.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "steps.h"
#include "units.h"

struct address_spec {
	struct string host, interface, add, remove;
};

static const struct key address_keys[] = {
	{ "host", &type_text, offsetof(struct address_spec, host), true, "The host." },
	{ "add", &type_text, offsetof(struct address_spec, add), false,
	  "An address with its prefix, as 10.0.0.1/24: the host has it from now on." },
	{ "remove", &type_text, offsetof(struct address_spec, remove), false,
	  "An address that it has no longer." },
	{ "interface", &type_text, offsetof(struct address_spec, interface), false,
	  "Default: its first." },
};

const struct table address_table = {
	.name = "address",
	.help = "An address that a host gets, or loses.",
	.keys = address_keys,
	.count = ARRAY_SIZE(address_keys),
};

/* "10.0.0.1/24", "fd00::1/64". */
static bool parse_address(struct reader *reader, const struct string *string,
			  struct nst_address_step *step)
{
	size_t size = strcspn(string->text, "/");
	const char *address = part_of(reader, string, 0, size);
	uint64_t prefix, most;

	step->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	most = step->family == AF_INET ? 32 : 128;
	if (!string->text[size] || inet_pton(step->family, address, step->bytes) != 1 ||
	    parse_number(string->text + size + 1, most, &prefix) || prefix < 1)
		return complain_at(
			reader, string, 0, string->size,
			"an address has its prefix behind it, as 10.0.0.1/24");
	step->prefix = (unsigned char)prefix;
	return true;
}

/* The interface that is written, or the first. */
static bool find_interface(struct reader *reader, const struct address_spec *spec,
			   const char *host, struct nst_address_step *step)
{
	const struct nst_plan *plan = reader->building->plan;
	const char *where = spec->interface.text
				    ? arena_print(reader->arena, "%s:%s", host,
						  spec->interface.text)
				    : host;
	size_t i;

	if (!plan)
		return true;
	if (nst_plan_interface(plan, where, &i) < 0) {
		const struct string *at =
			spec->interface.text ? &spec->interface : &spec->host;

		return complain_at(reader, at, 0, at->size, "%s", nst_error());
	}
	step->interface = plan->interfaces[i].name;
	return true;
}

bool read_address_step(struct reader *reader, const struct node *node, void *field)
{
	struct nst_step step = *(struct nst_step *)field;
	struct address_spec *spec = arena_new(reader->arena, struct address_spec);
	const struct string *which;
	struct sentence sentence;
	struct word host;

	if (!read_table(reader, node, &address_table, spec))
		return false;
	if (!spec->add.text == !spec->remove.text)
		return complain(reader, node->key,
				"either \"add\" or \"remove\" belongs here");
	sentence = sentence_of(reader, &spec->host);
	if (!need_host(&sentence, "a host", &host) || !end_sentence(&sentence))
		return false;
	if (find_host(reader->building, host.text)->kind == NST_SWITCH)
		return complain_word(&sentence, &host, "a switch has no addresses");
	which = spec->add.text ? &spec->add : &spec->remove;
	step.address.host = host.text;
	step.address.remove = !spec->add.text;
	if (!parse_address(reader, which, &step.address) ||
	    !find_interface(reader, spec, host.text, &step.address))
		return false;
	step.text = arena_print(reader->arena, "address: %s %s %s", host.text,
				spec->add.text ? "gets" : "loses", which->text);
	add_step(reader, &step);
	return true;
}
