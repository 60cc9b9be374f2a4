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
 *
 * Rules that hold for all:
 *  - A change holds for the frames that are sent after it, and for no earlier one; what was
 *    sent before is read first, also what is still in a CPU's backlog.
 *  - Frames are numbered from 1 in their direction, and what befalls number n depends on the
 *    seed, the link, the direction and n. ARP, IPv6 neighbour and router discovery, MLD and
 *    the marker frames of probes come when timers want it, so they have numbers of their
 *    own, and impairments spare them, but for their delay; `compat netem` spares only the
 *    markers. Faults take them only if they name them. They leave behind all
 *    that came before them.
 *  - Times count from the kernel's timestamp of a frame's arrival. None leaves too early.
 *  - A link is Ethernet: VLAN tags, jumbo frames up to an MTU of 65,535 and unknown
 *    ethertypes pass unchanged.
 *  - A handle is one thread's at a time. When the engine process has died, every call is
 *    -EPIPE, and says how.
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

struct nst_wire;

enum nst_direction { NST_A_TO_B, NST_B_TO_A };

/* ---- The engine ---- */

/** Two interfaces of one network namespace; links are numbered from 0. */
struct nst_wire_link {
	int a_ifindex, b_ifindex;
};

struct nst_wire_options {
	/** Of all chance, unless an impairment has a seed of its own. */
	uint64_t seed;

	/** Ordinary scheduling, also where real time (SCHED_FIFO) could be had. */
	bool modest;

	/** For frames not yet read; 0: as much as may be, up to 64 MiB. With much traffic a
	 * ring of 16 MiB takes its place. */
	int buffer_bytes;

	/** The engine process keeps no descriptors of the caller above this one; 0: all. */
	int close_fds_above;
};

/** Switches off what a network card would do to frames of this interface of the calling
 *  thread's network namespace: checksums, segmentation, merging, VLAN tags. A frame is what
 *  went over the wire only if this was done at all four ends of a link, best before "up";
 *  nst_wire_start() does it for the two ends that it is told. Needs no root. */
int nst_wire_prepare_interface(int ifindex);

/**
 * Opens a socket for the interfaces of all links (which may still be down), and starts the
 * engine process. When this returns, no frame can be missed. The loopback interface of the
 * namespace is raised.
 *
 * The process is a child of the caller. It ends with the thread that called, at the latest with
 * the last process that has its handle. `options` may be NULL.
 *
 * Return: 0; -EPERM, -ENODEV, … The sentence names the link's number.
 */
int nst_wire_start(const struct nst_wire_link *links, size_t count,
		   const struct nst_wire_options *options, struct nst_wire **ret_wire);

/** Ends the process; frames that it holds are lost. Takes an RCU grace period (6-10 ms): who
 *  ends anyway may leave it to the kernel. NULL is nothing. */
void nst_wire_stop(struct nst_wire *wire);

/** The engine process; its death must fail the case. */
pid_t nst_wire_pid(const struct nst_wire *wire);

/** Becomes readable when the engine process dies, and never before; the handle's. */
int nst_wire_death_fd(const struct nst_wire *wire);

/** For owners that reap all their children: the engine process has ended with this status
 *  of waitpid(2). */
void nst_wire_reaped(struct nst_wire *wire, int status);

/** "SCHED_FIFO, 80 us spin", "SCHED_OTHER, no spin (SCHED_FIFO: Operation not permitted)":
 *  what it runs with. */
const char *nst_wire_scheduling(struct nst_wire *wire);

/* ---- What is done to links ---- */

/** Replaces the impairment of one direction, atomically: every frame is treated by the old
 *  or by the new one. NULL: none. Frames that wait leave when they were told to, those in the
 *  queue of a rate or trace at the new one's. If it is refused, the old one stays.
 *
 *  Return: 0; -EINVAL, -ENOENT (distribution, trace file) with a sentence. */
int nst_wire_impair(struct nst_wire *wire, size_t link, enum nst_direction direction,
		    const struct nst_impairment *impairment);

/** Adds a fault; rules of a direction are tried in the order they were added, each packet
 *  is taken by the first that selects it. Counting starts now. A frame that is held
 *  (NST_FAULT_HOLD) waits for as many frames with higher numbers to leave, without a limit of
 *  time, and is in flight as long. Return: 0; -EINVAL as nst_fault_check(). */
