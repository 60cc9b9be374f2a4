/* SPDX-License-Identifier: MIT */
/**
 * What a host's kernel counts: read, and waited for.
 *
 *	uint64_t full;
 *
 *	nst_await_counter(lab, "server", "TcpExtListenOverflows", 1, 5000);
 *	nst_counter(lab, "server", "eth0 rx_packets", &full);
 *
 * A counter is called by one, two or three words:
 *	TcpExtListenOverflows	of the protocols, as nstat(8) prints them (RFC 4293, 4022, 4113;
 *				net/ipv4/proc.c), from the first packet of the lab on
 *	eth0 rx_dropped		of an interface, as in /sys/class/net/eth0/statistics: packets,
 *				bytes for rx_bytes and tx_bytes
 *	inet filter refused	of nftables: family, table, and a named counter of it: packets
 * What a rule without a name counts is in nstest/rules.h.
 */
#ifndef NSTEST_COUNTER_H
#define NSTEST_COUNTER_H

#include <stdint.h>

#include <nstest/lab.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Reads one. Return: 0; -ENOENT for an unknown host, or if it has no such counter; -EINVAL for
 *  what is none. */
int nst_counter(struct nst_lab *lab, const char *host, const char *counter,
		uint64_t *ret_value);

/** Waits until it is `least` or more. Return: as nst_counter(); -ETIMEDOUT, and the sentence says
 *  what it is. */
int nst_await_counter(struct nst_lab *lab, const char *host, const char *counter,
		      uint64_t least, int timeout_ms);

#ifdef __cplusplus
}
#endif
#endif
