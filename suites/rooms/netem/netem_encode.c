/* SPDX-License-Identifier: MIT */
/* What sch_netem is told, byte by byte, and what is read back. No kernel: the bytes are
 * laid down here from struct tc_netem_* of linux/pkt_sched.h. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <nstest/error.h>
#include <nstest/units.h>

#include "netem_encode.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define U16(v) (v) & 0xff, (v) >> 8 & 0xff
#define U32(v) (v) & 0xff, (v) >> 8 & 0xff, (v) >> 16 & 0xff, (v) >> 24 & 0xff
#define U64(v) U32((v)&0xffffffff), U32((v) >> 32 & 0xffffffff)
#else
#define U16(v) (v) >> 8 & 0xff, (v)&0xff
#define U32(v) (v) >> 24 & 0xff, (v) >> 16 & 0xff, (v) >> 8 & 0xff, (v)&0xff
#define U64(v) U32((v) >> 32 & 0xffffffff), U32((v)&0xffffffff)
#endif

/* Length with the header, type, value. */
#define ATTRIBUTE(type, size) U16((size) + 4), U16(type)
enum {
	CORR = 1,
	DELAY_DIST,
	REORDER,
	CORRUPT,
	LOSS,
	RATE,
	ECN,
	RATE64,
	LATENCY64 = 10,
	JITTER64,
	SLOT,
	SLOT_DIST,
	SEED,
	NESTED = 0x8000,
	GI = 1,
	GE = 2
};

/* 1 % and 100 % of UINT32_MAX, rounded. */
#define PERCENT_1  0x028f5c29U
#define PERCENT_2  0x051eb852U
#define PERCENT_5  0x0ccccccdU
#define PERCENT_10 0x1999999aU
#define PERCENT_25 0x40000000U
#define PERCENT_30 0x4ccccccdU
#define PERCENT_70 0xb3333333U

static struct nl_msg *message;
static const struct nlattr *options_attribute;

static void encode_options(const struct netem_options *options,
			   const struct netem_tables *tables)
{
	const struct tcmsg head = { 0 };

	nlmsg_free(message);
	message = nlmsg_alloc_size(UINT16_MAX + 1024);
	nlmsg_put(message, 0, 0, RTM_NEWQDISC, 0, 0);
	nlmsg_append(message, (void *)&head, sizeof(head), NLMSG_ALIGNTO);
	cr_assert(eq(int, netem_encode(message, options, tables), 0));
	options_attribute =
		nlmsg_find_attr(nlmsg_hdr(message), sizeof(head), TCA_OPTIONS);
	cr_assert(options_attribute != NULL);
}

static struct netem_options encode(const struct nst_impairment *impairment)
{
	struct netem_options options;

	netem_options_of(impairment, &options);
	encode_options(&options, NULL);
	return options;
}

static void expect_bytes(const unsigned char *wanted, size_t size)
{
	const unsigned char *got = nla_data(options_attribute);

	cr_assert(eq(int, nla_len(options_attribute), (int)size));
	for (size_t i = 0; i < size; i++)
		cr_assert(eq(u8, got[i], wanted[i]), "byte %zu of %zu", i, size);
}

/* ---- What is written ---- */

Test(netem_encode, says_nothing_with_every_attribute_all_the_same)
{
	const unsigned char wanted[] = {
		/* latency, limit, loss, gap, duplicate, jitter */
		U32(0),
		U32(1000),
		U32(0),
		U32(0),
		U32(0),
		U32(0),
		ATTRIBUTE(LATENCY64, 8),
		U64(0UL),
		ATTRIBUTE(JITTER64, 8),
		U64(0UL),
		ATTRIBUTE(CORR, 12),
		U32(0),
		U32(0),
		U32(0),
		ATTRIBUTE(REORDER, 8),
		U32(0),
		U32(0),
		ATTRIBUTE(CORRUPT, 8),
		U32(0),
		U32(0),
		ATTRIBUTE(RATE, 16),
		U32(0),
		U32(0),
		U32(0),
		U32(0),
		ATTRIBUTE(ECN, 4),
		U32(0),
		ATTRIBUTE(SLOT, 40),
		U64(0UL),
		U64(0UL),
		U32(0),
		U32(0),
		U64(0UL),
		U64(0UL),
	};

	encode(&(struct nst_impairment){ .compat = NST_COMPAT_NETEM });

	expect_bytes(wanted, sizeof(wanted));
}

