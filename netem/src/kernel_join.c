/* SPDX-License-Identifier: MIT */
/* Joining two interfaces: what comes in at one goes out at the other. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/tc_act/tc_mirred.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "kernel_parts.h"

/* Behind that of partitions: what is cut does not get here. */
enum { PRIORITY = 0x6e74 };

/* The number of the filter in the table of its priority: a second one is refused. */
enum { HANDLE = 1 };

int kernel_fail_lacking(int code, const char *what, const char *module)
{
	if (code != -ENOENT && code != -EOPNOTSUPP)
		return code;
	return nst_fail(-EOPNOTSUPP,
			"this kernel has no %s: modprobe %s, if need be with "
			"kernel-modules-extra (Fedora, RHEL) or "
			"linux-modules-extra-$(uname -r) (Ubuntu) installed",
			what, module);
}

static struct tcmsg clsact_message(int ifindex)
{
	return (struct tcmsg){ .tcm_ifindex = ifindex,
			       .tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
			       .tcm_parent = TC_H_CLSACT };
}

static struct tcmsg filter_message(int ifindex)
{
	return (struct tcmsg){
		.tcm_ifindex = ifindex,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		.tcm_info = TC_H_MAKE(PRIORITY << 16, htons(ETH_P_ALL)),
	};
}

static int add_clsact(struct nl_sock *socket, int ifindex)
{
	struct tcmsg message = clsact_message(ifindex);
	int r = tc_send(socket, tc_request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL,
					   &message, "clsact"));

	if (r == -EEXIST)
		return 0;
	return kernel_fail_lacking(r, "clsact", "sch_ingress");
}

/* ---- The filter ---- */

/* One key of an empty mask agrees with every packet. */
static int put_selector(struct nl_msg *request)
{
	enum { SIZE = sizeof(struct tc_u32_sel) + sizeof(struct tc_u32_key) };
	const struct tc_u32_sel selector = { .flags = TC_U32_TERMINAL, .nkeys = 1 };
	char all[SIZE] = { 0 };

	memcpy(all, &selector, sizeof(selector));
	return nla_put(request, TCA_U32_SEL, SIZE, all);
}

static int put_redirect(struct nl_msg *request, int to_ifindex)
{
	const struct tc_mirred redirect = {
		.action = TC_ACT_STOLEN,
		.eaction = TCA_EGRESS_REDIR,
		.ifindex = (uint32_t)to_ifindex,
	};
	struct nlattr *actions = nla_nest_start(request, TCA_U32_ACT);
	struct nlattr *first = actions ? nla_nest_start(request, 1) : NULL;
	struct nlattr *options = NULL;

	if (first && nla_put_string(request, TCA_ACT_KIND, "mirred") == 0)
		options = nla_nest_start(request, TCA_ACT_OPTIONS);
	if (!options ||
	    nla_put(request, TCA_MIRRED_PARMS, sizeof(redirect), &redirect) < 0)
		return -ENOMEM;
	nla_nest_end(request, options);
	nla_nest_end(request, first);
	nla_nest_end(request, actions);
	return 0;
}

static struct nl_msg *make_filter(int from_ifindex, int to_ifindex)
{
	struct tcmsg message = filter_message(from_ifindex);
	struct nl_msg *request;
	struct nlattr *options;

	message.tcm_handle = HANDLE;
	request =
		tc_request(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &message, "u32");
	options = request ? nla_nest_start(request, TCA_OPTIONS) : NULL;
	if (options && put_selector(request) == 0 &&
	    (!to_ifindex || put_redirect(request, to_ifindex) == 0)) {
		nla_nest_end(request, options);
		return request;
	}
	nlmsg_free(request);
	return NULL;
}

static int remove_filter(struct nl_sock *socket, int ifindex)
{
	struct tcmsg message = filter_message(ifindex);

	return tc_send(socket, tc_request(RTM_DELTFILTER, 0, &message, "u32"));
}

