/* SPDX-License-Identifier: MIT */
/* Frames in and out of a packet socket, many per system call. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

#include "wire_ring.h"
#include "wire_socket.h"

enum {
	BUFFER_MOST = 64 * 1024 * 1024,
	RING_AFTER = 10000, /* frames, if no full batch ever waits */
	SETTLE_NS = 100 * 1000 * 1000,
	SPILL = WIRE_FRAME_MOST - WIRE_FRAME_USUAL,
	NS_PER_S = 1000000000,
};

/* What a frame is received into: a frame of the usual room, and behind it the slot's own
 * memory for the rest of a long one, which only long frames touch. */
struct slot {
	struct wire_frame *frame;
	struct iovec parts[2];
	struct sockaddr_ll from;
	union {
		char bytes[CMSG_SPACE(sizeof(struct timespec)) +
			   CMSG_SPACE(sizeof(struct tpacket_auxdata))];
		struct cmsghdr align;
	} beside;
};

struct wire_socket {
	int fd;
	struct wire_pool *pool;
	struct wire_ring *ring; /* NULL: not needed yet, or not to be had */
	bool makes_do;          /* there can be no ring */
	bool is_drained; /* the ring has taken over, and nothing more comes here */
	uint64_t taken_over_ns;
	uint64_t read; /* frames, until there is a ring */
	uint64_t lost;
	struct slot slots[WIRE_BATCH];
	struct mmsghdr received[WIRE_BATCH];
	uint8_t (*spill)[SPILL];
};

/* ---- Opening ---- */

static int set(int fd, int level, int option, const char *what)
{
	int yes = 1;

	if (setsockopt(fd, level, option, &yes, sizeof(yes)) < 0)
		return nst_fail_errno("asking a packet socket %s", what);
	return 0;
}

/* Beyond rmem_max only for the real root; others get rmem_max. */
static int set_buffer(int fd, int forced, int modest, int size)
{
	if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof(size)) < 0 &&
	    setsockopt(fd, SOL_SOCKET, modest, &size, sizeof(size)) < 0)
		return nst_fail_errno("enlarging a buffer of a packet socket");
	return 0;
}

/* What the engine sends is not to come back to it: PACKET_IGNORE_OUTGOING (Linux 4.20). To
 * bypass the queueing layer saves its locks, and lets the engine see what a veth refuses.
 */
static int configure(int fd, int buffer)
{
	int r = set(fd, SOL_SOCKET, SO_TIMESTAMPNS, "for timestamps");

	if (r == 0)
		r = set(fd, SOL_PACKET, PACKET_AUXDATA, "for VLAN tags");
	if (r == 0)
		r = set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, "to ignore its own");
	if (r == 0)
		r = set(fd, SOL_PACKET, PACKET_QDISC_BYPASS, "to bypass queues");
	if (r == 0)
		r = set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, buffer);
	if (r == 0)
		r = set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, BUFFER_MOST);
	return r;
}

int wire_socket_open(int buffer_bytes)
{
	AUTO_CLOSE int fd =
		socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const struct sockaddr_ll all = { .sll_family = AF_PACKET,
					 .sll_protocol = htons(ETH_P_ALL) };
	int r;

	if (fd < 0)
		return nst_fail_errno("opening a packet socket");
	r = configure(fd, buffer_bytes ? buffer_bytes : BUFFER_MOST);
	if (r < 0)
		return r;
	if (bind(fd, (const struct sockaddr *)&all, sizeof(all)) < 0)
		return nst_fail_errno("binding a packet socket to all interfaces");
	wire_ring_found_group(fd); /* else there will be no ring */
	return steal_fd(&fd);
}

/* ---- Slots ---- */

static void prepare(struct wire_socket *socket, unsigned int i)
{
	struct slot *slot = &socket->slots[i];

	slot->parts[0] = (struct iovec){ slot->frame->bytes, WIRE_FRAME_USUAL };
	slot->parts[1] = (struct iovec){ socket->spill[i], SPILL };
	socket->received[i].msg_hdr = (struct msghdr){
		.msg_name = &slot->from,
		.msg_namelen = sizeof(slot->from),
		.msg_iov = slot->parts,
		.msg_iovlen = 2,
		.msg_control = &slot->beside,
		.msg_controllen = sizeof(slot->beside),
	};
}

