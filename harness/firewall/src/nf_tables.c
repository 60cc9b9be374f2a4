/* SPDX-License-Identifier: MIT */
/* What nf_tables has in the thread's network namespace: tables, chains and rules with
 * their handles and counters (linux/netfilter/nf_tables.h). */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "listing.h"
#include "trace.h"

/* A dump that the rules changed under begins anew. */
enum { ATTEMPTS = 16 };

struct table {
	uint8_t family;
	const char *name;
	uint64_t handle;
};

struct dump {
	struct listing *listing;
	struct nl_sock *socket;
	struct table *tables;
	size_t table_count, table_room;
	size_t chain;           /* that the last rule was of */
	struct nst_rule *rules; /* as they come: not by chain yet */
	size_t rule_count, rule_room;
	int failed;
};

static void scope_socket(struct nl_sock **socket)
{
	nl_socket_free(*socket);
}

static const char *family_name(uint8_t family)
{
	static const char *const names[] = {
		[NFPROTO_INET] = "inet",     [NFPROTO_IPV4] = "ip",
		[NFPROTO_ARP] = "arp",       [NFPROTO_NETDEV] = "netdev",
		[NFPROTO_BRIDGE] = "bridge", [NFPROTO_IPV6] = "ip6",
	};

	return family < ARRAY_SIZE(names) && names[family] ? names[family] : "";
}

static const char *hook_name(uint8_t family, uint32_t hook)
{
	static const char *const ip[] = { "prerouting", "input",       "forward",
					  "output",     "postrouting", "ingress" };
	static const char *const netdev[] = { "ingress", "egress" };
	static const char *const arp[] = { "input", "output", "forward" };

	if (family == NFPROTO_NETDEV)
		return hook < ARRAY_SIZE(netdev) ? netdev[hook] : "";
	if (family == NFPROTO_ARP)
		return hook < ARRAY_SIZE(arp) ? arp[hook] : "";
	return hook < ARRAY_SIZE(ip) ? ip[hook] : "";
}

static const char *text_of(struct dump *dump, struct nlattr *attribute)
{
	return attribute
		       ? hoard_string(&dump->listing->hoard, nla_get_string(attribute))
		       : "";
}

static uint32_t number_of(struct nlattr *attribute)
{
	return attribute ? ntohl(nla_get_u32(attribute)) : 0;
}

static uint64_t large_number_of(struct nlattr *attribute)
{
	return attribute ? be64toh(nla_get_u64(attribute)) : 0;
}

/* The attributes behind the family; false: this message is not understood. */
static bool parse(struct nl_msg *message, struct nlattr **attributes, int max,
		  uint8_t *ret_family)
{
	struct nlmsghdr *header = nlmsg_hdr(message);
	const struct nfgenmsg *general = nlmsg_data(header);

	if (nlmsg_parse(header, sizeof(*general), attributes, max, NULL) < 0)
		return false;
	*ret_family = general->nfgen_family;
	return true;
}

static int take_table(struct nl_msg *message, void *arg)
{
	struct nlattr *attributes[NFTA_TABLE_MAX + 1];
	struct dump *dump = arg;
	struct table *table;
	uint8_t family;

	/* Our own is no rule of anybody's. */
	if (!parse(message, attributes, NFTA_TABLE_MAX, &family) ||
	    !attributes[NFTA_TABLE_NAME] ||
	    strcmp(nla_get_string(attributes[NFTA_TABLE_NAME]), TRACE_TABLE) == 0)
		return NL_SKIP;
	table = hoard_push(&dump->tables, &dump->table_count, &dump->table_room,
			   sizeof(*table));
	if (!table) {
		dump->failed = 1;
		return NL_STOP;
	}
	table->family = family;
	table->name = text_of(dump, attributes[NFTA_TABLE_NAME]);
	table->handle = large_number_of(attributes[NFTA_TABLE_HANDLE]);
	return NL_OK;
}

static void take_hook(struct dump *dump, struct nlattr *nest, uint8_t family,
		      struct nst_chain *chain)
{
	struct nlattr *hook[NFTA_HOOK_MAX + 1], *device, *devices;
	int left;

