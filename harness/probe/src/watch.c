/* SPDX-License-Identifier: MIT */
/* Watchers: a packet socket in each host on the path. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <base/scope.h>

#include "filter.h"
#include "watch.h"

enum { WATCH_BUFFER = 1 << 20, WATCH_EVENTS = 16, WATCH_BATCH = 8 };

static int set_filter(const struct probe_room *room, int fd)
{
	const struct filter_options options = { room->discovery, room->any_cpu,
						room->cpu };

	return filter_attach(fd, &options);
}

/* Bound to a protocol only now, so that nothing is queued before the filter is there. */
static int watch_start(struct probe_room *room, int fd, size_t node)
{
	const struct sockaddr_ll everything = { .sll_family = AF_PACKET,
						.sll_protocol = htons(ETH_P_ALL) };
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = node };
	int size = WATCH_BUFFER, on = 1;
	int r = set_filter(room, fd);

	if (r < 0)
		return r;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&everything, sizeof(everything)) < 0 ||
	    epoll_ctl(room->watchers, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	return 0;
}

bool watch_has(const struct probe_room *room, size_t node)
{
	return room->nodes[node].fd[TOOL_WATCH] > 0;
}

int watch_node(struct probe_room *room, size_t node)
{
	int fd, r;

	if (watch_has(room, node))
		return 0;
	fd = room_tool(room, node, TOOL_WATCH);
	if (fd < 0)
		return fd;
	r = watch_start(room, fd, node);
	if (r < 0) {
		close(fd);
		room->nodes[node].fd[TOOL_WATCH] = 0;
	}
	return r;
}

static int refilter(struct probe_room *room)
{
	int r = 0;

	for (size_t i = 0; i < room->plan->node_count && r == 0; i++)
		if (watch_has(room, i))
			r = set_filter(room, room->nodes[i].fd[TOOL_WATCH]);
	return r;
}

int watch_discovery(struct probe_room *room, bool on)
{
	if (room->discovery == on)
		return 0;
	room->discovery = on;
	return refilter(room);
}

int watch_any_cpu(struct probe_room *room)
{
	if (room->any_cpu)
		return 0;
	room->any_cpu = true;
	return refilter(room);
}

/* What a switch carries is always for somebody else; at a host it is a flooded copy. */
static enum passing passing_of(const struct nst_plan *plan, size_t node, int type)
{
	if (type == PACKET_OUTGOING)
		return PASSING_OUT;
	if (type == PACKET_OTHERHOST && plan->nodes[node].kind != NST_SWITCH)
		return PASSING_ASIDE;
	return PASSING_IN;
}

/* Whether the filter cut it: the IP header promises more than is there. */
static bool was_cut(const uint8_t *ip, size_t size, uint16_t ethertype)
{
	uint16_t length;
	size_t header = 40;

	if (size < 48 && ethertype == ETH_P_IPV6)
		return false;
	if (ethertype == ETH_P_IPV6 &&
	    (ip[6] == IPPROTO_HOPOPTS || ip[6] == IPPROTO_DSTOPTS))
		header = 48U + ip[41] * 8U;
	memcpy(&length, ip + (ethertype == ETH_P_IP ? 2 : 4), sizeof(length));
	if (ethertype == ETH_P_IP)
		return size == (ip[0] & 0xfU) * 4 + FILTER_CUT && ntohs(length) > size;
	return ethertype == ETH_P_IPV6 && size == header + FILTER_CUT &&
	       ntohs(length) + 40U > size;
}

/* The Ethernet header is not delivered: one with the right type takes its place. */
static void put_ethernet(uint8_t *frame, const struct sockaddr_ll *from)
{
	memset(frame, 0, ETH_HLEN);
	memcpy(frame + ETH_ALEN, from->sll_addr,
	       from->sll_halen == ETH_ALEN ? ETH_ALEN : 0);
	memcpy(frame + 2 * ETH_ALEN, &from->sll_protocol, sizeof(from->sll_protocol));
}

/* What one system call reads: as many packets as one host usually has. */
struct batch {
	struct mmsghdr messages[WATCH_BATCH];
	struct iovec parts[WATCH_BATCH];
	struct sockaddr_ll from[WATCH_BATCH];
	uint8_t packets[WATCH_BATCH][SIGHTING_FRAME - ETH_HLEN];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct timespec))];
	} stamps[WATCH_BATCH];
};

/* Returns how many; fewer than WATCH_BATCH: there are no more. */
static size_t read_batch(int fd, struct batch *batch)
{
	int count;

	for (size_t i = 0; i < WATCH_BATCH; i++) {
		batch->parts[i] =
			(struct iovec){ batch->packets[i], sizeof(batch->packets[i]) };
		batch->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &batch->from[i],
			.msg_namelen = sizeof(batch->from[i]),
			.msg_iov = &batch->parts[i],
			.msg_iovlen = 1,
			.msg_control = &batch->stamps[i],
			.msg_controllen = sizeof(batch->stamps[i]),
		};
	}
	count = recvmmsg(fd, batch->messages, WATCH_BATCH, MSG_DONTWAIT, NULL);
	return count < 0 ? 0 : (size_t)count;
}

