/* SPDX-License-Identifier: MIT */
/* The store: order by time, frames kept, comments put where they belong. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>

#include "notes.h"
#include "pcapng.h"
#include "store.h"

static void add(struct nst_store *store, uint64_t time_ns, uint32_t interface)
{
	struct nst_record record = {
		.time_ns = time_ns,
		.interface = interface,
		.frame = (const uint8_t *)"frame",
		.size = 5,
		.original = 5,
	};

	cr_assert_eq(nst_store_add(store, &record), 0);
}

static void expect_order(const struct nst_store *store, const struct nst_order *order)
{
	cr_assert_eq(order->count, store->count);
	for (size_t i = order->settled + 1; i < order->count; i++) {
		uint64_t before = store->records[order->at[i - 1]].time_ns;
		uint64_t after = store->records[order->at[i]].time_ns;

		cr_assert(before < after ||
				  (before == after && order->at[i - 1] < order->at[i]),
			  "at %zu", i);
	}
}

Test(order, is_by_time_however_packets_come)
{
	struct nst_store store = {};
	uint64_t random = 7;

	for (int round = 0; round < 200; round++) {
		for (int i = 0; i < 50; i++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			add(&store, 1000 + (uint64_t)round * 100 + (random >> 56), 0);
		}
		cr_assert_eq(nst_order_update(&store.order, &store), 0);
		expect_order(&store, &store.order);
	}
	nst_store_release(&store);
}

Test(order, of_equal_times_is_as_they_were_read)
{
	struct nst_store store = {};

	for (uint32_t i = 0; i < 100; i++)
		add(&store, 5, i);
	cr_assert_eq(nst_order_update(&store.order, &store), 0);
	for (uint32_t i = 0; i < 100; i++)
		cr_assert_eq(store.order.at[i], i);
	nst_store_release(&store);
}

Test(order, leaves_alone_what_is_settled)
{
	struct nst_store store = {};
	struct nst_order order = {};

	add(&store, 10, 0);
	add(&store, 20, 0);
	cr_assert_eq(nst_order_update(&order, &store), 0);
	order.settled = 2;
	add(&store, 15, 0);
	add(&store, 12, 0);
	cr_assert_eq(nst_order_update(&order, &store), 0);

	cr_expect_arr_eq(order.at, ((uint32_t[]){ 0, 1, 3, 2 }), sizeof(uint32_t[4]));
	nst_order_release(&order);
	nst_store_release(&store);
}

Test(order, finds_the_first_that_is_not_older)
{
	struct nst_store store = {};

	add(&store, 10, 0);
	add(&store, 20, 0);
	add(&store, 20, 0);
	cr_assert_eq(nst_order_update(&store.order, &store), 0);

	cr_expect_eq(nst_order_find(&store.order, &store, 0), 0);
	cr_expect_eq(nst_order_find(&store.order, &store, 11), 1);
	cr_expect_eq(nst_order_find(&store.order, &store, 20), 1);
	cr_expect_eq(nst_order_find(&store.order, &store, 21), 3);
	nst_store_release(&store);
}

/* More than stays in memory, in pieces of all sizes; each frame is looked at again. */
Test(spool, keeps_every_byte_of_a_long_capture)
{
	enum { FRAMES = 400, SIZE = 250000 };
	static uint8_t frame[SIZE];
	static const uint8_t *kept[FRAMES];
	struct nst_spool spool = {};

	for (size_t i = 0; i < FRAMES; i++) {
		memset(frame, (int)(i % 251), sizeof(frame));
		cr_assert_eq(nst_spool_add(&spool, frame, SIZE - i, &kept[i]), 0);
	}

	cr_expect(spool.on_disk);
	for (size_t i = 0; i < FRAMES; i++)
		for (size_t k = 0; k < SIZE - i; k++)
			cr_assert(kept[i][k] == i % 251, "frame %zu, byte %zu", i, k);
	nst_spool_release(&spool);
}

static const char *note_of(const struct nst_notes *notes, const struct nst_store *store,
			   size_t record, size_t number)
{
	const char *texts[8];

	nst_notes_of(notes, &store->records[record], texts, ARRAY_SIZE(texts));
	for (size_t i = 0; i < number; i++)
		if (!texts[i])
			return NULL;
	return texts[number];
}

