/* SPDX-License-Identifier: MIT */
/* The plan: a topology, checked and worked out down to the last interface index, MAC
 * and route, before anything is built. Pure: no socket, no namespace.
 *
 * The lab is built from it without asking the kernel anything, and a probe reads from
 * it which way a packet must take.
 */
#ifndef LAB_PLAN_H
#define LAB_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nstest/topology.h>

struct nst_address {
	int family; /* AF_INET, AF_INET6 */
	uint8_t bytes[16];
	unsigned int prefix; /* bits */
};

/* A switch's bridge is the first device of its host: its ports have ifindex 3, 4, … */
#define NST_BRIDGE_NAME "br0"
enum { NST_BRIDGE_IFINDEX = 2 };

/* One interface. `peer` is the interface at the other end of the link. */
struct nst_interface {
	char name[16];
	uint8_t mac[6];
	unsigned int mtu;
	int ifindex; /* chosen by us: 2, 3, … in a host; 3, 4, … in a switch */
	size_t node, link, peer; /* indices into the plan */
	size_t segment;          /* index into the plan's segments */
	struct nst_address *addresses;
	size_t address_count;
};

struct nst_route {
	int family;
	struct nst_address to; /* prefix 0: the default route */
	struct nst_address via;
	size_t interface; /* index into the plan: the way out */
};

struct nst_node {
	char name[64];
	enum nst_host_kind kind;
	enum nst_root root;
	char *root_path, *nameservers;
	char **binds;   /* NULL-terminated, or NULL */
	char **sysctls; /* the same */
	bool own_pids;
	size_t *interfaces; /* indices into the plan, in the order of links */
	size_t interface_count;
	size_t outside; /* NAT router: what masquerades; others: SIZE_MAX */
	struct nst_route *routes;
	size_t route_count;
	bool has_ipv4, has_ipv6;
};

/* What frames reach without a router: a link, or all links that switches join. The
 * interfaces are those of hosts and routers, in the order of links. */
struct nst_segment {
	size_t *interfaces;
	size_t interface_count;
};

/* Ports that the kernel of a host gives to no program (net.ipv4.ip_local_reserved_ports): those
 * from which probes ask. Inside Linux's own ephemeral range and that of IANA, so that rules on
 * source ports judge a probe as they judge a program. */
enum { NST_RESERVED_FIRST = 55000, NST_RESERVED_LAST = 59999 };
#define NST_RESERVED_PORTS "55000-59999"

/* A link that is two veth pairs, host ═ wire ═ host. In the wire namespace its ends have the
 * ifindex NST_WIRE_IFINDEX + 2 × its number among the wired links, and the next. */
enum { NST_WIRE_IFINDEX = 2 };

struct nst_planned_wire {
	size_t link;
	bool impairable;                     /* may change while the lab lives */
	struct nst_impairment *later;        /* into these only; NULL: into anything */
	size_t later_count;
	enum nst_engine engine;              /* asked for */
	struct nst_impairment impairment[2]; /* a to b, b to a; texts are the plan's */
};

struct nst_plan {
	struct nst_node *nodes; /* the declared ones, then those that only links name */
	size_t node_count;
	struct nst_interface *interfaces; /* of link i: 2i (a) and 2i+1 (b) */
	size_t interface_count;
	struct nst_segment *segments;
	size_t segment_count;
	size_t *segment_members; /* what the segments' arrays are parts of */
	size_t *name_slots;      /* hash table: node + 1 by name; a power of two */
	size_t name_slot_count;
	struct nst_planned_wire *wires; /* in the order of links */
	size_t wire_count;
	size_t *wire_of; /* by link: index into wires, or SIZE_MAX; NULL: there are none */
};

/* Routes. For every subnet of the lab the way with the fewest routers is planned:
 *  - a router is a next hop for those who share a subnet with it on a segment;
 *  - a host gets a default route by the first router it meets (its links in order), and
 *    routes of their own for subnets that another router is nearer to;
 *  - a router gets a route to each subnet and no default: what nobody knows is answered
 *    with "network unreachable" by the first router, and cannot circle;
 *  - a NAT router is no next hop for those at its outside: what is behind it is
 *    private, so subnets behind two of them may be the same;
 *  - hosts with several interfaces do not forward. */

/* Return: 0; -EINVAL with a sentence that names host, link and what is wrong. */
int nst_plan_make(const struct nst_topology *topology, struct nst_plan **ret_plan);
void nst_plan_free(struct nst_plan *plan);

/* The node's index; -ENOENT and: no host "cleint" (there are client, server). Lists at
 * most ten names, the nearest first. Costs the same for any number of hosts. */
int nst_plan_node(const struct nst_plan *plan, const char *name, size_t *ret_node);

/* The interface "host:eth0", or the first of "host". */
int nst_plan_interface(const struct nst_plan *plan, const char *where,
		       size_t *ret_interface);

/* The wire of a link: index into the plan's wires; SIZE_MAX for a plain one. */
static inline size_t nst_plan_wire(const struct nst_plan *plan, size_t link)
{
	return plan->wire_of ? plan->wire_of[link] : SIZE_MAX;
}

/* The interface by which `from` sends to `to` over the link that joins them; each is "host"
 * or "host:eth0". -ENOENT: no link does; -EINVAL: several do, so say which. */
int nst_plan_adjacent(const struct nst_plan *plan, const char *from, const char *to,
		      size_t *ret_interface);

/* The first address of that family that the node has, or NULL. */
const struct nst_address *nst_plan_address_of(const struct nst_plan *plan, size_t node,
					      int family);

/* The node that owns the address; SIZE_MAX if none does. */
size_t nst_plan_owner(const struct nst_plan *plan, const struct nst_address *address);

/* "10.0.0.1/24" → an address; without a prefix: 32 or 128 bits. -EINVAL with a
 * sentence. */
int nst_address_parse(const char *text, struct nst_address *ret_address);

/* "10.0.0.1" (no prefix). `text` has room for INET6_ADDRSTRLEN. Returns `text`. */
char *nst_address_print(const struct nst_address *address, char *text);

/* One step of a packet's way: it leaves by interface `out` and enters by `in`; switches
 * between them are passed without a hop. Indices into the plan. */
struct nst_hop {
	size_t out, in;
};

/* The way from a node to an address by the planned routes. *ret_hops is the caller's to
 * free. Return: the number of hops (0: the address is the node's own); -EHOSTUNREACH
 * where no route leads on, and ret_hops has the hops up to there in *ret_count. */
int nst_plan_path(const struct nst_plan *plan, size_t from,
		  const struct nst_address *to, struct nst_hop **ret_hops,
		  size_t *ret_count);

/* The text of /etc/hosts, the same for every host: localhost, and every host with its
 * addresses. The caller frees it. NULL if memory is out. */
char *nst_plan_hosts_file(const struct nst_plan *plan);

#endif