/* When it passed: the kernel's stamp, of which every packet has one. */
static uint64_t stamp_of(const struct batch *batch, size_t i)
{
	const struct msghdr *message = &batch->messages[i].msg_hdr;
	const struct cmsghdr *stamp = CMSG_FIRSTHDR(message);
	struct timespec at = { 0 };

	if (stamp && stamp->cmsg_type == SCM_TIMESTAMPNS)
		memcpy(&at, CMSG_DATA(stamp), sizeof(at));
	return (uint64_t)at.tv_sec * 1000000000 + (uint64_t)at.tv_nsec;
}

static void unpack(const struct probe_room *room, size_t node,
		   const struct batch *batch, size_t i, struct sighting *sighting)
{
	const struct sockaddr_ll *from = &batch->from[i];
	size_t size = batch->messages[i].msg_len;

	put_ethernet(sighting->frame, from);
	memcpy(sighting->frame + ETH_HLEN, batch->packets[i], size);
	sighting->node = node;
	sighting->ifindex = from->sll_ifindex;
	sighting->passing = passing_of(room->plan, node, from->sll_pkttype);
	sighting->at_ns = stamp_of(batch, i);
	sighting->size = (uint16_t)(size + ETH_HLEN);
	sighting->other_cpu =
		!room->any_cpu && size >= 20 &&
		was_cut(batch->packets[i], size, ntohs(from->sll_protocol));
	nst_packet_decode(sighting->frame, sighting->size, &sighting->packet);
}

static size_t drain_node(struct probe_room *room, size_t node, struct tracked *tracked,
			 struct sightings *sightings);

/* One that was cut says no more than its ports. */
static enum leg leg_of(struct tracked *tracked, const struct sighting *sighting)
{
	if (!sighting->other_cpu)
		return track_leg(tracked, sighting);
	return sighting->packet.source_port == tracked->port ||
			       sighting->packet.destination_port == tracked->port ||
			       sighting->packet.ip_protocol == IPPROTO_ICMP ||
			       sighting->packet.ip_protocol == IPPROTO_ICMPV6
		       ? LEG_OTHER
		       : LEG_NONE;
}

static size_t keep(struct probe_room *room, const struct sighting *seen,
		   struct tracked *tracked, struct sightings *sightings)
{
	enum leg leg;
	size_t fresh = 0;

	/* By the SYN that leaves the asker all others are known: read that first. */
	if (!tracked->knows_sequence && seen->node != tracked->from)
		fresh = drain_node(room, tracked->from, tracked, sightings);
	leg = leg_of(tracked, seen);
	if (leg == LEG_NONE)
		return fresh;
	if (sightings->count == SIGHTINGS_MAX) {
		sightings->lost++;
		return fresh + 1;
	}
	sightings->list[sightings->count] = *seen;
	sightings->list[sightings->count++].leg = leg;
	return fresh + 1;
}

static size_t drain_node(struct probe_room *room, size_t node, struct tracked *tracked,
			 struct sightings *sightings)
{
	struct batch batch;
	size_t fresh = 0, count;

	do {
		count = read_batch(room->nodes[node].fd[TOOL_WATCH], &batch);
		for (size_t i = 0; i < count; i++) {
			struct sighting seen;

			unpack(room, node, &batch, i, &seen);
			fresh += keep(room, &seen, tracked, sightings);
		}
	} while (count == WATCH_BATCH);
	return fresh;
}

size_t watch_drain(struct probe_room *room, struct tracked *tracked,
		   struct sightings *sightings)
{
	struct epoll_event events[WATCH_EVENTS];
	size_t fresh = 0;
	int ready;

	do {
		ready = epoll_wait(room->watchers, events, WATCH_EVENTS, 0);
		for (int i = 0; i < ready; i++)
			fresh += drain_node(room, (size_t)events[i].data.u64, tracked,
					    sightings);
	} while (ready == WATCH_EVENTS);
	return fresh;
}

void watch_clear(struct probe_room *room)
{
	struct tracked nobody = { .port = 0 };
	struct sightings none = { .list = room->seen };

	watch_drain(room, &nobody, &none);
}

size_t watch_lost(struct probe_room *room, size_t node)
{
	struct tpacket_stats statistics = { 0 };
	socklen_t size = sizeof(statistics);

	if (watch_has(room, node))
		getsockopt(room->nodes[node].fd[TOOL_WATCH], SOL_PACKET,
			   PACKET_STATISTICS, &statistics, &size);
	return statistics.tp_drops;
}
