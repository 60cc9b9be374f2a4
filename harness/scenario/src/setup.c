/* SPDX-License-Identifier: MIT */
/* Hosts and links as they were read → the setup that a lab is built from. */
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

#include "steps.h"
#include "words.h"

/* ---- Which interface each end of a link is ---- */

static const char *const *interface_names(struct reader *reader,
					  const struct host_spec *host)
{
	const char **names = arena_bytes(reader->arena,
					 (host->interface_count + 1) * sizeof(*names));

	for (size_t i = 0; i < host->interface_count; i++)
		names[i] = host->interfaces[i].name.text;
	return names;
}

static struct interface_spec *find_interface(const struct host_spec *host,
					     const char *name)
{
	for (size_t i = 0; i < host->interface_count; i++)
		if (strcmp(host->interfaces[i].name.text, name) == 0)
			return &host->interfaces[i];
	return NULL;
}

static bool join_named(struct reader *reader, const struct host_spec *host,
		       struct end_spec *end)
{
	const struct string *text = end->text;
	struct interface_spec *interface = find_interface(host, end->interface);

	if (!interface)
		return complain_at(
			reader, text, end->interface_at.offset, end->interface_at.size,
			"\"%s\" has no interface \"%s\"%s", end->host, end->interface,
			or_known(reader->arena, end->interface,
				 interface_names(reader, host)));
	if (interface->end)
		return complain_at(
			reader, text, end->interface_at.offset, end->interface_at.size,
			"another link has interface \"%s\" of \"%s\" already",
			end->interface, end->host);
	interface->end = end;
	end->is = interface;
	return true;
}

/* An end without a name is the first interface that no link names. */
static bool join_next(struct reader *reader, const struct host_spec *host,
		      struct end_spec *end)
{
	size_t i = 0;

	while (i < host->interface_count && host->interfaces[i].end)
		i++;
	if (i == host->interface_count)
		return complain_at(
			reader, end->text, end->host_at.offset, end->host_at.size,
			"all interfaces of \"%s\" have a link already", end->host);
	host->interfaces[i].end = end;
	end->is = &host->interfaces[i];
	end->interface = host->interfaces[i].name.text;
	return true;
}

static bool join_interfaces(struct reader *reader, const struct host_spec *host)
{
	bool fine = true;

	for (size_t i = 0; i < host->end_count; i++)
		if (host->ends[i]->interface)
			fine = join_named(reader, host, host->ends[i]) && fine;
	for (size_t i = 0; i < host->end_count; i++)
		if (!host->ends[i]->interface)
			fine = join_next(reader, host, host->ends[i]) && fine;
	for (size_t i = 0; fine && i < host->interface_count; i++) {
		const struct string *name = &host->interfaces[i].name;

		if (!host->interfaces[i].end)
			fine = complain_at(reader, name, 0, name->size,
					   "no link leads to this interface");
	}
	return fine;
}

/* `address:` stands for the one interface that there is. */
static bool join_address(struct reader *reader, struct host_spec *host)
{
	const struct string *address = &host->addresses.items[0];
	struct interface_spec *interface;

	if (host->end_count == 0)
		return complain_at(
			reader, address, 0, address->size,
			"no link leads to \"%s\", so it has no interface for this",
			host->name.text);
	if (host->end_count > 1)
		return complain_at(reader, address, 0, address->size,
				   "\"%s\" has %zu links: write its addresses under "
				   "interfaces:",
				   host->name.text, host->end_count);
	interface = arena_new(reader->arena, struct interface_spec);
	interface->addresses = host->addresses;
	host->ends[0]->is = interface;
	return true;
}

static bool join_host(struct reader *reader, struct host_spec *host)
{
	const struct string *name = &host->name;

	if (host->interface_count && host->addresses.count)
		return complain_at(reader, name, 0, name->size,
				   "a host has either \"address\" or \"interfaces\"");
	if (host->interface_count)
		return join_interfaces(reader, host);
	return !host->addresses.count || join_address(reader, host);
}

/* ---- The public form ---- */

static const char *joined(struct reader *reader, const struct strings *strings)
{
	struct growing text = { .arena = reader->arena };

	for (size_t i = 0; i < strings->count; i++) {
		grow(&text, ", ", i ? 2 : 0);
		grow(&text, strings->items[i].text, strings->items[i].size);
	}
	return text.text;
}

static struct nst_end make_end(struct reader *reader, const struct end_spec *end)
{
	return (struct nst_end){
		.host = end->host,
		.interface = end->interface,
		.addresses = end->is ? joined(reader, &end->is->addresses) : NULL,
		.mac = end->is ? end->is->mac.text : NULL,
	};
}

/* What the host sees of the machine: a fresh /tmp would hide the scenario's own folder. */
static const char *const *binds_of(struct reader *reader, const struct host_spec *host)
{
	const char *folder = host->name.node->source->folder;
	const char **binds;
	size_t count = 0;

	if (host->root.kind != NST_ROOT_MACHINE || strncmp(folder, "/tmp/", 5) != 0)
		return host->binds;
	while (host->binds && host->binds[count])
		count++;
	binds = arena_bytes(reader->arena, (count + 2) * sizeof(*binds));
	if (count)
		memcpy(binds, host->binds, count * sizeof(*binds));
	binds[count] = folder;
	return binds;
}

