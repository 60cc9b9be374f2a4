/* SPDX-License-Identifier: MIT */
/* What a fault matches. The words are ours because pcap's own are not enough: its tcp[…] is
 * IPv4 only, and its `tcp` does not look behind IPv6 extension headers. */
#include <ctype.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/fault.h>

#include "fault_match.h"

enum { PORT_DNS = 53, ETHERTYPE_MARKER = 0x88b5 };

/* ---- The words ---- */

static bool is_tcp(const struct frame_parts *parts)
{
	return frame_is(parts, IPPROTO_TCP);
}

static bool is_udp(const struct frame_parts *parts)
{
	return frame_is(parts, IPPROTO_UDP);
}

static bool has_flags(const struct frame_parts *parts, uint8_t set, uint8_t clear)
{
	return is_tcp(parts) && (parts->tcp_flags & (set | clear)) == set;
}

static bool has_payload(const struct frame_parts *parts)
{
	return parts->end > parts->payload_at;
}

static bool is_syn(const struct frame_parts *parts)
{
	return has_flags(parts, TCP_SYN, TCP_ACK);
}

static bool is_syn_ack(const struct frame_parts *parts)
{
	return has_flags(parts, TCP_SYN | TCP_ACK, 0);
}

static bool is_ack(const struct frame_parts *parts)
{
	return has_flags(parts, TCP_ACK, TCP_SYN | TCP_FIN | TCP_RST) &&
	       !has_payload(parts);
}

static bool is_rst(const struct frame_parts *parts)
{
	return has_flags(parts, TCP_RST, 0);
}

static bool is_fin(const struct frame_parts *parts)
{
	return has_flags(parts, TCP_FIN, 0);
}

static bool is_data(const struct frame_parts *parts)
{
	return is_tcp(parts) && has_payload(parts);
}

static bool is_dns_query(const struct frame_parts *parts)
{
	return (is_udp(parts) || is_tcp(parts)) && has_payload(parts) &&
	       parts->destination_port == PORT_DNS;
}

static bool is_dns_answer(const struct frame_parts *parts)
{
	return (is_udp(parts) || is_tcp(parts)) && has_payload(parts) &&
	       parts->source_port == PORT_DNS;
}

static bool is_dns(const struct frame_parts *parts)
{
	return (is_udp(parts) || is_tcp(parts)) &&
	       (parts->source_port == PORT_DNS || parts->destination_port == PORT_DNS);
}

static bool is_icmp(const struct frame_parts *parts)
{
	return frame_is_icmp(parts) && !frame_is_discovery(parts) &&
	       !frame_is_listener(parts);
}

static bool is_echo_request(const struct frame_parts *parts)
{
	return frame_is_icmp(parts) &&
	       parts->icmp_type ==
		       (parts->version == 4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST);
}

static bool is_echo_reply(const struct frame_parts *parts)
{
	return frame_is_icmp(parts) &&
	       parts->icmp_type ==
		       (parts->version == 4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY);
}

static bool is_icmp_error(const struct frame_parts *parts)
{
	return frame_is_icmp_error(parts) && !frame_is_discovery(parts);
}

static bool is_fragment(const struct frame_parts *parts)
{
	return parts->fragment;
}

static bool is_arp(const struct frame_parts *parts)
{
	return parts->ethertype == ETH_P_ARP;
}

/* clang-format off */
#define WORDS(WORD) \
	WORD("tcp", is_tcp, "TCP") \
	WORD("syn", is_syn, "the first segment of a TCP connection: SYN without ACK") \
	WORD("syn-ack", is_syn_ack, "the answer to it: SYN and ACK") \
	WORD("ack", is_ack, "a TCP segment that only acknowledges: no payload, SYN, FIN, RST") \
	WORD("data", is_data, "a TCP segment with payload") \
	WORD("fin", is_fin, "a TCP segment with FIN, with or without payload") \
	WORD("rst", is_rst, "a TCP segment with RST") \
	WORD("udp", is_udp, "UDP") \
	WORD("dns", is_dns, "UDP or TCP from or to port 53") \
	WORD("dns-query", is_dns_query, "the same to port 53, with payload") \
	WORD("dns-answer", is_dns_answer, "the same from port 53, with payload") \
	WORD("icmp", is_icmp, "ICMP, and ICMPv6 but for neighbour discovery and MLD") \
	WORD("echo-request", is_echo_request, "what ping sends") \
	WORD("echo-reply", is_echo_reply, "what ping gets") \
	WORD("icmp-error", is_icmp_error, "an ICMP or ICMPv6 message about another packet") \
	WORD("fragment", is_fragment, "a fragment of a packet, the first too") \
	WORD("arp", is_arp, "ARP") \
	WORD("nd", frame_is_discovery, "IPv6 neighbour and router discovery, redirects") \
	WORD("mld", frame_is_listener, "multicast listener discovery")
