/* SPDX-License-Identifier: MIT */
/* Which packets belong to a probe. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include <counters.h>
#include <probe/track.h>

enum { PORT = 55123, TO = 80, SEQUENCE = 1000, ANSWER = 7000, ASKER = 4 };

static struct tracked tracked_tcp(void)
{
	return (struct tracked){ .protocol = NST_TCP,
				 .family = AF_INET,
				 .from = ASKER,
				 .port = PORT,
				 .to_port = TO,
				 .nonce = 42 };
}

static struct sighting segment(uint16_t from, uint16_t to, unsigned int flags,
			       uint32_t sequence, uint32_t acknowledgment, size_t size)
{
	return (struct sighting){ .node = ASKER,
				  .passing = PASSING_OUT,
				  .packet = {
					  .kind = NST_PACKET_TCP,
					  .source_port = from,
					  .destination_port = to,
					  .tcp_flags = (uint8_t)flags,
					  .sequence = sequence,
					  .acknowledgment = acknowledgment,
					  .payload_size = size,
				  } };
}

static enum leg leg_of(struct tracked *tracked, struct sighting sighting)
{
	return track_leg(tracked, &sighting);
}

/* A whole connection as it goes by. */
Test(track, tcp_is_known_by_its_sequence_numbers)
{
	struct tracked tracked = tracked_tcp();

	cr_expect_eq(leg_of(&tracked, segment(PORT, TO, NST_SYN, SEQUENCE, 0, 0)),
		     LEG_SYN);
	cr_expect_eq(leg_of(&tracked, segment(TO, PORT, NST_SYN | NST_ACK, ANSWER,
					      SEQUENCE + 1, 0)),
		     LEG_SYN_ACK);
	cr_expect_eq(leg_of(&tracked,
			    segment(PORT, TO, NST_ACK, SEQUENCE + 1, ANSWER + 1, 0)),
		     LEG_OTHER);
	cr_expect_eq(leg_of(&tracked, segment(PORT, TO, NST_ACK | NST_PSH, SEQUENCE + 1,
					      ANSWER + 1, 32)),
		     LEG_DATA);
	cr_expect_eq(leg_of(&tracked,
			    segment(TO, PORT, NST_ACK, ANSWER + 1, SEQUENCE + 33, 0)),
		     LEG_ACK);
	cr_expect_eq(leg_of(&tracked, segment(TO, PORT, NST_ACK | NST_PSH, ANSWER + 1,
					      SEQUENCE + 33, 32)),
		     LEG_REPLY);
}

Test(track, tcp_is_known_behind_nat)
{
	struct tracked tracked = tracked_tcp();
	struct sighting inside = segment(PORT, TO, NST_SYN, SEQUENCE, 0, 0);
	struct sighting behind = segment(40000, 8080, NST_SYN, SEQUENCE, 0, 0);

	behind.node = ASKER + 1;
	cr_expect_eq(track_leg(&tracked, &behind), LEG_NONE, "not known yet");
	cr_expect_eq(track_leg(&tracked, &inside), LEG_SYN);
	cr_expect_eq(track_leg(&tracked, &behind), LEG_SYN);
}

Test(track, other_connections_are_nobodys)
{
	struct tracked tracked = tracked_tcp();

	leg_of(&tracked, segment(PORT, TO, NST_SYN, SEQUENCE, 0, 0));
	leg_of(&tracked, segment(TO, PORT, NST_SYN | NST_ACK, ANSWER, SEQUENCE + 1, 0));

	cr_expect_eq(leg_of(&tracked, segment(PORT, TO, NST_SYN, 999999, 0, 0)),
		     LEG_NONE, "the same ports in another host");
	cr_expect_eq(
		leg_of(&tracked, segment(TO, 40000, NST_SYN | NST_ACK, 1, 999999, 0)),
		LEG_NONE);
	cr_expect_eq(
		leg_of(&tracked, segment(TO, 40000, NST_RST | NST_ACK, 0, 999999, 0)),
		LEG_NONE);
	cr_expect_eq(leg_of(&tracked, segment(40000, TO, NST_ACK, 555555, 666666, 9)),
		     LEG_NONE);
}

Test(track, resets_say_what_they_refuse)
{
	struct tracked tracked = tracked_tcp();

	leg_of(&tracked, segment(PORT, TO, NST_SYN, SEQUENCE, 0, 0));
	cr_expect_eq(leg_of(&tracked,
			    segment(TO, PORT, NST_RST | NST_ACK, 0, SEQUENCE + 1, 0)),
		     LEG_RESET_BACK);
	leg_of(&tracked, segment(TO, PORT, NST_SYN | NST_ACK, ANSWER, SEQUENCE + 1, 0));
	cr_expect_eq(leg_of(&tracked, segment(PORT, TO, NST_RST, SEQUENCE + 1, 0, 0)),
		     LEG_RESET_THERE);
	cr_expect_eq(leg_of(&tracked, segment(TO, PORT, NST_RST, ANSWER + 1, 0, 0)),
		     LEG_RESET_BACK);
}

