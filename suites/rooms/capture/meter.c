/* SPDX-License-Identifier: MIT */
/* Throughput, latency and retransmissions, from packets made up by hand. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <sys/socket.h>

#include <base/scope.h>
#include <nstest/error.h>

#include "meter.h"

enum { SEGMENT = 1000 };

/* What the server, port 80, and its client at port 4000 + `peer` say. */
static struct nst_packet packet(bool left, unsigned int peer, uint32_t sequence,
				uint32_t acknowledgment)
{
	return (struct nst_packet){
		.kind = NST_PACKET_TCP,
		.family = AF_INET,
		.source = { 10, 0, 0, left ? 2 : 1 },
		.destination = { 10, 0, 0, left ? 1 : 2 },
		.source_port = (uint16_t)(left ? 80 : 4000 + peer),
		.destination_port = (uint16_t)(left ? 4000 + peer : 80),
		.tcp_flags = NST_ACK,
		.sequence = sequence,
		.acknowledgment = acknowledgment,
	};
}

static void sends(struct nst_meter *meter, unsigned int at_us, uint32_t sequence)
{
	struct nst_packet sent = packet(true, 0, sequence, 1);

	cr_assert(eq(int, nst_meter_add(meter, at_us * 1000ULL, true, &sent, SEGMENT),
		     0));
}

static void acknowledges(struct nst_meter *meter, unsigned int at_us, uint32_t upto)
{
	struct nst_packet came = packet(false, 0, 1, upto);

	cr_assert(eq(int, nst_meter_add(meter, at_us * 1000ULL, false, &came, 0), 0));
}

static struct nst_meter *meter_of(unsigned short local_port)
{
	struct nst_meter *meter =
		nst_meter_new(&(struct nst_measure_what){ .local_port = local_port });

	cr_assert(ne(ptr, meter, NULL));
	return meter;
}

Test(meter, counts_bytes_once_and_divides_by_the_time)
{
	struct nst_meter *meter = meter_of(80);
	struct nst_measure got;

	sends(meter, 1000, 5000);
	sends(meter, 1100, 6000);
	acknowledges(meter, 11000, 6000);
	acknowledges(meter, 21000, 7000);
	acknowledges(meter, 22000, 7000); /* a duplicate ends nothing */
	cr_assert(eq(int, nst_meter_read(meter, &got), 0));

	cr_expect(eq(uint, got.connections, 1));
	cr_expect(eq(u64, got.bytes, 2000));
	cr_expect(eq(u64, got.duration_us, 20000));
	cr_expect(eq(u64, got.rate_bps, 800000));
	cr_expect(eq(u64, got.segments, 2));
	cr_expect(eq(u64, got.retransmitted, 0));
	cr_expect(eq(u32, got.most_in_flight, 2000));
	cr_expect(eq(u32, got.latency_us.count, 2));
	cr_expect(eq(u32, got.latency_us.least, 10000));
	cr_expect(eq(u32, got.latency_us.median, 10000));
	cr_expect(eq(u32, got.latency_us.most, 19900));
	cr_expect(eq(sz, got.point_count, 4));
	cr_expect(eq(u32, got.points[0].in_flight, 1000));
	cr_expect(eq(u32, got.points[3].in_flight, 0));
	nst_measure_free(&got);
	nst_meter_free(meter);
}

/* Karn: nobody knows which of the two was acknowledged. */
Test(meter, what_is_sent_again_is_counted_and_says_nothing_of_latency)
{
	struct nst_meter *meter = meter_of(80);
	struct nst_measure got;

	sends(meter, 0, 100);
	sends(meter, 10, 1100);
	sends(meter, 200000, 100);
	acknowledges(meter, 200500, 1100);
	acknowledges(meter, 200600, 2100);
	cr_assert(eq(int, nst_meter_read(meter, &got), 0));

	cr_expect(eq(u64, got.segments, 3));
	cr_expect(eq(u64, got.retransmitted, 1));
	cr_expect(eq(u64, got.bytes, 2000));
	cr_expect(eq(u32, got.latency_us.count, 1));
	cr_expect(eq(u32, got.latency_us.least, 200590));
	nst_measure_free(&got);
	nst_meter_free(meter);
}

Test(meter, sequence_numbers_wrap_around)
{
	struct nst_meter *meter = meter_of(80);
	struct nst_measure got;

	sends(meter, 0, UINT32_MAX - 499);
	sends(meter, 10, 500);
	acknowledges(meter, 1000, 1500);
	cr_assert(eq(int, nst_meter_read(meter, &got), 0));

	cr_expect(eq(u64, got.bytes, 2000));
	cr_expect(eq(u64, got.retransmitted, 0));
	nst_measure_free(&got);
	nst_meter_free(meter);
}

Test(meter, adds_connections_up_and_passes_over_others)
{
	struct nst_meter *meter = meter_of(80);
	struct nst_packet other = packet(true, 1, 9000, 1), ssh = other;
	struct nst_packet answer = packet(false, 1, 1, 10000);
	struct nst_measure got;

	ssh.source_port = 22;
	sends(meter, 0, 100);
	nst_meter_add(meter, 1000, true, &other, SEGMENT);
	nst_meter_add(meter, 2000, true, &ssh, SEGMENT);
	acknowledges(meter, 5, 1100);
	nst_meter_add(meter, 9000, false, &answer, 0);
	cr_assert(eq(int, nst_meter_read(meter, &got), 0));

	cr_expect(eq(uint, got.connections, 2));
	cr_expect(eq(u64, got.bytes, 2000));
	cr_expect(eq(u64, got.segments, 2));
	nst_measure_free(&got);
	nst_meter_free(meter);
}

Test(meter, many_points_are_thinned_and_the_last_one_stays)
{
	struct nst_meter *meter = meter_of(0);
	struct nst_measure got;

	for (unsigned int i = 0; i < 10000; i++)
		sends(meter, i, 100 + i * SEGMENT);
	acknowledges(meter, 20000, 100 + 10000 * SEGMENT);
	cr_assert(eq(int, nst_meter_read(meter, &got), 0));

	cr_expect(le(sz, got.point_count, 4000));
	cr_expect(eq(u64, got.points[got.point_count - 1].at_us, 20000));
	cr_expect(eq(u64, got.points[got.point_count - 1].acked, 10000 * SEGMENT));
	nst_measure_free(&got);
	nst_meter_free(meter);
}

Test(meter, nothing_sent_is_said)
{
	struct nst_meter *meter = meter_of(80);
	struct nst_measure got;

	acknowledges(meter, 5, 1100);
	cr_expect(eq(int, nst_meter_read(meter, &got), -ENODATA));
	cr_expect(ne(ptr, strstr(nst_error(), "no such TCP connection"), NULL));
	nst_meter_free(meter);
}
