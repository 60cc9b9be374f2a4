/* SPDX-License-Identifier: MIT */
/* The steps of nst_plan_make(), in their order. Each finds in the plan what the steps
 * before it left; each fails with a sentence that names host or link. */
#ifndef LAB_PLAN_PARTS_H
#define LAB_PLAN_PARTS_H

#include <stdarg.h>

#include <lab/plan.h>

#define PLAN_NONE SIZE_MAX

/* Puts "host "web": " in front of a new sentence; returns -EINVAL. */
__attribute__((format(printf, 2, 3))) int plan_fail_host(const char *host,
							 const char *format, ...);

/* The same with "link 3 (client -- server): ". `link` counts from 0. */
__attribute__((format(printf, 3, 4))) int plan_fail_link(const struct nst_link *links,
							 size_t link,
							 const char *format, ...);

/* The end of link `interface / 2` that makes this interface. */
const struct nst_end *plan_end(const struct nst_topology *topology, size_t interface);

/* plan_nodes.c: nodes by name, with all that the topology says of each. */
int plan_make_nodes(struct nst_plan *plan, const struct nst_topology *topology);

/* The node, or PLAN_NONE. */
size_t plan_find_node(const struct nst_plan *plan, const char *name);

/* plan_interfaces.c: interfaces with names, indices, MAC, MTU; which one is outside. */
int plan_make_interfaces(struct nst_plan *plan, const struct nst_topology *topology);

/* plan_wires.c: which links are wired, with what. */
int plan_make_wires(struct nst_plan *plan, const struct nst_topology *topology);
void plan_free_wires(struct nst_plan *plan);

/* plan_address.c: addresses of interfaces, each checked by itself. */
int plan_make_addresses(struct nst_plan *plan, const struct nst_topology *topology);

/* plan_segments.c: segments; no loop of switches, no address or MAC twice in one. */
int plan_make_segments(struct nst_plan *plan, const struct nst_topology *topology);

/* plan_routes.c, on plan_lans.c */
int plan_make_routes(struct nst_plan *plan);

/* The first address of the subnet; the rest of the bits are cleared. */
struct nst_address plan_subnet(const struct nst_address *address);

/* Whether `address` lies in the subnet. */
bool plan_subnet_has(const struct nst_address *subnet,
		     const struct nst_address *address);

/* fe80::/10: means something on its own link only. */
bool plan_is_link_local(const struct nst_address *address);

/* Bytes of an address of this family: 4 or 16. */
size_t plan_address_size(int family);

/* The order of addresses: family, then bytes. */
int plan_compare_addresses(const struct nst_address *a, const struct nst_address *b);

#endif
