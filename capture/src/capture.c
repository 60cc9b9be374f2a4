/* SPDX-License-Identifier: MIT */
/* A capture: its interfaces, and reading them. */
#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <time.h>

#include <base/fail.h>
#include <base/scope.h>

#include "state.h"

enum {
	TICK_NS = 1000 * 1000,
	SMALL_BUFFER = 4 * 1024 * 1024,
	SMALL_BUFFER_TICK_NS = 100 * 1000,
	ERRORS_IN_A_ROW = 8,
	CLOSERS = 64,
	CLOSER_STACK = 64 * 1024,
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

uint64_t nst_capture_now(void)
{
	return clock_ns(CLOCK_REALTIME);
}

int64_t nst_capture_clock(void)
{
	return (int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC));
}

/* What one thread closes: every `step`th socket. */
struct closing {
	const struct nst_capture *capture;
	size_t first, step;
};

static void *close_some(void *data)
{
	const struct closing *closing = data;

	for (size_t i = closing->first; i < closing->capture->interface_count;
	     i += closing->step)
		close(closing->capture->interfaces[i].fd);
	return NULL;
}

/* Closing a packet socket waits for an RCU grace period, about 10 ms (packet_release() in
 * net/packet/af_packet.c). Those who wait at the same time share one, hence the threads. */
static void close_sockets(const struct nst_capture *capture)
{
	struct closing closing[CLOSERS];
	pthread_t threads[CLOSERS];
	bool started[CLOSERS] = {};
	size_t count = MIN(capture->interface_count, (size_t)CLOSERS);
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, CLOSER_STACK);
	for (size_t i = 0; i < count; i++) {
		closing[i] = (struct closing){ capture, i, count };
		started[i] = i > 0 && !pthread_create(&threads[i], &small, close_some,
						      &closing[i]);
	}
	pthread_attr_destroy(&small);
	for (size_t i = 0; i < count; i++)
		if (!started[i])
			close_some(&closing[i]);
	for (size_t i = 0; i < count; i++)
		if (started[i])
			pthread_join(threads[i], NULL);
}

void nst_capture_free(struct nst_capture *capture)
{
	if (!capture)
		return;
	if (capture->live.on) {
		nst_capture_drain(capture);
		nst_live_finish(capture);
		nst_live_drop(capture);
	}
	close_sockets(capture);
	for (size_t i = 0; i < capture->interface_count; i++)
		free(capture->interfaces[i].name);
	free(capture->interfaces);
	if (capture->ready_fd >= 0)
		close(capture->ready_fd);
	if (capture->wake_fd >= 0)
		close(capture->wake_fd);
	nst_batch_free(capture->batch);
	nst_store_release(&capture->store);
	nst_filters_release(&capture->filters);
	nst_notes_release(&capture->notes);
	free(capture->names.data);
	free(capture->tls_keys);
	pthread_mutex_destroy(&capture->lock);
	pthread_mutex_destroy(&capture->live_lock);
	free(capture);
}

static void release(struct nst_capture **capture)
{
	nst_capture_free(*capture);
}

int nst_capture_new(struct nst_capture **ret_capture)
{
	AUTO(release) struct nst_capture *capture = calloc(1, sizeof(*capture));
	int r;

	if (!capture)
		return nst_fail_memory();
	pthread_mutex_init(&capture->lock, NULL);
	pthread_mutex_init(&capture->live_lock, NULL);
	capture->clock_ns = nst_capture_clock();
	capture->tick_ns = TICK_NS;
	capture->wake_fd = -1;
	capture->ready_fd = epoll_create1(EPOLL_CLOEXEC);
	if (capture->ready_fd < 0)
		return nst_fail_errno("making an epoll for packets");
	capture->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (capture->wake_fd < 0)
		return nst_fail_errno("making an eventfd for packets");
	r = nst_batch_new(&capture->batch);
	if (r >= 0)
		r = nst_capture_prepare();
	if (r < 0)
		return r;
	*ret_capture = steal(capture);
	return 0;
}

/* A small receive buffer (rmem_max, for users) must be read more often. */
static uint64_t tick_for(int fd)
{
	int size = 0;
	socklen_t length = sizeof(size);

	getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length);
	return size < SMALL_BUFFER ? SMALL_BUFFER_TICK_NS : TICK_NS;
}

