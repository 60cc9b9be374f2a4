/* SPDX-License-Identifier: MIT */
/* Impairments and faults as the owner of the lab asks for them. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "impair_requests.h"
#include "impairment_copy.h"
#include "state.h"

static const char *const engine_names[] = {
	[NST_ENGINE_AUTO] = "auto",
	[NST_ENGINE_KERNEL] = "kernel",
	[NST_ENGINE_WIRE] = "wire",
};

static_assert(ARRAY_SIZE(engine_names) == NST_ENGINE_WIRE + 1, "a name each");

const char *nst_engine_name(enum nst_engine engine)
{
	return (size_t)engine < ARRAY_SIZE(engine_names) ? engine_names[engine] : "?";
}

/* ---- Which direction ---- */

static int fail_link(const struct nst_plan *plan, size_t interface, int code,
		     const char *sentence)
{
	const struct nst_interface *here = &plan->interfaces[interface];
	const struct nst_interface *there = &plan->interfaces[here->peer];

	return nst_fail(code, "link %s -- %s %s", plan->nodes[here->node].name,
			plan->nodes[there->node].name, sentence);
}

/* The direction of a link that is impaired, or may be. */
static int find_wired(const struct nst_lab *lab, const char *from, const char *to,
		      size_t *ret_interface)
{
	int r = nst_plan_adjacent(lab->plan, from, to, ret_interface);

	if (r == 0 && nst_plan_wire(lab->plan, *ret_interface / 2) == SIZE_MAX)
		r = fail_link(lab->plan, *ret_interface, -EPERM,
			      "is a plain one: declare it .impairable = true "
			      "(in a scenario: impairable: true)");
	return r;
}

/* The direction of a link that may be changed. */
static int find_impairable(const struct nst_lab *lab, const char *from, const char *to,
			   size_t *ret_interface)
{
	int r = find_wired(lab, from, to, ret_interface);
	const struct nst_planned_wire *wire;

	if (r < 0)
		return r;
	wire = &lab->plan->wires[nst_plan_wire(lab->plan, *ret_interface / 2)];
	if (!wire->impairable && wire->engine == NST_ENGINE_AUTO)
		r = fail_link(lab->plan, *ret_interface, -EPERM,
			      "keeps what it was built with: to change it, declare it "
			      ".impairable = true (in a scenario: impairable: true)");
	return r;
}

/* ---- Asking ---- */

/* Sends the request with its texts behind it. */
static int ask(struct nst_lab *lab, nst_inside_fn *function,
	       const struct impair_request *request,
	       const char *const texts[IMPAIR_TEXTS], void *reply, size_t reply_size)
{
	struct impair_request *packed AUTO_FREE = NULL;
	size_t size = sizeof(*request);
	char *at;

	for (size_t i = 0; i < IMPAIR_TEXTS; i++)
		size += texts[i] ? strlen(texts[i]) + 1 : 0;
	packed = malloc(size);
	if (!packed)
		return nst_fail_memory();
	*packed = *request;
	at = packed->texts;
	for (size_t i = 0; i < IMPAIR_TEXTS; i++) {
		packed->has_text[i] = texts[i] != NULL;
		if (texts[i])
			at = stpcpy(at, texts[i]) + 1;
	}
	return nst_lab_ask(lab, function, packed, size, reply, reply_size);
}

static int ask_plainly(struct nst_lab *lab, nst_inside_fn *function,
		       const struct impair_request *request, void *reply,
		       size_t reply_size)
{
	const char *const none[IMPAIR_TEXTS] = { NULL };

	return ask(lab, function, request, none, reply, reply_size);
}

/* ---- Impairments ---- */

static int fail_in_direction(int code, const char *from, const char *to)
{
	return nst_fail_in(code, "%s -> %s", from, to);
}

int nst_impair(struct nst_lab *lab, const char *from, const char *to,
	       const struct nst_impairment *impairment)
{
	struct impair_request request = { .none = impairment == NULL };
	const char *texts[IMPAIR_TEXTS] = { NULL };
	char warning[NST_ERROR_SIZE];
	int r = find_impairable(lab, from, to, &request.interface);

	if (r < 0)
		return r;
	if (!impairment)
		return ask(lab, impair_inside, &request, texts, NULL, 0);
	r = nst_impairment_check(impairment, warning, sizeof(warning));
	if (r < 0)
		return fail_in_direction(r, from, to);
	r = impairment_copy(impairment, &request.impairment);
	texts[0] = request.impairment.distribution_file;
	texts[1] = request.impairment.trace_file;
	texts[2] = request.impairment.slot_distribution_file;
	if (r == 0)
		r = ask(lab, impair_inside, &request, texts, NULL, 0);
	impairment_release(&request.impairment);
	return r < 0 ? fail_in_direction(r, from, to) : 0;
}

int nst_link_engine(struct nst_lab *lab, const char *a, const char *b,
		    struct nst_engine_choice *ret)
{
	struct impair_request request = { 0 };
	int r = nst_plan_adjacent(lab->plan, a, b, &request.interface);

	if (r < 0)
		return r;
	if (nst_plan_wire(lab->plan, request.interface / 2) == SIZE_MAX) {
		*ret = (struct nst_engine_choice){ .why = "it is a plain link" };
		return 0;
	}
	return ask_plainly(lab, link_choice_inside, &request, ret, sizeof(*ret));
}

/* ---- Faults ---- */

