/* SPDX-License-Identifier: MIT */
/**
 * What TCP achieved: throughput, latency, retransmissions, and what was under way over time, of the
 * connections that one host sent on, worked out from the packets it was seen to send and get.
 *
 *	struct nst_measure plain, slow;
 *
 *	must(nst_measure(lab, "server", &(struct nst_measure_what){ .local_port = 80 }, &plain));
 *	... impair the link, and transfer again ...
 *	must(nst_measure(lab, "server", &(struct nst_measure_what){
 *		.local_port = 80, .since_ns = then }, &slow));
 *
 *	nst_expect_ge(slow.rate_bps, plain.rate_bps / 2);
 *	nst_expect_near(slow.latency_us.median, NST_MS(40), 10);
 *	nst_expect_eq(plain.retransmitted, 0);
 *	nst_measure_free(&plain);
 *	nst_measure_free(&slow);
 *
 * Several connections are added up. A plain value: nst_measure_free() releases what it points to.
 */
#ifndef NSTEST_MEASURE_H
#define NSTEST_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nst_capture;

/** Which connections. All-zero: all of the host. */
struct nst_measure_what {
	unsigned short local_port, remote_port; /**< as the host sees them; 0: any */
	unsigned long long since_ns; /**< CLOCK_REALTIME, as nst_now_ns(); 0: all */
};

/** Percentiles of round trips: from a segment's first departure to the acknowledgment that covers
 *  it; what was sent twice is left out (RFC 6298 §3, Karn). Microseconds; all 0 without one. */
struct nst_latency {
	uint32_t least, median, p90, p99, most;
	uint32_t count; /**< of round trips */
};

/** A moment: what has just been sent or acknowledged. */
struct nst_measure_point {
	uint64_t at_us;     /**< since the first byte was sent */
	uint64_t acked;     /**< bytes so far */
	uint32_t in_flight; /**< bytes sent and not acknowledged */
	uint32_t rtt_us;    /**< measured by this acknowledgment; 0: by none */
};

/** The congestion window as the kernel had it: nst_watch_tcp(). */
struct nst_measure_window {
	uint64_t at_us; /**< as of points */
	uint32_t segments,
		slow_start_segments; /**< window, threshold (UINT32_MAX: none) */
	uint32_t rtt_us;             /**< smoothed */
};

struct nst_measure {
	unsigned int connections;
	uint64_t bytes; /**< of payload that were acknowledged, each once */
	uint64_t
		duration_us; /**< from the first byte sent to the last acknowledgment */
	uint64_t rate_bps;   /**< bits a second: 8 * bytes / duration */
	uint64_t
		segments; /**< with payload, and again those that were repeated; where the
				   *   kernel sends large ones (TSO, plain links) these */
	uint64_t retransmitted; /**< of them */
	struct nst_latency latency_us;
	uint32_t most_in_flight;          /**< bytes, of one connection */
	struct nst_measure_point *points; /**< in the order of time, at most 4,000 */
	size_t point_count;
	struct nst_measure_window *windows; /**< NULL without nst_watch_tcp() */
	size_t window_count;
	unsigned long long
		began_ns; /**< when the first byte was sent: CLOCK_REALTIME */
};

void nst_measure_free(struct nst_measure *measure);

/** Of the interfaces called `where` ("server": all of that host; "server:eth0"); `ret` has no
 *  windows. Return: 0; -ENODATA: no such interface, or no such connection sent a byte; -ENOBUFS:
 *  the kernel dropped packets there; -ENOMEM. */
int nst_capture_measure(struct nst_capture *capture, const char *where,
			const struct nst_measure_what *what, struct nst_measure *ret);

#ifdef __cplusplus
}
#endif
#endif
