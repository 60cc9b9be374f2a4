/* SPDX-License-Identifier: MIT */
/* The classic BPF program of the watchers.
 *
 * How it works. One fixed program lets through what can be a packet of any probe, so that
 * a probe attaches nothing: TCP of the askers' ports, and with SYN or RST of any port (NAT may
 * have changed it); UDP to the askers' ports, and with our magic number; ICMP errors.
 * Offsets count from the network header (SOCK_DGRAM), so tunnels' devices without
 * Ethernet header are read just as well. X holds the length of the IP header.
 *
 * Whether all was handled on one processor decides which barrier proves anything. A
 * filter sees the processor, the reader of the socket does not; so the filter tells it by
 * cutting the packet short.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <base/scope.h>

#include "filter.h"
#include <probe/track.h>

/* Jumps go to labels further down: classic BPF knows no way back. */
enum label {
	NEXT,
	IPV4,
	IPV6,
	EXTENSION,
	CARRIED,
	NOT_TCP,
	UDP,
	ECHO,
	ICMP,
	NOT_FLAGGED,
	ANSWER,
	ICMPV6,
	ACCEPT,
	CUT,
	DISCOVERY,
	DROP,
	LABEL_COUNT,
};

struct line {
	enum label at; /* this line's own label; NEXT: none */
	uint16_t code;
	enum label yes, no; /* of a conditional jump */
	uint32_t k;
};

enum { TCP_SYN_OR_RST = NST_SYN | NST_RST, IPV4_FRAGMENT_OFFSET = 0x1fff };

#define LOAD(width, k)       BPF_LD | BPF_##width | BPF_ABS, NEXT, NEXT, (uint32_t)(k)
#define LOAD_X(width, k)     BPF_LD | BPF_##width | BPF_IND, NEXT, NEXT, (k)
#define IF(test, k, yes, no) BPF_JMP | BPF_##test | BPF_K, yes, no, (uint32_t)(k)
#define RETURN(k)            BPF_RET | BPF_K, NEXT, NEXT, (k)

