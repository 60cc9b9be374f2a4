/* SPDX-License-Identifier: MIT */
/* Which packets belong to the probe. */
#include <arpa/inet.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <string.h>

#include <probe/track.h>

/* A probe sends far less than that: sequence numbers closer than this are its own. */
enum { SEQUENCE_SPAN = 512 };

enum {
	ND_SOLICITATION = 135, /* RFC 4861 §4.3, §4.4 */
	ND_ADVERTISEMENT = 136,
	ARP_REQUEST = 1, /* RFC 826 */
};

void track_payload(const struct tracked *tracked, uint8_t *payload)
{
	uint32_t head[2] = { htonl(PAYLOAD_MAGIC), htonl(tracked->nonce) };

	memset(payload, '.', PAYLOAD_SIZE);
	memcpy(payload, head, sizeof(head));
}

bool track_is_payload(const struct tracked *tracked, const uint8_t *bytes, size_t size)
{
	uint32_t head[2];

	if (size < sizeof(head))
		return false;
	memcpy(head, bytes, sizeof(head));
	return ntohl(head[0]) == PAYLOAD_MAGIC && ntohl(head[1]) == tracked->nonce;
}

static bool near(uint32_t number, uint32_t start)
{
	return number - start < SEQUENCE_SPAN;
}

static bool ports_there(const struct tracked *tracked, const struct nst_packet *packet)
{
	return packet->source_port == tracked->port;
}

static bool ports_back(const struct tracked *tracked, const struct nst_packet *packet)
{
	return packet->destination_port == tracked->port;
}

static enum leg leg_of_syn(struct tracked *tracked, const struct sighting *sighting)
{
	const struct nst_packet *packet = &sighting->packet;

	if (packet->tcp_flags & NST_ACK) {
		if (!tracked->knows_sequence ||
		    packet->acknowledgment != tracked->sequence + 1)
			return LEG_NONE;
		tracked->knows_answer = true;
		tracked->answer = packet->sequence;
		return LEG_SYN_ACK;
	}
	/* The asker's kernel gives a port to one socket only: what leaves there with
	 * it is ours. */
	if (!tracked->knows_sequence && sighting->node == tracked->from &&
	    sighting->passing == PASSING_OUT && ports_there(tracked, packet)) {
		tracked->knows_sequence = true;
		tracked->sequence = packet->sequence;
	}
	return tracked->knows_sequence && packet->sequence == tracked->sequence
		       ? LEG_SYN
		       : LEG_NONE;
}

/* An RST to a segment without ACK acknowledges it; to one with ACK it takes its sequence
 * number from there (RFC 9293 §3.5.2). */
static enum leg leg_of_reset(const struct tracked *tracked,
			     const struct nst_packet *packet)
{
	bool acks = packet->tcp_flags & NST_ACK;
	bool back = acks ? near(packet->acknowledgment, tracked->sequence + 1)
			 : tracked->knows_answer &&
				    near(packet->sequence, tracked->answer + 1) &&
				    ports_back(tracked, packet);
	bool there = acks ? tracked->knows_answer &&
				     near(packet->acknowledgment, tracked->answer + 1)
			  : near(packet->sequence, tracked->sequence + 1) &&
				     ports_there(tracked, packet);

	/* The SYN has not been seen: refused before it left, the RST is for its port. */
	if (!tracked->knows_sequence)
		return ports_back(tracked, packet) ? LEG_RESET_BACK : LEG_NONE;
	return back ? LEG_RESET_BACK : there ? LEG_RESET_THERE : LEG_NONE;
}

/* What the asked host answers to a SYN or SYN-ACK that comes twice (RFC 9293 §3.10.7.4): it
 * acknowledges the SYN once more, and nothing that was sent since. */
static bool repeats_answer(const struct tracked *tracked,
			   const struct nst_packet *packet)
{
	return packet->acknowledgment == tracked->sequence + 1 &&
	       !(packet->tcp_flags & NST_FIN);
}

