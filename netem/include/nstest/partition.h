/* SPDX-License-Identifier: MIT */
/**
 * Partition: an interface that no longer hears certain senders.
 *
 *	struct nst_partition cut = { .ifindex = 2 };
 *	const struct nst_sender a = { AF_INET, { 10, 0, 0, 1 } };
 *
 *	nst_partition_set(&cut, &a, 1);     from now on silence from 10.0.0.1
 *	nst_partition_set(&cut, NULL, 0);   as before
 *
 * What a sender sent is thrown away where it comes in: after packet sockets of all
 * protocols, so that captures show that it came, and before those of one protocol and
 * before netfilter, so that no firewall sees it and nobody is told. The host's rulesets are
 * not touched and do not show it.
 *
 * ARP and neighbour discovery of the sender are lost with the rest, as on a link that is
 * cut. Then its neighbours forget its MAC: a cut of one direction soon silences the other,
 * and mending takes until their next try, up to a second. `spare_discovery` lets them pass.
 *
 * A sender is known by the addresses in its frames. Behind a NAT router it is therefore
 * known by the router's, together with all others there.
 *
 * How: a classic BPF program in direct-action mode at the clsact hook (kernel 4.5,
 * CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_BPF), which needs no action module and no root.
 * Rejected: u32 with the action "drop" (needs act_gact, which small kernels lack); u32
 * with a redirect into a sink (a device more per host, and a filter per address); a netdev
 * chain of nftables (stands in `nft list ruleset`, and dies with `flush ruleset`).
 */
#ifndef NSTEST_PARTITION_H
#define NSTEST_PARTITION_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** By what a sender is known: AF_INET, AF_INET6, or AF_PACKET for a MAC address, of which
 * IPv4, IPv6 and ARP are cut and nothing else. */
struct nst_sender {
	int family;
	unsigned char bytes[16]; /**< 4, 16 or 6 of them, as on the wire */
};

/** What is cut at one interface. */
struct nst_partition {
	int ifindex;          /**< in the network namespace of the calling thread */
	bool spare_discovery; /**< ARP, ICMPv6 neighbour solicitations and advertisements */

	/* Kept by nst_partition_set(); zero at first. */
	bool own_qdisc;       /**< the clsact qdisc is ours to remove */
	unsigned int filters; /**< how many filters are ours */
};

/**
 * From now on exactly these senders are cut, in place of those of the last call; `count` 0
 * takes away all that was added. While one list gives way to another, a sender in both
 * stays cut. The list is gone through for each IP packet that comes in.
 *
 * Return: 0; -EAFNOSUPPORT for another family; -ENODEV if there is no such interface;
 * -EOPNOTSUPP and the kernel option if it lacks clsact or cls_bpf; -EPERM.
 */
int nst_partition_set(struct nst_partition *partition, const struct nst_sender *senders,
		      size_t count);

#ifdef __cplusplus
}
#endif
#endif
