/* SPDX-License-Identifier: MIT */
/* Which packet of the probe an event of a trace is about. Pure.
 *
 * nf_tables tells of a packet its network header and 20 bytes behind: of TCP no options, of
 * a datagram the beginning of its payload, of an ICMP error 12 bytes of what it quotes.
 * That is made a frame again, and recognised as the watchers recognise theirs; errors,
 * by the header they quote. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#include "account.h"

enum {
	TCP_HEADER = 20,
	ICMP_HEADER = 8,
	QUOTED = 12, /* bytes of the quoted header that are told */
	PAYLOAD_MADE_UP = 16,
	EXTENSION = 8, /* bytes of the extension header that a probe may have */
};

static bool is_four(const uint8_t *network)
{
	return network[0] >> 4 == 4;
}

static uint16_t read16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void write16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* A TCP segment without its options, and with as much payload as it says. */
static size_t put_segment(uint8_t *ip, size_t ip_size, const struct trace_event *event)
{
	uint8_t *tcp = ip + ip_size;
	size_t options, rest,
		whole = is_four(ip) ? read16(ip + 2) : 40U + read16(ip + 4);

	memcpy(tcp, event->transport, TCP_HEADER);
	options = (size_t)(tcp[12] >> 4) * 4;
	tcp[12] = (uint8_t)(TCP_HEADER / 4 << 4 | (tcp[12] & 0xf));
	rest = whole > ip_size + options ? whole - ip_size - options : 0;
	if (rest > PAYLOAD_MADE_UP)
		rest = PAYLOAD_MADE_UP;
	memset(tcp + TCP_HEADER, 0, rest);
	if (is_four(ip))
		write16(ip + 2, ip_size + TCP_HEADER + rest);
	else
		write16(ip + 4, ip_size - 40 + TCP_HEADER + rest);
	return TCP_HEADER + rest;
}

/* nf_tables leaves out extension headers. The probe's are known. */
static void drop_extension(const struct tracked *tracked, uint8_t *ip)
{
	static const uint8_t protocols[] = { [NST_TCP] = IPPROTO_TCP,
					     [NST_UDP] = IPPROTO_UDP,
					     [NST_ICMP] = IPPROTO_ICMPV6 };
	size_t size = read16(ip + 4);

	if (!tracked->extended || is_four(ip) || size < EXTENSION ||
	    (ip[6] != IPPROTO_HOPOPTS && ip[6] != IPPROTO_DSTOPTS))
		return;
	ip[6] = protocols[tracked->protocol];
	write16(ip + 4, size - EXTENSION);
}

static bool put_frame(const struct tracked *tracked, const struct trace_event *event,
		      struct sighting *sighting)
{
	uint8_t *ip = sighting->frame + ETH_HLEN;
	size_t size = event->network_size;

	if (size < 20 || (!is_four(event->network) && size < 40) ||
	    ETH_HLEN + size + TCP_HEADER + PAYLOAD_MADE_UP > SIGHTING_FRAME)
		return false;
	memset(sighting->frame, 0, ETH_HLEN);
	write16(sighting->frame + 12, is_four(event->network) ? ETH_P_IP : ETH_P_IPV6);
	memcpy(ip, event->network, size);
	if (!event->legacy) {
		uint8_t protocol;

		drop_extension(tracked, ip);
		protocol = is_four(ip) ? ip[9] : ip[6];

		if (protocol == IPPROTO_TCP && event->transport_size >= TCP_HEADER) {
			size += put_segment(ip, size, event);
		} else {
			memcpy(ip + size, event->transport, event->transport_size);
			size += event->transport_size;
		}
	}
	sighting->size = (uint16_t)(size + ETH_HLEN);
	return true;
}

/* Whether two headers are of the same packet. Hop limits and checksums change. */
static bool same_header(const uint8_t *quoted, const uint8_t *sent)
{
	if (is_four(quoted) != is_four(sent))
		return false;
	return is_four(quoted)
		       ? memcmp(quoted + 2, sent + 2, 4) == 0 && quoted[9] == sent[9]
		       : memcmp(quoted, sent, 7) == 0;
}

static bool is_error(const struct nst_packet *packet)
{
	if (packet->kind == NST_PACKET_ICMP)
		return packet->icmp_type == 3 || packet->icmp_type == 11 ||
		       packet->icmp_type == 12;
	return packet->kind == NST_PACKET_ICMPV6 && packet->icmp_type >= 1 &&
	       packet->icmp_type <= 4;
}

/* An error of nf_tables' trace quotes too little to be decoded. */
static enum leg leg_of_error(const struct probe_seen *seen,
			     const struct trace_event *event)
{
	const uint8_t *quoted = event->transport + ICMP_HEADER;

	if (event->transport_size < ICMP_HEADER + QUOTED)
		return LEG_NONE;
	for (size_t i = 0; i < seen->sightings->count; i++) {
		const struct sighting *one = &seen->sightings->list[i];

		if (!leg_is_no(one->leg) && same_header(quoted, one->frame + ETH_HLEN))
			return leg_is_back(one->leg) ? LEG_ERROR_THERE : LEG_ERROR_BACK;
	}
	return LEG_NONE;
}

bool trace_sight(const struct probe_seen *seen, const struct trace_event *event,
		 struct sighting *ret_sighting)
{
	struct sighting *sighting = ret_sighting;

	if (!put_frame(seen->tracked, event, sighting))
		return false;
	sighting->node = event->node;
	sighting->ifindex = 0;
	sighting->other_cpu = false;
	/* The first SYN of the asker's port is the probe's. */
	sighting->passing = event->node == seen->from ? PASSING_OUT : PASSING_IN;
	nst_packet_decode(sighting->frame, sighting->size, &sighting->packet);
	sighting->leg = track_leg(seen->tracked, sighting);
	if (sighting->leg == LEG_NONE && is_error(&sighting->packet) && !event->legacy)
		sighting->leg = leg_of_error(seen, event);
	return sighting->leg != LEG_NONE;
}

bool leg_is_back(enum leg leg)
{
	switch (leg) {
	case LEG_SYN_ACK:
	case LEG_ACK:
	case LEG_REPLY:
	case LEG_ADVERT:
	case LEG_RESET_BACK:
	case LEG_ERROR_BACK:
		return true;
	case LEG_NONE:
	case LEG_SYN:
	case LEG_DATA:
	case LEG_OTHER:
	case LEG_SOLICIT:
	case LEG_RESET_THERE:
	case LEG_ERROR_THERE:
	case LEG_COUNT:
		break;
	}
	return false;
}