static void make_topology(struct reader *reader)
{
	struct building *building = reader->building;
	struct nst_topology *topology = &building->setup->topology;
	struct nst_host *hosts =
		arena_bytes(reader->arena, (building->host_count + 1) * sizeof(*hosts));
	struct nst_link *links =
		arena_bytes(reader->arena, (building->link_count + 1) * sizeof(*links));

	for (size_t i = 0; i < building->host_count; i++) {
		const struct host_spec *host = building->hosts[i];

		hosts[i] = (struct nst_host){
			.name = host->name.text,
			.kind = host->kind,
			.root = host->root.kind,
			.root_path = host->root.path,
			.own_pids = host->own_pids,
			.outside = host->outside.text,
			.nameservers = joined(reader, &host->nameservers),
			.binds = binds_of(reader, host),
			.sysctls = host->sysctls,
		};
	}
	for (size_t i = 0; i < building->link_count; i++) {
		const struct link_spec *link = building->links[i];

		links[i] = (struct nst_link){
			.a = make_end(reader, &link->a),
			.b = make_end(reader, &link->b),
			.mtu = link->mtu,
			.a_to_b = link->a_to_b,
			.b_to_a = link->b_to_a,
			.impairable = link->impairable,
			.engine = link->engine,
		};
	}
	topology->hosts = hosts;
	topology->links = links;
}

static void make_host_parts(struct reader *reader, const struct host_spec *host,
			    struct nst_scenario_ruleset **rulesets)
{
	struct building *building = reader->building;
	struct nst_setup *setup = building->setup;

	for (size_t i = 0; i < host->rulesets.count; i++)
		*arena_push(reader->arena, *rulesets, setup->ruleset_count) =
			(struct nst_scenario_ruleset){
				.host = host->name.text,
				.rules = host->rulesets.items[i].rules,
				.position = position_of(host->rulesets.items[i].node),
			};
	for (size_t i = 0; i < host->programs.count; i++) {
		const struct program_spec *spec = &host->programs.items[i];

		if (spec->command.line.text || spec->command.argv)
			make_program(reader, spec, host->name.text, spec->command.node,
				     arena_push(reader->arena, building->programs,
						setup->program_count));
	}
}

/* ---- The plan's complaints, at the place they are about ---- */

/* "link 3 (a -- b): …" and "host "web": …" say what they are about. */
static void complain_plan(struct reader *reader, const char *sentence)
{
	struct building *building = reader->building;
	const char *rest = strstr(sentence, "): ");
	char *end;
	unsigned long number;

	if (strncmp(sentence, "link ", 5) == 0 && rest) {
		number = strtoul(sentence + 5, &end, 10);
		if (number >= 1 && number <= building->link_count) {
			const struct string *text = &building->links[number - 1]->text;

			complain_at(reader, text, 0, text->size, "%s", rest + 3);
			return;
		}
	}
	for (size_t i = 0; i < building->host_count; i++) {
		const struct string *name = &building->hosts[i]->name;
		const char *quoted =
			arena_print(reader->arena, "host \"%s\": ", name->text);

		if (strncmp(sentence, quoted, strlen(quoted)) == 0) {
			complain_at(reader, name, 0, name->size, "%s", sentence);
			return;
		}
	}
	if (building->place)
		complain(reader, building->place, "%s", sentence);
}

static void free_plan(void *plan)
{
	nst_plan_free(plan);
}

static bool plan(struct reader *reader)
{
	struct building *building = reader->building;
	struct nst_plan *made = NULL;

	if (nst_plan_make(&building->setup->topology, &made) < 0) {
		complain_plan(reader, arena_print(reader->arena, "%s", nst_error()));
		return false;
	}
	arena_owns(reader->arena, made, free_plan);
	building->plan = made;
	return true;
}

/* A link that is impairable whatever the case does may become anything. */
static void make_changeable(struct reader *reader, const struct may_become *steps,
			    struct nst_link *link)
{
	if (!steps->impaired || link->impairable)
		return;
	link->impairable = true;
	if (!steps->faulted)
		link->later = steps->items
				      ? steps->items
				      : arena_new(reader->arena, struct nst_impairment);
}

const struct nst_setup *impairable_setup(struct reader *reader,
					 const struct may_become *impaired)
{
	const struct building *building = reader->building;
	struct nst_setup *setup;
	struct nst_link *links;

	if (!impaired)
		return building->setup;
	setup = arena_new(reader->arena, struct nst_setup);
	links = arena_bytes(reader->arena, (building->link_count + 1) * sizeof(*links));
	*setup = *building->setup;
	memcpy(links, setup->topology.links, building->link_count * sizeof(*links));
	for (size_t i = 0; i < building->link_count; i++)
		make_changeable(reader, &impaired[i], &links[i]);
	setup->topology.links = links;
	return setup;
}

bool make_setup(struct reader *reader, bool fine)
{
	struct building *building = reader->building;
	struct nst_scenario_ruleset *rulesets = NULL;

	for (size_t i = 0; fine && i < building->host_count; i++)
		fine = join_host(reader, building->hosts[i]);
	for (size_t i = 0; i < building->host_count; i++)
		make_host_parts(reader, building->hosts[i], &rulesets);
	building->setup->rulesets = rulesets;
	building->setup->programs = building->programs;
	if (!fine)
		return false;
	make_topology(reader);
	return plan(reader);
}