/* A segment of no connection is answered by an RST that acknowledges it, or that takes
 * its sequence number from what it acknowledges. */
static enum leg leg_of_segment(const struct tracked *tracked,
			       const struct nst_packet *packet)
{
	if (packet->sequence == tracked->sequence)
		return LEG_SYN;
	if (!(packet->tcp_flags & NST_RST))
		return LEG_NONE;
	return packet->sequence == tracked->answer + 1 ||
			       near(packet->acknowledgment, tracked->sequence)
		       ? LEG_RESET_BACK
		       : LEG_NONE;
}

static enum leg leg_of_tcp(struct tracked *tracked, const struct sighting *sighting)
{
	const struct nst_packet *packet = &sighting->packet;

	if (tracked->alone)
		return leg_of_segment(tracked, packet);
	if (packet->tcp_flags & NST_RST)
		return leg_of_reset(tracked, packet);
	if (packet->tcp_flags & NST_SYN)
		return leg_of_syn(tracked, sighting);
	if (!tracked->knows_sequence || !tracked->knows_answer)
		return LEG_NONE;
	if (near(packet->sequence, tracked->sequence + 1) &&
	    near(packet->acknowledgment, tracked->answer + 1))
		return packet->payload_size > 0 ? LEG_DATA : LEG_OTHER;
	if (near(packet->acknowledgment, tracked->sequence + 1) &&
	    ports_back(tracked, packet))
		return packet->payload_size > 0          ? LEG_REPLY
		       : repeats_answer(tracked, packet) ? LEG_OTHER
							 : LEG_ACK;
	return LEG_NONE;
}

static enum leg leg_of_udp(const struct tracked *tracked,
			   const struct sighting *sighting)
{
	const struct nst_packet *packet = &sighting->packet;

	/* The asker's port is kept free of programs: what is sent to it is an answer. */
	if (ports_back(tracked, packet))
		return LEG_REPLY;
	return track_is_payload(tracked, sighting->frame + packet->payload_at,
				packet->payload_size)
		       ? LEG_DATA
		       : LEG_NONE;
}

static bool is_echo(const struct nst_packet *packet)
{
	if (packet->kind == NST_PACKET_ICMP)
		return packet->icmp_type == ICMP_ECHO ||
		       packet->icmp_type == ICMP_ECHOREPLY;
	return packet->icmp_type == ICMPV6_ECHO_REQUEST ||
	       packet->icmp_type == ICMPV6_ECHO_REPLY;
}

static enum leg leg_of_echo(const struct tracked *tracked,
			    const struct sighting *sighting)
{
	const struct nst_packet *packet = &sighting->packet;
	bool request =
		packet->icmp_type ==
		(packet->kind == NST_PACKET_ICMP ? ICMP_ECHO : ICMPV6_ECHO_REQUEST);

	if (tracked->protocol != NST_ICMP ||
	    !track_is_payload(tracked, sighting->frame + packet->payload_at,
			      packet->payload_size))
		return LEG_NONE;
	return request ? LEG_DATA : LEG_REPLY;
}

static enum leg quoted_tcp(const struct tracked *tracked,
			   const struct nst_packet *quoted)
{
	if (tracked->protocol != NST_TCP)
		return LEG_NONE;
	if (ports_there(tracked, quoted) ||
	    (tracked->knows_sequence && near(quoted->sequence, tracked->sequence)))
		return LEG_ERROR_BACK;
	if (ports_back(tracked, quoted) ||
	    (tracked->knows_answer && near(quoted->sequence, tracked->answer)))
		return LEG_ERROR_THERE;
	return LEG_NONE;
}

/* Whether the error quotes the payload too: Linux quotes as much as fits. */
static bool quotes_payload(const struct tracked *tracked,
			   const struct sighting *sighting)
{
	const struct nst_packet *packet = &sighting->packet;
	const uint8_t *bytes = sighting->frame + packet->payload_at;

	for (size_t at = 0; at + 8 <= packet->payload_size; at += 4)
		if (track_is_payload(tracked, bytes + at, packet->payload_size - at))
			return true;
	return false;
}