Test(netem_encode, lays_down_what_is_random)
{
	const struct nst_impairment impairment = {
		.delay_us = NST_MS(20),
		.jitter_us = NST_MS(5),
		.delay_correlation_ppm = NST_PERCENT(25),
		.loss_ppm = NST_PERCENT(1),
		.loss_correlation_ppm = NST_PERCENT(30),
		.ecn = true,
		.duplicate_ppm = NST_PERCENT(2),
		.duplicate_correlation_ppm = NST_PERCENT(5),
		.corrupt_ppm = NST_PERCENT(10),
		.corrupt_correlation_ppm = NST_PERCENT(1),
		.reorder_ppm = NST_PERCENT(25),
		.reorder_correlation_ppm = NST_PERCENT(2),
		.reorder_gap = 5,
		.limit_packets = 70000,
		.seed = 0x0123456789abcdef,
		.compat = NST_COMPAT_NETEM,
	};
	const unsigned char wanted[] = {
		U32(20000000 / 64),
		U32(70000),
		U32(PERCENT_1),
		U32(5),
		U32(PERCENT_2),
		U32(5000000 / 64),
		ATTRIBUTE(LATENCY64, 8),
		U64(20000000UL),
		ATTRIBUTE(JITTER64, 8),
		U64(5000000UL),
		ATTRIBUTE(CORR, 12),
		U32(PERCENT_25),
		U32(PERCENT_30),
		U32(PERCENT_5),
		ATTRIBUTE(REORDER, 8),
		U32(PERCENT_25),
		U32(PERCENT_2),
		ATTRIBUTE(CORRUPT, 8),
		U32(PERCENT_10),
		U32(PERCENT_1),
		ATTRIBUTE(RATE, 16),
		U32(0),
		U32(0),
		U32(0),
		U32(0),
		ATTRIBUTE(ECN, 4),
		U32(1),
		ATTRIBUTE(SLOT, 40),
		U64(0UL),
		U64(0UL),
		U32(0),
		U32(0),
		U64(0UL),
		U64(0UL),
		ATTRIBUTE(SEED, 8),
		U64(0x0123456789abcdefUL),
	};

	encode(&impairment);

	expect_bytes(wanted, sizeof(wanted));
}

/* struct tc_netem_gimodel has p14 before p23, and tc's words p23 before p14. */
Test(netem_encode, lays_down_the_markov_model_in_the_kernels_order)
{
	const struct nst_impairment impairment = {
		.loss_model = NST_LOSS_MARKOV,
		.markov_ppm = { NST_PERCENT(1), NST_PERCENT(2), NST_PERCENT(5),
				NST_PERCENT(10), NST_PERCENT(25) },
	};
	const unsigned char wanted[] = {
		ATTRIBUTE(LOSS | NESTED, 24),
		ATTRIBUTE(GI, 20),
		U32(PERCENT_1),
		U32(PERCENT_2),
		U32(PERCENT_5),
		U32(PERCENT_25),
		U32(PERCENT_10),
	};
	const struct nlattr *loss;

	encode(&impairment);
	loss = nla_find((struct nlattr *)((char *)nla_data(options_attribute) + 24),
			nla_len(options_attribute) - 24, LOSS);

	cr_assert(loss != NULL);
	cr_expect(memcmp(loss, wanted, sizeof(wanted)) == 0);
}

/* The kernel's third figure is how much of the bad state gets through, tc's how much is
 * lost. */
