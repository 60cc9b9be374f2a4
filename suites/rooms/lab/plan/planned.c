/* SPDX-License-Identifier: MIT */
/* Plans, and parts of them as text to compare. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "planned.h"

struct nst_plan *plan_of(const struct nst_host *hosts, const struct nst_link *links)
{
	struct nst_plan *plan = NULL;
	int r = nst_plan_make(&(struct nst_topology){ hosts, links }, &plan);

	cr_assert(r == 0, "%s", nst_error());
	return plan;
}

const char *complaint_of(const struct nst_host *hosts, const struct nst_link *links)
{
	struct nst_plan *plan = NULL;
	int r = nst_plan_make(&(struct nst_topology){ hosts, links }, &plan);

	if (r == 0) {
		nst_plan_free(plan);
		return "";
	}
	cr_assert(r == -EINVAL, "returned %d", r);
	cr_assert(plan == NULL, "the output was touched");
	return nst_error();
}

size_t node_of(const struct nst_plan *plan, const char *name)
{
	size_t node = SIZE_MAX;

	cr_assert(nst_plan_node(plan, name, &node) == 0, "%s", nst_error());
	return node;
}

const struct nst_interface *interface_of(const struct nst_plan *plan, const char *where)
{
	size_t interface = SIZE_MAX;

	cr_assert(nst_plan_interface(plan, where, &interface) == 0, "%s", nst_error());
	return &plan->interfaces[interface];
}

static char text[4096];
static size_t used;

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	used += (size_t)vsnprintf(text + used, sizeof(text) - used, format, args);
	va_end(args);
	cr_assert(used < sizeof(text));
}

const char *routes_of(const struct nst_plan *plan, const char *host)
{
	const struct nst_node *node = &plan->nodes[node_of(plan, host)];
	char address[INET6_ADDRSTRLEN];

	text[used = 0] = '\0';
	for (size_t i = 0; i < node->route_count; i++) {
		const struct nst_route *route = &node->routes[i];

		cr_assert(route->family == route->to.family);
		cr_assert(route->family == route->via.family);
		cr_assert(plan->interfaces[route->interface].node ==
			  node_of(plan, host));
		print("%s", i ? ", " : "");
		if (route->to.prefix)
			print("%s/%u", nst_address_print(&route->to, address),
			      route->to.prefix);
		else
			print("default");
		print(" via %s %s", nst_address_print(&route->via, address),
		      plan->interfaces[route->interface].name);
	}
	return text;
}

static void print_interface(const struct nst_plan *plan, size_t index)
{
	const struct nst_interface *interface = &plan->interfaces[index];

	print("%s:%s", plan->nodes[interface->node].name, interface->name);
}

const char *path_of(const struct nst_plan *plan, const char *from, const char *to)
{
	struct nst_hop *hops AUTO_FREE = NULL;
	struct nst_address address;
	size_t count = 0;
	int r;

	cr_assert(nst_address_parse(to, &address) == 0, "%s", nst_error());
	r = nst_plan_path(plan, node_of(plan, from), &address, &hops, &count);
	cr_assert(r == -EHOSTUNREACH || r == (int)count);
	text[used = 0] = '\0';
	for (size_t i = 0; i < count; i++) {
		print("%s", i ? ", " : "");
		print_interface(plan, hops[i].out);
		print(" > ");
		print_interface(plan, hops[i].in);
	}
	if (r < 0)
		print("%s%s", count ? ", " : "", nst_error());
	return text;
}
