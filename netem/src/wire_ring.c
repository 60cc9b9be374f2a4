/* SPDX-License-Identifier: MIT */
/* A PACKET_RX_RING (TPACKET_V2) that takes over from a plain packet socket. V3 was measured:
 * it hands over blocks, not frames, which delays each by 0.4 ms. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

#include "wire_ring.h"
#include "wire_socket.h"

#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000 /* Linux 5.14; Debian 12's libc */
#endif

enum {
	SLOT = 2048, /* longer frames come through the socket's queue: TP_STATUS_COPY */
	SLOTS = 8192,
	BLOCK = 64 * 1024,
	RING = SLOT * SLOTS,
	NS_PER_S = 1000000000,
};

struct wire_ring {
	int fd, made; /* made: an eventfd */
	int group;    /* the fanout's */
	bool active, failed;
	atomic_int result; /* of the thread */
	uint8_t *memory;
	unsigned int next;
	int cpus;
	uint64_t lost;
	pthread_t thread;
};

/* ---- Making one ---- */

static int join(int fd, int group, int flags)
{
	struct fanout_args fanout = {
		.id = (uint16_t)group,
		.type_flags = (uint16_t)(PACKET_FANOUT_CBPF | flags),
	};

	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &fanout, sizeof(fanout)) < 0)
		return nst_fail_errno("joining a group of packet sockets");
	return 0;
}

/* A group without a program gives all frames to its first member. */
int wire_ring_found_group(int fd)
{
	return join(fd, 0,
		    PACKET_FANOUT_FLAG_UNIQUEID | PACKET_FANOUT_FLAG_IGNORE_OUTGOING);
}

static int set_int(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof(value));
}

static int map(struct wire_ring *ring)
{
	const struct tpacket_req size = { .tp_block_size = BLOCK,
					  .tp_block_nr = RING / BLOCK,
					  .tp_frame_size = SLOT,
					  .tp_frame_nr = SLOTS };
	void *memory;

	if (set_int(ring->fd, PACKET_VERSION, TPACKET_V2) < 0 ||
	    set_int(ring->fd, PACKET_COPY_THRESH, WIRE_FRAME_MOST) < 0 ||
	    setsockopt(ring->fd, SOL_PACKET, PACKET_RX_RING, &size, sizeof(size)) < 0)
		return -errno;
	memory = mmap(NULL, RING, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
		      ring->fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	ring->memory = memory;
	return 0;
}

/* Between bind() and the group it would hear what the other one hears. */
static int become_member(struct wire_ring *ring)
{
	struct sock_filter nothing = { BPF_RET | BPF_K, 0, 0, 0 };
	int unused = 0; /* which must be there all the same */
	const struct sock_fprog deaf = { 1, &nothing };
	const struct sockaddr_ll all = { .sll_family = AF_PACKET,
					 .sll_protocol = htons(ETH_P_ALL) };

	if (setsockopt(ring->fd, SOL_SOCKET, SO_ATTACH_FILTER, &deaf, sizeof(deaf)) <
		    0 ||
	    bind(ring->fd, (const struct sockaddr *)&all, sizeof(all)) < 0 ||
	    join(ring->fd, ring->group, PACKET_FANOUT_FLAG_IGNORE_OUTGOING) < 0 ||
	    setsockopt(ring->fd, SOL_SOCKET, SO_DETACH_FILTER, &unused,
		       sizeof(unused)) < 0)
		return -errno;
	return 0;
}

static void *make(void *context)
{
	struct wire_ring *ring = context;
	int r = map(ring);

	if (r == 0)
		r = become_member(ring);
	atomic_store(&ring->result, r);
	eventfd_write(ring->made, 1);
	return NULL;
}

/* With the namespace of the calling thread, and no real-time scheduling: the making may
 * wait for its turn. */
static int begin(struct wire_ring *ring, int fd)
{
	socklen_t size = sizeof(ring->group);

	if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &ring->group, &size) < 0)
		return nst_fail_errno("asking a packet socket for its group");
	ring->group &= 0xffff;
	ring->made = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ring->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ring->made < 0 || ring->fd < 0)
		return nst_fail_errno("opening a packet socket for a ring");
	errno = pthread_create(&ring->thread, NULL, make, ring);
	if (errno)
		return nst_fail_errno("starting a thread");
	pthread_detach(ring->thread);
	return 0;
}

int wire_ring_begin(int fd, struct wire_ring **ret_ring)
{
	struct wire_ring *ring = calloc(1, sizeof(*ring));
	cpu_set_t cpus;
	int r;

	if (!ring)
		return nst_fail_memory();
	ring->fd = -1;
	ring->made = -1;
	ring->cpus = sched_getaffinity(0, sizeof(cpus), &cpus) < 0 ? CPU_SETSIZE
								   : CPU_COUNT(&cpus);
	r = begin(ring, fd);
	if (r < 0) {
		wire_ring_free(ring);
		return r;
	}
	*ret_ring = ring;
	return 0;
}

