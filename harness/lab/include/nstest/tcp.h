/* SPDX-License-Identifier: MIT */
/**
 * The TCP sockets of a host, as its kernel sees them: states, queues, and what TCP has measured.
 *
 *	struct nst_tcp_socket socket;
 *
 *	nst_await_tcp(lab, "server", &(struct nst_tcp_match){ .local_port = 80,
 *		.states = 1u << NST_TCP_ESTABLISHED }, 1, 5000);
 *	nst_tcp_info(lab, "server", &(struct nst_tcp_match){ .local_port = 80 }, &socket);
 *	nst_expect_lt(socket.retransmitted, 3);
 *
 * Source: sock_diag(7), inet_diag (net/ipv4/inet_diag.c, tcp_get_info() in net/ipv4/tcp.c). What an
 * older kernel does not tell is 0.
 */
#ifndef NSTEST_TCP_H
#define NSTEST_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nstest/lab.h>
#include <nstest/measure.h>

#ifdef __cplusplus
extern "C" {
#endif

/** As the kernel counts them (include/net/tcp_states.h; RFC 9293 §3.3.2). */
enum nst_tcp_state {
	NST_TCP_ESTABLISHED = 1,
	NST_TCP_SYN_SENT,
	NST_TCP_SYN_RECEIVED,
	NST_TCP_FIN_WAIT_1,
	NST_TCP_FIN_WAIT_2,
	NST_TCP_TIME_WAIT,
	NST_TCP_CLOSED,
	NST_TCP_CLOSE_WAIT,
	NST_TCP_LAST_ACK,
	NST_TCP_LISTEN,
	NST_TCP_CLOSING,
	NST_TCP_NEW_SYN_RECEIVED,
};

/** Which sockets. All-zero: all but those that listen. */
struct nst_tcp_match {
	unsigned short local_port, remote_port; /**< 0: any */
	unsigned short port;                    /**< that of either end; 0: any */
	unsigned int states;     /**< bits 1u << NST_TCP_…; 0: all but LISTEN */
	uint32_t least_unread;   /**< so many bytes at least came and were not read; */
	uint32_t least_unacked;  /**< so many were written and are not acknowledged */
	uint32_t least_timeouts; /**< so many retransmission timeouts in a row */
};

/** One socket. A plain value. For one that listens `unread` is how many connections wait to be
 *  accepted, `unacked` how many may. */
struct nst_tcp_socket {
	enum nst_tcp_state state;
	char local[48], remote[48]; /**< addresses as text */
	unsigned short local_port, remote_port;
	uint32_t unread, unacked; /**< bytes in the receive and in the send queue */
	uint32_t rtt_us, rtt_variance_us, least_rtt_us;
	uint32_t mss, window_segments; /**< bytes; congestion window */
	uint32_t slow_start_segments;  /**< slow start threshold */
	uint32_t timeouts;        /**< in a row, for the segment that is waited for */
	uint32_t retransmitted;   /**< segments, since the beginning */
	uint32_t lost;            /**< segments that count as lost now */
	uint32_t peer_window;     /**< bytes that the peer would take (Linux 5.4) */
	uint64_t acked, received; /**< bytes */
	uint64_t delivery_rate;   /**< bytes a second, of the last measurement */
};

/** "ESTABLISHED", "CLOSE-WAIT", … as RFC 9293 writes them. */
const char *nst_tcp_state_name(enum nst_tcp_state state);

/** All that match. Return: how many; the array is the caller's to free(); -ENOENT for an unknown
 *  host; -EOPNOTSUPP where the kernel has no inet_diag. */
int nst_tcp_sockets(struct nst_lab *lab, const char *host,
		    const struct nst_tcp_match *match,
		    struct nst_tcp_socket **ret_sockets);

/** The one that matches. Return: 0; -ENODATA if there is none, -ENOTUNIQ if there are several, and
 *  the sentence names those that the host has. */
int nst_tcp_info(struct nst_lab *lab, const char *host,
		 const struct nst_tcp_match *match, struct nst_tcp_socket *ret_socket);

/** Waits until so many match. Return: 0; -ETIMEDOUT, and the sentence says which the host has. */
int nst_await_tcp(struct nst_lab *lab, const char *host,
		  const struct nst_tcp_match *match, unsigned int least,
		  int timeout_ms);

/** Waits until none matches. Return: as nst_await_tcp(). */
int nst_await_no_tcp(struct nst_lab *lab, const char *host,
		     const struct nst_tcp_match *match, int timeout_ms);

/* ---- What TCP achieved ---- */

/** Reads the congestion windows of all connections of a host every `every_us` (1 ms at least) from
 *  now on, for nst_measure(); up to 200,000 readings of a connection each. Return: 0; -ENOENT for an
 *  unknown host; -EALREADY; -EOPNOTSUPP where the kernel has no inet_diag. */
int nst_watch_tcp(struct nst_lab *lab, const char *host, unsigned int every_us);

/** What the connections achieved on which `host` sent, from what its interfaces were seen to send
 *  and get so far: nstest/measure.h. Return: 0, and `ret` is to be released by nst_measure_free();
 *  -ENOENT for an unknown host; -ENODATA if none has sent a byte, or nothing is captured; -ENOBUFS
 *  if the kernel dropped packets of the capture. */
int nst_measure(struct nst_lab *lab, const char *host,
		const struct nst_measure_what *what, struct nst_measure *ret);

#ifdef __cplusplus
}
#endif
#endif
