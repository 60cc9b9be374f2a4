/* SPDX-License-Identifier: MIT */
/* Frames through the backlog of every CPU. */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

#include "wire_barrier.h"

enum {
	TYPE = 0x88b5,
	HEADER = 14,
	SIZE = 60,
	WAIT_NS = 1000 * 1000 * 1000,
	NS_PER_MS = 1000 * 1000,
};

int wire_barrier_prepare(void)
{
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo" };

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return 0;
	if (!(request.ifr_flags & IFF_UP)) {
		request.ifr_flags |= IFF_UP;
		if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
			return 0;
	}
	return ioctl(fd, SIOCGIFINDEX, &request) < 0 ? 0 : request.ifr_ifindex;
}

bool wire_barrier_is_ours(struct wire_engine *engine,
			  const struct wire_arrival *arrival)
{
	const struct wire_frame *frame = arrival->frame;

	if (arrival->ifindex != engine->loopback || frame->size != SIZE)
		return false;
	engine->barrier_seen += memcmp(frame->bytes + HEADER, &engine->barrier,
				       sizeof(engine->barrier)) == 0;
	return true;
}

static void fill(struct wire_frame *frame, uint64_t barrier)
{
	memset(frame->bytes, 0, SIZE);
	frame->bytes[0] = 2;
	frame->bytes[12] = TYPE >> 8;
	frame->bytes[13] = TYPE & 0xff;
	memcpy(frame->bytes + HEADER, &barrier, sizeof(barrier));
	frame->size = SIZE;
}

/* One frame on this CPU. Return: whether it went. */
static bool send_on_cpu(struct wire_engine *engine, struct wire_frame *frame, int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) == 0 &&
	       wire_socket_send(engine->socket, &frame, &engine->loopback, 1) == 1;
}

/* Return: how many went. */
static unsigned int send_on_all(struct wire_engine *engine, struct wire_frame *frame)
{
	unsigned int sent = 0;

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &engine->cpus))
			sent += send_on_cpu(engine, frame, cpu);
	sched_setaffinity(0, sizeof(engine->cpus), &engine->cpus);
	return sent;
}

/* Until as many have come back, which they nearly always have. */
static bool await_all(struct wire_engine *engine, unsigned int sent)
{
	uint64_t end_ns = wire_now() + WAIT_NS;

	for (;;) {
		struct pollfd events[WIRE_SOCKET_EVENTS];
		size_t count;
		int r = wire_read_batch(engine, &count);

		wire_send_due(engine, wire_now());
		if (engine->barrier_seen >= sent)
			return true;
		if (wire_now() > end_ns)
			return false;
		if (r < 0) {
			wire_socket_poll(engine->socket, events);
			poll(events, WIRE_SOCKET_EVENTS, WAIT_NS / NS_PER_MS);
		}
	}
}

int wire_settle(struct wire_engine *engine)
{
	struct wire_frame *frame;
	unsigned int sent;
	bool all;

	if (!engine->loopback) {
		wire_read_all(engine);
		return 0;
	}
	frame = wire_frame_new(&engine->pool, SIZE);
	if (!frame)
		return nst_fail_memory();
	engine->barrier++;
	engine->barrier_seen = 0;
	fill(frame, engine->barrier);
	sent = send_on_all(engine, frame);
	wire_frame_free(&engine->pool, frame);
	all = await_all(engine, sent);
	if (all && sent == (unsigned int)CPU_COUNT(&engine->cpus))
		return 0;
	return nst_fail(-ETIMEDOUT,
			"the machine's CPUs are too busy to tell which frames "
			"are still on their way");
}
