/* SPDX-License-Identifier: MIT */
/* What the elements of sets counted: those that have a mark, by which they are known (coverage.h). */
#include <arpa/inet.h>
#include <endian.h>
#include <inttypes.h>
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
#include "coverage_elements.h"
#include "known.h"

enum { COMMENT = 0 }; /* NFTNL_UDATA_SET_ELEM_COMMENT of libnftnl/udata.h */

struct set {
	uint8_t family;
	const char *table, *name;
};

struct dump {
	struct nst_inside *inside;
	size_t node;
	struct set *sets;
	size_t set_count, set_room;
	struct hoard hoard;
	FILE *out;
};

static void scope_dump(struct dump *dump)
{
	free(dump->sets);
	hoard_free(&dump->hoard);
}

static void scope_socket(struct nl_sock **socket)
{
	nl_socket_free(*socket);
}

static int take_set(struct nl_msg *message, void *arg)
{
	struct nlattr *parts[NFTA_SET_MAX + 1];
	const struct nfgenmsg *general = nlmsg_data(nlmsg_hdr(message));
	struct dump *dump = arg;
	struct set *set;

	if (nlmsg_parse(nlmsg_hdr(message), sizeof(*general), parts, NFTA_SET_MAX,
			NULL) < 0 ||
	    !parts[NFTA_SET_TABLE] || !parts[NFTA_SET_NAME])
		return NL_SKIP;
	set = hoard_push(&dump->sets, &dump->set_count, &dump->set_room, sizeof(*set));
	if (!set)
		return NL_STOP;
	set->family = general->nfgen_family;
	set->table = hoard_string(&dump->hoard, nla_get_string(parts[NFTA_SET_TABLE]));
	set->name = hoard_string(&dump->hoard, nla_get_string(parts[NFTA_SET_NAME]));
	return NL_OK;
}

/* The mark in an element's comment; false: it has none. */
static bool read_mark(struct nlattr *data, unsigned int *ret_mark)
{
	const uint8_t *at = nla_data(data), *end = at + nla_len(data);
	char text[64];

	for (; at + 2 <= end && at + 2 + at[1] <= end; at += 2 + at[1])
		if (at[0] == COMMENT && at[1] < sizeof(text)) {
			snprintf(text, sizeof(text), "%.*s", at[1],
				 (const char *)at + 2);
			return sscanf(text, COVERAGE_MARK "%u", ret_mark) == 1;
		}
	return false;
}

static bool read_packets(struct nlattr *expression, uint64_t *ret_packets)
{
	struct nlattr *parts[NFTA_EXPR_MAX + 1], *counter[NFTA_COUNTER_MAX + 1];

	if (nla_parse_nested(parts, NFTA_EXPR_MAX, expression, NULL) < 0 ||
	    !parts[NFTA_EXPR_NAME] || !parts[NFTA_EXPR_DATA] ||
	    strcmp(nla_get_string(parts[NFTA_EXPR_NAME]), "counter") != 0 ||
	    nla_parse_nested(counter, NFTA_COUNTER_MAX, parts[NFTA_EXPR_DATA], NULL) <
		    0 ||
	    !counter[NFTA_COUNTER_PACKETS])
		return false;
	*ret_packets = be64toh(nla_get_u64(counter[NFTA_COUNTER_PACKETS]));
	return true;
}

/* One of several expressions, or the only one. */
static bool find_packets(struct nlattr **parts, uint64_t *ret_packets)
{
	struct nlattr *one;
	int left;

	if (parts[NFTA_SET_ELEM_EXPR])
		return read_packets(parts[NFTA_SET_ELEM_EXPR], ret_packets);
	if (!parts[NFTA_SET_ELEM_EXPRESSIONS])
		return false;
	nla_for_each_nested(one, parts[NFTA_SET_ELEM_EXPRESSIONS], left)
	{
		if (read_packets(one, ret_packets))
			return true;
	}
	return false;
}

