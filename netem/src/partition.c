/* SPDX-License-Identifier: MIT */
/* Partitions: filters at the clsact hook of a receiving interface. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "partition_program.h"
#include "tc.h"

/* Filters of a lower number come first. The kernel numbers those that have none from
 * 49152 downwards, so ours comes before them. */
enum { PRIORITY = 0x6e73 };

static struct tcmsg qdisc_message(const struct nst_partition *partition)
{
	return (struct tcmsg){
		.tcm_ifindex = partition->ifindex,
		.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
		.tcm_parent = TC_H_CLSACT,
	};
}

static struct tcmsg filter_message(const struct nst_partition *partition,
				   unsigned int handle)
{
	return (struct tcmsg){
		.tcm_ifindex = partition->ifindex,
		.tcm_handle = handle,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		.tcm_info = TC_H_MAKE(PRIORITY << 16, htons(ETH_P_ALL)),
	};
}

/* ENOENT and EOPNOTSUPP are what a kernel says that lacks a kind; anything else is
 * right. */
static int fail_lacking(int code, const char *what, const char *option)
{
	if (code != -ENOENT && code != -EOPNOTSUPP)
		return code;
	return nst_fail(
		-EOPNOTSUPP,
		"this kernel has no %s, which a partition needs: choose one with "
		"CONFIG_%s, or load its module",
		what, option);
}

static int add_qdisc(struct nst_partition *partition, struct nl_sock *socket)
{
	struct tcmsg message = qdisc_message(partition);
	struct nl_msg *request =
		tc_request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &message, "clsact");
	int r = tc_send(socket, request);

	if (r == -EEXIST)
		return 0;
	if (r < 0)
		return fail_lacking(r, "clsact", "NET_SCH_INGRESS");
	partition->own_qdisc = true;
	return 0;
}

/* One filter replaces another of the same handle at once. */
static int add_filter(const struct nst_partition *partition, struct nl_sock *socket,
		      unsigned int handle, const struct sock_filter *program,
		      size_t length)
{
	struct tcmsg message = filter_message(partition, handle);
	struct nl_msg *request =
		tc_request(RTM_NEWTFILTER, NLM_F_CREATE, &message, "bpf");
	struct nlattr *options = request ? nla_nest_start(request, TCA_OPTIONS) : NULL;

	if (!options || nla_put_u16(request, TCA_BPF_OPS_LEN, (uint16_t)length) < 0 ||
	    nla_put(request, TCA_BPF_OPS, (int)(length * sizeof(*program)), program) <
		    0 ||
	    nla_put_u32(request, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT) < 0) {
		nlmsg_free(request);
		return nst_fail_memory();
	}
	nla_nest_end(request, options);
	return fail_lacking(tc_send(socket, request), "cls_bpf", "NET_CLS_BPF");
}

static int remove_filter(const struct nst_partition *partition, struct nl_sock *socket,
			 unsigned int handle)
{
	struct tcmsg message = filter_message(partition, handle);
	int r = tc_send(socket, tc_request(RTM_DELTFILTER, 0, &message, "bpf"));

	return r == -ENOENT ? 0 : r;
}

/* Unless somebody has put filters of their own there meanwhile. */
static int remove_qdisc(struct nst_partition *partition, struct nl_sock *socket)
{
	struct tcmsg message = qdisc_message(partition);
	int r = tc_count_filters(socket, partition->ifindex);

	if (r == 0)
		r = tc_send(socket, tc_request(RTM_DELQDISC, 0, &message, "clsact"));
	else if (r > 0)
		r = 0;
	if (r == 0)
		partition->own_qdisc = false;
	return r;
}

static int set_filters(struct nst_partition *partition, struct nl_sock *socket,
		       const struct nst_sender *senders, size_t count)
{
	struct sock_filter program[BPF_MAXINSNS];
	unsigned int filters = 0;
	size_t done = 0, length;
	int r;

	while (done < count) {
		done += partition_program(senders + done, count - done,
					  partition->spare_discovery, program, &length);
		r = add_filter(partition, socket, ++filters, program, length);
		if (r < 0)
			return r;
		if (filters > partition->filters)
			partition->filters = filters;
	}
	for (; partition->filters > filters; partition->filters--) {
		r = remove_filter(partition, socket, partition->filters);
		if (r < 0)
			return r;
	}
	return 0;
}

static int set(struct nst_partition *partition, const struct nst_sender *senders,
	       size_t count)
{
	struct nl_sock *socket AUTO(tc_close) = NULL;
	int r;

	if (count == 0 && partition->filters == 0 && !partition->own_qdisc)
		return 0;
	r = tc_open(&socket);
	if (r == 0 && count > 0 && partition->filters == 0)
		r = add_qdisc(partition, socket);
	if (r == 0)
		r = set_filters(partition, socket, senders, count);
	if (r == 0 && count == 0 && partition->own_qdisc)
		r = remove_qdisc(partition, socket);
	return r;
}

int nst_partition_set(struct nst_partition *partition, const struct nst_sender *senders,
		      size_t count)
{
	int r;

	for (size_t i = 0; i < count; i++)
		if (senders[i].family != AF_INET && senders[i].family != AF_INET6 &&
		    senders[i].family != AF_PACKET)
			return nst_fail(
				-EAFNOSUPPORT,
				"a sender has an IPv4, IPv6 or MAC address, not "
				"one of family %d",
				senders[i].family);
	r = set(partition, senders, count);
	return r < 0 ? nst_fail_in(r, "cutting %zu senders from interface %d", count,
				   partition->ifindex)
		     : 0;
}
