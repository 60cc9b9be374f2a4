/* SPDX-License-Identifier: MIT */
/* A decoded packet as a line for people. */
#include <arpa/inet.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/packet.h>

#include "text.h"

struct word {
	int type, code; /* code -1: any */
	const char *word;
};

/* https://www.iana.org/assignments/icmp-parameters */
static const struct word icmp_words[] = {
	{ 0, -1, "echo reply" },
	{ 3, 0, "network unreachable" },
	{ 3, 1, "host unreachable" },
	{ 3, 2, "protocol unreachable" },
	{ 3, 3, "port unreachable" },
	{ 3, 4, "fragmentation needed" },
	{ 3, 5, "source route failed" },
	{ 3, 9, "network prohibited" },
	{ 3, 10, "host prohibited" },
	{ 3, 13, "administratively prohibited" },
	{ 3, -1, "unreachable" },
	{ 4, -1, "source quench" },
	{ 5, -1, "redirect" },
	{ 8, -1, "echo request" },
	{ 9, -1, "router advertisement" },
	{ 10, -1, "router solicitation" },
	{ 11, 1, "reassembly time exceeded" },
	{ 11, -1, "time exceeded" },
	{ 12, -1, "parameter problem" },
	{ 13, -1, "timestamp request" },
	{ 14, -1, "timestamp reply" },
};

/* https://www.iana.org/assignments/icmpv6-parameters */
static const struct word icmpv6_words[] = {
	{ 1, 0, "no route" },
	{ 1, 1, "administratively prohibited" },
	{ 1, 2, "beyond scope of source address" },
	{ 1, 3, "address unreachable" },
	{ 1, 4, "port unreachable" },
	{ 1, 5, "source address failed policy" },
	{ 1, 6, "route rejected" },
	{ 1, -1, "unreachable" },
	{ 2, -1, "packet too big" },
	{ 3, 1, "reassembly time exceeded" },
	{ 3, -1, "time exceeded" },
	{ 4, -1, "parameter problem" },
	{ 128, -1, "echo request" },
	{ 129, -1, "echo reply" },
	{ 130, -1, "multicast listener query" },
	{ 131, -1, "multicast listener report" },
	{ 132, -1, "multicast listener done" },
	{ 133, -1, "router solicitation" },
	{ 134, -1, "router advertisement" },
	{ 135, -1, "neighbour solicitation" },
	{ 136, -1, "neighbour advertisement" },
	{ 137, -1, "redirect" },
	{ 143, -1, "multicast listener report v2" },
};

static const struct word protocol_words[] = {
	{ IPPROTO_ICMP, -1, "ICMP" },     { IPPROTO_IGMP, -1, "IGMP" },
	{ IPPROTO_TCP, -1, "TCP" },       { IPPROTO_UDP, -1, "UDP" },
	{ IPPROTO_GRE, -1, "GRE" },       { IPPROTO_ESP, -1, "ESP" },
	{ IPPROTO_ICMPV6, -1, "ICMPv6" }, { IPPROTO_SCTP, -1, "SCTP" },
};

static const struct word flag_words[] = {
	{ NST_SYN, -1, "SYN" }, { NST_FIN, -1, "FIN" }, { NST_RST, -1, "RST" },
	{ NST_PSH, -1, "PSH" }, { NST_ACK, -1, "ACK" }, { NST_URG, -1, "URG" },
};

static const char *find_word(const struct word *words, size_t count, int type, int code)
{
	for (size_t i = 0; i < count; i++)
		if (words[i].type == type &&
		    (words[i].code < 0 || words[i].code == code))
			return words[i].word;
	return NULL;
}

static void put_address(struct text *text, int family, const uint8_t *address)
{
	char numbers[INET6_ADDRSTRLEN];

	put(text, "%s", inet_ntop(family, address, numbers, sizeof(numbers)));
}

static void put_mac(struct text *text, const uint8_t *mac)
{
	put(text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
	    mac[4], mac[5]);
}

/* An address with its port: "10.0.0.1:80", "[fd00::1]:80". */
static void put_end(struct text *text, int family, const uint8_t *address,
		    uint16_t port)
{
	if (port && family == AF_INET6)
		put(text, "[");
	put_address(text, family, address);
	if (port)
		put(text, family == AF_INET6 ? "]:%u" : ":%u", port);
}

static void put_ends(struct text *text, const struct nst_packet *packet)
{
	put_end(text, packet->family, packet->source, packet->source_port);
	put(text, " > ");
	put_end(text, packet->family, packet->destination, packet->destination_port);
	put(text, " ");
}

