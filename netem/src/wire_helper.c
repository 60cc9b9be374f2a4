/* SPDX-License-Identifier: MIT */
/* See wire_helper.h. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>

#include <base/fail.h>

#include "wire_helper.h"

/* To wake a thread costs more than so much; to spin for longer takes time from those whom
 * the frames woke. */
enum { SPIN_NS = 10 * 1000 };

struct wire_helper {
	struct wire_socket *socket;
	struct wire_lane *lane;
	sem_t work, done;
};

static void await(sem_t *event)
{
	uint64_t end_ns = wire_now() + SPIN_NS;

	while (sem_trywait(event) < 0)
		if (wire_now() > end_ns) {
			while (sem_wait(event) < 0)
				; /* EINTR */
			return;
		}
}

static void *help(void *context)
{
	struct wire_helper *helper = context;

	for (;;) {
		await(&helper->work);
		wire_lane_send(helper->socket, helper->lane);
		sem_post(&helper->done);
	}
	return NULL;
}

static int start_thread(struct wire_helper *helper)
{
	const struct sched_param first = { .sched_priority = 1 };
	pthread_attr_t how;
	pthread_t thread;
	int r;

	pthread_attr_init(&how);
	pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
	pthread_attr_setinheritsched(&how, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&how, SCHED_FIFO);
	pthread_attr_setschedparam(&how, &first);
	r = -pthread_create(&thread, &how, help, helper);
	pthread_attr_destroy(&how);
	return r;
}

int wire_helper_start(struct wire_socket *socket, struct wire_helper **ret_helper)
{
	struct wire_helper *helper = calloc(1, sizeof(*helper));
	int r;

	if (!helper)
		return nst_fail_memory();
	helper->socket = socket;
	sem_init(&helper->work, 0, 0);
	sem_init(&helper->done, 0, 0);
	r = start_thread(helper);
	if (r < 0) {
		free(helper);
		return nst_fail(r, "starting a second thread of the wire engine");
	}
	*ret_helper = helper;
	return 0;
}

void wire_helper_send(struct wire_helper *helper, struct wire_lane *lane)
{
	helper->lane = lane;
	sem_post(&helper->work);
}

void wire_helper_await(struct wire_helper *helper)
{
	await(&helper->done);
}