Test(track, a_reset_for_a_syn_that_was_never_seen_is_known_by_its_port)
{
	struct tracked tracked = tracked_tcp();

	cr_expect_eq(leg_of(&tracked, segment(TO, PORT, NST_RST | NST_ACK, 0, 5, 0)),
		     LEG_RESET_BACK);
	cr_expect_eq(leg_of(&tracked, segment(TO, 40000, NST_RST | NST_ACK, 0, 5, 0)),
		     LEG_NONE);
}

/* A frame: Ethernet, IPv4, UDP, payload. */
static struct sighting datagram(const struct tracked *tracked, uint16_t from,
				uint16_t to, bool marked)
{
	struct sighting sighting = { .node = ASKER, .size = 42 + PAYLOAD_SIZE };
	uint8_t *frame = sighting.frame;
	uint16_t ports[] = { htons(from), htons(to), htons(8 + PAYLOAD_SIZE) };

	frame[12] = 0x08;
	frame[14] = 0x45;
	frame[17] = 28 + PAYLOAD_SIZE;
	frame[23] = IPPROTO_UDP;
	memcpy(frame + 34, ports, sizeof(ports));
	if (marked)
		track_payload(tracked, frame + 42);
	nst_packet_decode(frame, sighting.size, &sighting.packet);
	return sighting;
}

Test(track, datagrams_are_known_by_nonce_and_answers_by_port)
{
	struct tracked tracked = tracked_tcp();

	tracked.protocol = NST_UDP;
	cr_expect_eq(leg_of(&tracked, datagram(&tracked, PORT, 53, true)), LEG_DATA);
	cr_expect_eq(leg_of(&tracked, datagram(&tracked, 40000, 5353, true)), LEG_DATA,
		     "behind NAT");
	cr_expect_eq(leg_of(&tracked, datagram(&tracked, 53, PORT, true)), LEG_REPLY);
	cr_expect_eq(leg_of(&tracked, datagram(&tracked, 53, PORT, false)), LEG_REPLY,
		     "a program's own words");
	cr_expect_eq(leg_of(&tracked, datagram(&tracked, 40000, 53, false)), LEG_NONE);
	tracked.nonce++;
	cr_expect_eq(leg_of(&tracked, datagram(&(struct tracked){ .nonce = 42 }, 40000,
					       53, true)),
		     LEG_NONE, "of another probe");
}

static void arp(struct sighting *sighting, uint16_t operation, uint8_t last)
{
	*sighting = (struct sighting){ .packet = { .kind = NST_PACKET_ARP,
						   .arp_operation = operation } };
	memcpy(operation == 1 ? sighting->packet.destination : sighting->packet.source,
	       (uint8_t[]){ 10, 0, 0, last }, 4);
}

Test(track, discovery_counts_when_its_neighbour_is_looked_for)
{
	struct tracked tracked = tracked_tcp();
	struct sighting sighting;

	arp(&sighting, 1, 2);
	cr_expect_eq(track_leg(&tracked, &sighting), LEG_NONE);
	tracked.neighbour = (struct nst_address){ AF_INET, { 10, 0, 0, 2 }, 32 };
	cr_expect_eq(track_leg(&tracked, &sighting), LEG_SOLICIT);
	arp(&sighting, 2, 2);
	cr_expect_eq(track_leg(&tracked, &sighting), LEG_ADVERT);
	arp(&sighting, 1, 3);
	cr_expect_eq(track_leg(&tracked, &sighting), LEG_NONE);
}

/* ---- Counters ---- */

static const char snmp[] = "Ip: Forwarding DefaultTTL\nIp: 2 64\n"
			   "Icmp: InMsgs InEchos\nIcmp: 5 4\n"
			   "IcmpMsg: InType8\nIcmpMsg: 4\n"
			   "Tcp: MaxConn OutRsts InCsumErrors\nTcp: -1 17 0\n"
			   "UdpLite: InDatagrams NoPorts\nUdpLite: 9 9\n"
			   "Udp: InDatagrams NoPorts\nUdp: 3 8\n";
static const char snmp6[] = "Ip6InReceives                   \t12\n"
			    "Udp6NoPorts                     \t7\n"
			    "UdpLite6NoPorts                 \t1\n";

Test(counters, are_found_by_group_and_name)
{
	uint64_t value = 0;

	cr_expect(counters_find(snmp, "Tcp:", "OutRsts", &value));
	cr_expect_eq(value, 17U);
	cr_expect(counters_find(snmp, "Udp:", "NoPorts", &value));
	cr_expect_eq(value, 8U);
	cr_expect(counters_find(snmp, "Icmp:", "InEchos", &value));
	cr_expect_eq(value, 4U);
	cr_expect(counters_find(snmp6, "", "Udp6NoPorts", &value));
	cr_expect_eq(value, 7U);
}

Test(counters, that_are_missing_are_not_found)
{
	uint64_t value = 77;

	cr_expect_not(counters_find(snmp, "Tcp:", "OutRst", &value));
	cr_expect_not(counters_find(snmp, "Sctp:", "OutRsts", &value));
	cr_expect_not(counters_find("Tcp: A OutRsts", "Tcp:", "OutRsts", &value));
	cr_expect_not(counters_find("", "", "Udp6NoPorts", &value));
	cr_expect_eq(value, 77U);
}
