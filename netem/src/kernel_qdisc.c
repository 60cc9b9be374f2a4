/* SPDX-License-Identifier: MIT */
/* The root qdisc of an interface, asked and set. */
#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <stdint.h>
#include <string.h>

#include <base/fail.h>

#include "kernel_parts.h"
#include "netem_encode.h"

/* A handle nobody chooses by chance: a netem of that handle is ours. */
#define HANDLE TC_H_MAKE(0x6e730000U, 0)

static struct tcmsg qdisc_message(int ifindex, uint32_t handle)
{
	return (struct tcmsg){ .tcm_ifindex = ifindex,
			       .tcm_parent = TC_H_ROOT,
			       .tcm_handle = handle };
}

/* ---- Asking ---- */

struct reading {
	struct kernel_qdisc *qdisc;
	int code;
};

static void read_counters(struct nlattr *statistics, struct nst_kernel_counters *ret)
{
	struct nlattr *parts[TCA_STATS_MAX + 1];
	struct gnet_stats_basic basic = { 0 };
	struct gnet_stats_queue queue = { 0 };

	if (!statistics || nla_parse_nested(parts, TCA_STATS_MAX, statistics, NULL) < 0)
		return;
	if (parts[TCA_STATS_BASIC])
		nla_memcpy(&basic, parts[TCA_STATS_BASIC], sizeof(basic));
	if (parts[TCA_STATS_QUEUE])
		nla_memcpy(&queue, parts[TCA_STATS_QUEUE], sizeof(queue));
	*ret = (struct nst_kernel_counters){
		.sent = parts[TCA_STATS_PKT64] ? nla_get_u64(parts[TCA_STATS_PKT64])
					       : basic.packets,
		.sent_bytes = basic.bytes,
		.lost = queue.drops,
		.overlimits = queue.overlimits,
		.backlog_packets = queue.qlen,
	};
}

static void on_qdisc(const struct nlmsghdr *message, void *context)
{
	const struct tcmsg *about = nlmsg_data(message);
	struct reading *reading = context;
	struct nlattr *attributes[TCA_MAX + 1];

	if (message->nlmsg_type != RTM_NEWQDISC || about->tcm_handle != HANDLE ||
	    nlmsg_parse((struct nlmsghdr *)message, sizeof(*about), attributes, TCA_MAX,
			NULL) < 0 ||
	    !attributes[TCA_KIND] || !attributes[TCA_OPTIONS] ||
	    nla_strcmp(attributes[TCA_KIND], "netem"))
		return;
	reading->qdisc->ours = true;
	reading->code = netem_decode(attributes[TCA_OPTIONS], &reading->qdisc->options);
	read_counters(attributes[TCA_STATS2], &reading->qdisc->counters);
}

/* Kernels such as 6.1 send the answer to those only who ask for an echo. Of the root qdisc of
 * an interface that was never up the kernel does not speak (EINVAL). */
int kernel_qdisc_read(struct nl_sock *socket, int ifindex, struct kernel_qdisc *ret)
{
	struct tcmsg message = qdisc_message(ifindex, 0);
	struct kernel_qdisc qdisc = { 0 };
	struct reading reading = { &qdisc, 0 };
	int r = tc_read(socket, tc_request(RTM_GETQDISC, NLM_F_ECHO, &message, NULL),
			on_qdisc, &reading);

	if (r < 0 && r != -EINVAL && r != -ENOENT)
		return r;
	if (reading.code < 0)
		return reading.code;
	*ret = qdisc;
	return 0;
}

/* ---- Setting ---- */

/* Times of kernels before 4.16 are a little coarser. A seed that we did not choose is the
 * kernel's business. */
static uint32_t refused(const struct netem_options *asked, struct netem_options got)
{
	enum { TICK_NS = 64 };

	if (asked->latency_ns - got.latency_ns < TICK_NS &&
	    asked->latency_ns >= got.latency_ns)
		got.latency_ns = asked->latency_ns;
	if (asked->jitter_ns - got.jitter_ns < TICK_NS &&
	    asked->jitter_ns >= got.jitter_ns)
		got.jitter_ns = asked->jitter_ns;
	if (!asked->seed)
		got.seed = 0;
	return netem_options_differ(asked, &got);
}

static int remove_qdisc(struct nl_sock *socket, int ifindex)
{
	struct tcmsg message = qdisc_message(ifindex, HANDLE);

	return tc_send(socket, tc_request(RTM_DELQDISC, 0, &message, NULL));
}

static int compare(struct nl_sock *socket, int ifindex, bool is_change,
		   const struct netem_options *options)
{
	struct kernel_qdisc now;
	uint32_t missing;
	int r = kernel_qdisc_read(socket, ifindex, &now);

	if (r < 0)
		return r;
	if (!now.ours)
		return nst_fail(-EPROTO, "netem was set and is not there");
	missing = refused(options, now.options);
	if (missing && !is_change)
		remove_qdisc(socket, ifindex);
	return netem_fail_missing(missing);
}

int kernel_qdisc_set(struct nl_sock *socket, int ifindex, bool is_change,
		     const struct netem_options *options,
		     const struct netem_tables *tables)
{
	const int flags = is_change ? 0 : NLM_F_CREATE | NLM_F_REPLACE;
	struct tcmsg message = qdisc_message(ifindex, HANDLE);
	struct nl_msg *request = tc_request(RTM_NEWQDISC, flags, &message, "netem");
	int r;

	if (!request)
		return nst_fail_memory();
	r = netem_encode(request, options, tables);
	if (r < 0) {
		nlmsg_free(request);
		return r;
	}
	r = kernel_fail_lacking(tc_send(socket, request), "sch_netem", "sch_netem");
	return r < 0 ? r : compare(socket, ifindex, is_change, options);
}
