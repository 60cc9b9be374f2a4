/* SPDX-License-Identifier: MIT */
/* The hosts of the plan: found by name, checked, and copied from the topology. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "plan_parts.h"

/* ---- Names ---- */

/* FNV-1a, 32 bits. */
static size_t hash(const char *name)
{
	uint32_t h = 2166136261U;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 16777619U;
	return h;
}

/* The slot that holds the name, or the empty one where it would go. */
static size_t *slot_of(const struct nst_plan *plan, const char *name)
{
	size_t mask = plan->name_slot_count - 1, i = hash(name) & mask;

	while (plan->name_slots[i] &&
	       strcmp(plan->nodes[plan->name_slots[i] - 1].name, name) != 0)
		i = (i + 1) & mask;
	return &plan->name_slots[i];
}

size_t plan_find_node(const struct nst_plan *plan, const char *name)
{
	return plan->name_slot_count ? *slot_of(plan, name) - 1 : PLAN_NONE;
}

/* Why the name cannot be a host's, or NULL. */
static const char *name_fault(const char *name)
{
	size_t length = strlen(name);

	if (length == 0)
		return "a name needs at least one character";
	if (length > 63)
		return "a name has at most 63 characters";
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-')
			return "a name is made of letters, digits and '-'";
	if (name[0] == '-')
		return "a name does not start with '-'";
	if (strcasecmp(name, "localhost") == 0)
		return "every host calls itself that: choose another name";
	return NULL;
}

static int add_node(struct nst_plan *plan, const char *name)
{
	const char *fault = name_fault(name);
	struct nst_node *node;

	if (fault)
		return plan_fail_host(name, "%s", fault);
	node = &plan->nodes[plan->node_count];
	strcpy(node->name, name); /* at most 63, checked */
	node->outside = PLAN_NONE;
	*slot_of(plan, name) = ++plan->node_count;
	return 0;
}

/* ---- Declared hosts ---- */

static int copy_string(const char *text, char **ret)
{
	if (!text)
		return 0;
	*ret = strdup(text);
	return *ret ? 0 : nst_fail_memory();
}

/* Only what belongs to a network namespace: the rest is the whole machine's, and as
 * root it would really change. */
static int check_sysctl(const char *host, const char *sysctl)
{
	size_t name = strcspn(sysctl, "=");

	if (sysctl[name] != '=' || sysctl[name + 1] == '\0')
		return plan_fail_host(
			host, "sysctl \"%s\" has no value: write NAME=VALUE", sysctl);
	if (strncmp(sysctl, "net.", 4) != 0 && strncmp(sysctl, "net/", 4) != 0)
		return plan_fail_host(
			host,
			"sysctl \"%s\" is the whole machine's: a host has "
			"only those that start with \"net.\"",
			sysctl);
	for (size_t i = 1; i < name; i++)
		if (strchr("./", sysctl[i]) && strchr("./", sysctl[i - 1]))
			return plan_fail_host(host, "sysctl \"%s\" has an empty part",
					      sysctl);
	return 0;
}

/* "/target" or "/target=source": the target from the root on and without "..", which could
 * lead out of the host's own root. */
static int check_bind(const char *host, const char *bind)
{
	const char *equals = strchr(bind, '=');
	const char *source = equals ? equals + 1 : bind;

	if (bind[0] != '/' || source[0] == '\0')
		return plan_fail_host(
			host,
			"bind \"%s\": write a path that starts with '/', or "
			"/AT/THE/HOST=/OF/THE/MACHINE",
			bind);
	if (bind[1] == '\0' || bind[1] == '=')
		return plan_fail_host(
			host,
			"bind \"%s\" would cover the root: use the host's "
			"root for that (NST_ROOT_BIND)",
			bind);
	for (const char *dots = strstr(bind, "/.."); dots;
	     dots = strstr(dots + 1, "/.."))
		if (strchr("/=", dots[3])) /* finds the final NUL, too */
			return plan_fail_host(
				host, "bind \"%s\": write it without \"..\"", bind);
	return 0;
}

typedef int check_fn(const char *host, const char *text);

