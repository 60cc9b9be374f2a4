/* SPDX-License-Identifier: MIT */
/* The whole capture: as a pcapng file, as a ladder. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/ladder.h>

#include "pcapng.h"
#include "quiet.h"
#include "state.h"

enum { PIECE = 256 * 1024, TEXTS = 16, CLOCK_STEP_NS = 1000 * 1000 };

int nst_capture_update(struct nst_capture *capture)
{
	uint64_t read_ns = nst_capture_now();
	int r = nst_capture_read_all(capture);

	if (r >= 0)
		r = nst_notes_update(&capture->notes, &capture->store,
				     &capture->filters, read_ns);
	if (r >= 0)
		r = nst_order_update(&capture->store.order, &capture->store);
	return r;
}

/* Says in the file that somebody set the clock, for then its times mislead. */
void nst_capture_encode_section(const struct nst_capture *capture,
				struct nst_bytes *bytes)
{
	int64_t step_ns = nst_capture_clock() - capture->clock_ns;
	char os[sizeof(struct utsname)], comment[128];
	struct utsname system;

	uname(&system);
	snprintf(os, sizeof(os), "%s %s", system.sysname, system.release);
	snprintf(comment, sizeof(comment),
		 "The clock was set by %+.3f s meanwhile: times before and after "
		 "differ by that",
		 (double)step_ns / 1e9);
	nst_pcapng_section(bytes, system.machine, os, "nstest",
			   llabs(step_ns) < CLOCK_STEP_NS ? NULL : comment);
	nst_pcapng_names(bytes, &capture->names);
}

int nst_capture_name(struct nst_capture *capture, int family, const void *address,
		     const char *name)
{
	bool failed;

	pthread_mutex_lock(&capture->lock);
	nst_pcapng_name(&capture->names, address, family == AF_INET ? 4 : 16, name);
	failed = capture->names.failed;
	pthread_mutex_unlock(&capture->lock);
	return failed ? nst_fail_memory() : 0;
}

static int write_out(struct nst_bytes *bytes, int fd)
{
	size_t at = 0;
	ssize_t n;

	if (bytes->failed)
		return nst_fail_memory();
	while (at < bytes->used) {
		n = nst_write_quietly(fd, bytes->data + at, bytes->used - at);
		if (n < 0 && errno != EINTR)
			return nst_fail_errno("writing a capture");
		at += n > 0 ? (size_t)n : 0;
	}
	bytes->used = 0;
	return 0;
}

static int write_packets(struct nst_capture *capture, struct nst_bytes *bytes, int fd)
{
	const struct nst_order *order = &capture->store.order;
	const char *texts[TEXTS];
	int r = 0;

	for (size_t i = 0; i < order->count && r >= 0; i++) {
		const struct nst_record *record = &capture->store.records[order->at[i]];

		nst_notes_of(&capture->notes, record, texts, TEXTS);
		nst_pcapng_packet(bytes, record, texts);
		if (bytes->used >= PIECE || bytes->failed)
			r = write_out(bytes, fd);
	}
	return r;
}

static int write_all(struct nst_capture *capture, struct nst_bytes *bytes, int fd)
{
	int r = nst_capture_update(capture);

	if (r < 0)
		return r;
	nst_capture_encode_section(capture, bytes);
	for (size_t i = 0; i < capture->interface_count; i++)
		nst_pcapng_interface(bytes, capture->interfaces[i].name);
	if (capture->tls_keys)
		nst_pcapng_tls_keys(bytes, capture->tls_keys, capture->tls_keys_size);
	r = write_packets(capture, bytes, fd);
	if (r < 0)
		return r;
	for (size_t i = 0; i < capture->interface_count; i++) {
		struct nst_interface *interface = &capture->interfaces[i];
		struct nst_capture_statistics *seen = &interface->statistics;

		nst_capture_read_drops(interface);
		nst_pcapng_statistics(bytes, (uint32_t)i, nst_capture_now(),
				      seen->packets + seen->kernel_drops,
				      seen->kernel_drops);
	}
	return write_out(bytes, fd);
}

