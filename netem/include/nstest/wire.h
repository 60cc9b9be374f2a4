/* SPDX-License-Identifier: MIT */
/**
 * The wire engine: one process that carries every frame of a lab's impaired links from one
 * interface to another, in user space (AF_PACKET), rootless, on any kernel.
 *
 * It knows nothing of labs: it is started by a process that stands in a network namespace
 * in which each link has two interfaces, `a` and `b`; a frame that comes in at one goes out
 * at the other, impaired as asked, changed by faults as asked.
 *
 *	nst_wire_start(links, 2, &options, &wire);
 *	nst_wire_impair(wire, 0, NST_A_TO_B, &slow);
 *	nst_wire_fault(wire, 0, NST_B_TO_A, &second_syn_ack, &id);
 *	... traffic ...
 *	nst_wire_counters(wire, 0, NST_A_TO_B, &counters);
 *	nst_wire_stop(wire);
 */
#ifndef NSTEST_WIRE_H
#define NSTEST_WIRE_H

#include <stdio.h>
#include <sys/types.h>

#include <nstest/fault.h>
#include <nstest/impairment.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nst_direction { NST_A_TO_B, NST_B_TO_A };

struct nst_wire;

struct nst_wire_link {
	int a_ifindex, b_ifindex;
};

struct nst_wire_options {
	uint64_t seed;
	bool modest; /**< ordinary scheduling, also where real time could be had */
	int buffer_bytes; /**< for frames not yet read; 0: as much as may be, up to 64 MiB */
	int close_fds_above; /**< descriptors that the engine process must not keep; 0: none */
};

/** How late frames left after the time they were due: frames by power of two of
 *  microseconds (bucket 0: < 1 us, 1: < 2 us, …). */
enum { NST_LATENESS_BUCKETS = 24 };

/** Frames of one direction since the start. At any moment
 *
 *	received + duplicated + injected == sent + lost + overflowed + dropped + cut +
 *		undelivered + (unplanned - missed) + in_flight
 */
struct nst_wire_counters {
	uint64_t received, received_bytes, sent, sent_bytes;

	/* By the impairment */
	uint64_t lost;       /**< by its loss model */
	uint64_t overflowed; /**< by its queue: full, or CoDel or PIE */
	uint64_t duplicated; /**< copies made; by faults, too */
	uint64_t marked_ce, corrupted, reordered;

	/* By faults */
	uint64_t faulted;  /**< touched, in whatever way */
	uint64_t dropped;  /**< of these: taken away, or replaced by forged frames */
	uint64_t injected; /**< forged frames */

	/* By what is done to the link */
	uint64_t cut;         /**< vanished in a direction that was cut */
	uint64_t undelivered; /**< the interface ahead was down, or its MTU too small */

	/* By the engine itself: must be 0 for a test to mean anything */
	uint64_t unplanned; /**< lost for want of room */
	uint64_t missed;    /**< of these: before they were received */

	uint64_t in_flight; /**< received, and nothing of the above yet */
	uint64_t lateness[NST_LATENESS_BUCKETS];
};

/** Switches off what a network card would do to frames of this interface of the calling
 *  thread's network namespace: checksums, segmentation, merging, VLAN tags. A frame is what
 *  went over the wire only if this was done at all four ends of a link, best before "up";
 *  nst_wire_start() does it for the two ends that it is told. Needs no root. */
int nst_wire_prepare_interface(int ifindex);

/**
 * Opens the interfaces of all links (they may still be down) and starts the engine process,
 * a child of the caller that dies with it. When this returns, no frame can be missed.
 *
 * Return: 0; -EPERM, -ENODEV, … The sentence names the link's number.
 */
int nst_wire_start(const struct nst_wire_link *links, size_t count,
		   const struct nst_wire_options *options, struct nst_wire **ret_wire);
void nst_wire_stop(struct nst_wire *wire);