int wire_socket_new(int fd, struct wire_pool *pool, struct wire_socket **ret_socket)
{
	struct wire_socket *socket = calloc(1, sizeof(*socket));

	if (!socket)
		return nst_fail_memory();
	socket->fd = fd;
	socket->pool = pool;
	socket->spill = malloc(WIRE_BATCH * sizeof(*socket->spill));
	for (unsigned int i = 0; i < WIRE_BATCH && socket->spill; i++) {
		socket->slots[i].frame = wire_frame_new(pool, WIRE_FRAME_USUAL);
		if (!socket->slots[i].frame)
			break;
		prepare(socket, i);
	}
	if (!socket->slots[WIRE_BATCH - 1].frame) {
		socket->fd = -1;
		wire_socket_free(socket);
		return nst_fail_memory();
	}
	*ret_socket = socket;
	return 0;
}

void wire_socket_free(struct wire_socket *socket)
{
	if (!socket)
		return;
	for (unsigned int i = 0; i < WIRE_BATCH; i++)
		wire_frame_free(socket->pool, socket->slots[i].frame);
	if (socket->fd >= 0)
		close(socket->fd);
	wire_ring_free(socket->ring);
	free(socket->spill);
	free(socket);
}

int wire_socket_fd(const struct wire_socket *socket)
{
	return socket->fd;
}

/* ---- Receiving ---- */

static unsigned int type_of_tag(const struct tpacket_auxdata *beside)
{
	return beside->tp_status & TP_STATUS_VLAN_TPID_VALID ? beside->tp_vlan_tpid
							     : ETH_P_8021Q;
}

static void read_beside(struct msghdr *message, struct wire_arrival *arrival)
{
	struct tpacket_auxdata beside;
	struct timespec stamp;

	arrival->stamp_ns = 0;
	arrival->unfinished = false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
			arrival->stamp_ns = (uint64_t)stamp.tv_sec * NS_PER_S +
					    (uint64_t)stamp.tv_nsec;
		} else if (c->cmsg_level == SOL_PACKET &&
			   c->cmsg_type == PACKET_AUXDATA) {
			memcpy(&beside, CMSG_DATA(c), sizeof(beside));
			if (beside.tp_status & TP_STATUS_VLAN_VALID)
				wire_frame_put_tag(arrival->frame, type_of_tag(&beside),
						   beside.tp_vlan_tci);
			arrival->unfinished = beside.tp_status & TP_STATUS_CSUMNOTREADY;
		}
}

/* A long frame moves into memory of its length. Return: the frame, which the slot gives
 * away, or NULL if there is no memory for it or for the next one. */
static struct wire_frame *take_frame(struct wire_socket *socket, unsigned int i)
{
	struct slot *slot = &socket->slots[i];
	struct wire_frame *frame = slot->frame;
	uint32_t size = socket->received[i].msg_len;
	struct wire_frame *other = wire_frame_new(socket->pool, size);

	if (!other)
		return NULL;
	if (size > WIRE_FRAME_USUAL) {
		memcpy(other->bytes, frame->bytes, WIRE_FRAME_USUAL);
		memcpy(other->bytes + WIRE_FRAME_USUAL, socket->spill[i],
		       size - WIRE_FRAME_USUAL);
		frame = other;
	} else {
		slot->frame = other;
	}
	frame->size = size;
	frame->original = true;
	return frame;
}

