/* SPDX-License-Identifier: MIT */
/* Questions to a capture, and notes to it. Each reads the sockets first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "meter.h"
#include "state.h"

enum { NAMES_TOLD = 6 };

static void add_up(struct nst_capture_statistics *sum, struct nst_interface *interface)
{
	nst_capture_read_drops(interface);
	sum->packets += interface->statistics.packets;
	sum->bytes += interface->statistics.bytes;
	sum->kernel_drops += interface->statistics.kernel_drops;
	sum->unstamped += interface->statistics.unstamped;
}

void nst_capture_statistics(struct nst_capture *capture,
			    struct nst_capture_statistics *ret)
{
	struct nst_capture_statistics sum = {};

	pthread_mutex_lock(&capture->lock);
	nst_capture_read_all(capture);
	for (size_t i = 0; i < capture->interface_count; i++)
		add_up(&sum, &capture->interfaces[i]);
	pthread_mutex_unlock(&capture->lock);
	*ret = sum;
}

int nst_capture_statistics_of(struct nst_capture *capture, unsigned int number,
			      struct nst_capture_statistics *ret)
{
	struct nst_capture_statistics sum = {};
	int r = -ENODATA;

	pthread_mutex_lock(&capture->lock);
	if (number < capture->interface_count) {
		r = nst_capture_read(capture, number);
		add_up(&sum, &capture->interfaces[number]);
	} else {
		nst_fail(r, "no interface has number %u", number);
	}
	pthread_mutex_unlock(&capture->lock);
	if (r >= 0)
		*ret = sum;
	return r;
}

/* Whether `where` means this interface: all, its name, or the host of its name. */
static bool is_at(const struct nst_interface *interface, const char *where)
{
	size_t length;

	if (!where || !strcmp(interface->name, where))
		return true;
	length = strlen(where);
	return !strncmp(interface->name, where, length) &&
	       interface->name[length] == ':';
}

static int nowhere(const struct nst_capture *capture, const char *where)
{
	AUTO_FREE char *names = NULL;
	size_t size;
	FILE *list = open_memstream(&names, &size);

	if (!list)
		return nst_fail_memory();
	for (size_t i = 0; i < capture->interface_count && i < NAMES_TOLD; i++)
		fprintf(list, "%s%s", i ? ", " : "", capture->interfaces[i].name);
	if (capture->interface_count > NAMES_TOLD)
		fprintf(list, ", and %zu more", capture->interface_count - NAMES_TOLD);
	if (fclose(list))
		return nst_fail_memory();
	if (!capture->interface_count)
		return nst_fail(-ENODATA, "nothing is being captured");
	return nst_fail(-ENODATA, "\"%s\" is not captured (there are %s)",
			where ? where : "", names);
}

/* Reads the interfaces at `where`, and makes sure that nothing was lost there. */
static int read_at(struct nst_capture *capture, const char *where, uint64_t since_ns)
{
	bool any = false;
	int r;

	for (size_t i = 0; i < capture->interface_count; i++) {
		struct nst_interface *interface = &capture->interfaces[i];

		if (!is_at(interface, where))
			continue;
		any = true;
		r = nst_capture_read(capture, (uint32_t)i);
		if (r < 0)
			return r;
		nst_capture_read_drops(interface);
		if (interface->dropped_ns && interface->dropped_ns >= since_ns)
			return nst_fail(
				-ENOBUFS,
				"%s: the kernel dropped %llu packets before they "
				"could be recorded",
				interface->name,
				(unsigned long long)interface->statistics.kernel_drops);
	}
	return any ? 0 : nowhere(capture, where);
}

/* In the order of time. */
static int meter_all(struct nst_capture *capture, const char *where, uint64_t since_ns,
		     struct nst_meter *meter)
{
	const struct nst_store *store = &capture->store;
	const struct nst_order *order = &store->order;
	int r = 0;

	for (size_t i = nst_order_find(order, store, since_ns); i < order->count && !r;
	     i++) {
		const struct nst_record *record = &store->records[order->at[i]];
		struct nst_packet packet;

		if (!is_at(&capture->interfaces[record->interface], where))
			continue;
		nst_packet_decode(record->frame, record->size, &packet);
		r = nst_meter_add(meter, record->time_ns,
				  record->heading == NST_HEADING_OUTGOING, &packet,
				  (uint32_t)packet.payload_size + record->original -
					  record->size);
	}
	return r;
}

int nst_capture_measure(struct nst_capture *capture, const char *where,
			const struct nst_measure_what *what, struct nst_measure *ret)
{
	struct nst_meter *meter = nst_meter_new(what);
	int r = meter ? 0 : nst_fail_memory();

	pthread_mutex_lock(&capture->lock);
	if (r == 0)
		r = read_at(capture, where, what->since_ns);
	if (r == 0)
		r = nst_capture_update(capture);
	if (r >= 0)
		r = meter_all(capture, where, what->since_ns, meter);
	pthread_mutex_unlock(&capture->lock);
	if (r >= 0)
		r = nst_meter_read(meter, ret);
	nst_meter_free(meter);
	return r;
}

static int count(struct nst_capture *capture, const char *where, const char *filter,
		 uint64_t since_ns, uint64_t *ret_count)
{
	const struct bpf_program *program;
	uint64_t n = 0;
	int r = nst_filters_get(&capture->filters, filter, &program);

	if (r >= 0)
		r = read_at(capture, where, since_ns);
	if (r < 0)
		return r;
	for (size_t i = 0; i < capture->store.count; i++) {
		const struct nst_record *record = &capture->store.records[i];

		n += record->time_ns >= since_ns &&
		     is_at(&capture->interfaces[record->interface], where) &&
		     nst_filter_matches(program, record);
	}
	*ret_count = n;
	return 0;
}

int nst_capture_count(struct nst_capture *capture, const char *where,
		      const char *filter, uint64_t since_ns, uint64_t *ret_count)
{
	int r;

	pthread_mutex_lock(&capture->lock);
	r = count(capture, where, filter, since_ns, ret_count);
	pthread_mutex_unlock(&capture->lock);
	return r;
}

static int comment(struct nst_capture *capture, const struct nst_note_rule *rule,
		   const char *text)
{
	uint64_t read_ns = nst_capture_now();
	int r;

	if (rule->interface >= capture->interface_count)
		return nst_fail(-ENODATA, "no interface has number %u",
				rule->interface);
	r = nst_capture_read(capture, rule->interface);
	if (r >= 0)
		r = nst_notes_add(&capture->notes, &capture->store, &capture->filters,
				  rule, text, read_ns);
	return r;
}

int nst_capture_comment(struct nst_capture *capture, unsigned int number,
			uint64_t from_ns, uint64_t to_ns, const char *filter,
			const char *text)
{
	struct nst_note_rule rule = {
		.interface = number,
		.from_ns = from_ns,
		.to_ns = to_ns,
		.filter = (char *)filter,
	};
	int r;

	pthread_mutex_lock(&capture->lock);
	r = comment(capture, &rule, text);
	pthread_mutex_unlock(&capture->lock);
	return r;
}
