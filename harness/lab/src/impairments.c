/* SPDX-License-Identifier: MIT */
/* Impaired links in the lab process: their namespace and their engines.
 *
 * How it works. Of a wired link each host has its end of a veth pair; the other ends of
 * both pairs are in the wire namespace, one for all such links of a lab, which is no host:
 * it has no addresses, no IPv6 and no name. There an engine joins the two. The wire engine is
 * one process for all its links, a child of the lab process, started while all
 * interfaces are down, so that it cannot miss a frame. When it ends unasked, the lab is
 * no longer what was asked for: from then on every check fails, and says how it ended.
 *
 * Which engine a link has is decided once, before the first packet. A link that may be
 * changed while the lab lives gets the wire engine, unless another is named or it is known
 * what it may become: else it may be asked for faults, and a test must not depend on what
 * the machine's kernel can do.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/kernel_netem.h>

#include "impairment_copy.h"
#include "impairments.h"
#include "netlink.h"

/* ---- The namespace ---- */

/* Before any link is there: each would announce itself with multicast listener reports and
 * router solicitations. */
static int silence_ipv6(int proc_sys)
{
	static const char *const paths[] = { "net/ipv6/conf/all/disable_ipv6",
					     "net/ipv6/conf/default/disable_ipv6" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		AUTO_CLOSE int fd = openat(proc_sys, paths[i], O_WRONLY | O_CLOEXEC);

		if (fd < 0 && errno == ENOENT)
			continue; /* a kernel without IPv6 */
		if (fd < 0 || write(fd, "1", 1) != 1)
			return nst_fail_errno("setting %s to 1", paths[i]);
	}
	return 0;
}

static int make_namespace(struct nst_inside *inside, struct impairments *all)
{
	int r;

	if (unshare(CLONE_NEWNET) < 0)
		return nst_fail_errno("making a network namespace");
	all->net = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (all->net < 0)
		return nst_fail_errno("opening /proc/thread-self/ns/net");
	r = silence_ipv6(inside->proc_sys);
	if (r == 0)
		all->route_socket = netlink_open();
	return r < 0 ? r : all->route_socket < 0 ? all->route_socket : 0;
}

int impairments_make_namespace(struct nst_inside *inside)
{
	struct impairments *all;
	int r;

	if (!inside->plan->wire_count)
		return 0;
	all = calloc(1, sizeof(*all));
	if (!all)
		return nst_fail_memory();
	inside->impairments = all;
	all->wires = calloc(inside->plan->wire_count, sizeof(*all->wires));
	if (!all->wires)
		return nst_fail_memory();
	r = make_namespace(inside, all);
	return r < 0 ? nst_fail_in(r, "the namespace of impaired links") : 0;
}

int impairments_enter(struct nst_inside *inside)
{
	if (setns(inside->impairments->net, CLONE_NEWNET) < 0)
		return nst_fail_errno("entering the namespace of impaired links");
	return 0;
}

size_t impairments_sender(const struct nst_inside *inside,
			  const struct nst_wire_event *event)
{
	const struct impairments *all = inside->impairments;

	for (size_t i = 0; i < inside->plan->wire_count; i++)
		if (!is_kernels(&all->wires[i]) &&
		    all->wires[i].engine_link == event->link)
			return 2 * inside->plan->wires[i].link +
			       (event->direction == NST_B_TO_A);
	return SIZE_MAX;
}

int impairments_ifindex(const struct nst_plan *plan, size_t interface)
{
	return NST_WIRE_IFINDEX + 2 * (int)nst_plan_wire(plan, interface / 2) +
	       (int)(interface % 2);
}

struct wired *impairments_wire(const struct nst_inside *inside, size_t interface)
{
	size_t wire = nst_plan_wire(inside->plan, interface / 2);

	return wire == SIZE_MAX ? NULL : &inside->impairments->wires[wire];
}

/* ---- Which engine ---- */

static int fail_in_link(const struct nst_inside *inside, size_t link, int r)
{
	const struct nst_plan *plan = inside->plan;
	const struct nst_interface *a = &plan->interfaces[2 * link];
	const struct nst_interface *b = &plan->interfaces[2 * link + 1];

	return nst_fail_in(r, "link %s -- %s", plan->nodes[a->node].name,
			   plan->nodes[b->node].name);
}

/* Whether the kernel engine can be had at all: asked once for a lab. */
struct kernel {
	int available; /* 1: not asked yet */
	char sentence[NST_ERROR_SIZE];
};

static int kernel_can(struct kernel *kernel, const struct nst_planned_wire *wire)
{
	int r;

	if (kernel->available > 0) {
		kernel->available = nst_kernel_netem_available();
		memcpy(kernel->sentence, nst_error(), sizeof(kernel->sentence));
	}
	if (kernel->available < 0)
		return nst_fail(kernel->available, "%s", kernel->sentence);
	r = nst_kernel_netem_can(&wire->impairment[0]);
	if (r == 0)
		r = nst_kernel_netem_can(&wire->impairment[1]);
	for (size_t i = 0; i < wire->later_count && r == 0; i++)
		r = nst_kernel_netem_can(&wire->later[i]);
	return r;
}

static void put_choice(struct nst_engine_choice *choice, enum nst_engine engine,
		       const char *why)
{
	choice->engine = engine;
	snprintf(choice->why, sizeof(choice->why), "%s", why);
}

