/* SPDX-License-Identifier: MIT */
/**
 * Packets seen: sockets that listen to interfaces, and one time-ordered record of all.
 *
 * This room knows nothing of labs: whoever uses it is in the right network namespace
 *when it opens a socket, and afterwards may be anywhere.
 *
 *	fd = nst_capture_socket(ifindex);            // the interface may still be down
 *	nst_capture_add(capture, fd, "client:eth0");
 *	... traffic ...
 *	nst_capture_count(capture, NULL, "tcp port 80", 0, &n);
 *	nst_capture_write(capture, file_fd);         // pcapng
 *
 * A question (count, statistics, ladder, write) reads the sockets first: what was sent
 * before it is in the answer, because over veth a packet is in the capture's queue
 *before the sender's system call returns. All functions may be called from any thread.
 */
#ifndef NSTEST_CAPTURE_H
#define NSTEST_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nst_capture;

int nst_capture_new(struct nst_capture **ret_capture);

/**
 * Writes the rest to a live reader, closes the sockets, forgets the packets. NULL is fine.
 * Nobody may be in nst_capture_run() any more.
 *
 * It takes about 10 ms, because the kernel waits for an RCU grace period when a packet
 * socket is closed. A process that exits without it pays that for each socket, in turn:
 * 1 s for 64 of them.
 */
void nst_capture_free(struct nst_capture *capture);

/**
 * Has the kernel stamp packets with their time from now on, as long as this process or
 * a child that it forks lives. Without it the stamps begin some milliseconds after the
 * first socket of nst_capture_socket() was opened anywhere on the machine, because the
 * kernel patches its own code for it at leisure (net_enable_timestamp() in
 * net/core/dev.c); packets seen before have the time at which they were read (see
 * `unstamped`). Call it at the start of a program. It is idempotent and does not wait.
 */
int nst_capture_prepare(void);

/**
 * A packet socket bound to an interface of the calling thread's network namespace, up
 * or down, nanosecond kernel timestamps, the largest receive buffer to be had
 * (SO_RCVBUFFORCE, else rmem_max), promiscuous so that it sees what a switch forwards.
 *
 * Return: a non-blocking descriptor (close-on-exec), the caller's; -errno.
 */
int nst_capture_socket(int ifindex);

/**
 * Records what `fd` sees under `name` ("host:eth0"), link type Ethernet. The capture
 * owns `fd` from now on, also after a failure. Return: the number of the interface, 0,
 * 1, …
 */
int nst_capture_add(struct nst_capture *capture, int fd, const char *name);

/** Says that interfaces `a` and `b` are the two ends of a link: what leaves one should
 *  arrive at the other. Ladders then need not guess it from the traffic. */
int nst_capture_link(struct nst_capture *capture, unsigned int a, unsigned int b);

/** Says who has an address (AF_INET: 4 bytes, AF_INET6: 16): Wireshark then shows the name.
 *  Before nst_capture_live() begins. */
int nst_capture_name(struct nst_capture *capture, int family, const void *address,
		     const char *name);

/**
 * Reads all sockets until they are empty. Call it often enough that no buffer
 * overflows: nst_capture_run() does. Return: 0; -ENOMEM, -ENOSPC; -ENETDOWN and the
 * like of a single interface are not errors.
 */
int nst_capture_drain(struct nst_capture *capture);

/**
 * Reads until `stop_fd` becomes readable: the body of a thread. While packets come it
 * looks every millisecond (more often if the buffers are small); without any it sleeps,
 * and no timer runs. Interfaces may be added meanwhile. It reads all once more at its
 * end.
 */
int nst_capture_run(struct nst_capture *capture, int stop_fd);

/**
 * From now on nst_capture_run() also writes every packet to `fd` (a pipe, socket or
 * file, not owned) as pcapng, in the order of time within a window of 20 ms. A reader
 * that goes away ends it quietly; one that is slow delays nothing but itself. The end
 * of nst_capture_run() and nst_capture_free() write the rest, and give up on a reader
 * that takes nothing for 2 s.
 */
int nst_capture_live(struct nst_capture *capture, int fd);