static void put_protocol(struct text *text, const struct nst_packet *packet)
{
	const char *word = find_word(protocol_words, ARRAY_SIZE(protocol_words),
				     packet->ip_protocol, 0);

	if (word)
		put(text, "%s", word);
	else
		put(text, "protocol %u", packet->ip_protocol);
}

static void put_size(struct text *text, const struct nst_packet *packet)
{
	if (packet->payload_size)
		put(text, " len %zu", packet->payload_size);
}

static void print_arp(struct text *text, const struct nst_packet *packet)
{
	static const uint8_t nobody[4];
	bool asks = packet->arp_operation == 1;
	bool about_itself = !memcmp(packet->source, packet->destination, 4);

	put(text, "ARP ");
	if (packet->arp_operation != 1 && packet->arp_operation != 2) {
		put(text, "operation %u", packet->arp_operation);
		return;
	}
	if (asks && !about_itself) {
		put(text, "who has ");
		put_address(text, AF_INET, packet->destination);
		put(text, "?");
		if (!memcmp(packet->source, nobody, 4))
			return; /* a probe asks for itself: RFC 5227 §1.1 */
		put(text, " tell ");
		put_address(text, AF_INET, packet->source);
		return;
	}
	put_address(text, AF_INET, packet->source);
	put(text, " is at ");
	put_mac(text, packet->arp_mac);
}

/* Windows are told where they say something: at the start, and when they are shut. */
static void print_tcp(struct text *text, const struct nst_packet *packet)
{
	put_ends(text, packet);
	put(text, "TCP");
	for (size_t i = 0; i < ARRAY_SIZE(flag_words); i++)
		if (packet->tcp_flags & flag_words[i].type)
			put(text, " %s", flag_words[i].word);
	put(text, " seq %u", packet->sequence);
	if (packet->tcp_flags & NST_ACK)
		put(text, " ack %u", packet->acknowledgment);
	if (packet->tcp_flags & NST_SYN ||
	    !(packet->window || packet->tcp_flags & NST_RST))
		put(text, " win %u", packet->window);
	put_size(text, packet);
}

static void print_icmp(struct text *text, const struct nst_packet *packet)
{
	bool v6 = packet->kind == NST_PACKET_ICMPV6;
	uint8_t type = packet->icmp_type;
	const char *word = v6 ? find_word(icmpv6_words, ARRAY_SIZE(icmpv6_words), type,
					  packet->icmp_code)
			      : find_word(icmp_words, ARRAY_SIZE(icmp_words), type,
					  packet->icmp_code);

	put_ends(text, packet);
	put(text, v6 ? "ICMPv6 " : "ICMP ");
	if (word)
		put(text, "%s", word);
	else
		put(text, "type %u code %u", type, packet->icmp_code);
	if (v6 ? type == 128 || type == 129 : type == 0 || type == 8)
		put(text, " id %u seq %u", packet->sequence, packet->acknowledgment);
	if (v6 && type >= 135 && type <= 137) {
		put(text, type == 135 ? ": who has " : ": ");
		put_address(text, AF_INET6, packet->target);
	}
}

static void print_other(struct text *text, const struct nst_packet *packet)
{
	if (packet->family) {
		put_ends(text, packet);
		put_protocol(text, packet);
	} else {
		put_mac(text, packet->source_mac);
		put(text, " > ");
		put_mac(text, packet->destination_mac);
		/* Smaller numbers are lengths: IEEE 802.3 §3.2.6. */
		if (packet->ethertype >= 0x600)
			put(text, " ethertype 0x%04x", packet->ethertype);
		else
			put(text, " 802.3");
	}
	put_size(text, packet);
}

int nst_packet_print(const struct nst_packet *packet, char *text, size_t size)
{
	struct text line = { .at = text, .size = size };

	if (size)
		text[0] = '\0';
	if (packet->vlan)
		put(&line, "vlan %u ", packet->vlan);
	switch (packet->kind) {
	case NST_PACKET_ARP:
		print_arp(&line, packet);
		break;
	case NST_PACKET_TCP:
		print_tcp(&line, packet);
		break;
	case NST_PACKET_UDP:
		put_ends(&line, packet);
		put(&line, "UDP");
		put_size(&line, packet);
		break;
	case NST_PACKET_ICMP:
	case NST_PACKET_ICMPV6:
		print_icmp(&line, packet);
		break;
	case NST_PACKET_FRAGMENT:
		put_ends(&line, packet);
		put_protocol(&line, packet);
		put(&line, " fragment at %u", packet->fragment_at);
		put_size(&line, packet);
		break;
	case NST_PACKET_TRUNCATED:
		print_other(&line, packet);
		put(&line, " (truncated)");
		break;
	case NST_PACKET_OTHER:
		print_other(&line, packet);
		break;
	}
	return (int)line.used;
}