Test(notes, are_for_their_interface_and_window)
{
	struct nst_store store = {};
	struct nst_filters filters = {};
	struct nst_notes notes = {};
	struct nst_note_rule rule = { .interface = 1, .from_ns = 20, .to_ns = 30 };

	add(&store, 10, 1);
	add(&store, 20, 1);
	add(&store, 30, 1);
	add(&store, 31, 1);
	add(&store, 25, 0);
	cr_assert_eq(nst_notes_add(&notes, &store, &filters, &rule, "text", 31), 0);

	cr_expect_null(note_of(&notes, &store, 0, 0));
	cr_expect_str_eq(note_of(&notes, &store, 1, 0), "text");
	cr_expect_str_eq(note_of(&notes, &store, 2, 0), "text");
	cr_expect_null(note_of(&notes, &store, 3, 0));
	cr_expect_null(note_of(&notes, &store, 4, 0));
	cr_expect_eq(notes.open_count, 0, "all packets until then were there");
	nst_notes_release(&notes);
	nst_store_release(&store);
}

Test(notes, wait_for_packets_to_come)
{
	struct nst_store store = {};
	struct nst_filters filters = {};
	struct nst_notes notes = {};
	struct nst_note_rule rule = { .interface = 0, .from_ns = 0, .to_ns = 100 };

	add(&store, 10, 0);
	cr_assert_eq(nst_notes_add(&notes, &store, &filters, &rule, "first", 20), 0);
	cr_assert_eq(nst_notes_add(&notes, &store, &filters, &rule, "second", 20), 0);
	add(&store, 30, 0);
	add(&store, 101, 0);
	cr_assert_eq(nst_notes_update(&notes, &store, &filters, 101), 0);
	add(&store, 50, 0);
	cr_assert_eq(nst_notes_update(&notes, &store, &filters, 102), 0);

	for (size_t i = 0; i < 2; i++) {
		cr_expect_str_eq(note_of(&notes, &store, i, 0), "first");
		cr_expect_str_eq(note_of(&notes, &store, i, 1), "second");
		cr_expect_null(note_of(&notes, &store, i, 2));
	}
	cr_expect_null(note_of(&notes, &store, 2, 0), "too young");
	cr_expect_null(note_of(&notes, &store, 3, 0),
		       "all until then were there already");
	nst_notes_release(&notes);
	nst_store_release(&store);
}

/* The layout of draft-ietf-opsawg-pcapng §4.3, on a little-endian machine. */
Test(pcapng, blocks_have_their_length_at_both_ends_and_are_padded)
{
	struct nst_bytes bytes = {};
	struct nst_record record = { .time_ns = 0x0000000100000002,
				     .frame = (const uint8_t *)"12345",
				     .size = 5,
				     .original = 9,
				     .interface = 3,
				     .heading = NST_HEADING_OUTGOING };
	static const uint32_t head[] = { 6, 52, 3, 1, 2, 5, 9 };
	static const uint8_t tail[] = { '1', '2', '3', '4', '5', 0, 0, 0, /* frame */
					2,   0,   4,   0,   2,   0, 0, 0, /* flags */
					0,   0,   0,   0,   52,  0, 0, 0 };

	nst_pcapng_packet(&bytes, &record, NULL);

	cr_assert_eq(bytes.used, 52);
	cr_expect_arr_eq(bytes.data, head, sizeof(head));
	cr_expect_arr_eq(bytes.data + sizeof(head), tail, sizeof(tail));
	free(bytes.data);
}

/* More of them than are kept compiled, in turns. */
Test(filters, are_not_mistaken_for_each_other)
{
	struct nst_filters filters = {};
	char text[32];

	for (unsigned int round = 0; round < 3; round++)
		for (unsigned int i = 0; i < 2 * NST_FILTERS_KEPT; i++) {
			uint8_t frame[14] = { (uint8_t)i };
			struct nst_record record = { .frame = frame,
						     .size = sizeof(frame),
						     .original = sizeof(frame) };
			const struct bpf_program *program;

			snprintf(text, sizeof(text), "ether[0] = %u", i);
			cr_assert_eq(nst_filters_get(&filters, text, &program), 0);
			cr_expect(nst_filter_matches(program, &record));
			frame[0] = (uint8_t)(i + 1);
			cr_expect_not(nst_filter_matches(program, &record));
		}
	nst_filters_release(&filters);
}