	if (nla_parse_nested(hook, NFTA_HOOK_MAX, nest, NULL) < 0)
		return;
	chain->hook = hook_name(family, number_of(hook[NFTA_HOOK_HOOKNUM]));
	chain->priority = (int)number_of(hook[NFTA_HOOK_PRIORITY]);
	chain->device = text_of(dump, hook[NFTA_HOOK_DEV]);
	devices = hook[NFTA_HOOK_DEVS];
	if (*chain->device || !devices)
		return;
	nla_for_each_nested(device, devices, left)
	{
		chain->device = text_of(dump, device);
		return;
	}
}

static int take_chain(struct nl_msg *message, void *arg)
{
	struct nlattr *attributes[NFTA_CHAIN_MAX + 1];
	struct dump *dump = arg;
	const struct table *table = NULL;
	const char *name;
	struct nst_chain *chain;
	uint8_t family;

	if (!parse(message, attributes, NFTA_CHAIN_MAX, &family) ||
	    !attributes[NFTA_CHAIN_TABLE])
		return NL_SKIP;
	name = nla_get_string(attributes[NFTA_CHAIN_TABLE]);
	for (size_t i = 0; i < dump->table_count && !table; i++)
		if (dump->tables[i].family == family &&
		    strcmp(dump->tables[i].name, name) == 0)
			table = &dump->tables[i];
	chain = table ? listing_add_chain(dump->listing, table->handle) : NULL;
	if (!chain) {
		dump->failed = table != NULL;
		return table ? NL_STOP : NL_SKIP;
	}
	chain->backend = NST_RULE_NFT;
	chain->family = family_name(family);
	chain->table = table->name;
	chain->name = text_of(dump, attributes[NFTA_CHAIN_NAME]);
	if (!attributes[NFTA_CHAIN_HOOK])
		return NL_OK;
	take_hook(dump, attributes[NFTA_CHAIN_HOOK], family, chain);
	chain->type = text_of(dump, attributes[NFTA_CHAIN_TYPE]);
	chain->policy =
		number_of(attributes[NFTA_CHAIN_POLICY]) == NF_DROP ? "drop" : "accept";
	return NL_OK;
}

/* The first `counter` among the rule's expressions. */
static void take_counter(struct nlattr *expressions, struct nst_rule *rule)
{
	struct nlattr *one;
	int left;

	if (!expressions)
		return;
	nla_for_each_nested(one, expressions, left)
	{
		struct nlattr *expression[NFTA_EXPR_MAX + 1];
		struct nlattr *counter[NFTA_COUNTER_MAX + 1];

		if (nla_parse_nested(expression, NFTA_EXPR_MAX, one, NULL) < 0 ||
		    !expression[NFTA_EXPR_NAME] ||
		    strcmp(nla_get_string(expression[NFTA_EXPR_NAME]), "counter") !=
			    0 ||
		    !expression[NFTA_EXPR_DATA] ||
		    nla_parse_nested(counter, NFTA_COUNTER_MAX,
				     expression[NFTA_EXPR_DATA], NULL) < 0)
			continue;
		rule->is_counted = true;
		rule->packets = large_number_of(counter[NFTA_COUNTER_PACKETS]);
		rule->bytes = large_number_of(counter[NFTA_COUNTER_BYTES]);
		return;
	}
}

static bool chain_is(const struct nst_chain *chain, const char *family,
		     const char *table, const char *name)
{
	return strcmp(chain->name, name) == 0 && strcmp(chain->table, table) == 0 &&
	       strcmp(chain->family, family) == 0;
}

