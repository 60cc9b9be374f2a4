/* SPDX-License-Identifier: MIT */
/* See makers.h. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

#include "makers.h"
#include "namespaces.h"

/* Of both threads. A step is one function for every node; each takes the next one. */
struct makers {
	struct nst_inside *inside;
	bool helped; /* there is a second thread */
	pthread_t helper;
	pthread_barrier_t nets_made;
	atomic_size_t next_net, next_mounts; /* node */
	pthread_mutex_t lock;                /* of the first error: */
	int result;
	char sentence[NST_ERROR_SIZE]; /* nst_error() is its thread's */
};

static void keep_error(struct makers *makers, int r)
{
	pthread_mutex_lock(&makers->lock);
	if (makers->result == 0) {
		makers->result = r;
		memcpy(makers->sentence, nst_error(), sizeof(makers->sentence));
	}
	pthread_mutex_unlock(&makers->lock);
}

/* 0, or the first error, whose sentence is then this thread's as well. */
static int result_of(struct makers *makers)
{
	int r;

	pthread_mutex_lock(&makers->lock);
	r = makers->result;
	if (r < 0)
		nst_fail(r, "%s", makers->sentence);
	pthread_mutex_unlock(&makers->lock);
	return r;
}

static void do_step(struct makers *makers, atomic_size_t *next,
		    int (*make)(struct nst_inside *inside, size_t node))
{
	while (result_of(makers) == 0) {
		size_t node = atomic_fetch_add(next, 1);
		int r;

		if (node >= makers->inside->plan->node_count)
			return;
		r = make(makers->inside, node);
		if (r < 0)
			keep_error(makers, r);
	}
}

/* Root and current directory are shared among threads, and who shares them cannot move to
 * other mounts (setns(2)). */
static void make_nets(struct makers *makers)
{
	if (unshare(CLONE_FS) < 0)
		keep_error(makers, nst_fail_errno("preparing to make namespaces"));
	do_step(makers, &makers->next_net, namespaces_make_net);
	if (makers->helped)
		pthread_barrier_wait(&makers->nets_made);
}

static void make_mounts(struct makers *makers)
{
	do_step(makers, &makers->next_mounts, namespaces_make_mounts);
}

static void *help(void *argument)
{
	struct makers *makers = argument;

	make_nets(makers);
	make_mounts(makers);
	return NULL;
}

int makers_start(struct nst_inside *inside, struct makers **ret_makers)
{
	struct makers *makers = calloc(1, sizeof(*makers));

	if (!makers)
		return nst_fail_memory();
	*ret_makers = makers;
	makers->inside = inside;
	pthread_mutex_init(&makers->lock, NULL);
	pthread_barrier_init(&makers->nets_made, NULL, 2);
	makers->helped = true; /* before there is one that reads it */
	if (inside->plan->node_count < 2 ||
	    pthread_create(&makers->helper, NULL, help, makers) != 0)
		makers->helped = false;
	make_nets(makers);
	return result_of(makers);
}

int makers_finish(struct makers *makers)
{
	struct nst_inside *inside = makers->inside;
	int r;

	make_mounts(makers);
	if (makers->helped)
		pthread_join(makers->helper, NULL);
	r = result_of(makers);
	pthread_barrier_destroy(&makers->nets_made);
	pthread_mutex_destroy(&makers->lock);
	free(makers);
	for (size_t n = 0; n < inside->plan->node_count && r == 0; n++)
		r = namespaces_make_pids(inside, n);
	return r < 0 ? r : namespaces_leave_mounts(inside);
}