Test(netem_encode, lays_down_the_gilbert_elliott_model)
{
	const struct nst_impairment impairment = {
		.loss_model = NST_LOSS_GILBERT,
		.gilbert_ppm = { NST_PERCENT(1), NST_PERCENT(10), NST_PERCENT(70),
				 NST_PERCENT(2) },
	};
	const unsigned char wanted[] = {
		ATTRIBUTE(LOSS | NESTED, 20),
		ATTRIBUTE(GE, 16),
		U32(PERCENT_1),
		U32(PERCENT_10),
		U32(UINT32_MAX - PERCENT_70),
		U32(PERCENT_2),
	};
	const struct nlattr *loss;

	encode(&impairment);
	loss = nla_find((struct nlattr *)((char *)nla_data(options_attribute) + 24),
			nla_len(options_attribute) - 24, LOSS);

	cr_assert(loss != NULL);
	cr_expect(memcmp(loss, wanted, sizeof(wanted)) == 0);
}

static const unsigned char *value_of(int type, int size)
{
	const struct nlattr *attribute =
		nla_find((struct nlattr *)((char *)nla_data(options_attribute) + 24),
			 nla_len(options_attribute) - 24, type);

	cr_assert(attribute != NULL, "attribute %d", type);
	cr_assert(eq(int, nla_len(attribute), size), "of attribute %d", type);
	return nla_data(attribute);
}

Test(netem_encode, lays_down_a_rate_that_32_bits_do_not_hold_twice)
{
	const struct nst_impairment impairment = {
		.rate_bps = NST_GBIT(40),
		.rate_overhead = -4,
		.cell_size = 48,
		.cell_overhead = 5,
	};
	const unsigned char rate[] = { U32(UINT32_MAX), U32(-4), U32(48), U32(5) };
	const unsigned char rate64[] = { U64(5000000000UL) };

	encode(&impairment);

	cr_expect(memcmp(value_of(RATE, 16), rate, sizeof(rate)) == 0);
	cr_expect(memcmp(value_of(RATE64, 8), rate64, sizeof(rate64)) == 0);
}

Test(netem_encode, lays_down_slots_between_two_times)
{
	const struct nst_impairment impairment = {
		.slot_min_us = 800,
		.slot_max_us = 1000,
		.slot_packets = 20,
		.slot_bytes = 30000,
	};
	const unsigned char slot[] = { U64(800000UL), U64(1000000UL), U32(20),
				       U32(30000),    U64(0UL),       U64(0UL) };

	encode(&impairment);

	cr_expect(memcmp(value_of(SLOT, 40), slot, sizeof(slot)) == 0);
}

Test(netem_encode, lays_down_slots_by_a_table_and_the_tables)
{
	static const int16_t delay[] = { -3, 0, 3 }, slot[] = { -1, 1 };
	const struct netem_tables tables = { delay, slot, 3, 2 };
	const struct nst_impairment impairment = {
		.slot_distribution = NST_NORMAL,
		.slot_delay_us = 800,
		.slot_jitter_us = 100,
	};
	const unsigned char wanted[] = { U64(0UL), U64(0UL),      U32(0),
					 U32(0),   U64(800000UL), U64(100000UL) };
	struct netem_options options;

	netem_options_of(&impairment, &options);
	encode_options(&options, &tables);

	cr_expect(memcmp(value_of(SLOT, 40), wanted, sizeof(wanted)) == 0);
	cr_expect(memcmp(value_of(DELAY_DIST, 6), delay, sizeof(delay)) == 0);
	cr_expect(memcmp(value_of(SLOT_DIST, 4), slot, sizeof(slot)) == 0);
}

Test(netem_encode, refuses_tables_that_no_attribute_holds)
{
	static const int16_t values[16384];
	const struct netem_tables tables = { values, values, 16384, 16384 };
	const struct netem_options options = { 0 };

	message = nlmsg_alloc_size(UINT16_MAX + 1024);

	cr_expect(eq(int, netem_encode(message, &options, &tables), -E2BIG));
	cr_expect(strstr(nst_error(), "16384 and 16384 values") != NULL);
}

/* ---- What is read ---- */

static void expect_round_trip(const struct nst_impairment *impairment)
{
	struct netem_options sent = encode(impairment), read;
	uint32_t differ;
	char names[256];

	cr_assert(eq(int, netem_decode(options_attribute, &read), 0));
	differ = netem_options_differ(&sent, &read);
	netem_list_settings(differ, names, sizeof(names));
	cr_expect(eq(u32, differ, 0), "%s", names);
}