static void take_element(struct dump *dump, struct nlattr *element)
{
	struct nlattr *parts[NFTA_SET_ELEM_MAX + 1];
	const struct origin_item *item;
	unsigned int mark;
	uint64_t packets;

	if (nla_parse_nested(parts, NFTA_SET_ELEM_MAX, element, NULL) < 0 ||
	    !parts[NFTA_SET_ELEM_USERDATA] ||
	    !read_mark(parts[NFTA_SET_ELEM_USERDATA], &mark) ||
	    !find_packets(parts, &packets))
		return;
	item = known_element(dump->inside, dump->node, mark);
	if (!item)
		return;
	fprintf(dump->out, "%u %" PRIu64 "%c%s%c%s %s %s%c%s%c", item->line, packets, 0,
		item->file, 0, item->family, item->table, item->chain, 0, item->text,
		0);
}

static int take_elements(struct nl_msg *message, void *arg)
{
	struct nlattr *list =
		nlmsg_find_attr(nlmsg_hdr(message), sizeof(struct nfgenmsg),
				NFTA_SET_ELEM_LIST_ELEMENTS);
	struct nlattr *one;
	int left;

	if (!list)
		return NL_SKIP;
	nla_for_each_nested(one, list, left)
	{
		take_element(arg, one);
	}
	return NL_OK;
}

static int ask(struct dump *dump, struct nl_sock *socket, int type,
	       const struct set *set, nl_recvmsg_msg_cb_t take)
{
	const struct nfgenmsg general = { .nfgen_family = set ? set->family : 0,
					  .version = NFNETLINK_V0 };
	struct nl_msg *message = nlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES << 8 | type,
						    NLM_F_REQUEST | NLM_F_DUMP);
	int r = message ? nlmsg_append(message, (void *)&general, sizeof(general), 0)
			: -NLE_NOMEM;

	if (r >= 0 && set) {
		nla_put_string(message, NFTA_SET_ELEM_LIST_TABLE, set->table);
		nla_put_string(message, NFTA_SET_ELEM_LIST_SET, set->name);
	}
	if (r >= 0)
		r = nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, take, dump);
	if (r >= 0)
		r = nl_send_auto(socket, message);
	nlmsg_free(message);
	return r < 0 ? r : nl_recvmsgs_default(socket);
}

static int dump_all(struct dump *dump)
{
	struct nl_sock *socket AUTO(scope_socket) = nl_socket_alloc();
	int r = socket ? nl_connect(socket, NETLINK_NETFILTER) : -NLE_NOMEM;

	if (r >= 0)
		r = ask(dump, socket, NFT_MSG_GETSET, NULL, take_set);
	for (size_t i = 0; r >= 0 && i < dump->set_count; i++)
		r = ask(dump, socket, NFT_MSG_GETSETELEM, &dump->sets[i],
			take_elements);
	return r;
}

static int elements_here(struct nst_inside *inside, struct nst_message *request,
			 struct nst_message *reply)
{
	struct dump dump AUTO(scope_dump) = { .inside = inside };
	int r = nst_plan_node(nst_inside_plan(inside), request->data, &dump.node);
	char *text = NULL;

	if (r == 0)
		r = nst_inside_net(inside, dump.node);
	if (r < 0)
		return r;
	dump.out = open_memstream(&text, &reply->size);
	if (!dump.out)
		return nst_fail_memory();
	/* A kernel without nf_tables has no sets either. */
	dump_all(&dump);
	fclose(dump.out);
	reply->data = text;
	return 0;
}

/* ---- In the caller ---- */

static char *next_string(char **at)
{
	char *string = *at;

	*at += strlen(string) + 1;
	return string;
}

int coverage_take_elements(struct nst_lab *lab, const char *host,
			   struct nst_coverage *coverage)
{
	struct nst_message reply = { 0 };
	int r = nst_lab_call(
		lab, elements_here,
		&(struct nst_message){ .data = (void *)host, .size = strlen(host) + 1 },
		&reply);
	char *text AUTO_FREE = reply.data, *at = text;

	while (r == 0 && at < text + reply.size) {
		struct nst_covered covered = { .is_element = true };

		sscanf(next_string(&at), "%u %" SCNu64, &covered.line,
		       &covered.matched);
		covered.end_line = covered.line;
		covered.reached = covered.matched;
		covered.file = next_string(&at);
		covered.chain = next_string(&at);
		covered.text = next_string(&at);
		r = coverage_add(coverage, &covered);
	}
	return r;
}