static const struct line program[] = {
	{ NEXT, LOAD(W, SKF_AD_OFF + SKF_AD_PROTOCOL) },
	{ NEXT, IF(JEQ, ETH_P_IP, IPV4, NEXT) },
	{ NEXT, IF(JEQ, ETH_P_IPV6, IPV6, NEXT) },
	{ NEXT, IF(JEQ, ETH_P_ARP, DISCOVERY, DROP) },

	{ IPV4, LOAD(H, 6) },
	{ NEXT, IF(JSET, IPV4_FRAGMENT_OFFSET, DROP, NEXT) },
	{ NEXT, BPF_LDX | BPF_B | BPF_MSH, NEXT, NEXT, 0 },
	{ NEXT, LOAD(B, 9) },
	{ NEXT, IF(JEQ, IPPROTO_ICMP, ICMP, CARRIED) },

	{ IPV6, BPF_LDX | BPF_IMM, NEXT, NEXT, 40 },
	{ NEXT, LOAD(B, 6) },
	{ NEXT, IF(JEQ, IPPROTO_HOPOPTS, EXTENSION, NEXT) },
	{ NEXT, IF(JEQ, IPPROTO_DSTOPTS, EXTENSION, NEXT) },
	{ NEXT, IF(JEQ, IPPROTO_ICMPV6, ICMPV6, CARRIED) },

	/* One of them; its length counts 8 bytes, without the first 8. */
	{ EXTENSION, LOAD(B, 41) },
	{ NEXT, BPF_ALU | BPF_LSH | BPF_K, NEXT, NEXT, 3 },
	{ NEXT, BPF_ALU | BPF_ADD | BPF_K, NEXT, NEXT, 48 },
	{ NEXT, BPF_MISC | BPF_TAX, NEXT, NEXT, 0 },
	{ NEXT, LOAD(B, 40) },
	{ NEXT, IF(JEQ, IPPROTO_ICMPV6, ICMPV6, CARRIED) },

	{ CARRIED, IF(JEQ, IPPROTO_TCP, NEXT, NOT_TCP) },
	{ NEXT, LOAD_X(B, 13) },
	{ NEXT, IF(JSET, TCP_SYN_OR_RST, ACCEPT, NOT_FLAGGED) },
	{ NOT_TCP, IF(JEQ, IPPROTO_UDP, UDP, DROP) },
	{ UDP, LOAD_X(W, 8) },
	{ NEXT, IF(JEQ, PAYLOAD_MAGIC, ACCEPT, ANSWER) },

	{ NOT_FLAGGED, LOAD_X(H, 0) },
	{ NEXT, IF(JGE, PROBE_PORT_FIRST, NEXT, ANSWER) },
	{ NEXT, IF(JGT, PROBE_PORT_LAST, ANSWER, ACCEPT) },
	{ ANSWER, LOAD_X(H, 2) },
	{ NEXT, IF(JGE, PROBE_PORT_FIRST, NEXT, DROP) },
	{ NEXT, IF(JGT, PROBE_PORT_LAST, DROP, ACCEPT) },

	/* Destination unreachable, time exceeded, parameter problem. */
	{ ICMP, LOAD_X(B, 0) },
	{ NEXT, IF(JEQ, 3, ACCEPT, NEXT) },
	{ NEXT, IF(JEQ, 11, ACCEPT, NEXT) },
	{ NEXT, IF(JEQ, 12, ACCEPT, NEXT) },
	{ NEXT, IF(JEQ, 8, ECHO, NEXT) },
	{ NEXT, IF(JEQ, 0, ECHO, DROP) },

	/* Types 1–4 are errors, 128 and 129 echoes, 135 and 136 neighbour discovery. */
	{ ICMPV6, LOAD_X(B, 0) },
	{ NEXT, IF(JEQ, 0, DROP, NEXT) },
	{ NEXT, IF(JGT, 4, NEXT, ACCEPT) },
	{ NEXT, IF(JEQ, 128, ECHO, NEXT) },
	{ NEXT, IF(JEQ, 129, ECHO, NEXT) },
	{ NEXT, IF(JEQ, 135, DISCOVERY, NEXT) },
	{ NEXT, IF(JEQ, 136, DISCOVERY, DROP) },

	{ ECHO, LOAD_X(W, 8) },
	{ NEXT, IF(JEQ, PAYLOAD_MAGIC, ACCEPT, DROP) },

	{ ACCEPT, LOAD(W, SKF_AD_OFF + SKF_AD_CPU) },
	{ NEXT, IF(JEQ, 0 /* the probe's processor */, NEXT, CUT) },
	{ NEXT, RETURN(SIGHTING_FRAME) },
	{ CUT, BPF_MISC | BPF_TXA, NEXT, NEXT, 0 },
	{ NEXT, BPF_ALU | BPF_ADD | BPF_K, NEXT, NEXT, FILTER_CUT },
	{ NEXT, BPF_RET | BPF_A, NEXT, NEXT, 0 },
	{ DISCOVERY, RETURN(SIGHTING_FRAME) },
	{ DROP, RETURN(0) },
};

enum { LINES = ARRAY_SIZE(program) };

static size_t find(enum label label)
{
	for (size_t i = 0; i < LINES; i++)
		if (program[i].at == label)
			return i;
	return LINES - 1;
}

static uint8_t distance(size_t from, enum label label)
{
	return label == NEXT ? 0 : (uint8_t)(find(label) - from - 1);
}

int filter_attach(int fd, const struct filter_options *options)
{
	struct sock_filter code[LINES];
	const struct sock_fprog filter = { LINES, code };

	for (size_t i = 0; i < LINES; i++) {
		const struct line *line = &program[i];

		code[i] = (struct sock_filter){ line->code, distance(i, line->yes),
						distance(i, line->no), line->k };
	}
	code[find(ACCEPT) + 1].k = (uint32_t)options->cpu;
	if (options->any_cpu)
		code[find(ACCEPT) + 1].jf = 0;
	if (!options->discovery)
		code[find(DISCOVERY)].k = 0;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0
		       ? -errno
		       : 0;
}