/* clang-format on */

#define WORD_TEXT(name, holds, what) { name, what },
#define WORD_TEST(name, holds, what) holds,

const struct nst_word nst_fault_words[] = { WORDS(WORD_TEXT){} };
static bool (*const tests[])(const struct frame_parts *) = { WORDS(WORD_TEST) };

/* What comes when timers say so. */
static bool is_housekeeping(const struct frame_parts *parts)
{
	return is_arp(parts) || frame_is_discovery(parts) || frame_is_listener(parts);
}

/* ---- Texts ---- */

static const char *skip_space(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* Behind a word of our own; NULL: none stands there. */
static const char *read_word(const char *text, size_t *ret_word)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz-");

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		if (strlen(nst_fault_words[i].name) == length &&
		    strncmp(text, nst_fault_words[i].name, length) == 0) {
			*ret_word = i;
			return skip_space(text + length);
		}
	return NULL;
}

static const char *after(const char *text, const char *token)
{
	size_t length = strlen(token);

	if (strncmp(text, token, length) != 0 ||
	    (isalpha((unsigned char)*token) && isalnum((unsigned char)text[length])))
		return NULL;
	return skip_space(text + length);
}

static const char *after_not(const char *text)
{
	return after(text, "not") ?: after(text, "!");
}

static const char *after_and(const char *text)
{
	return after(text, "and") ?: after(text, "&&");
}

/* One of our words, if it is all there is or "and" follows: "tcp port 80" is pcap's. Return:
 * behind both; NULL: the rest is pcap's. */
static const char *read_term(const char *text, struct fault_match *match)
{
	const char *positive = after_not(text), *rest;
	size_t word;

	rest = read_word(positive ?: text, &word);
	if (!rest || match->count == FAULT_MATCH_WORDS)
		return NULL;
	if (*rest != '\0') {
		rest = after_and(rest);
		if (!rest || *rest == '\0')
			return NULL;
	}
	match->words[match->count].word = word;
	match->words[match->count++].not = positive != NULL;
	return rest;
}

/* pcap's "and" and "or" bind alike, from the left: "tcp and port 1 or udp" is not "tcp and
 * (port 1 or udp)", which is what taking its first word away would make of it. */
static bool has_open_or(const char *text)
{
	int depth = 0;

	for (; *text; text++) {
		depth += (*text == '(') - (*text == ')');
		if (depth == 0 && strncmp(text, "||", 2) == 0)
			return true;
		if (depth == 0 && isspace((unsigned char)*text) &&
		    after(text + 1, "or"))
			return true;
	}
	return false;
}

static int compile_filter(const char *text, struct bpf_program *ret)
{
	enum { SNAPLEN = 262144, OPTIMIZE = 1 };
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	int r = 0;

	if (!pcap)
		return nst_fail_memory();
	if (pcap_compile(pcap, ret, text, OPTIMIZE, PCAP_NETMASK_UNKNOWN) < 0)
		r = nst_fail(-EINVAL, "the filter \"%s\": %s", text, pcap_geterr(pcap));
	pcap_close(pcap);
	return r;
}

int fault_match_compile(const char *text, struct fault_match *ret)
{
	struct fault_match match = { .everything = !text };
	const char *rest = skip_space(text ?: "");
	int r;

	if (text && *rest == '\0')
		return nst_fail(-EINVAL,
				"an empty match: leave it out to mean every packet");
	for (const char *next = rest; *rest; rest = next) {
		next = read_term(rest, &match);
		if (!next)
			break;
	}
	if (*rest != '\0' && match.count > 0 && has_open_or(rest))
		return nst_fail(-EINVAL, "\"%s\": put brackets around \"%s\"", text,
				rest);
	if (*rest != '\0') {
		r = compile_filter(rest, &match.filter);
		if (r < 0)
			return r;
		match.filtered = true;
	}
	*ret = match;
	return 0;
}

void fault_match_free(struct fault_match *match)
{
	if (match->filtered)
		pcap_freecode(&match->filter);
	*match = (struct fault_match){};
}

bool fault_match_holds(const struct fault_match *match, const uint8_t *frame,
		       const struct frame_parts *parts)
{
	struct pcap_pkthdr header = { .caplen = (bpf_u_int32)parts->size,
				      .len = (bpf_u_int32)parts->size };

	if (parts->ethertype == ETHERTYPE_MARKER)
		return false;
	if (match->everything)
		return !is_housekeeping(parts);
	for (size_t i = 0; i < match->count; i++)
		if (tests[match->words[i].word](parts) == match->words[i].not )
			return false;
	return !match->filtered || pcap_offline_filter(&match->filter, &header, frame);
}