/** The engine process; its death must fail the case. */
pid_t nst_wire_pid(const struct nst_wire *wire);

/** Becomes readable when the engine process dies, and never before; the handle's. */
int nst_wire_death_fd(const struct nst_wire *wire);

/** For owners that reap all their children: the engine process has ended with this status
 *  of waitpid(2). */
void nst_wire_reaped(struct nst_wire *wire, int status);

/** "SCHED_FIFO, 80 us spin" or "SCHED_OTHER (no CAP_SYS_NICE)": what it runs with. */
const char *nst_wire_scheduling(struct nst_wire *wire);

/** Replaces the impairment of one direction, atomically: every frame is treated by the old
 *  or by the new one. Frames already held leave as they were told. NULL: none. */
int nst_wire_impair(struct nst_wire *wire, size_t link, enum nst_direction direction,
		    const struct nst_impairment *impairment);

/** Adds a fault; rules of a direction are tried in the order they were added, each packet
 *  is taken by the first that selects it. Counting starts now. */
int nst_wire_fault(struct nst_wire *wire, size_t link, enum nst_direction direction,
		   const struct nst_fault *fault, uint32_t *ret_id);
int nst_wire_fault_remove(struct nst_wire *wire, uint32_t id);

struct nst_fault_counters {
	uint64_t matched, fired;
	uint64_t unable; /**< selected, but the action cannot be done to such a frame */
};
int nst_wire_fault_counters(struct nst_wire *wire, uint32_t id,
			    struct nst_fault_counters *ret);

/** Cuts or mends one direction: everything vanishes. */
int nst_wire_cut(struct nst_wire *wire, size_t link, enum nst_direction direction,
		 bool cut);

int nst_wire_counters(struct nst_wire *wire, size_t link, enum nst_direction direction,
		      struct nst_wire_counters *ret);

/** Frames of these links (NULL: of all) that the engine holds or has not yet read. 0 proves
 *  that nothing is in flight: every frame sent before the call has left or is lost. */
int nst_wire_in_flight(struct nst_wire *wire, const size_t *links, size_t count,
		       uint64_t *ret_frames);

/** Waits until fault `id` has fired `times` times. Return: 0; -ETIMEDOUT. */
int nst_wire_await(struct nst_wire *wire, uint32_t id, uint64_t times, int timeout_ms);

/** The same for those who cannot wait here: a descriptor, the caller's to close, from which one
 *  byte can be read once the fault has fired so often, and end of file without it if the fault is
 *  removed or the engine dies. */
int nst_wire_await_fd(struct nst_wire *wire, uint32_t id, uint64_t times);

/** What was done to every frame that was not simply passed on. */
struct nst_wire_event {
	uint64_t n; /**< number of the frame in its direction, from 1; ARP, ND, MLD and
			     *   markers have numbers of their own (bit 63 set) */
	uint64_t when_ns; /**< CLOCK_REALTIME at which it came */
	uint64_t
		delay_ns; /**< after which it was due to leave; 0 if it did not wait, or
			     *   (held by a fault) for nobody knew how long */
	uint32_t link;
	uint32_t fault;    /**< its id; 0: the impairment */
	uint8_t direction; /**< enum nst_direction */
	uint8_t what;      /**< enum nst_wire_what */
	uint8_t zero[6];   /**< so that two events may be compared as bytes */
};
enum nst_wire_what {
	NST_WIRE_LOST,
	NST_WIRE_DELAYED,
	NST_WIRE_DUPLICATED,
	NST_WIRE_CORRUPTED,
	NST_WIRE_REORDERED,
	NST_WIRE_OVERFLOWED,
	NST_WIRE_MARKED,
	NST_WIRE_FAULT,
	NST_WIRE_CUT
};

/** All events so far; malloc'd, the caller's. */
int nst_wire_events(struct nst_wire *wire, struct nst_wire_event **ret_events,
		    size_t *ret_count);

#ifdef __cplusplus
}
#endif
#endif
