/* SPDX-License-Identifier: MIT */
/* Counting what reaches a rule: a rule in front of it that does nothing but count. Told to the
 * kernel in its own form, because chains of iptables may have names that nft's language has not.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "coverage.h"
#include "known.h"

/* Rules in one batch: the kernel's answers to them must fit into a socket's buffer. */
enum { BATCH_RULES = 32, BATCH_SIZE = 64 << 10 };

struct batch {
	struct nl_sock *socket;
	char *bytes; /* BATCH_SIZE */
	size_t size;
	unsigned int rules;
	int r; /* the first error */
};

static void scope_batch(struct batch *batch)
{
	nl_socket_free(batch->socket);
	free(batch->bytes);
}

static uint8_t family_of(const char *name)
{
	static const struct {
		const char *name;
		uint8_t family;
	} families[] = {
		{ "inet", NFPROTO_INET },     { "ip", NFPROTO_IPV4 },
		{ "ip6", NFPROTO_IPV6 },      { "bridge", NFPROTO_BRIDGE },
		{ "netdev", NFPROTO_NETDEV }, { "arp", NFPROTO_ARP },
	};

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (!strcmp(families[i].name, name))
			return families[i].family;
	return NFPROTO_UNSPEC;
}

/* Puts a message into the batch; NULL is out of memory. */
static void add_message(struct batch *batch, struct nl_msg *message)
{
	struct nlmsghdr *header = message ? nlmsg_hdr(message) : NULL;

	if (!header) {
		batch->r = nst_fail_memory();
		return;
	}
	nl_complete_msg(batch->socket, message);
	memcpy(batch->bytes + batch->size, header, header->nlmsg_len);
	batch->size += NLMSG_ALIGN(header->nlmsg_len);
	nlmsg_free(message);
}

static struct nl_msg *new_message(int type, int flags, uint8_t family,
				  uint16_t resource)
{
	const struct nfgenmsg general = { family, NFNETLINK_V0, htons(resource) };
	struct nl_msg *message = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (message &&
	    nlmsg_append(message, (void *)&general, sizeof(general), 0) < 0) {
		nlmsg_free(message);
		return NULL;
	}
	return message;
}

static void put_counter(struct nl_msg *message)
{
	struct nlattr *list = nla_nest_start(message, NFTA_RULE_EXPRESSIONS);
	struct nlattr *element = nla_nest_start(message, NFTA_LIST_ELEM);
	struct nlattr *data;

	nla_put_string(message, NFTA_EXPR_NAME, "counter");
	data = nla_nest_start(message, NFTA_EXPR_DATA);
	nla_put_u64(message, NFTA_COUNTER_BYTES, 0);
	nla_put_u64(message, NFTA_COUNTER_PACKETS, 0);
	nla_nest_end(message, data);
	nla_nest_end(message, element);
	nla_nest_end(message, list);
}

/* Sends what there is, and hears what the kernel says. */
static void flush(struct batch *batch)
{
	int r;

	if (!batch->rules || batch->r < 0)
		return;
	add_message(batch, new_message(NFNL_MSG_BATCH_END, 0, AF_UNSPEC,
				       NFNL_SUBSYS_NFTABLES));
	r = nl_sendto(batch->socket, batch->bytes, batch->size);
	for (; r >= 0 && batch->rules; batch->rules--)
		r = nl_wait_for_ack(batch->socket);
	if (r < 0)
		batch->r = nst_fail(-EIO, "counting rules: %s", nl_geterror(r));
	batch->size = batch->rules = 0;
}

/* A counting rule in front of the rule `before`, or at the chain's end (0). */
static void add_counter(struct batch *batch, const struct nst_chain *chain,
			uint64_t before)
{
	struct nl_msg *message;

	if (batch->r < 0)
		return;
	if (!batch->rules++)
		add_message(batch, new_message(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC,
					       NFNL_SUBSYS_NFTABLES));
	message = new_message(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE,
			      NLM_F_CREATE | NLM_F_ACK | (before ? 0 : NLM_F_APPEND),
			      family_of(chain->family), 0);
	if (message) {
		nla_put_string(message, NFTA_RULE_TABLE, chain->table);
		nla_put_string(message, NFTA_RULE_CHAIN, chain->name);
		if (before)
			nla_put_u64(message, NFTA_RULE_POSITION, htobe64(before));
		put_counter(message);
	}
	add_message(batch, message);
	if (batch->rules == BATCH_RULES)
		flush(batch);
}

/* All rules that stand somewhere in a source. */
static void count_chain(struct batch *batch, const struct listing *listing,
			const struct nst_chain *chain)
{
	size_t known = 0;

	if (chain->backend == NST_RULE_IPTABLES_LEGACY)
		return;
	for (size_t i = chain->first; i < chain->first + chain->count; i++) {
		const struct nst_rule *rule = &listing->rules[i];

		known += rule->line > 0;
		if (rule->line && !rule->is_policy)
			add_counter(batch, chain, rule->handle);
	}
	if (known)
		add_counter(batch, chain, 0);
}

static int count_here(struct nst_inside *inside, struct nst_message *request,
		      struct nst_message *reply)
{
	struct listing listing AUTO(listing_free) = { 0 };
	struct batch batch AUTO(scope_batch) = { .socket = nl_socket_alloc(),
						 .bytes = malloc(BATCH_SIZE) };
	size_t node;
	int r = nst_plan_node(nst_inside_plan(inside), request->data, &node);

	(void)reply;
	if (r == 0)
		r = nst_inside_net(inside, node);
	if (r == 0)
		r = listing_of_nf_tables(&listing);
	if (r < 0 || !listing.chain_count)
		return r;
	if (!batch.socket || !batch.bytes)
		return nst_fail_memory();
	if (nl_connect(batch.socket, NETLINK_NETFILTER) < 0)
		return nst_fail(-EIO, "counting rules: no socket to the kernel");
	nl_socket_disable_seq_check(batch.socket);
	known_tell(inside, node, &listing);
	for (size_t i = 0; i < listing.chain_count; i++)
		count_chain(&batch, &listing, &listing.chains[i]);
	flush(&batch);
	return batch.r;
}

int nst_coverage_begin(struct nst_lab *lab, const char *host)
{
	int r = nst_lab_call(
		lab, count_here,
		&(struct nst_message){ .data = (void *)host, .size = strlen(host) + 1 },
		NULL);

	return r < 0 ? nst_fail_in(r, "host \"%s\"", host) : r;
}
