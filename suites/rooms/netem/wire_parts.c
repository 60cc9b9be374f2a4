/* SPDX-License-Identifier: MIT */
/* The parts of the engine that need no kernel: its queue, its frames, its log, its requests. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <frame_sum.h>
#include <wire_awake.h>
#include <wire_frame.h>
#include <wire_queue.h>
#include <wire_request.h>
#include <wire_trace.h>

#include "fault_frames.h"

/* ---- The queue ---- */

Test(wire_queue, gives_the_earliest_first_and_equals_in_order)
{
	enum { ITEMS = 5000, SEED = 3 };
	static struct {
		uint64_t due;
		int number;
	} items[ITEMS], *last = NULL;
	struct wire_queue queue = { 0 };
	unsigned int seed = SEED;
	int put = 0, taken = 0;
	bool in_order;

	while (taken < ITEMS) {
		if (put < ITEMS && rand_r(&seed) % 3) {
			items[put].due = (uint64_t)rand_r(&seed) % 50;
			items[put].number = put;
			cr_assert(wire_queue_put(&queue, items[put].due, &items[put]));
			put++;
			last = NULL; /* what was put may be earlier */
		} else if (queue.count > 0) {
			typeof(last) item;

			cr_assert(eq(u64, wire_queue_due(&queue),
				     queue.entries[0].due_ns));
			item = wire_queue_take(&queue);
			in_order =
				!last || item->due > last->due ||
				(item->due == last->due && item->number > last->number);
			cr_assert(in_order, "seed %d", SEED);
			last = item;
			taken++;
		}
	}
	cr_expect(eq(u64, wire_queue_due(&queue), UINT64_MAX));
	wire_queue_free(&queue);
}

/* ---- Frames ---- */

static enum wire_kind kind_of(const char *name)
{
	struct frame frame = frame_of(name);

	return wire_frame_kind(frame.bytes, frame.size);
}

Test(wire_frame, knows_housekeeping_from_what_tests_send)
{
	static const char *const ordinary[] = {
		"syn",       "syn_six", "query_six",       "echo_six",
		"data_vlan", "llc",     "unreachable_six", "data_two_vlans"
	};

	cr_expect(eq(int, kind_of("arp"), WIRE_DISCOVERY));
	cr_expect(eq(int, kind_of("nd"), WIRE_DISCOVERY));
	cr_expect(eq(int, kind_of("mld"), WIRE_DISCOVERY));
	cr_expect(eq(int, kind_of("marker"), WIRE_MARKER));
	for (size_t i = 0; i < sizeof(ordinary) / sizeof(*ordinary); i++)
		cr_expect(eq(int, kind_of(ordinary[i]), WIRE_ORDINARY), "%s",
			  ordinary[i]);
}

/* Each of them cut at every length, in memory that ends there. */
Test(wire_frame, is_read_within_its_bytes)
{
	for (const struct known_frame *known = known_frames; known->name; known++) {
		struct frame frame = frame_of(known->name);

		for (size_t size = 0; size <= frame.size; size++) {
			uint8_t *cut = malloc(size ? size : 1);

			memcpy(cut, frame.bytes, size);
			wire_frame_kind(cut, size);
			wire_frame_is_ecn_capable(cut, size);
			wire_frame_mark_ce(cut, size);
			free(cut);
		}
	}
}

/* With this in its ECN field: 0, or 2 for ECT(0), RFC 3168. */
static struct frame with_ecn(const char *name, uint8_t ecn)
{
	uint8_t *tos;

	struct frame frame = frame_of(name);
	struct frame_parts parts;

	frame_parts_find(frame.bytes, frame.size, &parts);
	tos = &frame.bytes[parts.ethernet_end + 1];
	*tos = parts.version == 4 ? (*tos & 0xfc) | ecn : (*tos & 0xcf) | ecn << 4;
	frame_sums_fix(frame.bytes, &parts);
	return frame;
}

Test(wire_frame, with_a_ce_mark_has_the_right_checksum)
{
	static const char *const names[] = { "syn",       "data",    "query",
					     "data_vlan", "syn_six", "query_six" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct frame plain = with_ecn(names[i], 0);
		struct frame frame = with_ecn(names[i], 2);
		struct frame marked = frame;

		wire_frame_mark_ce(marked.bytes, marked.size);
		cr_expect(not(wire_frame_is_ecn_capable(plain.bytes, plain.size)));
		cr_expect(wire_frame_is_ecn_capable(frame.bytes, frame.size));
		cr_expect(wrong_sum(marked.bytes, marked.size) == NULL, "%s", names[i]);
		cr_expect(ne(str, (char *)difference(&frame, marked.bytes, marked.size),
			     (char *)""));
	}
}