int nst_fault(struct nst_lab *lab, const char *from, const char *to,
	      const struct nst_fault *fault, uint32_t *ret_id)
{
	struct impair_request request = { .fault = *fault };
	const char *const texts[IMPAIR_TEXTS] = { fault->match, fault->name };
	const struct nst_planned_wire *wire;
	uint32_t id;
	int r = find_impairable(lab, from, to, &request.interface);

	if (r < 0)
		return r;
	wire = &lab->plan->wires[nst_plan_wire(lab->plan, request.interface / 2)];
	if (wire->later && wire->engine == NST_ENGINE_AUTO)
		return fail_link(lab->plan, request.interface, -EPERM,
				 "says what it may become, and so that it gets no "
				 "faults: leave .later out, or name the wire engine");
	r = nst_fault_check(fault, NULL);
	if (r == 0)
		r = ask(lab, fault_inside, &request, texts, &id, sizeof(id));
	if (r < 0)
		return fail_in_direction(r, from, to);
	if (ret_id)
		*ret_id = id;
	return 0;
}

int nst_fault_remove(struct nst_lab *lab, uint32_t id)
{
	const struct impair_request request = { .id = id };

	return ask_plainly(lab, fault_remove_inside, &request, NULL, 0);
}

int nst_fault_counters(struct nst_lab *lab, uint32_t id, struct nst_fault_counters *ret)
{
	const struct impair_request request = { .id = id };

	return ask_plainly(lab, fault_counters_inside, &request, ret, sizeof(*ret));
}

int nst_await_fault(struct nst_lab *lab, uint32_t id, uint64_t times, int timeout_ms)
{
	const struct impair_request request = { .id = id,
						.times = times,
						.timeout_ms = timeout_ms };

	return ask_plainly(lab, fault_await_inside, &request, NULL, 0);
}

/* ---- What happened ---- */

int nst_link_counters(struct nst_lab *lab, const char *from, const char *to,
		      struct nst_wire_counters *ret)
{
	struct impair_request request = { 0 };
	int r = find_wired(lab, from, to, &request.interface);

	return r < 0 ? r
		     : ask_plainly(lab, link_counters_inside, &request, ret,
				   sizeof(*ret));
}

long long nst_faults_fired(struct nst_lab *lab, const char *from, const char *to)
{
	struct nst_wire_counters counters;
	int r = nst_link_counters(lab, from, to, &counters);

	return r < 0 ? r
		     : (long long)(counters.lost + counters.overflowed +
				   counters.duplicated + counters.corrupted +
				   counters.reordered + counters.marked_ce +
				   counters.faulted);
}

int nst_link_seed(struct nst_lab *lab, const char *from, const char *to,
		  uint64_t *ret_seed)
{
	struct nst_link_report *reports AUTO_FREE = NULL;
	size_t interface, count;
	int r = find_wired(lab, from, to, &interface);

	if (r == 0)
		r = nst_link_reports(lab, &reports, &count, NULL, NULL);
	if (r < 0)
		return r;
	/* Two for each wire: from its a, from its b. */
	*ret_seed = reports[2 * nst_plan_wire(lab->plan, interface / 2) + interface % 2]
			    .seed;
	return 0;
}

/* Moves the next `count` things of the reply into an array of their own. */
static int take(const char **at, size_t count, size_t size, void *ret_array)
{
	void *array = malloc(count * size + 1);

	if (!array)
		return nst_fail_memory();
	memcpy(array, *at, count * size);
	*at += count * size;
	memcpy(ret_array, &array, sizeof(array));
	return 0;
}

int nst_link_reports(struct nst_lab *lab, struct nst_link_report **ret_links,
		     size_t *ret_link_count, struct nst_fault_report **ret_faults,
		     size_t *ret_fault_count)
{
	struct nst_link_report *links AUTO_FREE = NULL;
	struct nst_fault_report *faults AUTO_FREE = NULL;
	struct nst_message reply = { 0 };
	struct reports_head head;
	const char *at;
	int r = nst_lab_call(lab, reports_inside, NULL, &reply);

	if (r < 0)
		return r;
	memcpy(&head, reply.data, sizeof(head));
	at = (const char *)reply.data + sizeof(head);
	r = take(&at, head.link_count, sizeof(*links), &links);
	if (r == 0)
		r = take(&at, head.fault_count, sizeof(*faults), &faults);
	free(reply.data);
	if (r < 0)
		return r;
	if (ret_links) {
		*ret_links = steal(links);
		*ret_link_count = head.link_count;
	}
	if (ret_faults) {
		*ret_faults = steal(faults);
		*ret_fault_count = head.fault_count;
	}
	return 0;
}

int nst_lab_faults_check(struct nst_lab *lab)
{
	return lab->plan->wire_count
		       ? nst_lab_ask(lab, faults_check_inside,
				     &lab->allow_unplanned_loss,
				     sizeof(lab->allow_unplanned_loss), NULL, 0)
		       : 0;
}

int nst_save_fault_trace(struct nst_lab *lab, const char *path)
{
	struct nst_message request = { .fd_count = 1 };
	AUTO_CLOSE int fd = -1;

	if (!lab->plan->wire_count)
		return nst_fail(-ENODATA, "no link of this lab is impaired");
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return nst_fail_errno("creating %s", path);
	request.fds[0] = fd;
	return nst_lab_call(lab, save_trace_inside, &request, NULL);
}

const char *nst_lab_engine_scheduling(struct nst_lab *lab)
{
	char text[sizeof(lab->scheduling)];

	if (!*lab->scheduling && lab->plan->wire_count &&
	    nst_lab_ask(lab, scheduling_inside, NULL, 0, text, sizeof(text)) == 0)
		memcpy(lab->scheduling, text, sizeof(text));
	return lab->scheduling;
}