/**
 * Notes something about the packets of interface `number` in [from_ns, to_ns] that
 * match: the text becomes a pcapng comment (opt_comment) of each, and shows in ladders.
 * The window may lie in the future; a packet may have several comments.
 */
int nst_capture_comment(struct nst_capture *capture, unsigned int number,
			uint64_t from_ns, uint64_t to_ns, const char *filter,
			const char *text);

/**
 * What was sent and is still on its way inside the kernel: on a busy machine a packet over
 * a veth may arrive after the system call that sent it has returned. nst_backlog_pass()
 * returns when every packet sent before the call has arrived, and so has what it made the
 * other side answer, through one router. It costs some 10 us a processor and round.
 *
 * nst_backlog_socket(): for it, in any network namespace whose loopback interface is up; the
 * caller's. Return: a descriptor; -errno. nst_backlog_pass(): 0; -errno; -ETIMEDOUT.
 */
int nst_backlog_socket(void);
int nst_backlog_pass(int fd);

/**
 * Notes something about one packet that crossed a link: the last that left by interface
 * `from` not later than `left_ns` and has the `digest` of struct nst_wire_event (or, if none
 * has, simply the last), and, unless `until_ns` is 0, what came of it in by
 * interface `to` from then until `until_ns`: the packets most like it, since it may have been
 * changed or doubled on its way. Those that are not there are left out.
 */
int nst_capture_comment_crossing(struct nst_capture *capture, unsigned int from,
				 unsigned int to, uint64_t left_ns, uint32_t digest,
				 uint64_t until_ns, const char *text);

/**
 * How long packets that match (NULL: all) took from interface `from` to interface `to`, the
 * ends of a link: in nanoseconds, from the least to the most, an array of the caller's to
 * free(). Packets are known again by their bytes: those that were lost or changed on the way
 * are not among them, of duplicates the first is. Return: 0; -EINVAL with libpcap's
 * words; -ENODATA: there is no such interface; -ENOMEM.
 */
int nst_capture_delays(struct nst_capture *capture, unsigned int from, unsigned int to,
		       const char *filter, uint64_t **ret_ns, size_t *ret_count);

struct nst_capture_statistics {
	uint64_t packets, bytes; /**< recorded; bytes as on the wire */
	uint64_t kernel_drops; /**< lost: a receive buffer was full, or no room to keep
				  them */
	uint64_t unstamped;    /**< recorded with the time of reading:
				  nst_capture_prepare() */
};

/** Of all interfaces together. */
void nst_capture_statistics(struct nst_capture *capture,
			    struct nst_capture_statistics *ret);

/** Of one. Return: 0; -ENODATA: there is no such number. */
int nst_capture_statistics_of(struct nst_capture *capture, unsigned int number,
			      struct nst_capture_statistics *ret);

/**
 * Counts packets that match a pcap filter (NULL, "": all) of the interfaces called
 * `where`
 * ("host:eth0"; "host" for all of a host; NULL: all), not older than since_ns (0: all).
 * Return: 0; -EINVAL with libpcap's words; -ENODATA: no such interface is captured;
 * -ENOBUFS: the kernel dropped packets there since then, the count would be false.
 */
int nst_capture_count(struct nst_capture *capture, const char *where,
		      const char *filter, uint64_t since_ns, uint64_t *ret_count);

/** Writes a pcapng (section, interfaces, packets ordered by time, statistics) to `fd`.
 *  Nothing is read from the sockets while it writes. */
int nst_capture_write(struct nst_capture *capture, int fd);

/** TLS keys (NSS key log format, copied; instead of those before) that nst_capture_write() puts
 *  into the file, so that its readers decrypt. */
int nst_capture_set_keys(struct nst_capture *capture, const char *keys, size_t size);

/** Packet ladder (nstest/ladder.h) of what matches: malloc'd text, the caller's.
 *  `lines` 0: 40. */
int nst_capture_ladder(struct nst_capture *capture, const char *filter,
		       uint64_t since_ns, unsigned int lines, char **ret_text);

/** The same packets as lines of fields: nst_ladder_table(). `lines` 0: 2,000. */
int nst_capture_table(struct nst_capture *capture, const char *filter,
		      uint64_t since_ns, unsigned int lines, char **ret_text);

#ifdef __cplusplus
}
#endif
#endif
