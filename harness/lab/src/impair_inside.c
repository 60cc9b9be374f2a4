/* SPDX-License-Identifier: MIT */
/* Impairments and faults in the lab process: each goes to the engine of its link. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/kernel_netem.h>

#include "impair_requests.h"
#include "impairment_copy.h"
#include "impairments.h"

/* ---- Requests ---- */

static void put_texts(const struct impair_request *request,
		      const char *ret_texts[IMPAIR_TEXTS])
{
	const char *at = request->texts;

	for (size_t i = 0; i < IMPAIR_TEXTS; i++) {
		ret_texts[i] = request->has_text[i] ? at : NULL;
		if (request->has_text[i])
			at += strlen(at) + 1;
	}
}

static int need_wires(const struct nst_inside *inside)
{
	if (!inside->impairments)
		return nst_fail(-ENOENT, "no link of this lab is impaired");
	return 0;
}

static struct asked_fault *find_fault(const struct nst_inside *inside, uint32_t id)
{
	struct impairments *all = inside->impairments;

	for (size_t i = 0; all && i < all->fault_count; i++)
		if (all->faults[i].id == id)
			return &all->faults[i];
	nst_fail(-ENOENT, "no fault has the number %u", id);
	return NULL;
}

/* ---- Impairments ---- */

/* What is sent by `interface` leaves the wire namespace by the half of its peer. */
static int impair_kernel(struct nst_inside *inside, size_t interface,
			 const struct nst_impairment *impairment)
{
	int r = impairment ? nst_kernel_netem_can(impairment) : 0;

	if (r == 0)
		r = impairments_enter(inside);
	return r < 0 ? r
		     : nst_kernel_impair(
			       impairments_ifindex(inside->plan, interface ^ 1),
			       impairment);
}

int impair_inside(struct nst_inside *inside, struct nst_message *message,
		  struct nst_message *reply)
{
	const struct impair_request *request = message->data;
	struct wired *wired = impairments_wire(inside, request->interface);
	struct direction *direction = &wired->directions[request->interface % 2];
	struct nst_impairment next = request->impairment, kept = { 0 };
	const char *texts[IMPAIR_TEXTS];
	int r = impairments_check(inside);

	(void)reply;
	put_texts(request, texts);
	next.distribution_file = texts[0];
	next.trace_file = texts[1];
	next.slot_distribution_file = texts[2];
	if (r == 0 && !request->none)
		r = impairment_copy(&next, &kept);
	if (r < 0)
		return r;
	r = is_kernels(wired)
		    ? impair_kernel(inside, request->interface,
				    request->none ? NULL : &next)
		    : nst_wire_impair(inside->impairments->engine, wired->engine_link,
				      direction_of(request->interface),
				      request->none ? NULL : &next);
	if (r < 0) {
		impairment_release(&kept);
		return impairments_result(inside, r);
	}
	impairment_release(&direction->impairment);
	direction->impairment = kept;
	direction->changed = true;
	return 0;
}

int link_choice_inside(struct nst_inside *inside, struct nst_message *message,
		       struct nst_message *reply)
{
	const struct impair_request *request = message->data;
	const struct wired *wired = impairments_wire(inside, request->interface);

	return nst_reply_value(reply, &wired->choice, sizeof(wired->choice));
}

int scheduling_inside(struct nst_inside *inside, struct nst_message *message,
		      struct nst_message *reply)
{
	char text[sizeof(((struct nst_lab *)0)->scheduling)] = "";

	(void)message;
	if (inside->impairments && inside->impairments->engine)
		snprintf(text, sizeof(text), "%s",
			 nst_wire_scheduling(inside->impairments->engine));
	return nst_reply_value(reply, text, sizeof(text));
}

/* ---- Faults ---- */

/* Whether every packet that matches is taken away. */
static bool takes_all(const struct nst_fault *fault)
{
	return fault->action == NST_FAULT_DROP && !fault->nth && !fault->from &&
	       !fault->to && !fault->every && !fault->probability_ppm &&
	       !fault->after_bytes;
}

static int keep_fault(struct impairments *all, const struct nst_fault *fault,
		      size_t interface, struct asked_fault **ret)
{
	struct asked_fault *grown =
		reallocarray(all->faults, all->fault_count + 1, sizeof(*grown));

	if (!grown)
		return nst_fail_memory();
	all->faults = grown;
	*ret = &grown[all->fault_count];
	**ret = (struct asked_fault){ .interface = interface,
				      .may_miss = fault->may_miss,
				      .takes_all = takes_all(fault),
				      .action = fault->action };
	if (fault->name)
		snprintf((*ret)->text, sizeof((*ret)->text), "%s", fault->name);
	else
		nst_fault_print(fault, (*ret)->text, sizeof((*ret)->text));
	return 0;
}

int fault_inside(struct nst_inside *inside, struct nst_message *message,
		 struct nst_message *reply)
{
	const struct impair_request *request = message->data;
	struct impairments *all = inside->impairments;
	const struct wired *wired = impairments_wire(inside, request->interface);
	struct nst_fault fault = request->fault;
	const char *texts[IMPAIR_TEXTS];
	struct asked_fault *asked = NULL;
	int r = impairments_check(inside);