Test(wire_frame, of_a_pool_never_takes_more_than_its_bound)
{
	struct wire_pool pool = { .most = 100000 };
	struct wire_frame *all = NULL, *frame;
	int count = 0;

	while ((frame = wire_frame_new(&pool, 60))) {
		frame->next = all;
		all = frame;
		count++;
	}
	cr_expect(ge(int, count, 30));
	cr_expect(le(sz, pool.bytes, pool.most));
	cr_expect(wire_frame_new(&pool, WIRE_FRAME_MOST) == NULL);
	while (all) {
		frame = all;
		all = frame->next;
		wire_frame_free(&pool, frame);
	}
	frame = wire_frame_new(&pool, 60);
	cr_expect(frame != NULL, "what was freed can be had again");
	wire_frame_free(&pool, frame);
	wire_pool_empty(&pool);
	cr_expect(eq(sz, pool.bytes, 0));
}

/* ---- The log ---- */

Test(wire_trace, keeps_rare_events_when_there_are_too_many_delays)
{
	enum { MOST = 20000 };
	struct wire_trace trace = { .fd = wire_trace_file(), .most = MOST };
	struct nst_wire_event *events;
	size_t delays = 0;

	for (uint64_t n = MOST; n > 0; n--)
		wire_trace_add(&trace, &(struct nst_wire_event){
					       .n = n, .what = NST_WIRE_DELAYED });
	for (uint64_t n = 1; n <= 100; n++)
		wire_trace_add(&trace, &(struct nst_wire_event){
					       .n = n, .what = NST_WIRE_LOST });
	cr_assert(wire_trace_read(trace.fd, trace.count, &events) == 0);

	for (size_t i = 0; i < trace.count; i++)
		delays += events[i].what == NST_WIRE_DELAYED;
	cr_expect(eq(sz, delays, MOST / 2));
	cr_expect(eq(sz, trace.count - delays, 100));
	cr_expect(eq(u64, trace.missing, MOST / 2));
	for (size_t i = 1; i < trace.count; i++)
		cr_assert(le(u64, events[i - 1].n, events[i].n));
	free(events);
	wire_trace_close(&trace);
}

/* ---- Requests ---- */

static struct wire_request *packed(size_t *ret_size)
{
	const struct wire_request request = { .verb = WIRE_FAULT, .link = 5 };
	const char *const texts[WIRE_TEXTS] = { "tcp port 80", "a name" };
	struct wire_request *message = NULL;

	cr_assert(wire_request_pack(&request, texts, NULL, 0, &message, ret_size) == 0);
	return message;
}

Test(wire_request, brings_its_texts_with_it)
{
	size_t size;
	struct wire_request *message = packed(&size);

	cr_assert(wire_request_unpack(message, size) == 0);
	cr_expect(eq(str, (char *)message->fault.match, (char *)"tcp port 80"));
	cr_expect(eq(str, (char *)message->fault.name, (char *)"a name"));
	cr_expect(eq(u32, message->link, 5));
	free(message);
}

Test(wire_request, that_is_cut_is_refused)
{
	size_t whole;
	struct wire_request *message = packed(&whole);

	for (size_t size = 0; size < whole; size++) {
		struct wire_request *cut = malloc(size ? size : 1);

		memcpy(cut, message, size);
		cr_expect(eq(int, wire_request_unpack(cut, size), -EPROTO), "%zu bytes",
			  size);
		free(cut);
	}
	free(message);
}

/* ---- Processors kept awake ---- */

enum { AWAKE_MS = 20 };

static int32_t asked(int fd)
{
	int32_t us = -1;

	cr_assert_eq(read(fd, &us, sizeof(us)), sizeof(us));
	return us;
}

Test(wire_awake, from_the_first_frame_until_none_came_for_a_while)
{
	const uint64_t ms = 1000 * 1000, start = 1000 * ms;
	int pipes[2];

	cr_assert_eq(pipe(pipes), 0);
	struct wire_awake awake = { .fd = pipes[1] };

	cr_expect_eq(wire_awake_until(&awake), UINT64_MAX);
	wire_awake_frame_came(&awake, start);
	cr_expect_eq(asked(pipes[0]), 0);
	wire_awake_frame_came(&awake, start + 15 * ms);
	cr_expect_eq(wire_awake_until(&awake), start + (15 + AWAKE_MS) * ms);
	wire_awake_let_sleep(&awake, start + (15 + AWAKE_MS) * ms - 1);
	cr_expect(awake.held, "not yet");
	wire_awake_let_sleep(&awake, start + (15 + AWAKE_MS) * ms);
	cr_expect_eq(asked(pipes[0]), 2000000000,
		     "asked for 0 once, then for anything");
	cr_expect_eq(wire_awake_until(&awake), UINT64_MAX);
	wire_awake_frame_came(&awake, start + 100 * ms);
	cr_expect_eq(asked(pipes[0]), 0);
}

Test(wire_awake, without_a_way_to_ask_nothing_happens)
{
	struct wire_awake awake = { .fd = -1 };

	cr_expect_not(wire_awake_can(&awake));
	wire_awake_frame_came(&awake, 5);
	cr_expect_eq(wire_awake_until(&awake), UINT64_MAX);
}
