/* SPDX-License-Identifier: MIT */
/* Writes classic BPF that drops frames of certain senders.
 *
 *	ethertype is none of IPv4, ARP, IPv6?	-> pass
 *	to be spared, and ARP or discovery?	-> pass
 *	for each MAC: source?			-> drop
 *	IPv6: for each address: source?		-> drop, else pass
 *	A = source of IPv4, or sender of ARP
 *	for each IPv4 address: A?		-> drop, else pass
 *
 * A frame too short for a load ends the program with 0, TC_ACT_OK: the stack refuses
 * it. */
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/icmp6.h>
#include <stdint.h>
#include <sys/socket.h>

#include "partition_program.h"

/* Offsets in the frame. */
enum {
	MAC_SOURCE = 6,
	ETHERTYPE = 12,
	IPV4_SOURCE = ETH_HLEN + 12,
	ARP_SENDER = ETH_HLEN + 14,
	IPV6_NEXT = ETH_HLEN + 6,
	IPV6_SOURCE = ETH_HLEN + 8,
	ICMPV6_TYPE = ETH_HLEN + 40, /* discovery has no extension headers before it */
};

/* Instructions. */
enum {
	COST_FRAME = 24,
	COST_MAC = 5,
	COST_IPV4 = 2,
	COST_IPV6 = 9,
};

struct writer {
	struct sock_filter *next;
};

static void emit(struct writer *writer, uint16_t code, uint32_t k, uint8_t jump_true,
		 uint8_t jump_false)
{
	*writer->next++ = (struct sock_filter){ code, jump_true, jump_false, k };
}

static void load32(struct writer *writer, uint32_t offset)
{
	emit(writer, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void load8(struct writer *writer, uint32_t offset)
{
	emit(writer, BPF_LD | BPF_B | BPF_ABS, offset, 0, 0);
}

static void load16(struct writer *writer, uint32_t offset)
{
	emit(writer, BPF_LD | BPF_H | BPF_ABS, offset, 0, 0);
}

/* Compares A, and skips so many instructions. */
static void skip(struct writer *writer, uint32_t value, uint8_t if_equal,
		 uint8_t if_not)
{
	emit(writer, BPF_JMP | BPF_JEQ | BPF_K, value, if_equal, if_not);
}

static void drop(struct writer *writer)
{
	emit(writer, BPF_RET | BPF_K, TC_ACT_SHOT, 0, 0);
}

static void pass(struct writer *writer)
{
	emit(writer, BPF_RET | BPF_K, (uint32_t)TC_ACT_UNSPEC, 0, 0);
}

static uint32_t word(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Passes ARP, and ICMPv6 neighbour solicitations and advertisements. A has the ethertype. */
static void write_spare(struct writer *writer)
{
	skip(writer, ETH_P_ARP, 6, 0);
	skip(writer, ETH_P_IPV6, 0, 6);
	load8(writer, IPV6_NEXT);
	skip(writer, IPPROTO_ICMPV6, 0, 4);
	load8(writer, ICMPV6_TYPE);
	skip(writer, ND_NEIGHBOR_SOLICIT, 1, 0);
	skip(writer, ND_NEIGHBOR_ADVERT, 0, 1);
	pass(writer);
}

static void write_mac(struct writer *writer, const unsigned char *mac)
{
	load32(writer, MAC_SOURCE);
	skip(writer, word(mac), 0, 3);
	load16(writer, MAC_SOURCE + 4);
	skip(writer, (uint32_t)mac[4] << 8 | mac[5], 0, 1);
	drop(writer);
}

static void write_ipv6(struct writer *writer, const unsigned char *address)
{
	for (uint8_t i = 0; i < 4; i++) {
		load32(writer, IPV6_SOURCE + 4U * i);
		skip(writer, word(address + 4 * i), 0, (uint8_t)(7 - 2 * i));
	}
	drop(writer);
}

static void write_ipv4(struct writer *writer, const unsigned char *address)
{
	skip(writer, word(address), 0, 1);
	drop(writer);
}

static void write_all(struct writer *writer, const struct nst_sender *senders,
		      size_t count, int family,
		      void (*write)(struct writer *, const unsigned char *))
{
	for (size_t i = 0; i < count; i++)
		if (senders[i].family == family)
			write(writer, senders[i].bytes);
}

static size_t cost(int family)
{
	return family == AF_INET    ? COST_IPV4
	       : family == AF_INET6 ? COST_IPV6
				    : COST_MAC;
}

size_t partition_program(const struct nst_sender *senders, size_t count,
			 bool spare_discovery, struct sock_filter program[BPF_MAXINSNS],
			 size_t *ret_length)
{
	struct writer writer = { program };
	struct sock_filter *jump;
	size_t fit = 0, length = COST_FRAME;

	while (fit < count && length + cost(senders[fit].family) <= BPF_MAXINSNS)
		length += cost(senders[fit++].family);

	load16(&writer, ETHERTYPE);
	skip(&writer, ETH_P_IP, 3, 0);
	skip(&writer, ETH_P_ARP, 2, 0);
	skip(&writer, ETH_P_IPV6, 1, 0);
	pass(&writer);
	if (spare_discovery)
		write_spare(&writer);
	write_all(&writer, senders, fit, AF_PACKET, write_mac);
	load16(&writer, ETHERTYPE);
	skip(&writer, ETH_P_IPV6, 1, 0);
	jump = writer.next; /* over the IPv6 addresses, further than a skip goes */
	emit(&writer, BPF_JMP | BPF_JA, 0, 0, 0);
	write_all(&writer, senders, fit, AF_INET6, write_ipv6);
	pass(&writer);
	jump->k = (uint32_t)(writer.next - jump - 1);
	skip(&writer, ETH_P_ARP, 2, 0);
	load32(&writer, IPV4_SOURCE);
	emit(&writer, BPF_JMP | BPF_JA, 1, 0, 0);
	load32(&writer, ARP_SENDER);
	write_all(&writer, senders, fit, AF_INET, write_ipv4);
	pass(&writer);
	*ret_length = (size_t)(writer.next - program);
	return fit;
}
