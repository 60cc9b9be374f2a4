/* SPDX-License-Identifier: MIT */
/* Frames of every kind: what is read out of them, and how they are printed. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/packet.h>

#include "frames.h"

enum { FRAME = 512, LINE = 256 };

static struct nst_packet decoded(const char *hex)
{
	uint8_t frame[FRAME];
	struct nst_packet packet;

	nst_packet_decode(frame, unhex(hex, frame), &packet);
	return packet;
}

Test(decode, prints_every_example_as_its_line)
{
	char line[LINE];

	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		struct nst_packet packet = decoded(examples[i].hex);

		nst_packet_print(&packet, line, sizeof(line));
		cr_expect(eq(str, line, (char *)examples[i].line), "%s",
			  examples[i].name);
	}
}

Test(decode, reads_a_segment)
{
	struct nst_packet packet = decoded(HEX_TCP_DATA);

	cr_expect_eq(packet.kind, NST_PACKET_TCP);
	cr_expect_eq(packet.family, AF_INET);
	cr_expect_eq(packet.ethertype, 0x0800);
	cr_expect_eq(packet.source_mac[5], 1);
	cr_expect_eq(packet.destination_mac[5], 2);
	cr_expect_arr_eq(packet.source, ((uint8_t[]){ 10, 0, 0, 1 }), 4);
	cr_expect_arr_eq(packet.destination, ((uint8_t[]){ 10, 0, 0, 2 }), 4);
	cr_expect_eq(packet.ttl, 64);
	cr_expect_eq(packet.ip_protocol, IPPROTO_TCP);
	cr_expect_eq(packet.source_port, 41000);
	cr_expect_eq(packet.destination_port, 80);
	cr_expect_eq(packet.tcp_flags, NST_PSH | NST_ACK);
	cr_expect_eq(packet.sequence, 1001);
	cr_expect_eq(packet.acknowledgment, 7001);
	cr_expect_eq(packet.window, 502);
	cr_expect_eq(packet.payload_at, 14 + 20 + 20);
	cr_expect_eq(packet.payload_size, strlen("GET /"));
}

Test(decode, leaves_the_padding_of_a_short_frame_out)
{
	cr_expect_eq(decoded(HEX_TCP_FIN_PADDED).payload_size, 0);
}

Test(decode, takes_the_outer_vlan_and_the_inner_ethertype)
{
	struct nst_packet packet = decoded(HEX_VLAN_TWICE);

	cr_expect_eq(packet.vlan, 7);
	cr_expect_eq(packet.ethertype, 0x0806);
}

Test(decode, leaves_the_priority_of_a_vlan_out)
{
	cr_expect_eq(decoded(HEX_VLAN_TAGGED).vlan, 5);
}

Test(decode, walks_extension_headers_to_what_they_carry)
{
	struct nst_packet packet = decoded(HEX_UDP_BEHIND_EXTENSIONS);

	cr_expect_eq(packet.ip_protocol, IPPROTO_UDP);
	cr_expect_eq(packet.payload_size, 2);
}

Test(decode, reads_whom_a_solicitation_is_for)
{
	struct nst_packet packet = decoded(HEX_ICMPV6_SOLICITATION);
	struct in6_addr server;

	inet_pton(AF_INET6, "fd00::2", &server);
	cr_expect_arr_eq(packet.target, &server, sizeof(server));
}

struct quote {
	const char *hex, *line;
	enum nst_packet_kind kind;
};

static const struct quote quotes[] = {
	{ HEX_ICMP_PORT_UNREACHABLE, "10.0.0.1:5000 > 10.0.0.2:53 UDP",
	  NST_PACKET_UDP },
	{ HEX_ICMPV6_UNREACHABLE, "[fd00::1]:5000 > [fd00::2]:53 UDP", NST_PACKET_UDP },
	{ HEX_ICMP_PROHIBITED_OF_TCP, "10.0.0.1:41000 > 10.0.0.2:80 TCP (truncated)",
	  NST_PACKET_TRUNCATED },
};

Test(decode, reads_what_an_error_quotes)
{
	char line[LINE];

	for (size_t i = 0; i < ARRAY_SIZE(quotes); i++) {
		uint8_t frame[FRAME];
		size_t size = unhex(quotes[i].hex, frame);
		struct nst_packet packet, quoted = {};

		nst_packet_decode(frame, size, &packet);
		cr_assert(nst_packet_quoted(frame, size, &packet, &quoted));
		nst_packet_print(&quoted, line, sizeof(line));
		cr_expect(eq(str, line, (char *)quotes[i].line));
		cr_expect_eq(quoted.kind, quotes[i].kind);
	}
}

Test(decode, reads_the_sequence_of_a_quoted_segment)
{
	uint8_t frame[FRAME];
	size_t size = unhex(HEX_ICMP_PROHIBITED_OF_TCP, frame);
	struct nst_packet packet, quoted = {};

	nst_packet_decode(frame, size, &packet);
	cr_assert(nst_packet_quoted(frame, size, &packet, &quoted));

	cr_expect_eq(quoted.sequence, 1000);
}

Test(decode, finds_no_quote_in_what_is_no_error)
{
	uint8_t frame[FRAME];
	size_t size = unhex(HEX_ICMP_ECHO_REQUEST, frame);
	struct nst_packet packet, quoted;

	nst_packet_decode(frame, size, &packet);

	cr_expect_not(nst_packet_quoted(frame, size, &packet, &quoted));
}

/* Every example cut at every place, in memory of that very size: ASan watches. */
Test(decode, stays_inside_frames_of_any_length)
{
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		uint8_t frame[FRAME];
		size_t size = unhex(examples[i].hex, frame);

		for (size_t cut = 0; cut <= size; cut++) {
			AUTO_FREE uint8_t *copy = malloc(cut);
			struct nst_packet packet;

			memcpy(copy, frame, cut);
			nst_packet_decode(copy, cut, &packet);
			cr_assert(packet.payload_at <= cut &&
					  packet.payload_size <=
						  cut - packet.payload_at,
				  "%s cut to %zu", examples[i].name, cut);
		}
	}
}

Test(decode, knows_a_frame_that_ends_inside_a_header)
{
	uint8_t frame[FRAME];
	struct nst_packet packet;

	unhex(HEX_TCP_ACK, frame);
	for (size_t cut = 0; cut < 14 + 20 + 20; cut++) {
		nst_packet_decode(frame, cut, &packet);
		cr_expect_eq(packet.kind, NST_PACKET_TRUNCATED, "cut to %zu", cut);
	}
}

Test(print, says_how_long_the_line_would_have_been)
{
	struct nst_packet packet = decoded(HEX_TCP_SYN);
	char whole[LINE], cut[10];
	int length = nst_packet_print(&packet, whole, sizeof(whole));

	cr_expect_eq(nst_packet_print(&packet, cut, sizeof(cut)), length);
	cr_expect_eq(nst_packet_print(&packet, NULL, 0), length);
	cr_expect_eq((size_t)length, strlen(whole));
	cr_expect(eq(str, cut, "10.0.0.1:"));
}