static int choose(struct kernel *kernel, const struct nst_planned_wire *wire,
		  enum nst_engine preferred, struct nst_engine_choice *ret)
{
	enum nst_engine asked = wire->engine ? wire->engine : preferred;
	int r;

	if (asked == NST_ENGINE_WIRE) {
		put_choice(ret, asked, "asked for");
		return 0;
	}
	if (asked == NST_ENGINE_AUTO && wire->impairable && !wire->later) {
		put_choice(ret, NST_ENGINE_WIRE, "it may be asked for faults");
		return 0;
	}
	r = kernel_can(kernel, wire);
	if (r < 0 && asked == NST_ENGINE_KERNEL)
		return nst_fail_in(r, "engine kernel");
	if (r < 0)
		put_choice(ret, NST_ENGINE_WIRE, nst_error());
	else
		put_choice(ret, NST_ENGINE_KERNEL,
			   asked ? "asked for" : "it can do all that is asked");
	return 0;
}

static int choose_all(struct nst_inside *inside, enum nst_engine preferred)
{
	struct kernel kernel = { .available = 1 };
	int r = 0;

	for (size_t i = 0; i < inside->plan->wire_count && r == 0; i++) {
		const struct nst_planned_wire *wire = &inside->plan->wires[i];

		r = choose(&kernel, wire, preferred,
			   &inside->impairments->wires[i].choice);
		if (r < 0)
			r = fail_in_link(inside, wire->link, r);
	}
	return r;
}

/* ---- Starting them ---- */

/* Of the hosts; the engines prepare those in their namespace, which is entered. */
static int prepare_ends(struct nst_inside *inside)
{
	const struct nst_plan *plan = inside->plan;

	for (size_t i = 0; i < 2 * plan->wire_count; i++) {
		size_t interface = 2 * plan->wires[i / 2].link + i % 2;
		int r = nst_inside_net(inside, plan->interfaces[interface].node);

		if (r == 0)
			r = nst_wire_prepare_interface(
				plan->interfaces[interface].ifindex);
		if (r < 0)
			return fail_in_link(inside, interface / 2, r);
	}
	return impairments_enter(inside);
}

static int start_wire_engine(struct nst_inside *inside)
{
	struct impairments *all = inside->impairments;
	struct nst_wire_options options = { .seed = all->seed,
					    .close_fds_above = STDERR_FILENO };
	struct nst_wire_link *links AUTO_FREE =
		calloc(inside->plan->wire_count, sizeof(*links));
	size_t count = 0;

	if (!links)
		return nst_fail_memory();
	for (size_t i = 0; i < inside->plan->wire_count; i++) {
		int a = NST_WIRE_IFINDEX + 2 * (int)i;

		if (is_kernels(&all->wires[i]))
			continue;
		all->wires[i].engine_link = count;
		links[count++] = (struct nst_wire_link){ a, a + 1 };
	}
	if (!count)
		return 0;
	return nst_wire_start(links, count, &options, &all->engine);
}

static int impair_first(struct nst_inside *inside, size_t i)
{
	const struct nst_planned_wire *wire = &inside->plan->wires[i];
	struct wired *wired = &inside->impairments->wires[i];
	int a = NST_WIRE_IFINDEX + 2 * (int)i, r = 0;

	if (is_kernels(wired)) {
		r = nst_wire_prepare_interface(a);
		if (r == 0)
			r = nst_wire_prepare_interface(a + 1);
		if (r == 0)
			r = nst_kernel_join(a, a + 1);
	}
	for (int d = 0; d < 2 && r == 0; d++) {
		const struct nst_impairment *impairment = &wire->impairment[d];

		r = impairment_copy(impairment, &wired->directions[d].impairment);
		if (r < 0 || nst_impairment_is_none(impairment))
			continue;
		/* What goes from a to b leaves by b's half. */
		r = is_kernels(wired)
			    ? nst_kernel_impair(d == NST_A_TO_B ? a + 1 : a, impairment)
			    : nst_wire_impair(inside->impairments->engine,
					      wired->engine_link, d, impairment);
	}
	return r < 0 ? fail_in_link(inside, wire->link, r) : 0;
}

int impairments_start(struct nst_inside *inside, enum nst_engine preferred,
		      uint64_t seed)
{
	int r = 0;

	if (!inside->impairments)
		return 0;
	inside->impairments->seed = seed;
	r = choose_all(inside, preferred);
	if (r == 0)
		r = prepare_ends(inside);
	if (r == 0)
		r = start_wire_engine(inside);
	for (size_t i = 0; i < inside->plan->wire_count && r == 0; i++)
		r = impair_first(inside, i);
	return r;
}

/* ---- Its death ---- */

void impairments_reaped(struct nst_inside *inside, pid_t pid, int status)
{
	struct impairments *all = inside->impairments;

	if (!all || !all->engine || pid != nst_wire_pid(all->engine))
		return;
	all->engine_gone = true;
	nst_wire_reaped(all->engine, status);
}

int impairments_check(struct nst_inside *inside)
{
	struct impairments *all = inside->impairments;
	uint64_t frames;

	if (!all || !all->engine_gone)
		return 0;
	/* It knows how it ended, and says so. */
	nst_wire_in_flight(all->engine, NULL, 0, &frames);
	return nst_fail_in(-EIO, "impaired links carry nothing any more");
}

int impairments_result(struct nst_inside *inside, int r)
{
	if (r != -EPIPE)
		return r;
	inside->impairments->engine_gone = true;
	return impairments_check(inside);
}
