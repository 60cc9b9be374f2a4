/* SPDX-License-Identifier: MIT */
/* Planned against actual: what links were asked to do, and what they did. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "captures.h"
#include "impair_requests.h"
#include "impairments.h"

/* ---- Delays ---- */

/* The events of all links, sorted by link, direction and number; `at`: the first that no
 * report has yet taken in. */
struct record {
	struct nst_wire_event *events;
	size_t count, at;
};

static bool is_before(const struct nst_wire_event *event, size_t link,
		      enum nst_direction direction)
{
	return event->link < link ||
	       (event->link == link && event->direction < direction);
}

static int compare_u64(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static int64_t percentile_us(const uint64_t *sorted, size_t count, size_t percent)
{
	return (int64_t)(sorted[(count - 1) * percent / 100] / 1000);
}

/* What the impairment added, by the engine's own record, sorted. Directions come in order. */
static int read_recorded(struct record *record, size_t link,
			 enum nst_direction direction, uint64_t **ret_ns,
			 size_t *ret_count)
{
	size_t begin = record->at, end, count = 0;
	uint64_t *delays;

	while (begin < record->count &&
	       is_before(&record->events[begin], link, direction))
		begin++;
	for (end = begin; end < record->count && record->events[end].link == link &&
			  record->events[end].direction == direction;)
		end++;
	record->at = end;
	delays = malloc((end - begin + 1) * sizeof(*delays));
	if (!delays)
		return nst_fail_memory();
	for (size_t i = begin; i < end; i++)
		if (record->events[i].what == NST_WIRE_DELAYED)
			delays[count++] = record->events[i].delay_ns;
	qsort(delays, count, sizeof(*delays), compare_u64);
	*ret_ns = delays;
	*ret_count = count;
	return 0;
}

/* What timers send is left out: it would hide the few packets of a test. */
static const char of_the_test[] =
	"not arp and not ether proto 0x88b5 and not (ip6 and (ip6[6] == 0 or "
	"(ip6[6] == 58 and ip6[40] >= 133 and ip6[40] <= 136)))";

static int put_delays(struct nst_inside *inside, struct record *record,
		      size_t interface, struct nst_link_report *report)
{
	const struct wired *wired = impairments_wire(inside, interface);
	uint64_t *delays AUTO_FREE = NULL;
	size_t count = 0;
	int r = 0;

	if (inside->capture)
		r = nst_capture_delays(inside->capture,
				       captures_number(inside, interface),
				       captures_number(inside, interface ^ 1),
				       of_the_test, &delays, &count);
	else if (!is_kernels(wired))
		r = read_recorded(record, wired->engine_link, direction_of(interface),
				  &delays, &count);
	if (r < 0 || !count)
		return r;
	report->delayed = count;
	report->delay_min_us = percentile_us(delays, count, 0);
	report->delay_median_us = percentile_us(delays, count, 50);
	report->delay_p90_us = percentile_us(delays, count, 90);
	report->delay_p99_us = percentile_us(delays, count, 99);
	report->delay_max_us = percentile_us(delays, count, 100);
	return 0;
}

/* The upper bound of the bucket in which this many percent are reached. */
static int64_t lateness_us(const struct nst_wire_counters *counters, uint64_t percent)
{
	uint64_t all = 0, so_far = 0;

	for (int i = 0; i < NST_LATENESS_BUCKETS; i++)
		all += counters->lateness[i];
	for (int i = 0; i < NST_LATENESS_BUCKETS && all; i++) {
		so_far += counters->lateness[i];
		if (so_far * 100 >= all * percent)
			return (int64_t)1 << i;
	}
	return 0;
}

/* ---- Links ---- */

static void put_names(const struct nst_plan *plan, size_t interface, char *from,
		      char *to)
{
	const struct nst_interface *here = &plan->interfaces[interface];
	const struct nst_interface *there = &plan->interfaces[here->peer];

	memcpy(from, plan->nodes[here->node].name, sizeof(plan->nodes->name));
	memcpy(to, plan->nodes[there->node].name, sizeof(plan->nodes->name));
}

static void put_planned(const struct nst_inside *inside, size_t interface,
			struct nst_link_report *report)
{
	const struct wired *wired = impairments_wire(inside, interface);
	const struct direction *direction = &wired->directions[interface % 2];

	report->engine = wired->choice;
	report->changed = direction->changed;
	report->seed = direction->impairment.seed ? direction->impairment.seed
						  : inside->impairments->seed;
	if (nst_impairment_is_none(&direction->impairment))
		strcpy(report->planned, "none");
	else
		nst_impairment_print(&direction->impairment, report->planned,
				     sizeof(report->planned));
}

static int put_report(struct nst_inside *inside, struct record *record,
		      size_t interface, struct nst_link_report *report)
{
	struct nst_wire_counters *counters = &report->counters;
	int r;

	put_names(inside->plan, interface, report->from, report->to);
	memcpy(report->interface, inside->plan->interfaces[interface].name,
	       sizeof(report->interface));
	put_planned(inside, interface, report);
	r = nst_inside_wire_counters(inside, interface, counters);
	if (r < 0)
		return r;
	if (counters->received)
		report->loss_ppm = (uint32_t)((counters->lost + counters->overflowed +
					       counters->dropped) *
					      1000000 / counters->received);
	report->late_p99_us = lateness_us(counters, 99);
	report->late_max_us = lateness_us(counters, 100);
	return put_delays(inside, record, interface, report);
}

static int read_record(struct nst_inside *inside, struct record *record)
{
	struct impairments *all = inside->impairments;

	return all->engine ? impairments_result(inside, nst_wire_events(all->engine,
									&record->events,
									&record->count))
			   : 0;
}

static void auto_free_record(struct record *record)
{
	free(record->events);
}

static int put_links(struct nst_inside *inside, struct nst_link_report *reports)
{
	struct record record AUTO(auto_free_record) = { 0 };
	int r = read_record(inside, &record);

	for (size_t i = 0; i < 2 * inside->plan->wire_count && r == 0; i++)
		r = put_report(inside, &record,
			       2 * inside->plan->wires[i / 2].link + i % 2,
			       &reports[i]);
	return r;
}

/* ---- Faults ---- */

static int put_fault(struct nst_inside *inside, const struct asked_fault *fault,
		     struct nst_fault_report *report)
{
	*report = (struct nst_fault_report){ .id = fault->id,
					     .may_miss = fault->may_miss,
					     .removed = fault->removed,
					     .counters = fault->last };
	put_names(inside->plan, fault->interface, report->from, report->to);
	memcpy(report->text, fault->text, sizeof(report->text));
	if (fault->removed)
		return 0;
	return impairments_result(
		inside, nst_wire_fault_counters(inside->impairments->engine, fault->id,
						&report->counters));
}

int reports_inside(struct nst_inside *inside, struct nst_message *request,
		   struct nst_message *reply)
{
	struct impairments *all = inside->impairments;
	struct reports_head head = { 2 * inside->plan->wire_count,
				     all ? all->fault_count : 0 };
	struct nst_link_report *links;
	struct nst_fault_report *faults;
	int r = 0;

	(void)request;
	reply->size = sizeof(head) + head.link_count * sizeof(*links) +
		      head.fault_count * sizeof(*faults);
	reply->data = calloc(1, reply->size);
	if (!reply->data)
		return nst_fail_memory();
	memcpy(reply->data, &head, sizeof(head));
	links = (struct nst_link_report *)((char *)reply->data + sizeof(head));
	faults = (struct nst_fault_report *)(links + head.link_count);
	if (all)
		r = put_links(inside, links);
	for (size_t i = 0; i < head.fault_count && r == 0; i++)
		r = put_fault(inside, &all->faults[i], &faults[i]);
	return r;
}

/* ---- Whether it is as asked ---- */

struct complaints {
	char text[NST_ERROR_SIZE];
	size_t used, count;
};

__attribute__((format(printf, 2, 3))) static void complain(
	struct complaints *complaints, const char *format, ...)
{
	size_t room = sizeof(complaints->text) - complaints->used;
	va_list arguments;
	int n;

	if (complaints->count++ && room > 2) {
		complaints->used +=
			(size_t)sprintf(complaints->text + complaints->used, "; ");
		room -= 2;
	}
	va_start(arguments, format);
	n = vsnprintf(complaints->text + complaints->used, room, format, arguments);
	va_end(arguments);
	complaints->used += (size_t)n < room ? (size_t)n : room - 1;
}

/* Whether another of its direction is tried first, and may take what this one chooses. */
static bool is_behind_others(const struct impairments *all,
			     const struct asked_fault *fault)
{
	for (const struct asked_fault *one = all->faults; one < fault; one++)
		if (one->interface == fault->interface)
			return true;
	return false;
}

static int check_fault(struct nst_inside *inside, const struct asked_fault *fault,
		       struct complaints *complaints)
{
	struct nst_fault_report report;
	int r = put_fault(inside, fault, &report);

	if (r < 0 || report.may_miss || report.counters.fired)
		return r;
	if (!report.counters.matched)
		complain(complaints,
			 "fault #%u of %s -> %s (%s) never fired: no packet matched",
			 report.id, report.from, report.to, report.text);
	else if (report.counters.unable)
		complain(complaints,
			 "fault #%u of %s -> %s (%s) never fired: it cannot be done to "
			 "the %llu packet%s chosen",
			 report.id, report.from, report.to, report.text,
			 (unsigned long long)report.counters.unable,
			 report.counters.unable == 1 ? "" : "s");
	else
		complain(complaints,
			 "fault #%u of %s -> %s (%s) never fired: %llu packet%s "
			 "matched, and none was chosen%s",
			 report.id, report.from, report.to, report.text,
			 (unsigned long long)report.counters.matched,
			 report.counters.matched == 1 ? "" : "s",
			 is_behind_others(inside->impairments, fault)
				 ? ", or a fault before it took it"
				 : "");
	return 0;
}

static int check_direction(struct nst_inside *inside, size_t interface,
			   struct complaints *complaints)
{
	struct nst_wire_counters counters;
	char from[64], to[64];
	int r = nst_inside_wire_counters(inside, interface, &counters);

	if (r < 0 || !counters.unplanned)
		return r;
	put_names(inside->plan, interface, from, to);
	complain(
		complaints,
		"%s -> %s: %llu of %llu packets were lost that nobody planned to lose: "
		"the wire engine had no room for them",
		from, to, (unsigned long long)counters.unplanned,
		(unsigned long long)counters.received);
	return 0;
}

int faults_check_inside(struct nst_inside *inside, struct nst_message *request,
			struct nst_message *reply)
{
	const struct impairments *all = inside->impairments;
	struct complaints complaints = { 0 };
	bool allow_unplanned;
	int r = impairments_check(inside);

	memcpy(&allow_unplanned, request->data, sizeof(allow_unplanned));
	(void)reply;
	for (size_t i = 0; all && i < all->fault_count && r == 0; i++)
		r = check_fault(inside, &all->faults[i], &complaints);
	for (size_t i = 0;
	     all && !allow_unplanned && i < 2 * inside->plan->wire_count && r == 0; i++)
		r = check_direction(inside, 2 * inside->plan->wires[i / 2].link + i % 2,
				    &complaints);
	if (r == 0 && complaints.count)
		r = nst_fail(-ENOMSG, "%s", complaints.text);
	return r;
}