int nst_capture_set_keys(struct nst_capture *capture, const char *keys, size_t size)
{
	char *copy = malloc(size + 1);

	if (!copy)
		return nst_fail_memory();
	memcpy(copy, keys, size);
	pthread_mutex_lock(&capture->lock);
	free(capture->tls_keys);
	capture->tls_keys = copy;
	capture->tls_keys_size = size;
	pthread_mutex_unlock(&capture->lock);
	return 0;
}

int nst_capture_write(struct nst_capture *capture, int fd)
{
	struct nst_bytes bytes = {};
	int r;

	pthread_mutex_lock(&capture->lock);
	r = write_all(capture, &bytes, fd);
	pthread_mutex_unlock(&capture->lock);
	free(bytes.data);
	return r;
}

/* Those that match, in order of time. Return: how many. */
static size_t find_sightings(const struct nst_capture *capture,
			     const struct bpf_program *program, uint64_t since_ns,
			     struct nst_sighting *sightings)
{
	const struct nst_order *order = &capture->store.order;
	const char *texts[2];
	size_t count = 0;

	for (size_t i = nst_order_find(order, &capture->store, since_ns);
	     i < order->count; i++) {
		const struct nst_record *record = &capture->store.records[order->at[i]];

		if (!nst_filter_matches(program, record))
			continue;
		nst_notes_of(&capture->notes, record, texts, 2);
		sightings[count++] = (struct nst_sighting){
			.time_ns = record->time_ns,
			.interface = record->interface,
			.outgoing = record->heading == NST_HEADING_OUTGOING,
			.frame = record->frame,
			.size = record->size,
			.comment = texts[0],
		};
	}
	return count;
}

/* nst_ladder_print() or nst_ladder_table(). */
typedef int ladder_writer(const struct nst_ladder *ladder, char **ret_text);

static int write_ladder(struct nst_capture *capture, const struct bpf_program *program,
			uint64_t since_ns, unsigned int lines, ladder_writer *writer,
			char **ret_text)
{
	size_t interfaces = capture->interface_count;
	AUTO_FREE struct nst_ladder_interface *ends =
		calloc(interfaces + 1, sizeof(*ends));
	AUTO_FREE struct nst_sighting *sightings =
		calloc(capture->store.count + 1, sizeof(*sightings));
	struct nst_ladder ladder = {
		.interfaces = ends,
		.interface_count = interfaces,
		.sightings = sightings,
		.lines = lines,
	};

	if (!ends || !sightings)
		return nst_fail_memory();
	for (size_t i = 0; i < interfaces; i++) {
		ends[i].name = capture->interfaces[i].name;
		ends[i].peer = (unsigned int)(capture->interfaces[i].peer + 1);
	}
	ladder.count = find_sightings(capture, program, since_ns, sightings);
	return writer(&ladder, ret_text);
}

static int ask_ladder(struct nst_capture *capture, const char *filter,
		      uint64_t since_ns, unsigned int lines, ladder_writer *writer,
		      char **ret_text)
{
	const struct bpf_program *program;
	int r;

	pthread_mutex_lock(&capture->lock);
	r = nst_capture_update(capture);
	if (r >= 0)
		r = nst_filters_get(&capture->filters, filter, &program);
	if (r >= 0)
		r = write_ladder(capture, program, since_ns, lines, writer, ret_text);
	pthread_mutex_unlock(&capture->lock);
	return r;
}

int nst_capture_ladder(struct nst_capture *capture, const char *filter,
		       uint64_t since_ns, unsigned int lines, char **ret_text)
{
	return ask_ladder(capture, filter, since_ns, lines, nst_ladder_print, ret_text);
}

int nst_capture_table(struct nst_capture *capture, const char *filter,
		      uint64_t since_ns, unsigned int lines, char **ret_text)
{
	return ask_ladder(capture, filter, since_ns, lines, nst_ladder_table, ret_text);
}
