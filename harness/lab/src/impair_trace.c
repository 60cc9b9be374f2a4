/* SPDX-License-Identifier: MIT */
/* What was done to packets, one by one, as a file. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "impair_requests.h"
#include "impairments.h"

static const char *const actions[] = {
	[NST_WIRE_LOST] = "drop",
	[NST_WIRE_DELAYED] = "delay",
	[NST_WIRE_DUPLICATED] = "duplicate",
	[NST_WIRE_CORRUPTED] = "corrupt",
	[NST_WIRE_REORDERED] = "reorder",
	[NST_WIRE_OVERFLOWED] = "overflow",
	[NST_WIRE_MARKED] = "ecn-ce",
	[NST_WIRE_FAULT] = "fault",
	[NST_WIRE_CUT] = "cut",
};

static_assert(ARRAY_SIZE(actions) == NST_WIRE_CUT + 1, "a word each");

/* ARP, ND and MLD have numbers of their own. */
#define APART (UINT64_C(1) << 63)

static void write_text(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			fprintf(to, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(to, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, to);
	fputc('"', to);
}

static const struct asked_fault *fault_of(const struct impairments *all, uint32_t id)
{
	for (size_t i = 0; i < all->fault_count; i++)
		if (all->faults[i].id == id)
			return &all->faults[i];
	return NULL;
}

static const char *node_name(const struct nst_plan *plan, size_t interface)
{
	return plan->nodes[plan->interfaces[interface].node].name;
}

static void write_event(const struct nst_inside *inside,
			const struct nst_wire_event *event, FILE *to)
{
	const struct nst_plan *plan = inside->plan;
	const struct asked_fault *fault = fault_of(inside->impairments, event->fault);
	size_t from = impairments_sender(inside, event);

	if (from == SIZE_MAX || event->what >= ARRAY_SIZE(actions))
		return;
	fprintf(to, "{\"link\": \"%s -- %s\", \"dir\": \"%s -> %s\", ",
		node_name(plan, from & ~(size_t)1), node_name(plan, from | 1),
		node_name(plan, from), node_name(plan, from ^ 1));
	fprintf(to, "\"n\": %" PRIu64 ", %s\"rule\": ", event->n & ~APART,
		event->n & APART ? "\"discovery\": true, " : "");
	write_text(to, fault ? fault->text : "impairment");
	fprintf(to,
		", \"action\": \"%s\", \"delay_ns\": %" PRIu64 ", \"when_ns\": %" PRIu64
		"}\n",
		fault ? nst_fault_action_words[fault->action].name
		      : actions[event->what],
		event->delay_ns, event->when_ns);
}

static int write_events(const struct nst_inside *inside, FILE *to)
{
	struct nst_wire_event *events AUTO_FREE = NULL;
	size_t count = 0;
	int r = inside->impairments->engine
			? nst_wire_events(inside->impairments->engine, &events, &count)
			: 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		write_event(inside, &events[i], to);
	return r;
}

int save_trace_inside(struct nst_inside *inside, struct nst_message *request,
		      struct nst_message *reply)
{
	FILE *to = fdopen(request->fds[0], "w");
	int r;

	(void)reply;
	if (!to)
		return nst_fail_errno("writing the trace of faults");
	request->fds[0] = -1; /* taken */
	r = impairments_result(inside, write_events(inside, to));
	if (fclose(to) != 0 && r == 0)
		r = nst_fail_errno("writing the trace of faults");
	return r;
}