/* u32 and mirred fail with the same code: u32 is asked for alone, then with mirred. */
static int tell_apart(struct nl_sock *socket, int from_ifindex, int code)
{
	int r;

	if (code != -ENOENT && code != -EOPNOTSUPP)
		return code;
	r = tc_send(socket, make_filter(from_ifindex, 0));
	if (r < 0)
		return kernel_fail_lacking(r, "u32", "cls_u32");
	remove_filter(socket, from_ifindex);
	return kernel_fail_lacking(code, "mirred", "act_mirred");
}

int kernel_redirect(struct nl_sock *socket, int from_ifindex, int to_ifindex)
{
	int r = add_clsact(socket, from_ifindex);

	if (r < 0)
		return r;
	r = tc_send(socket, make_filter(from_ifindex, to_ifindex));
	if (r == -ENOSPC)
		return nst_fail(-EEXIST, "interface %d is joined already",
				from_ifindex);
	return tell_apart(socket, from_ifindex, r);
}

int nst_kernel_join(int a_ifindex, int b_ifindex)
{
	struct nl_sock *socket AUTO(tc_close) = NULL;
	int r = tc_open(&socket);

	if (r == 0)
		r = kernel_redirect(socket, a_ifindex, b_ifindex);
	if (r < 0)
		return nst_fail_in(r, "joining interfaces %d and %d", a_ifindex,
				   b_ifindex);
	r = kernel_redirect(socket, b_ifindex, a_ifindex);
	if (r < 0) {
		nst_fail_in(r, "joining interfaces %d and %d", b_ifindex, a_ifindex);
		remove_filter(socket, a_ifindex);
	}
	return r;
}

/* ---- Counting ---- */

static void add_action(struct nlattr *action, struct nst_kernel_joined *joined)
{
	struct nlattr *about[TCA_ACT_MAX + 1], *parts[TCA_STATS_MAX + 1];
	struct gnet_stats_basic basic = { 0 };
	struct gnet_stats_queue queue = { 0 };

	if (nla_parse_nested(about, TCA_ACT_MAX, action, NULL) < 0 ||
	    !about[TCA_ACT_STATS] ||
	    nla_parse_nested(parts, TCA_STATS_MAX, about[TCA_ACT_STATS], NULL) < 0)
		return;
	if (parts[TCA_STATS_BASIC])
		nla_memcpy(&basic, parts[TCA_STATS_BASIC], sizeof(basic));
	if (parts[TCA_STATS_QUEUE])
		nla_memcpy(&queue, parts[TCA_STATS_QUEUE], sizeof(queue));
	joined->redirected += parts[TCA_STATS_PKT64]
				      ? nla_get_u64(parts[TCA_STATS_PKT64])
				      : basic.packets;
	joined->refused += queue.overlimits;
}

static void on_filter(const struct nlmsghdr *message, void *context)
{
	const struct tcmsg *about = nlmsg_data(message);
	struct nlattr *attributes[TCA_MAX + 1], *options[TCA_U32_MAX + 1];
	struct nlattr *action;
	int left;

	if (TC_H_MAJ(about->tcm_info) >> 16 != PRIORITY ||
	    nlmsg_parse((struct nlmsghdr *)message, sizeof(*about), attributes, TCA_MAX,
			NULL) < 0 ||
	    !attributes[TCA_OPTIONS] ||
	    nla_parse_nested(options, TCA_U32_MAX, attributes[TCA_OPTIONS], NULL) < 0 ||
	    !options[TCA_U32_ACT])
		return;
	nla_for_each_nested(action, options[TCA_U32_ACT], left)
		add_action(action, context);
}

int nst_kernel_joined_counters(int ifindex, struct nst_kernel_joined *ret)
{
	struct nl_sock *socket AUTO(tc_close) = NULL;
	struct tcmsg message = filter_message(ifindex);
	struct nst_kernel_joined joined = { 0 };
	int r = tc_open(&socket);

	if (r == 0)
		r = tc_read(socket,
			    tc_request(RTM_GETTFILTER, NLM_F_DUMP, &message, NULL),
			    on_filter, &joined);
	if (r < 0)
		return nst_fail_in(r, "what was redirected at interface %d", ifindex);
	*ret = joined;
	return 0;
}
