/* SPDX-License-Identifier: MIT */
/* wait until: a program is ready, prints, ends; a port is open; a file is there. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include <nstest/counter.h>
#include <nstest/impair.h>

#include "clock.h"
#include "faults.h"
#include "timeline.h"
#include "wait.h"

/* ---- In the host ---- */

/* The kernel tells nobody when a socket is bound or a file appears: looked for at a
 * rising interval, from FIRST_PAUSE to LONGEST_PAUSE (milliseconds). */
enum { FIRST_PAUSE = 1, LONGEST_PAUSE = 20 };

/* States in /proc/net/tcp and udp (include/net/tcp_states.h): TCP_LISTEN; an
 * unconnected UDP socket is TCP_CLOSE. */
enum { STATE_LISTEN = 0x0a, STATE_UNCONNECTED = 0x07 };

static bool table_has_port(const char *path, unsigned int state, unsigned short port)
{
	AUTO_FCLOSE FILE *table = fopen(path, "re");
	unsigned int seen_port, seen_state;
	char line[512];

	while (table && fgets(line, sizeof(line), table))
		if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x",
			   &seen_port, &seen_state) == 2 &&
		    seen_port == port && seen_state == state)
			return true;
	return false;
}

static bool port_is_open(const struct nst_wait_step *wait)
{
	if (wait->protocol == NST_UDP)
		return table_has_port("/proc/net/udp", STATE_UNCONNECTED, wait->port) ||
		       table_has_port("/proc/net/udp6", STATE_UNCONNECTED, wait->port);
	return table_has_port("/proc/net/tcp", STATE_LISTEN, wait->port) ||
	       table_has_port("/proc/net/tcp6", STATE_LISTEN, wait->port);
}

struct look {
	const struct nst_wait_step *wait;
	uint64_t deadline_us;
};

static int look_in_host(void *arg, void *result)
{
	const struct look *look = arg;
	int pause = FIRST_PAUSE;

	(void)result;
	for (;;) {
		int left = ms_until(look->deadline_us);

		if (look->wait->kind == NST_WAIT_PORT ? port_is_open(look->wait)
						      : !access(look->wait->file, F_OK))
			return 0;
		if (!left)
			return -ETIMEDOUT;
		poll(NULL, 0, pause < left ? pause : left);
		pause = pause * 2 < LONGEST_PAUSE ? pause * 2 : LONGEST_PAUSE;
	}
}

/* ---- In the worker ---- */

static int wait_in_host(struct live_case *live, const struct nst_wait_step *wait,
			int within_ms)
{
	enum { SPARE_MS = 2000 };
	struct look look = { wait, now_us() + (uint64_t)within_ms * 1000 };
	int r = nst_in_host(live->lab, wait->host, look_in_host, &look, NULL, 0,
			    within_ms + SPARE_MS);

	if (r != -ETIMEDOUT)
		return r;
	if (wait->kind == NST_WAIT_FILE)
		return nst_fail(r, "%s did not appear on %s within %d ms", wait->file,
				wait->host, within_ms);
	return nst_fail(r, "nothing listened on %s/%u of %s within %d ms",
			nst_protocol_name(wait->protocol), wait->port, wait->host,
			within_ms);
}

static int wait_for_program(struct live_case *live, const struct nst_wait_step *wait,
			    int within_ms)
{
	struct nst_program *program =
		nst_program_find(live->lab, wait->host, wait->program);

	if (!program)
		return nst_fail(-ENOENT, "no program %s was started on %s so far",
				wait->program, wait->host);
	if (wait->kind == NST_WAIT_READY)
		return nst_wait_ready(program, within_ms);
	if (wait->kind == NST_WAIT_PRINTS)
		return nst_wait_line(program, wait->regex, within_ms);
	return nst_wait_exit(program, within_ms, NULL);
}

/* A wait of no time asks for the counters instead: the engine's answer to nst_await_fault()
 * could come after it. */
static int wait_for_fault(struct live_case *live, const struct nst_wait_step *wait,
			  int within_ms)
{
	struct nst_fault_counters counters;
	uint32_t id;
	int r = fault_find(live, wait->fault, &id);

	if (r < 0)
		return r;
	if (within_ms)
		return nst_await_fault(live->lab, id, wait->times, within_ms);
	r = nst_fault_counters(live->lab, id, &counters);
	if (r < 0)
		return r;
	return counters.fired >= wait->times
		       ? 0
		       : nst_fail(-ETIMEDOUT,
				  "fault \"%s\" fired %llu of %llu times after 0 ms",
				  wait->fault, (unsigned long long)counters.fired,
				  (unsigned long long)wait->times);
}

int wait_once(struct live_case *live, const struct nst_wait_step *wait, int ms)
{
	switch (wait->kind) {
	case NST_WAIT_READY:
	case NST_WAIT_PRINTS:
	case NST_WAIT_EXITS:
		return wait_for_program(live, wait, ms);
	case NST_WAIT_PORT:
	case NST_WAIT_FILE:
		return wait_in_host(live, wait, ms);
	case NST_WAIT_TCP:
		return nst_await_tcp(
			live->lab, wait->host,
			&(struct nst_tcp_match){ .port = wait->port,
						 .states = 1U << wait->state },
			1, ms);
	case NST_WAIT_COUNTER:
		return nst_await_counter(live->lab, wait->host, wait->counter,
					 wait->times, ms);
	case NST_WAIT_FAULT:
		return wait_for_fault(live, wait, ms);
	case NST_WAIT_TIMELINE:
		break; /* the worker's own: wait_for_timelines() */
	}
	return 0;
}

struct waiter {
	struct live_case *live;
	const struct nst_wait_step *wait;
};

static int wait_slice(void *arg, int ms)
{
	const struct waiter *waiter = arg;

	return wait_once(waiter->live, waiter->wait, ms);
}

static int wait_for_timelines(struct live_case *live, int within_ms)
{
	uint64_t deadline = now_us() + (uint64_t)within_ms * 1000;
	int r = 0;

	while (r == 0 && !timelines_done(live)) {
		const struct nst_timeline_entry *missing = timelines_missing(live);

		if (now_us() >= deadline)
			return nst_fail(-ETIMEDOUT,
					"timelines are not done after %d ms: %s%s",
					within_ms,
					missing ? missing->text
						: "something is under way still",
					missing ? " has not come" : "");
		r = sleep_acting(live, now_us() + 1000);
	}
	return r;
}

int exec_wait(struct live_case *live, const struct nst_step *step)
{
	const struct nst_wait_step *wait = &step->wait;
	int within_ms = patience_ms(&live->patience, wait->within_ms);
	struct waiter waiter = { live, wait };
	int r = wait->kind == NST_WAIT_TIMELINE
			? wait_for_timelines(live, within_ms)
			: wait_acting(live, within_ms, wait_slice, &waiter);

	if ((r != -ETIMEDOUT && r != -ECHILD) || live->culprit)
		return r < 0 ? r : STEP_HELD;
	nst_text_set(&live->result->message, "%s", nst_error());
	return STEP_FAILED;
}