/* Rules come chain by chain, in the order in which the chains came. */
static int take_rule(struct nl_msg *message, void *arg)
{
	struct nlattr *attributes[NFTA_RULE_MAX + 1];
	struct dump *dump = arg;
	struct listing *listing = dump->listing;
	struct nst_rule *rule;
	const char *table, *name;
	size_t chain = dump->chain, tried = 0;
	uint8_t family;

	if (!parse(message, attributes, NFTA_RULE_MAX, &family) ||
	    !attributes[NFTA_RULE_TABLE] || !attributes[NFTA_RULE_CHAIN])
		return NL_SKIP;
	table = nla_get_string(attributes[NFTA_RULE_TABLE]);
	name = nla_get_string(attributes[NFTA_RULE_CHAIN]);
	while (tried < listing->chain_count &&
	       !chain_is(&listing->chains[chain], family_name(family), table, name)) {
		chain = (chain + 1) % listing->chain_count;
		tried++;
	}
	if (tried == listing->chain_count)
		return NL_SKIP;
	dump->chain = chain;
	rule = hoard_push(&dump->rules, &dump->rule_count, &dump->rule_room,
			  sizeof(*rule));
	if (!rule) {
		dump->failed = 1;
		return NL_STOP;
	}
	rule->chain = chain;
	rule->handle = large_number_of(attributes[NFTA_RULE_HANDLE]);
	take_counter(attributes[NFTA_RULE_EXPRESSIONS], rule);
	return NL_OK;
}

static int ask(struct dump *dump, int type, nl_recvmsg_msg_cb_t take)
{
	struct nfgenmsg general = { .nfgen_family = NFPROTO_UNSPEC,
				    .version = NFNETLINK_V0 };
	int r = nl_socket_modify_cb(dump->socket, NL_CB_VALID, NL_CB_CUSTOM, take,
				    dump);

	if (r == 0)
		r = nl_send_simple(dump->socket, NFNL_SUBSYS_NFTABLES << 8 | type,
				   NLM_F_DUMP, &general, sizeof(general));
	return r < 0 ? r : nl_recvmsgs_default(dump->socket);
}

/* The rules into the listing, behind their chains, with the policies. The kernel lists
 * rules in the order of chains. */
static bool place_rules(struct dump *dump, size_t first_chain)
{
	struct listing *listing = dump->listing;
	size_t chains = listing->chain_count, k = 0;

	for (listing->chain_count = first_chain; listing->chain_count < chains;) {
		size_t i = listing->chain_count++;

		listing->chains[i].first = listing->rule_count;
		for (; k < dump->rule_count && dump->rules[k].chain == i; k++) {
			struct nst_rule *rule = listing_add_rule(listing);

			if (!rule)
				return false;
			rule->handle = dump->rules[k].handle;
			rule->is_counted = dump->rules[k].is_counted;
			rule->packets = dump->rules[k].packets;
			rule->bytes = dump->rules[k].bytes;
		}
		if (*listing->chains[i].policy && !listing_add_policy(listing))
			return false;
	}
	return true;
}

static int dump_once(struct dump *dump)
{
	int r;

	r = ask(dump, NFT_MSG_GETTABLE, take_table);
	if (r == 0 && dump->table_count)
		r = ask(dump, NFT_MSG_GETCHAIN, take_chain);
	if (r == 0 && dump->listing->chain_count)
		r = ask(dump, NFT_MSG_GETRULE, take_rule);
	return r;
}

int listing_of_nf_tables(struct listing *listing)
{
	struct nl_sock *socket AUTO(scope_socket) = nl_socket_alloc();
	struct dump dump = { .listing = listing, .socket = socket };
	size_t first_chain = listing->chain_count;
	int r = socket ? nl_connect(socket, NETLINK_NETFILTER) : -NLE_NOMEM;

	for (int i = 0; r == 0 && i < ATTEMPTS; i++) {
		listing->chain_count = listing->table_count = first_chain;
		dump.table_count = dump.rule_count = dump.chain = 0;
		r = dump_once(&dump);
		if (r != -NLE_DUMP_INTR)
			break;
		r = i + 1 < ATTEMPTS ? 0 : r;
	}
	if (r == 0 && !dump.failed)
		dump.failed = !place_rules(&dump, first_chain);
	free(dump.tables);
	free(dump.rules);
	if (dump.failed)
		return nst_fail_memory();
	/* A kernel without nf_tables has no rules of it. */
	if (r == -NLE_OPNOTSUPP || r == -NLE_PROTO_MISMATCH || r == -NLE_INVAL)
		return 0;
	return r < 0 ? nst_fail(-EIO, "reading the rules of nf_tables: %s",
				nl_geterror(r))
		     : 0;
}
