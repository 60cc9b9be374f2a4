/* SPDX-License-Identifier: MIT */
/* The packet socket through which all frames of a network namespace come and go.
 *
 * One socket, of all interfaces: opening it takes some 20 us, however many links there are,
 * and closing it one RCU grace period (6-10 ms), which each packet socket costs its process.
 * Its buffer is 64 MiB for root, else rmem_max. With much traffic a ring takes its place, see
 * wire_ring.h.
 */
#ifndef NETEM_WIRE_SOCKET_H
#define NETEM_WIRE_SOCKET_H

#include <poll.h>

#include "wire_frame.h"

enum { WIRE_BATCH = 64 };

/* A frame that came. */
struct wire_arrival {
	struct wire_frame *frame;
	int ifindex;
	uint64_t stamp_ns; /* CLOCK_REALTIME, by the kernel; 0: it did not look */
	bool unfinished; /* its checksum was left to a network card that there is not */
};

struct wire_socket;

/* A socket that hears all interfaces of the calling thread's network namespace, also those
 * made later. Frames that come from now on wait in it. `buffer_bytes` 0: as much as may be. */
int wire_socket_open(int buffer_bytes);

/* Takes the descriptor over. */
int wire_socket_new(int fd, struct wire_pool *pool, struct wire_socket **ret_socket);
void wire_socket_free(struct wire_socket *socket);
int wire_socket_fd(const struct wire_socket *socket);

/* What to wait for: when any of these is ready, wire_socket_receive() has something to do. */
enum { WIRE_SOCKET_EVENTS = 2 };
void wire_socket_poll(const struct wire_socket *socket,
		      struct pollfd ret_events[WIRE_SOCKET_EVENTS]);

/* Up to WIRE_BATCH frames, which are the caller's from now on. A frame for which there is no
 * memory is counted as lost. Return: 0; -EAGAIN if the socket is empty; -errno. */
int wire_socket_receive(struct wire_socket *socket, struct wire_arrival *ret_arrivals,
			size_t *ret_count);

/* Sends up to WIRE_BATCH frames, each through its interface. Return: how many went before
 * the first that could not; -errno if that was the first of all. Threads may send at once. */
int wire_socket_send(struct wire_socket *socket, struct wire_frame *const *frames,
		     const int *ifindexes, size_t count);

/* How many frames the kernel had no room for, or the pool no memory, so far. */
uint64_t wire_socket_lost(struct wire_socket *socket);

/* Whether the interface could send now: up, and its peer too. */
bool wire_socket_is_up(const struct wire_socket *socket, int ifindex);

#endif
