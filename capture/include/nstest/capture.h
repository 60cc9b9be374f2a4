/* SPDX-License-Identifier: MIT */
/**
 * Packets seen: sockets that listen to interfaces, and one time-ordered record of all.
 *
 * This room knows nothing of labs: whoever uses it is in the right network namespace when
 * it opens a socket, and afterwards may be anywhere.
 *
 *	fd = nst_capture_socket(ifindex);            // the interface may still be down
 *	nst_capture_add(capture, fd, "client:eth0");
 *	... traffic ...
 *	nst_capture_drain(capture);                  // everything sent before is in
 *	nst_capture_count(capture, NULL, "tcp port 80", 0, &n);
 *	nst_capture_write(capture, file_fd);         // pcapng
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
void nst_capture_free(struct nst_capture *capture);

/**
 * A packet socket bound to an interface of the calling thread's network namespace, up or
 * down, nanosecond kernel timestamps, the largest receive buffer to be had
 * (SO_RCVBUFFORCE, else rmem_max), promiscuous so that it sees what a switch forwards.
 *
 * Return: a non-blocking descriptor (close-on-exec), the caller's; -errno.
 */
int nst_capture_socket(int ifindex);

/**
 * Records what `fd` sees under `name` ("host:eth0"), link type Ethernet. The capture owns
 * `fd` from now on. Return: the number of the interface, 0, 1, …
 */
int nst_capture_add(struct nst_capture *capture, int fd, const char *name);

/**
 * Reads all sockets until they are empty. Safe from several threads at once. Call it often
 * enough that no buffer overflows: nst_capture_run() does.
 * Return: 0; -ENOMEM; -ENETDOWN and the like are noted, not returned.
 */
int nst_capture_drain(struct nst_capture *capture);

/** Reads until `stop_fd` becomes readable: the body of a thread. No timer runs while
 *  nothing is received. */
int nst_capture_run(struct nst_capture *capture, int stop_fd);

/**
 * From now on every packet is also written to `fd` (a pipe or file, not owned) as pcapng,
 * in the order of time within a window of 20 ms. A reader that goes away ends it quietly.
 */
int nst_capture_live(struct nst_capture *capture, int fd);

/** Notes something about the packets of interface `number` in [from_ns, to_ns] that match:
 *  the text becomes a pcapng comment (opt_comment) of each. */
int nst_capture_comment(struct nst_capture *capture, unsigned int number, uint64_t from_ns,
			uint64_t to_ns, const char *filter, const char *text);

/** How much was lost, summed over interfaces or of one (by number). */
struct nst_capture_statistics {
	uint64_t packets, bytes, kernel_drops;
};
void nst_capture_statistics(struct nst_capture *capture, struct nst_capture_statistics *ret);

/**
 * Counts packets that match a pcap filter (NULL, "": all) of the interfaces called `where`
 * ("host:eth0"; "host" for all of a host; NULL: all), not older than since_ns (0: all).
 * Return: 0; -EINVAL with libpcap's words; -ENODATA: no such interface is captured;
 * -ENOBUFS: the kernel dropped packets there, the count would be false.
 */
int nst_capture_count(struct nst_capture *capture, const char *where, const char *filter,
		      uint64_t since_ns, uint64_t *ret_count);

/** Writes a pcapng (section, interfaces, packets ordered by time, statistics) to `fd`. */
int nst_capture_write(struct nst_capture *capture, int fd);

/** Packet ladder of what matches: malloc'd text, the caller's. `lines` 0: 40. */
int nst_capture_ladder(struct nst_capture *capture, const char *filter, uint64_t since_ns,
		       unsigned int lines, char **ret_text);

#ifdef __cplusplus
}
#endif
#endif
