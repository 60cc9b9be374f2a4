/* SPDX-License-Identifier: MIT */
/* The log of what was done to frames. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "wire_trace.h"

enum { ROOM_AT_FIRST = 4096 };

int wire_trace_file(void)
{
	int fd = memfd_create("nstest-wire-trace", MFD_CLOEXEC);

	return fd < 0 ? nst_fail_errno("making the file of wire events") : fd;
}

static bool grow(struct wire_trace *trace)
{
	size_t room = trace->room ? 2 * trace->room : ROOM_AT_FIRST;
	void *memory;

	if (room > trace->most)
		room = trace->most;
	if (room <= trace->count ||
	    ftruncate(trace->fd, (off_t)(room * sizeof(*trace->events))) < 0)
		return false;
	memory = trace->events
			 ? mremap(trace->events, trace->room * sizeof(*trace->events),
				  room * sizeof(*trace->events), MREMAP_MAYMOVE)
			 : mmap(NULL, room * sizeof(*trace->events),
				PROT_READ | PROT_WRITE, MAP_SHARED, trace->fd, 0);
	if (memory == MAP_FAILED)
		return false;
	trace->events = memory;
	trace->room = room;
	return true;
}

void wire_trace_add(struct wire_trace *trace, const struct nst_wire_event *event)
{
	bool is_rare = event->what != NST_WIRE_DELAYED;

	if ((trace->count >= trace->most / 2 && !is_rare) ||
	    (trace->count == trace->room && !grow(trace)))
		trace->missing++;
	else
		trace->events[trace->count++] = *event;
}

void wire_trace_close(struct wire_trace *trace)
{
	if (trace->events)
		munmap(trace->events, trace->room * sizeof(*trace->events));
	trace->events = NULL;
}

static int compare(uint64_t one, uint64_t other)
{
	return (one > other) - (one < other);
}

static int compare_events(const void *left, const void *right)
{
	const struct nst_wire_event *one = left, *other = right;
	int r = compare(one->link, other->link);

	if (r == 0)
		r = compare(one->direction, other->direction);
	if (r == 0)
		r = compare(one->n, other->n);
	if (r == 0)
		r = compare(one->what, other->what);
	return r ? r : compare(one->fault, other->fault);
}

int wire_trace_read(int fd, size_t count, struct nst_wire_event **ret_events)
{
	size_t size = count * sizeof(**ret_events), done = 0;
	struct nst_wire_event *events AUTO_FREE = malloc(size ? size : 1);

	if (!events)
		return nst_fail_memory();
	while (done < size) {
		ssize_t n = pread(fd, (char *)events + done, size - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? nst_fail_errno("reading wire events")
				     : nst_fail(-EIO, "the file of wire events is cut");
		done += (size_t)n;
	}
	qsort(events, count, sizeof(*events), compare_events);
	*ret_events = steal(events);
	return 0;
}