static int add(struct nst_capture *capture, int fd, char *name)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct nst_interface *grown;

	event.data.u32 = (uint32_t)capture->interface_count;
	grown = reallocarray(capture->interfaces, capture->interface_count + 1,
			     sizeof(*grown));
	if (!grown)
		return nst_fail_memory();
	capture->interfaces = grown;
	if (epoll_ctl(capture->ready_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return nst_fail_errno("waiting for packets of %s", name);
	grown[capture->interface_count] =
		(struct nst_interface){ .fd = fd, .name = name, .peer = NST_NO_PEER };
	capture->tick_ns = MIN(capture->tick_ns, tick_for(fd));
	return (int)capture->interface_count++;
}

int nst_capture_add(struct nst_capture *capture, int fd, const char *name)
{
	AUTO_CLOSE int owned = fd;
	AUTO_FREE char *copy = strdup(name);
	int r;

	if (!copy)
		return nst_fail_memory();
	pthread_mutex_lock(&capture->lock);
	r = add(capture, fd, copy);
	pthread_mutex_unlock(&capture->lock);
	if (r < 0)
		return r;
	steal_fd(&owned);
	(void)steal(copy);
	eventfd_write(capture->wake_fd, 1); /* the live reader wants to know of it */
	return r;
}

int nst_capture_link(struct nst_capture *capture, unsigned int a, unsigned int b)
{
	int r = 0;

	pthread_mutex_lock(&capture->lock);
	if (a >= capture->interface_count || b >= capture->interface_count || a == b) {
		r = nst_fail(-EINVAL, "a link between interfaces %u and %u of %zu", a,
			     b, capture->interface_count);
	} else {
		capture->interfaces[a].peer = (int)b;
		capture->interfaces[b].peer = (int)a;
	}
	pthread_mutex_unlock(&capture->lock);
	return r;
}

static void lose(struct nst_interface *interface, uint64_t count)
{
	interface->statistics.kernel_drops += count;
	if (count)
		interface->dropped_ns = nst_capture_now();
}

void nst_capture_read_drops(struct nst_interface *interface)
{
	struct tpacket_stats statistics;
	socklen_t size = sizeof(statistics);

	/* Reading resets them. */
	if (!getsockopt(interface->fd, SOL_PACKET, PACKET_STATISTICS, &statistics,
			&size))
		lose(interface, statistics.tp_drops);
}

static int keep(struct nst_capture *capture, uint32_t number, unsigned int i)
{
	struct nst_interface *interface = &capture->interfaces[number];
	struct nst_record record;
	bool stamped;
	int r;

	nst_batch_packet(capture->batch, i, &record, &stamped);
	record.interface = number;
	r = nst_store_add(&capture->store, &record);
	if (r < 0)
		return nst_fail_in(r, "capturing %s", interface->name);
	interface->statistics.packets++;
	interface->statistics.bytes += record.original;
	interface->statistics.unstamped += !stamped;
	return 0;
}

/* Until it is empty. A socket has one pending error at a time (the interface went down
 * or away), said once; behind it there may be packets. */
int nst_capture_read(struct nst_capture *capture, uint32_t number)
{
	struct nst_interface *interface = &capture->interfaces[number];
	int n, r, errors = 0;

	while ((n = nst_batch_receive(capture->batch, interface->fd)) != 0) {
		if (n < 0 && ++errors == ERRORS_IN_A_ROW)
			break;
		if (n > 0)
			errors = 0;
		for (int i = 0; i < n; i++) {
			r = keep(capture, number, (unsigned int)i);
			if (r < 0) {
				lose(interface, (uint64_t)(n - i));
				return r;
			}
		}
	}
	return 0;
}

int nst_capture_read_all(struct nst_capture *capture)
{
	int r = 0;

	for (size_t i = 0; i < capture->interface_count && r >= 0; i++)
		r = nst_capture_read(capture, (uint32_t)i);
	return r;
}

int nst_capture_drain(struct nst_capture *capture)
{
	int r;

	pthread_mutex_lock(&capture->lock);
	r = nst_capture_read_all(capture);
	pthread_mutex_unlock(&capture->lock);
	return r;
}