static int receive(struct wire_socket *socket, struct wire_arrival *ret_arrivals,
		   size_t *ret_count)
{
	size_t taken = 0;
	int count;

	do
		count = recvmmsg(socket->fd, socket->received, WIRE_BATCH, MSG_DONTWAIT,
				 NULL);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	for (unsigned int i = 0; i < (unsigned int)count; i++) {
		struct wire_arrival *arrival = &ret_arrivals[taken];

		arrival->frame = take_frame(socket, i);
		arrival->ifindex = socket->slots[i].from.sll_ifindex;
		if (arrival->frame) {
			read_beside(&socket->received[i].msg_hdr, arrival);
			taken++;
		} else {
			socket->lost++;
		}
		prepare(socket, i);
	}
	*ret_count = taken;
	return 0;
}

/* Frames that other CPUs were about to put into this socket when the ring took over are in
 * it long before so much time has passed. */
static void consider_ring(struct wire_socket *socket, size_t count, bool is_empty)
{
	if (socket->makes_do)
		return;
	if (!socket->ring) {
		socket->read += count;
		if (count == WIRE_BATCH || socket->read > RING_AFTER)
			socket->makes_do =
				wire_ring_begin(socket->fd, &socket->ring) < 0;
		return;
	}
	if (!socket->taken_over_ns && wire_ring_takes_over(socket->ring, socket->fd))
		socket->taken_over_ns = wire_now();
	socket->is_drained = is_empty && socket->taken_over_ns &&
			     wire_now() - socket->taken_over_ns > SETTLE_NS;
}

int wire_socket_receive(struct wire_socket *socket, struct wire_arrival *ret_arrivals,
			size_t *ret_count)
{
	int r = -EAGAIN;

	if (!socket->is_drained) {
		r = receive(socket, ret_arrivals, ret_count);
		consider_ring(socket, r < 0 ? 0 : *ret_count, r < 0);
	}
	if (r == -EAGAIN && socket->taken_over_ns)
		r = wire_ring_receive(socket->ring, socket->pool, ret_arrivals,
				      ret_count);
	return r;
}

void wire_socket_poll(const struct wire_socket *socket,
		      struct pollfd ret_events[WIRE_SOCKET_EVENTS])
{
	ret_events[0] =
		(struct pollfd){ socket->is_drained ? -1 : socket->fd, POLLIN, 0 };
	ret_events[1] = (struct pollfd){ socket->ring ? wire_ring_fd(socket->ring) : -1,
					 POLLIN, 0 };
}

/* ---- Sending ---- */

int wire_socket_send(struct wire_socket *socket, struct wire_frame *const *frames,
		     const int *ifindexes, size_t count)
{
	struct mmsghdr messages[WIRE_BATCH];
	struct iovec parts[WIRE_BATCH];
	struct sockaddr_ll to[WIRE_BATCH];
	int sent;

	for (size_t i = 0; i < count; i++) {
		parts[i] = (struct iovec){ frames[i]->bytes, frames[i]->size };
		to[i] = (struct sockaddr_ll){
			.sll_family = AF_PACKET,
			.sll_ifindex = ifindexes[i],
			.sll_halen = ETH_ALEN,
		};
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &to[i],
			.msg_namelen = sizeof(to[i]),
			.msg_iov = &parts[i],
			.msg_iovlen = 1,
		};
	}
	do
		sent = sendmmsg(socket->fd, messages, (unsigned int)count,
				MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : sent;
}

/* ---- What was lost ---- */

/* Reading the statistics clears them. */
uint64_t wire_socket_lost(struct wire_socket *socket)
{
	struct tpacket_stats now = { 0 };
	socklen_t size = sizeof(now);

	if (getsockopt(socket->fd, SOL_PACKET, PACKET_STATISTICS, &now, &size) == 0)
		socket->lost += now.tp_drops;
	return socket->lost +
	       (socket->taken_over_ns ? wire_ring_lost(socket->ring) : 0);
}

bool wire_socket_is_up(const struct wire_socket *socket, int ifindex)
{
	struct ifreq request = { .ifr_ifindex = ifindex };

	return ioctl(socket->fd, SIOCGIFNAME, &request) == 0 &&
	       ioctl(socket->fd, SIOCGIFFLAGS, &request) == 0 &&
	       (request.ifr_flags & IFF_UP) && (request.ifr_flags & IFF_RUNNING);
}
