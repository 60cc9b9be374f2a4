/* SPDX-License-Identifier: MIT */
/* See meter.h.
 *
 * How it works. Of each connection the meter knows how far the host has sent and how far the
 * peer has acknowledged, as offsets from the first byte it saw, and which segments are under
 * way. What lies before the highest offset was sent before: a retransmission, and the segments
 * that it covers say nothing about round trips any more. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "meter.h"

enum { POINTS_MOST = 4000 };

struct segment {
	uint64_t end; /* offset behind its last byte */
	uint64_t sent_ns;
	bool repeated;
};

struct connection {
	int family;
	uint8_t local[16], remote[16];
	uint16_t local_port, remote_port;
	uint32_t base; /* the first byte's sequence number */
	uint64_t sent, acked;
	struct segment *under_way; /* a queue, in the order of offsets */
	size_t first, count, room;
};

/* A list that grows. */
struct list {
	void *at;
	size_t count, room, size;
};

struct nst_meter {
	struct nst_measure_what what;
	struct list connections, points, rtts;
	struct nst_measure sum;
	uint64_t began_ns, last_ns;
};

static void *push(struct list *list)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		void *longer = reallocarray(list->at, room, list->size);

		if (!longer) {
			nst_fail_memory();
			return NULL;
		}
		list->at = longer;
		list->room = room;
	}
	return memset((char *)list->at + list->count++ * list->size, 0, list->size);
}

struct nst_meter *nst_meter_new(const struct nst_measure_what *what)
{
	struct nst_meter *meter = calloc(1, sizeof(*meter));

	if (!meter)
		return NULL;
	meter->what = *what;
	meter->connections.size = sizeof(struct connection);
	meter->points.size = sizeof(struct nst_measure_point);
	meter->rtts.size = sizeof(uint32_t);
	return meter;
}

void nst_meter_free(struct nst_meter *meter)
{
	struct connection *connections = meter ? meter->connections.at : NULL;

	for (size_t i = 0; meter && i < meter->connections.count; i++)
		free(connections[i].under_way);
	if (meter) {
		free(meter->connections.at);
		free(meter->points.at);
		free(meter->rtts.at);
	}
	free(meter);
}

/* ---- Connections ---- */

static bool is_wanted(const struct nst_meter *meter, uint16_t local, uint16_t remote)
{
	return (!meter->what.local_port || meter->what.local_port == local) &&
	       (!meter->what.remote_port || meter->what.remote_port == remote);
}

static struct connection *find(struct nst_meter *meter, const struct connection *key)
{
	struct connection *connections = meter->connections.at;

	for (size_t i = meter->connections.count; i--;)
		if (connections[i].local_port == key->local_port &&
		    connections[i].remote_port == key->remote_port &&
		    connections[i].family == key->family &&
		    memcmp(connections[i].local, key->local, 16) == 0 &&
		    memcmp(connections[i].remote, key->remote, 16) == 0)
			return &connections[i];
	return NULL;
}

static struct connection key_of(const struct nst_packet *packet, bool left)
{
	struct connection key = {
		.family = packet->family,
		.local_port = left ? packet->source_port : packet->destination_port,
		.remote_port = left ? packet->destination_port : packet->source_port,
	};

	memcpy(key.local, left ? packet->source : packet->destination, 16);
	memcpy(key.remote, left ? packet->destination : packet->source, 16);
	return key;
}

/* Where a sequence number lies, near what was sent last: they wrap around. */
static uint64_t offset(const struct connection *connection, uint32_t sequence)
{
	uint32_t highest = connection->base + (uint32_t)connection->sent;

	return connection->sent + (uint64_t)(int64_t)(int32_t)(sequence - highest);
}

/* ---- What leaves, what comes ---- */

static int note_point(struct nst_meter *meter, const struct connection *connection,
		      uint64_t time_ns, uint32_t rtt_us)
{
	struct nst_measure_point *point = push(&meter->points);

	if (!point)
		return -ENOMEM;
	*point = (struct nst_measure_point){
		.at_us = (time_ns - meter->began_ns) / 1000,
		.acked = meter->sum.bytes,
		.in_flight = (uint32_t)(connection->sent - connection->acked),
		.rtt_us = rtt_us,
	};
	if (point->in_flight > meter->sum.most_in_flight)
		meter->sum.most_in_flight = point->in_flight;
	return 0;
}

static int queue(struct connection *connection, uint64_t end, uint64_t time_ns)
{
	if (connection->first + connection->count == connection->room) {
		size_t room = 2 * connection->count + 64;
		struct segment *fresh = calloc(room, sizeof(*fresh));

		if (!fresh)
			return nst_fail_memory();
		if (connection->count)
			memcpy(fresh, connection->under_way + connection->first,
			       connection->count * sizeof(*fresh));
		free(connection->under_way);
		connection->under_way = fresh;
		connection->first = 0;
		connection->room = room;
	}
	connection->under_way[connection->first + connection->count++] =
		(struct segment){ end, time_ns, false };
	return 0;
}

/* Every segment that has a byte in it is ambiguous now. */
static void repeat(struct connection *connection, uint64_t begin, uint64_t end)
{
	uint64_t before = connection->acked;

	for (size_t i = 0; i < connection->count; i++) {
		struct segment *segment = &connection->under_way[connection->first + i];

		segment->repeated |= before < end && segment->end > begin;
		before = segment->end;
	}
}