static enum leg quoted_udp(const struct tracked *tracked,
			   const struct sighting *sighting,
			   const struct nst_packet *quoted)
{
	if (tracked->protocol != NST_UDP)
		return LEG_NONE;
	if (ports_back(tracked, quoted))
		return LEG_ERROR_THERE;
	return ports_there(tracked, quoted) || quotes_payload(tracked, sighting)
		       ? LEG_ERROR_BACK
		       : LEG_NONE;
}

static enum leg quoted_echo(const struct tracked *tracked,
			    const struct sighting *sighting,
			    const struct nst_packet *quoted)
{
	bool request = quoted->kind == NST_PACKET_ICMP
			       ? quoted->icmp_type == ICMP_ECHO
			       : quoted->icmp_type == ICMPV6_ECHO_REQUEST;

	if (tracked->protocol != NST_ICMP || !quotes_payload(tracked, sighting))
		return LEG_NONE;
	return request ? LEG_ERROR_BACK : LEG_ERROR_THERE;
}

static enum leg leg_of_error(const struct tracked *tracked,
			     const struct sighting *sighting)
{
	struct nst_packet quoted;

	if (!nst_packet_quoted(sighting->frame, sighting->size, &sighting->packet,
			       &quoted))
		return LEG_NONE;
	switch (quoted.ip_protocol) {
	case IPPROTO_TCP:
		return quoted_tcp(tracked, &quoted);
	case IPPROTO_UDP:
		return quoted_udp(tracked, sighting, &quoted);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return quoted_echo(tracked, sighting, &quoted);
	}
	return LEG_NONE;
}

static enum leg leg_of_discovery(const struct tracked *tracked,
				 const struct nst_packet *packet)
{
	if (tracked->neighbour.family != AF_INET6 ||
	    memcmp(packet->target, tracked->neighbour.bytes, sizeof(packet->target)) !=
		    0)
		return LEG_NONE;
	return packet->icmp_type == ND_SOLICITATION ? LEG_SOLICIT : LEG_ADVERT;
}

static enum leg leg_of_arp(const struct tracked *tracked,
			   const struct nst_packet *packet)
{
	bool request = packet->arp_operation == ARP_REQUEST;
	const uint8_t *about = request ? packet->destination : packet->source;

	if (tracked->neighbour.family != AF_INET ||
	    memcmp(about, tracked->neighbour.bytes, 4) != 0)
		return LEG_NONE;
	return request ? LEG_SOLICIT : LEG_ADVERT;
}

static enum leg leg_of_icmp(const struct tracked *tracked,
			    const struct sighting *sighting)
{
	const struct nst_packet *packet = &sighting->packet;

	if (is_echo(packet))
		return leg_of_echo(tracked, sighting);
	if (packet->kind == NST_PACKET_ICMPV6 &&
	    (packet->icmp_type == ND_SOLICITATION ||
	     packet->icmp_type == ND_ADVERTISEMENT))
		return leg_of_discovery(tracked, packet);
	return leg_of_error(tracked, sighting);
}

enum leg track_leg(struct tracked *tracked, const struct sighting *sighting)
{
	switch (sighting->packet.kind) {
	case NST_PACKET_TCP:
		return tracked->protocol == NST_TCP ? leg_of_tcp(tracked, sighting)
						    : LEG_NONE;
	case NST_PACKET_UDP:
		return tracked->protocol == NST_UDP ? leg_of_udp(tracked, sighting)
						    : LEG_NONE;
	case NST_PACKET_ICMP:
	case NST_PACKET_ICMPV6:
		return leg_of_icmp(tracked, sighting);
	case NST_PACKET_ARP:
		return leg_of_arp(tracked, &sighting->packet);
	case NST_PACKET_OTHER:
	case NST_PACKET_FRAGMENT:
	case NST_PACKET_TRUNCATED:
		break;
	}
	return LEG_NONE;
}
