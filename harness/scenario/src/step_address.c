/* SPDX-License-Identifier: MIT */
/* address: of a case: an address that a host gets, loses, or should use no more. */
#include <arpa/inet.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "steps.h"
#include "units.h"

struct address_spec {
	struct string host, interface, add, remove, deprecate;
	int preferred_ms, valid_ms;
};

static const struct key address_keys[] = {
	{ "host", &type_text, offsetof(struct address_spec, host), true, "The host." },
	{ "add", &type_text, offsetof(struct address_spec, add), false,
	  "An address with its prefix, as 10.0.0.1/24: the host has it from now on." },
	{ "remove", &type_text, offsetof(struct address_spec, remove), false,
	  "An address that it has no longer." },
	{ "deprecate", &type_text, offsetof(struct address_spec, deprecate), false,
	  "An address that it has, but begins nothing new with." },
	{ "interface", &type_text, offsetof(struct address_spec, interface), false,
	  "Default: its first." },
	{ "preferred", &type_time, offsetof(struct address_spec, preferred_ms), false,
	  "With add: deprecated after so many seconds. Default: never." },
	{ "valid", &type_time, offsetof(struct address_spec, valid_ms), false,
	  "With add and deprecate: gone after so many seconds. Default: never." },
};

const struct table address_table = {
	.name = "address",
	.help = "An address that a host gets, loses, or should use no more.",
	.keys = address_keys,
	.count = ARRAY_SIZE(address_keys),
};

/* What is done to which address; NULL if that is not one of them. */
static const struct string *what_of(const struct address_spec *spec,
				    enum nst_address_act *ret_act)
{
	const struct string *const acts[] = {
		[NST_ADDRESS_ADD] = &spec->add,
		[NST_ADDRESS_REMOVE] = &spec->remove,
		[NST_ADDRESS_DEPRECATE] = &spec->deprecate,
	};
	const struct string *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		if (!acts[i]->text)
			continue;
		if (found)
			return NULL;
		found = acts[i];
		*ret_act = (enum nst_address_act)i;
	}
	return found;
}

/* "10.0.0.1/24", "fd00::1/64". */
static bool check_address(struct reader *reader, const struct string *string)
{
	size_t size = strcspn(string->text, "/");
	const char *address = part_of(reader, string, 0, size);
	int family = strchr(address, ':') ? AF_INET6 : AF_INET;
	unsigned char bytes[16];
	uint64_t prefix;

	if (string->text[size] && inet_pton(family, address, bytes) == 1 &&
	    !parse_number(string->text + size + 1, family == AF_INET ? 32 : 128,
			  &prefix) &&
	    prefix > 0)
		return true;
	return complain_at(reader, string, 0, string->size,
			   "an address has its prefix behind it, as 10.0.0.1/24");
}

/* The kernel counts in seconds. */
static bool take_lifetimes(struct reader *reader, const struct node *node,
			   const struct address_spec *spec,
			   struct nst_address_change *change)
{
	if (spec->preferred_ms && change->act != NST_ADDRESS_ADD)
		return complain(reader, node->key, "\"preferred\" belongs to \"add\"");
	if (spec->valid_ms && change->act == NST_ADDRESS_REMOVE)
		return complain(reader, node->key,
				"\"valid\" belongs to \"add\" and \"deprecate\"");
	if (spec->preferred_ms % 1000 || spec->valid_ms % 1000)
		return complain(reader, node->key,
				"lifetimes of addresses are whole seconds");
	if (spec->valid_ms && spec->preferred_ms > spec->valid_ms)
		return complain(
			reader, node->key,
			"an address is preferred as long as it is valid at most");
	change->preferred_s = (unsigned int)spec->preferred_ms / 1000;
	change->valid_s = (unsigned int)spec->valid_ms / 1000;
	return true;
}

/* The interface that is written, or the first. */
static bool find_interface(struct reader *reader, const struct address_spec *spec,
			   const char *host, struct nst_address_change *change)
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
	change->interface = plan->interfaces[i].name;
	return true;
}

bool read_address_step(struct reader *reader, const struct node *node, void *field)
{
	static const char *const words[] = { "gets", "loses", "deprecates" };
	struct nst_step step = *(struct nst_step *)field;
	struct address_spec *spec = arena_new(reader->arena, struct address_spec);
	const struct string *which;
	struct sentence sentence;
	struct word host;

	if (!read_table(reader, node, &address_table, spec))
		return false;
	which = what_of(spec, &step.address.act);
	if (!which)
		return complain(
			reader, node->key,
			"one of \"add\", \"remove\" and \"deprecate\" belongs here");
	sentence = sentence_of(reader, &spec->host);
	if (!need_host(&sentence, "a host", &host) || !end_sentence(&sentence))
		return false;
	if (find_host(reader->building, host.text)->kind == NST_SWITCH)
		return complain_word(&sentence, &host, "a switch has no addresses");
	step.address.host = host.text;
	step.address.address = which->text;
	if (!check_address(reader, which) ||
	    !take_lifetimes(reader, node, spec, &step.address) ||
	    !find_interface(reader, spec, host.text, &step.address))
		return false;
	step.text = arena_print(reader->arena, "address: %s %s %s", host.text,
				words[step.address.act], which->text);
	add_step(reader, &step);
	return true;
}
