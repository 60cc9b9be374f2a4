/* SPDX-License-Identifier: MIT */
/* The plan as a whole: made in steps, freed, and asked for hosts by name. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <lab/names.h>

#include "plan_parts.h"

int plan_fail_host(const char *host, const char *format, ...)
{
	char text[NST_ERROR_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return nst_fail(-EINVAL, "host \"%s\": %s", host, text);
}

int plan_fail_link(const struct nst_link *links, size_t link, const char *format, ...)
{
	const char *a = links[link].a.host, *b = links[link].b.host;
	char text[NST_ERROR_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return nst_fail(-EINVAL, "link %zu (%s -- %s): %s", link + 1, a ? a : "?",
			b ? b : "?", text);
}

const struct nst_end *plan_end(const struct nst_topology *topology, size_t interface)
{
	const struct nst_link *link = &topology->links[interface / 2];

	return interface % 2 ? &link->b : &link->a;
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

static void free_node(struct nst_node *node)
{
	free_list(node->sysctls);
	free_list(node->binds);
	free(node->root_path);
	free(node->nameservers);
	free(node->interfaces);
	free(node->routes);
}

void nst_plan_free(struct nst_plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->node_count; i++)
		free_node(&plan->nodes[i]);
	for (size_t i = 0; i < plan->interface_count; i++)
		free(plan->interfaces[i].addresses);
	free(plan->nodes);
	free(plan->interfaces);
	free(plan->segments);
	free(plan->segment_members);
	free(plan->name_slots);
	plan_free_wires(plan);
	free(plan);
}

static void auto_free_plan(struct nst_plan **plan)
{
	nst_plan_free(*plan);
}

int nst_plan_make(const struct nst_topology *topology, struct nst_plan **ret_plan)
{
	struct nst_plan *plan AUTO(auto_free_plan) = calloc(1, sizeof(*plan));
	int r;

	if (!plan)
		return nst_fail_memory();
	r = plan_make_nodes(plan, topology);
	if (r == 0)
		r = plan_make_interfaces(plan, topology);
	if (r == 0)
		r = plan_make_addresses(plan, topology);
	if (r == 0)
		r = plan_make_segments(plan, topology);
	if (r == 0)
		r = plan_make_routes(plan);
	if (r == 0)
		r = plan_make_wires(plan, topology);
	if (r < 0)
		return r;
	*ret_plan = steal(plan);
	return 0;
}

/* ---- By name ---- */

static int no_such(const char *sentence, const char *wanted, const char *const *names,
		   size_t count)
{
	char text[NST_ERROR_SIZE];

	snprintf(text, sizeof(text), "%s", sentence);
	nst_names_suggest(text, sizeof(text), wanted, names, count);
	return nst_fail(-ENOENT, "%s", text);
}

int nst_plan_node(const struct nst_plan *plan, const char *name, size_t *ret_node)
{
	size_t node = plan_find_node(plan, name);
	const char **names AUTO_FREE = NULL;
	char text[NST_ERROR_SIZE];

	if (node != PLAN_NONE) {
		*ret_node = node;
		return 0;
	}
	names = calloc(plan->node_count + 1, sizeof(*names));
	if (!names)
		return nst_fail_memory();
	for (size_t i = 0; i < plan->node_count; i++)
		names[i] = plan->nodes[i].name;
	snprintf(text, sizeof(text), "no host \"%.63s\"", name);
	return no_such(text, name, names, plan->node_count);
}

static int no_interface(const struct nst_plan *plan, const struct nst_node *node,
			const char *wanted)
{
	const char **names AUTO_FREE = NULL;
	char text[NST_ERROR_SIZE];

	if (node->interface_count == 0)
		return nst_fail(-ENOENT,
				"host \"%s\" has no interface but lo: no link names it",
				node->name);
	names = calloc(node->interface_count, sizeof(*names));
	if (!names)
		return nst_fail_memory();
	for (size_t i = 0; i < node->interface_count; i++)
		names[i] = plan->interfaces[node->interfaces[i]].name;
	snprintf(text, sizeof(text), "host \"%s\" has no interface \"%.63s\"",
		 node->name, wanted);
	return no_such(text, wanted, names, node->interface_count);
}

int nst_plan_interface(const struct nst_plan *plan, const char *where,
		       size_t *ret_interface)
{
	const char *colon = strchr(where, ':');
	char *host AUTO_FREE = strndup(where, strcspn(where, ":"));
	const struct nst_node *node;
	size_t index;
	int r;

	if (!host)
		return nst_fail_memory();
	r = nst_plan_node(plan, host, &index);
	if (r < 0)
		return r;
	node = &plan->nodes[index];
	for (size_t i = 0; i < node->interface_count; i++) {
		index = node->interfaces[i];
		if (!colon || strcmp(plan->interfaces[index].name, colon + 1) == 0) {
			*ret_interface = index;
			return 0;
		}
	}
	return no_interface(plan, node, colon ? colon + 1 : "");
}

/* ---- /etc/hosts ---- */

static void print_host(FILE *out, const struct nst_plan *plan,
		       const struct nst_node *node)
{
	char text[64];

	for (size_t i = 0; i < node->interface_count; i++) {
		const struct nst_interface *interface =
			&plan->interfaces[node->interfaces[i]];

		for (size_t j = 0; j < interface->address_count; j++)
			fprintf(out, "%s\t%s\n",
				nst_address_print(&interface->addresses[j], text),
				node->name);
	}
}

char *nst_plan_hosts_file(const struct nst_plan *plan)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n", out);
	for (size_t i = 0; i < plan->node_count; i++)
		print_host(out, plan, &plan->nodes[i]);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