/* Not while the thread makes it. */
void wire_ring_free(struct wire_ring *ring)
{
	if (!ring)
		return;
	if (ring->memory)
		munmap(ring->memory, RING);
	if (ring->fd >= 0)
		close(ring->fd);
	if (ring->made >= 0)
		close(ring->made);
	free(ring);
}

int wire_ring_fd(const struct wire_ring *ring)
{
	return ring->active ? ring->fd : ring->made;
}

bool wire_ring_takes_over(struct wire_ring *ring, int fd)
{
	struct sock_filter second = { BPF_RET | BPF_K, 0, 0, 1 };
	const struct sock_fprog program = { 1, &second };
	eventfd_t count;

	if (ring->failed || ring->active || eventfd_read(ring->made, &count) < 0)
		return ring->active;
	ring->failed = atomic_load(&ring->result) < 0 ||
		       setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program,
				  sizeof(program)) < 0;
	ring->active = !ring->failed;
	return ring->active;
}

/* ---- Reading ---- */

static struct tpacket2_hdr *slot_at(const struct wire_ring *ring, unsigned int number)
{
	return (struct tpacket2_hdr *)(ring->memory + (size_t)(number % SLOTS) * SLOT);
}

static bool is_full(const struct tpacket2_hdr *slot)
{
	return __atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER;
}

/* A slot is given to a CPU before it is filled: one that is not full yet may be followed by full
 * ones, of which no more can be missed than there are CPUs. Filling takes a microsecond.
 */
static bool is_empty(const struct wire_ring *ring)
{
	for (int i = 1; i <= ring->cpus; i++)
		if (is_full(slot_at(ring, ring->next + (unsigned int)i)))
			return false;
	return true;
}

static struct wire_frame *copy_slot(const struct wire_ring *ring,
				    struct wire_pool *pool,
				    const struct tpacket2_hdr *slot)
{
	struct wire_frame *frame = wire_frame_new(pool, slot->tp_len);
	ssize_t size = slot->tp_snaplen;

	if (slot->tp_status & TP_STATUS_COPY) {
		uint8_t dummy;

		size = recv(ring->fd, frame ? frame->bytes : &dummy,
			    frame ? frame->room : sizeof(dummy), MSG_DONTWAIT);
	} else if (frame && slot->tp_snaplen == slot->tp_len) {
		memcpy(frame->bytes, (const uint8_t *)slot + slot->tp_mac,
		       slot->tp_len);
	}
	if (frame && size == slot->tp_len) {
		frame->size = slot->tp_len;
		return frame;
	}
	wire_frame_free(pool, frame);
	return NULL;
}

static void take_slot(struct wire_ring *ring, struct wire_pool *pool,
		      const struct tpacket2_hdr *slot, struct wire_arrival *ret_arrival)
{
	const struct sockaddr_ll *from =
		(const struct sockaddr_ll *)((const uint8_t *)slot +
					     TPACKET_ALIGN(sizeof(*slot)));

	*ret_arrival = (struct wire_arrival){
		.frame = copy_slot(ring, pool, slot),
		.ifindex = from->sll_ifindex,
		.stamp_ns = (uint64_t)slot->tp_sec * NS_PER_S + slot->tp_nsec,
		.unfinished = slot->tp_status & TP_STATUS_CSUMNOTREADY,
	};
	if (ret_arrival->frame && (slot->tp_status & TP_STATUS_VLAN_VALID))
		wire_frame_put_tag(ret_arrival->frame,
				   slot->tp_status & TP_STATUS_VLAN_TPID_VALID
					   ? slot->tp_vlan_tpid
					   : ETH_P_8021Q,
				   slot->tp_vlan_tci);
}

int wire_ring_receive(struct wire_ring *ring, struct wire_pool *pool,
		      struct wire_arrival *ret_arrivals, size_t *ret_count)
{
	size_t count = 0, seen = 0;

	while (seen < WIRE_BATCH) {
		struct tpacket2_hdr *slot = slot_at(ring, ring->next);

		if (!is_full(slot) && is_empty(ring))
			break;
		while (!is_full(slot))
			sched_yield();
		take_slot(ring, pool, slot, &ret_arrivals[count]);
		if (ret_arrivals[count].frame)
			count++;
		else
			ring->lost++;
		__atomic_store_n(&slot->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		ring->next = (ring->next + 1) % SLOTS;
		seen++;
	}
	*ret_count = count;
	return seen ? 0 : -EAGAIN;
}

/* Reading the statistics clears them. */
uint64_t wire_ring_lost(struct wire_ring *ring)
{
	struct tpacket_stats now = { 0 };
	socklen_t size = sizeof(now);

	if (getsockopt(ring->fd, SOL_PACKET, PACKET_STATISTICS, &now, &size) == 0)
		ring->lost += now.tp_drops;
	return ring->lost;
}