static int take_departure(struct nst_meter *meter, struct connection *connection,
			  const struct nst_packet *packet, uint32_t payload,
			  uint64_t time_ns)
{
	uint64_t begin = offset(connection, packet->sequence), end = begin + payload;
	int r = 0;

	meter->sum.segments++;
	if ((int64_t)(begin - connection->sent) < 0) {
		meter->sum.retransmitted++;
		repeat(connection, begin, end);
	}
	if ((int64_t)(end - connection->sent) > 0) {
		connection->sent = end;
		r = queue(connection, end, time_ns);
	}
	return r < 0 ? r : note_point(meter, connection, time_ns, 0);
}

static int note_rtt(struct nst_meter *meter, uint64_t rtt_ns, uint32_t *ret_us)
{
	uint32_t *rtt = push(&meter->rtts);

	if (!rtt)
		return -ENOMEM;
	*rtt = *ret_us = (uint32_t)(rtt_ns / 1000);
	return 0;
}

static int take_acknowledgment(struct nst_meter *meter, struct connection *connection,
			       const struct nst_packet *packet, uint64_t time_ns)
{
	uint64_t acked = offset(connection, packet->acknowledgment);
	struct segment newest = { 0 };
	uint32_t rtt_us = 0;
	int r = 0;

	if (acked > connection->sent) /* its FIN counts as a byte */
		acked = connection->sent;
	if ((int64_t)(acked - connection->acked) <= 0)
		return 0;
	meter->sum.bytes += acked - connection->acked;
	connection->acked = acked;
	meter->last_ns = time_ns;
	for (;
	     connection->count && connection->under_way[connection->first].end <= acked;
	     connection->count--)
		newest = connection->under_way[connection->first++];
	if (newest.end && !newest.repeated)
		r = note_rtt(meter, time_ns - newest.sent_ns, &rtt_us);
	return r < 0 ? r : note_point(meter, connection, time_ns, rtt_us);
}

static int begin(struct nst_meter *meter, const struct connection *key,
		 uint32_t sequence, uint64_t time_ns, struct connection **ret)
{
	*ret = push(&meter->connections);
	if (!*ret)
		return -ENOMEM;
	**ret = *key;
	(*ret)->base = sequence;
	if (meter->connections.count == 1)
		meter->began_ns = time_ns;
	return 0;
}

int nst_meter_add(struct nst_meter *meter, uint64_t time_ns, bool left,
		  const struct nst_packet *packet, uint32_t payload)
{
	struct connection key, *connection;
	int r = 0;

	if (packet->kind != NST_PACKET_TCP)
		return 0;
	key = key_of(packet, left);
	if (!is_wanted(meter, key.local_port, key.remote_port))
		return 0;
	connection = find(meter, &key);
	if (left && payload && !connection)
		r = begin(meter, &key, packet->sequence, time_ns, &connection);
	if (r < 0 || !connection)
		return r;
	if (left)
		return payload ? take_departure(meter, connection, packet, payload,
						time_ns)
			       : 0;
	return packet->tcp_flags & NST_ACK
		       ? take_acknowledgment(meter, connection, packet, time_ns)
		       : 0;
}

/* ---- What came of it ---- */

static int compare(const void *one, const void *other)
{
	const uint32_t *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

/* The value that so many percent do not exceed (nearest rank). */
static uint32_t percentile(const struct list *sorted, size_t percent)
{
	size_t rank = (sorted->count * percent + 99) / 100;

	return ((const uint32_t *)sorted->at)[rank ? rank - 1 : 0];
}

static void read_latency(struct list *rtts, struct nst_latency *ret)
{
	if (!rtts->count)
		return;
	qsort(rtts->at, rtts->count, rtts->size, compare);
	*ret = (struct nst_latency){
		.least = percentile(rtts, 0),
		.median = percentile(rtts, 50),
		.p90 = percentile(rtts, 90),
		.p99 = percentile(rtts, 99),
		.most = percentile(rtts, 100),
		.count = (uint32_t)rtts->count,
	};
}

/* Every nth, and the last one. */
static void thin(struct list *points)
{
	struct nst_measure_point *at = points->at;
	size_t step = points->count / POINTS_MOST + 1, kept = 0;

	for (size_t i = 0; i < points->count; i++)
		if (i % step == 0 || i == points->count - 1)
			at[kept++] = at[i];
	points->count = kept;
}

int nst_meter_read(struct nst_meter *meter, struct nst_measure *ret)
{
	struct nst_measure *sum = &meter->sum;

	if (!meter->connections.count)
		return nst_fail(-ENODATA, "no such TCP connection has sent a byte");
	sum->connections = (unsigned int)meter->connections.count;
	sum->began_ns = meter->began_ns;
	if (meter->last_ns > meter->began_ns)
		sum->duration_us = (meter->last_ns - meter->began_ns) / 1000;
	if (sum->duration_us)
		sum->rate_bps =
			(uint64_t)((double)sum->bytes * 8e6 / (double)sum->duration_us);
	read_latency(&meter->rtts, &sum->latency_us);
	thin(&meter->points);
	sum->points = steal(meter->points.at);
	sum->point_count = meter->points.count;
	*ret = *sum;
	return 0;
}

void nst_measure_free(struct nst_measure *measure)
{
	free(measure->points);
	free(measure->windows);
	*measure = (struct nst_measure){ 0 };
}
