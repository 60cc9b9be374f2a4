/* SPDX-License-Identifier: MIT */
/* Impaired links in the lab process: their namespace, their engines, their state. */
#ifndef LAB_IMPAIRMENTS_H
#define LAB_IMPAIRMENTS_H

#include <lab/wires.h>

#include "state.h"

/* One direction of a wired link. */
struct direction {
	struct nst_impairment impairment; /* of now; owns its texts */
	bool changed;
};

/* A wired link: plan->wires[i]. */
struct wired {
	struct nst_engine_choice choice;
	size_t engine_link; /* its number in the wire engine */
	struct direction directions[2];
};

/* A fault that was asked for. */
struct asked_fault {
	uint32_t id;
	size_t interface; /* by which its packets are sent */
	char text[192];
	enum nst_fault_action action;
	bool may_miss, takes_all, removed;
	struct nst_fault_counters last; /* of a removed one */
};

struct impairments {
	int net;          /* the wire namespace */
	int route_socket; /* NETLINK_ROUTE in it */
	uint64_t seed;
	struct wired *wires;     /* as plan->wires */
	struct nst_wire *engine; /* NULL: the kernel does it all */
	bool engine_gone;
	struct asked_fault *faults;
	size_t fault_count;
	struct nst_wire_event *noted; /* comments by now, sorted; impair_notes.c */
	size_t noted_count;
};

/* ---- impairments.c ---- */

/* The namespace in which the wires are; nothing for a lab without any. Afterwards the
 * calling thread stands in it. */
int impairments_make_namespace(struct nst_inside *inside);

/* Chooses an engine for each wired link, whose ends exist and are down, and starts
 * them. */
int impairments_start(struct nst_inside *inside, enum nst_engine preferred,
		      uint64_t seed);

/* A child has ended, perhaps the engine. */
void impairments_reaped(struct nst_inside *inside, pid_t pid, int status);

/* 0; -EIO and how the engine ended. */
int impairments_check(struct nst_inside *inside);

/* For what a call of the engine returned: -EIO and how it ended, if it is gone; else `r`. */
int impairments_result(struct nst_inside *inside, int r);

/* Enters the wire namespace. */
int impairments_enter(struct nst_inside *inside);

/* The wired link of an interface; NULL for a plain link. */
struct wired *impairments_wire(const struct nst_inside *inside, size_t interface);

/* The interface that sends what an event of the wire engine tells of; SIZE_MAX. */
size_t impairments_sender(const struct nst_inside *inside,
			  const struct nst_wire_event *event);

/* The interface's other half: its ifindex in the wire namespace. */
int impairments_ifindex(const struct nst_plan *plan, size_t interface);

/* ---- impair_inside.c ---- */

/* Of a removed fault what it had then. */
int impairments_count_fault(struct nst_inside *inside, const struct asked_fault *fault,
			    struct nst_fault_counters *ret);

/* ---- impair_notes.c ---- */

/* Puts comments on the captured packets to which something was done since the last time. */
int impairments_note(struct nst_inside *inside);

static inline enum nst_direction direction_of(size_t interface)
{
	return interface % 2 ? NST_B_TO_A : NST_A_TO_B;
}

static inline bool is_kernels(const struct wired *wired)
{
	return wired->choice.engine == NST_ENGINE_KERNEL;
}

#endif