	put_texts(request, texts);
	fault.match = texts[0];
	fault.name = texts[1];
	if (r == 0 && is_kernels(wired))
		r = nst_fail(-EOPNOTSUPP,
			     "its engine is the kernel's, which knows no faults: name "
			     "the wire engine for this link");
	if (r == 0)
		r = keep_fault(all, &fault, request->interface, &asked);
	if (r == 0)
		r = impairments_result(inside,
				       nst_wire_fault(all->engine, wired->engine_link,
						      direction_of(request->interface),
						      &fault, &asked->id));
	if (r < 0)
		return r;
	all->fault_count++;
	return nst_reply_value(reply, &asked->id, sizeof(asked->id));
}

int impairments_count_fault(struct nst_inside *inside, const struct asked_fault *fault,
			    struct nst_fault_counters *ret)
{
	*ret = fault->last;
	return fault->removed
		       ? 0
		       : impairments_result(inside, nst_wire_fault_counters(
							    inside->impairments->engine,
							    fault->id, ret));
}

int fault_remove_inside(struct nst_inside *inside, struct nst_message *message,
			struct nst_message *reply)
{
	const struct impair_request *request = message->data;
	struct asked_fault *fault = find_fault(inside, request->id);
	int r;

	(void)reply;
	if (!fault)
		return -ENOENT;
	if (fault->removed)
		return nst_fail(-ENOENT, "fault #%u (%s) was removed before", fault->id,
				fault->text);
	r = impairments_count_fault(inside, fault, &fault->last);
	if (r == 0)
		r = impairments_result(
			inside,
			nst_wire_fault_remove(inside->impairments->engine, fault->id));
	if (r == 0)
		fault->removed = true;
	return r;
}

int fault_counters_inside(struct nst_inside *inside, struct nst_message *message,
			  struct nst_message *reply)
{
	const struct impair_request *request = message->data;
	const struct asked_fault *fault = find_fault(inside, request->id);
	struct nst_fault_counters counters;
	int r = fault ? impairments_count_fault(inside, fault, &counters) : -ENOENT;

	return r < 0 ? r : nst_reply_value(reply, &counters, sizeof(counters));
}

/* ---- Until a fault has fired ---- */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Until `fd` has its byte. Meanwhile children are reaped as they end. Return: 0; -EPIPE
 * if it ends without; -ETIMEDOUT. */
static int await_byte(struct nst_inside *inside, int fd, int timeout_ms)
{
	uint64_t deadline = now_ns() + (uint64_t)timeout_ms * 1000000;
	struct pollfd events[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = inside->child_fd, .events = POLLIN },
		{ .fd = inside->request_fd, .events = POLLRDHUP },
	};
	char byte;

	for (;;) {
		uint64_t now = now_ns(), left = now < deadline ? deadline - now : 0;
		const struct timespec time = { (time_t)(left / 1000000000),
					       (long)(left % 1000000000) };

		if (ppoll(events, ARRAY_SIZE(events), &time, NULL) < 0 &&
		    errno != EINTR)
			return nst_fail_errno("poll");
		if (events[0].revents)
			return read(fd, &byte, 1) == 1 ? 0 : -EPIPE;
		if (events[1].revents)
			inside_reap(inside);
		if (events[2].revents)
			return nst_fail(-EPIPE, "the caller is gone");
		if (now >= deadline)
			return -ETIMEDOUT;
	}
}

static int fail_await(struct nst_inside *inside, const struct asked_fault *fault,
		      const struct impair_request *request)
{
	struct nst_fault_counters counters;
	int r = impairments_count_fault(inside, fault, &counters);

	if (r < 0)
		return r;
	return nst_fail(
		-ETIMEDOUT,
		"fault #%u (%s): after %d ms it has fired %llu of %llu times; "
		"%llu packet%s matched",
		fault->id, fault->text, request->timeout_ms,
		(unsigned long long)counters.fired, (unsigned long long)request->times,
		(unsigned long long)counters.matched, counters.matched == 1 ? "" : "s");
}

int fault_await_inside(struct nst_inside *inside, struct nst_message *message,
		       struct nst_message *reply)
{
	const struct impair_request *request = message->data;
	const struct asked_fault *fault = find_fault(inside, request->id);
	int fd AUTO_CLOSE = -1;
	int r;

	(void)reply;
	if (!fault)
		return -ENOENT;
	if (fault->removed)
		return fault->last.fired >= request->times
			       ? 0
			       : fail_await(inside, fault, request);
	r = fd = nst_wire_await_fd(inside->impairments->engine, fault->id,
				   request->times);
	if (r >= 0)
		r = await_byte(inside, fd, request->timeout_ms);
	if (r == -ETIMEDOUT)
		return fail_await(inside, fault, request);
	return r < 0 ? impairments_result(inside, r) : 0;
}

/* ---- What happened ---- */

int link_counters_inside(struct nst_inside *inside, struct nst_message *message,
			 struct nst_message *reply)
{
	const struct impair_request *request = message->data;
	struct nst_wire_counters counters;
	int r = need_wires(inside);

	if (r == 0)
		r = nst_inside_wire_counters(inside, request->interface, &counters);
	return r < 0 ? r : nst_reply_value(reply, &counters, sizeof(counters));
}