Test(netem_encode, reads_what_it_has_written)
{
	const struct nst_impairment cases[] = {
		{ 0 },
		{ .delay_us = NST_S(274), .jitter_us = NST_S(2) },
		{ .delay_us = 1, .jitter_us = 1 },
		{ .loss_ppm = 1000000, .duplicate_ppm = 1000000, .ecn = true },
		{ .reorder_ppm = 1, .delay_us = 1, .corrupt_ppm = 1000000 },
		{ .loss_model = NST_LOSS_MARKOV, .markov_ppm = { 1, 2, 3, 4, 5 } },
		{ .loss_model = NST_LOSS_GILBERT, .gilbert_ppm = { 1, 2, 3, 4 } },
		{ .rate_bps = NST_GBIT(34), .rate_overhead = -20 },
		{ .rate_bps = NST_GBIT(35), .cell_size = 48, .cell_overhead = 5 },
		{ .slot_min_us = 1, .slot_packets = 1 },
		{ .slot_delay_us = 9,
		  .slot_jitter_us = 3,
		  .slot_distribution = NST_PARETO },
		{ .seed = UINT64_MAX, .limit_packets = 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		expect_round_trip(&cases[i]);
}

/* Linux 2.6: struct tc_netem_qopt, nothing behind it; ticks of 64 ns. */
Test(netem_encode, reads_a_kernel_that_knows_no_attributes)
{
	const unsigned char bytes[] = { U16(4 + 24), U16(TCA_OPTIONS),
					U32(15625),  U32(50),
					U32(7),      U32(0),
					U32(9),      U32(1) };
	struct netem_options read;

	cr_assert(eq(int, netem_decode((const struct nlattr *)bytes, &read), 0));

	cr_expect(eq(i64, read.latency_ns, 1000000));
	cr_expect(eq(i64, read.jitter_ns, 64));
	cr_expect(eq(u32, read.limit, 50));
	cr_expect(eq(u32, read.loss, 7));
	cr_expect(eq(u32, read.duplicate, 9));
	cr_expect(eq(u64, read.rate, 0));
}

/* Linux 4.16: a slot of 24 bytes, no table. */
Test(netem_encode, reads_a_kernel_whose_slots_are_shorter)
{
	const unsigned char bytes[] = {
		U16(4 + 24 + 28), U16(TCA_OPTIONS), U32(0),
		U32(50),          U32(0),           U32(0),
		U32(0),           U32(0),           ATTRIBUTE(SLOT, 24),
		U64(5UL),         U64(6UL),         U32(7),
		U32(8),
	};
	struct netem_options read;

	cr_assert(eq(int, netem_decode((const struct nlattr *)bytes, &read), 0));

	cr_expect(eq(i64, read.slot_min_ns, 5));
	cr_expect(eq(i64, read.slot_max_ns, 6));
	cr_expect(eq(i32, read.slot_packets, 7));
	cr_expect(eq(i32, read.slot_bytes, 8));
	cr_expect(eq(i64, read.slot_jitter_ns, 0));
}

Test(netem_encode, refuses_options_that_make_no_sense)
{
	const unsigned char bytes[] = { U16(4 + 8), U16(TCA_OPTIONS), U32(0), U32(0) };
	struct netem_options read;

	cr_expect(eq(int, netem_decode((const struct nlattr *)bytes, &read), -EPROTO));
}

/* ---- In its units ---- */

Test(netem_encode, makes_slots_by_a_table_out_of_slots_between_two_times)
{
	struct netem_options options = { .slot_min_ns = 800, .slot_max_ns = 1000 };

	netem_options_respread(&options);

	cr_expect(eq(i64, options.slot_delay_ns, 900));
	cr_expect(eq(i64, options.slot_jitter_ns, 100));
	cr_expect(eq(i64, options.slot_min_ns, 800));
}

Test(netem_encode, spreads_evenly_by_a_table)
{
	int16_t table[NETEM_UNIFORM_SIZE];
	long sum = 0;

	netem_uniform_table(table);

	for (int n = 0; n < NETEM_UNIFORM_SIZE; n++)
		sum += table[n];
	cr_expect(eq(int, table[0], -8190));
	cr_expect(eq(int, table[NETEM_UNIFORM_SIZE - 1], 8190));
	cr_expect(eq(long, sum, 0), "no more on one side than on the other");
}

Test(netem_encode, reorders_every_packet_unless_a_gap_is_asked_for)
{
	struct nst_impairment impairment = { .reorder_ppm = NST_PERCENT(1) };
	struct netem_options options;

	netem_options_of(&impairment, &options);

	cr_expect(eq(u32, options.gap, 1));
}

static uint32_t limit_for(const struct nst_impairment impairment)
{
	struct netem_options options;

	netem_options_of(&impairment, &options);
	return options.limit;
}

/* 1 Gbit/s for 50 ms are 4,128 packets of 1,514 bytes under way. */
Test(netem_encode, does_not_count_what_is_under_way_unless_netem_is_asked_to)
{
	const struct nst_impairment slow = { .delay_us = NST_MS(50) };
	const struct nst_impairment rated = { .delay_us = NST_MS(50),
					      .rate_bps = NST_GBIT(1) };
	struct nst_impairment as_netem = rated;

	as_netem.compat = NST_COMPAT_NETEM;

	cr_expect(eq(u32, limit_for(slow), INT32_MAX));
	cr_expect(eq(u32, limit_for(rated), 1000 + 4128));
	cr_expect(eq(u32, limit_for(as_netem), 1000));
}

/* ---- What cannot be ---- */

static void expect_refused(const struct nst_impairment *impairment, const char *why)
{
	cr_expect(eq(int, netem_can(impairment), -EOPNOTSUPP), "%s", why);
	cr_expect(strstr(nst_error(), why) != NULL, "\"%s\" is not in \"%s\"", why,
		  nst_error());
}

Test(netem_encode, says_what_no_netem_can)
{
	const struct {
		struct nst_impairment impairment;
		const char *why;
	} cases[] = {
		{ { .trace_file = "x" }, "trace" },
		{ { .queue = NST_QUEUE_PIE }, "PIE" },
		{ { .limit_bytes = 1 }, "in bytes" },
		{ { .rate_bps = 7 }, "8 bit/s" },
		{ { .delay_us = NST_S(9), .jitter_us = NST_S(3) }, "2.147 s" },
		{ { .slot_packets = 1 }, "without a time" },
		{ { .loss_ppm = 1, .loss_correlation_ppm = 1 }, "correlate" },
		{ { .loss_ppm = 1, .duplicate_ppm = 1 }, "duplicate and lose" },
		{ { .corrupt_ppm = 1 }, "Ethernet header" },
		{ { .rate_bps = 800, .delay_us = 1, .reorder_ppm = 1 }, "reordered" },
		{ { .rate_bps = 800, .delay_us = 1, .jitter_us = 1 },
		  "independent jitter" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		expect_refused(&cases[i].impairment, cases[i].why);
}

Test(netem_encode, lets_compat_netem_have_the_kernels_oddities)
{
	const struct nst_impairment impairment = {
		.delay_us = NST_MS(1),
		.jitter_us = 1,
		.delay_correlation_ppm = 1,
		.loss_ppm = 1,
		.loss_correlation_ppm = 1,
		.duplicate_ppm = 1,
		.rate_bps = 800,
		.compat = NST_COMPAT_NETEM,
	};

	cr_expect(eq(int, netem_can(&impairment), 0));
}

Test(netem_encode, names_what_an_old_kernel_lacks)
{
	const struct netem_options asked = { .seed = 7,
					     .slot_min_ns = 1,
					     .slot_max_ns = 2 };
	const struct netem_options got = { 0 };

	cr_expect(eq(int, netem_fail_missing(netem_options_differ(&asked, &got)),
		     -EOPNOTSUPP));
	cr_expect(eq(str, (char *)nst_error(),
		     "this kernel's netem lacks: slot (Linux 4.16), seed (Linux 6.6)"));
}