int nst_wire_fault(struct nst_wire *wire, size_t link, enum nst_direction direction,
		   const struct nst_fault *fault, uint32_t *ret_id);

/** Return: 0; -ENOENT. */
int nst_wire_fault_remove(struct nst_wire *wire, uint32_t id);

/** Cuts or mends one direction. While it is cut, nothing comes in and nothing goes out:
 *  what is due then vanishes, too. */
int nst_wire_cut(struct nst_wire *wire, size_t link, enum nst_direction direction,
		 bool cut);

/* ---- What happened ---- */

/** Frames by how late they left: by power of two of microseconds (bucket 0: < 1 us, 1:
 *  < 2 us, …). A frame without a delay is due when it comes. */
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

/** As of now: what is in the engine's socket is read first. For what may still be in a CPU's
 *  backlog, ask nst_wire_in_flight() before. */
int nst_wire_counters(struct nst_wire *wire, size_t link, enum nst_direction direction,
		      struct nst_wire_counters *ret);

struct nst_fault_counters {
	uint64_t matched, fired;
	uint64_t unable; /**< selected, but the action cannot be done to such a frame */
};

/** Return: 0; -ENOENT. */
int nst_wire_fault_counters(struct nst_wire *wire, uint32_t id,
			    struct nst_fault_counters *ret);

/** Frames of these links (NULL: of all) that the engine holds. 0 proves that nothing is in
 *  flight: every frame that was sent before the call is lost, or is where it was to go: in the
 *  receiving host's stack, past every CPU's backlog.
 *
 *  Return: 0; -EINVAL; -ETIMEDOUT if the CPUs are too busy to tell within a second. */
int nst_wire_in_flight(struct nst_wire *wire, const size_t *links, size_t count,
		       uint64_t *ret_frames);

/**
 * The same of all links where it may never become 0, because others go on sending: with a
 * turn, a number that only grows. When it is 2 more than it was at an earlier call, every frame
 * that was sent before that call is lost, or is where it was to go.
 */
int nst_wire_turn(struct nst_wire *wire, uint64_t *ret_frames, uint64_t *ret_turn);

/** Waits until fault `id` has fired `times` times. Return: 0; -ETIMEDOUT; -ENOENT. */
int nst_wire_await(struct nst_wire *wire, uint32_t id, uint64_t times, int timeout_ms);

/** The same for those who cannot wait here: a descriptor, the caller's to close, from which one
 *  byte can be read once the fault has fired so often, and end of file without it if the fault is
 *  removed or the engine dies. */
int nst_wire_await_fd(struct nst_wire *wire, uint32_t id, uint64_t times);

/* ---- The log ---- */

enum nst_wire_what {
	NST_WIRE_LOST,
	NST_WIRE_DELAYED,
	NST_WIRE_DUPLICATED,
	NST_WIRE_CORRUPTED,
	NST_WIRE_REORDERED,
	NST_WIRE_OVERFLOWED,
	NST_WIRE_MARKED,
	NST_WIRE_FAULT,
	NST_WIRE_CUT,
};

/** Something that was done to a frame. With the same seed and the same frames, all but when_ns is
 *  the same, as far as nothing depends on when frames come (rates, traces, limits, slots
 *  do). */
struct nst_wire_event {
	/** Number of the frame in its direction, from 1. ARP, ND, MLD and markers have numbers
	 *  of their own, with bit 63 set. */
	uint64_t n;

	/** When it came, CLOCK_REALTIME. */
	uint64_t when_ns;

	/** How much later it was due to leave (NST_WIRE_DELAYED), or what the fault added. */
	uint64_t delay_ns;

	uint32_t link;
	uint32_t fault;    /**< its id; 0: the impairment */
	uint8_t direction; /**< enum nst_direction */
	uint8_t what;      /**< enum nst_wire_what */
	uint8_t zero[2];   /**< so that events may be compared as bytes */
	uint32_t digest; /**< of its bytes as it came: nst_capture_comment_crossing() */
};

/** All events so far, by link, direction and number; malloc'd, the caller's. There is room for
 *  4 million, of which mere delays get half. */
int nst_wire_events(struct nst_wire *wire, struct nst_wire_event **ret_events,
		    size_t *ret_count);

/** How many events there was no room for. */
int nst_wire_events_missing(struct nst_wire *wire, uint64_t *ret_count);

#ifdef __cplusplus
}
#endif
#endif