static int copy_list(const char *host, const char *const *list, check_fn *check,
		     char ***ret_list)
{
	size_t count = 0;
	int r;

	while (list && list[count])
		count++;
	if (count == 0)
		return 0;
	*ret_list = calloc(count + 1, sizeof(**ret_list));
	if (!*ret_list)
		return nst_fail_memory();
	for (size_t i = 0; i < count; i++) {
		r = check(host, list[i]);
		if (r == 0)
			r = copy_string(list[i], &(*ret_list)[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_nameservers(const char *host, const char *list)
{
	char *copy AUTO_FREE = NULL;
	struct in6_addr unused;
	char *rest, *item;
	int r;

	r = copy_string(list, &copy);
	if (r < 0)
		return r;
	for (item = copy ? strtok_r(copy, ", ", &rest) : NULL; item;
	     item = strtok_r(NULL, ", ", &rest))
		if (inet_pton(AF_INET, item, &unused) != 1 &&
		    inet_pton(AF_INET6, item, &unused) != 1)
			return plan_fail_host(
				host,
				"nameserver \"%s\" is not an address: write "
				"one like 10.0.0.1 or fd00::1",
				item);
	return 0;
}

static int check_host(const struct nst_host *host)
{
	if (host->kind > NST_SWITCH)
		return plan_fail_host(host->name, "there is no kind %d",
				      (int)host->kind);
	if (host->root > NST_ROOT_OVERLAY)
		return plan_fail_host(host->name, "there is no root %d",
				      (int)host->root);
	if (host->root == NST_ROOT_BIND && !host->root_path)
		return plan_fail_host(host->name,
				      "its root is to be bound but root_path "
				      "is missing: name a directory");
	if (host->root != NST_ROOT_BIND && host->root_path)
		return plan_fail_host(host->name,
				      "root_path \"%s\" is only for a root that "
				      "is bound (NST_ROOT_BIND)",
				      host->root_path);
	if (host->outside && host->kind != NST_NAT_ROUTER)
		return plan_fail_host(host->name,
				      "outside \"%s\" is only for a NAT router",
				      host->outside);
	return check_nameservers(host->name, host->nameservers);
}

static int add_declared(struct nst_plan *plan, const struct nst_host *host,
			size_t index)
{
	struct nst_node *node = &plan->nodes[plan->node_count];
	int r;

	if (!host->name)
		return nst_fail(-EINVAL, "host %zu of the list has no name", index + 1);
	if (plan_find_node(plan, host->name) != PLAN_NONE)
		return plan_fail_host(host->name,
				      "declared twice: give each host a name of "
				      "its own");
	r = add_node(plan, host->name);
	if (r == 0)
		r = check_host(host);
	if (r < 0)
		return r;
	node->kind = host->kind;
	node->root = host->root;
	node->own_pids = host->own_pids;
	r = copy_string(host->root_path, &node->root_path);
	if (r == 0)
		r = copy_string(host->nameservers, &node->nameservers);
	if (r == 0)
		r = copy_list(host->name, host->sysctls, check_sysctl, &node->sysctls);
	if (r == 0)
		r = copy_list(host->name, host->binds, check_bind, &node->binds);
	return r;
}

/* ---- All of them ---- */

static bool is_last_host(const struct nst_host *host)
{
	return !host->name && host->kind == NST_HOST &&
	       host->root == NST_ROOT_MACHINE && !host->root_path && !host->own_pids &&
	       !host->outside && !host->nameservers && !host->binds && !host->sysctls;
}

static bool is_last_end(const struct nst_end *end)
{
	return !end->host && !end->addresses && !end->interface && !end->mac;
}

static int count_links(const struct nst_link *links, size_t *ret_count)
{
	size_t i;

	for (i = 0; links; i++) {
		const struct nst_link *link = &links[i];

		if (is_last_end(&link->a) && is_last_end(&link->b) && link->mtu == 0)
			break;
		if (!link->a.host || !link->b.host)
			return plan_fail_link(links, i, "one end names no host");
		if (strcmp(link->a.host, link->b.host) == 0)
			return plan_fail_link(links, i,
					      "both ends are at the same host: a "
					      "link joins two");
	}
	*ret_count = i;
	return 0;
}

static int add_of_link(struct nst_plan *plan, const struct nst_topology *topology,
		       size_t interface)
{
	const char *name = plan_end(topology, interface)->host;

	return plan_find_node(plan, name) == PLAN_NONE ? add_node(plan, name) : 0;
}

static int make_room(struct nst_plan *plan, size_t hosts, size_t links)
{
	size_t most = hosts + 2 * links;

	plan->name_slot_count = 16;
	while (plan->name_slot_count < 2 * most)
		plan->name_slot_count *= 2;
	plan->name_slots = calloc(plan->name_slot_count, sizeof(*plan->name_slots));
	plan->nodes = calloc(most + 1, sizeof(*plan->nodes));
	plan->interfaces = calloc(2 * links + 1, sizeof(*plan->interfaces));
	return plan->name_slots && plan->nodes && plan->interfaces ? 0
								   : nst_fail_memory();
}

int plan_make_nodes(struct nst_plan *plan, const struct nst_topology *topology)
{
	size_t hosts = 0, links = 0;
	int r;

	while (topology->hosts && !is_last_host(&topology->hosts[hosts]))
		hosts++;
	r = count_links(topology->links, &links);
	if (r == 0)
		r = make_room(plan, hosts, links);
	for (size_t i = 0; r == 0 && i < hosts; i++)
		r = add_declared(plan, &topology->hosts[i], i);
	for (size_t i = 0; r == 0 && i < 2 * links; i++)
		r = add_of_link(plan, topology, i);
	if (r < 0)
		return r;
	plan->interface_count = 2 * links;
	return 0;
}
