/* SPDX-License-Identifier: MIT */
#include "lack.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <nftables/libnftables.h>

#include <base/scope.h>

#define INET(rule) "table inet nstest_try { chain c { " rule "; }; }"
#define HOOKED(rule)                                                                 \
	"table inet nstest_try { chain c { type filter hook input priority 0; " rule \
	"; }; }"
#define NAT(hook, rule)                                                              \
	"table inet nstest_try { chain c { type nat hook " hook " priority 0; " rule \
	"; }; }"
#define BRIDGE(rule)                                                                   \
	"table bridge nstest_try { chain c { type filter hook input priority 0; " rule \
	"; }; }"

/* A word of a rule, and the least that needs the same of the kernel. */
static const struct feature {
	const char *word;
	const char *module, *config;
	const char *script;
} features[] = {
	{ "netdev", "nf_tables_netdev", "NF_TABLES_NETDEV",
	  "table netdev nstest_try { }" },
	{ "bridge", "nf_tables_bridge", "NF_TABLES_BRIDGE",
	  "table bridge nstest_try { }" },
	{ "arp", "nf_tables_arp", "NF_TABLES_ARP", "table arp nstest_try { }" },
	{ "inet", "nf_tables_inet", "NF_TABLES_INET", "table inet nstest_try { }" },
	{ "queue", "nft_queue", "NFT_QUEUE", INET("queue") },
	{ "flowtable", "nf_flow_table", "NF_FLOW_TABLE",
	  "table inet nstest_try { flowtable f { hook ingress priority 0; }; }" },
	{ "flow", "nft_flow_offload", "NFT_FLOW_OFFLOAD",
	  "table inet nstest_try { flowtable f { hook ingress priority 0; }; "
	  "chain c { flow add @f; }; }" },
	{ "ibrname", "nft_meta_bridge", "NFT_BRIDGE_META", BRIDGE("meta ibrname a") },
	{ "obrname", "nft_meta_bridge", "NFT_BRIDGE_META", BRIDGE("meta obrname a") },
	{ "ct", "nft_ct", "NFT_CT", INET("ct state new") },
	{ "ct", "nf_conntrack_bridge", "NF_CONNTRACK_BRIDGE", BRIDGE("ct state new") },
	{ "reject", "nft_reject_inet", "NFT_REJECT_INET", HOOKED("reject") },
	{ "reject", "nft_reject_bridge", "NFT_BRIDGE_REJECT", BRIDGE("reject") },
	{ "masquerade", "nft_masq", "NFT_MASQ", NAT("postrouting", "masquerade") },
	{ "redirect", "nft_redir", "NFT_REDIR",
	  NAT("prerouting", "tcp dport 1 redirect to :2") },
	{ "dnat", "nft_nat", "NFT_NAT", NAT("prerouting", "dnat ip to 192.0.2.1") },
	{ "snat", "nft_nat", "NFT_NAT", NAT("postrouting", "snat ip to 192.0.2.1") },
	{ "log", "nft_log", "NFT_LOG", INET("log") },
	{ "limit", "nft_limit", "NFT_LIMIT", INET("limit rate 1/second") },
	{ "quota", "nft_quota", "NFT_QUOTA", INET("quota 1 mbytes") },
	{ "count", "nft_connlimit", "NFT_CONNLIMIT", INET("ct count 1") },
	{ "fib", "nft_fib_inet", "NFT_FIB_INET", HOOKED("fib daddr type local") },
	{ "socket", "nft_socket", "NFT_SOCKET", HOOKED("socket transparent 1") },
	{ "osf", "nft_osf", "NFT_OSF", HOOKED("osf name Linux") },
	{ "synproxy", "nft_synproxy", "NFT_SYNPROXY",
	  HOOKED("synproxy mss 1460 wscale 7") },
	{ "numgen", "nft_numgen", "NFT_NUMGEN", INET("numgen inc mod 2 0") },
	{ "jhash", "nft_hash", "NFT_HASH", INET("jhash ip saddr mod 2 0") },
	{ "symhash", "nft_hash", "NFT_HASH", INET("symhash mod 2 0") },
	{ "ipsec", "nft_xfrm", "NFT_XFRM", HOOKED("ipsec in reqid 1") },
	{ "dup", "nft_dup_ipv4", "NFT_DUP_IPV4",
	  "table ip nstest_try { chain c { dup to 192.0.2.1; }; }" },
	{ "ftp", "nf_conntrack_ftp", "NF_CONNTRACK_FTP",
	  "table inet nstest_try { ct helper h { type \"ftp\" protocol tcp; }; }" },
	{ "sip", "nf_conntrack_sip", "NF_CONNTRACK_SIP",
	  "table inet nstest_try { ct helper h { type \"sip\" protocol udp; }; }" },
	{ "tftp", "nf_conntrack_tftp", "NF_CONNTRACK_TFTP",
	  "table inet nstest_try { ct helper h { type \"tftp\" protocol udp; }; }" },
};

static bool has_word(const char *text, size_t length, const char *word)
{
	size_t size = strlen(word);

	for (const char *at = text;
	     (at = memmem(at, length - (size_t)(at - text), word, size)); at += size)
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[size]))
			return true;
	return false;
}

/* Asks without doing: the transaction is taken back. */
static bool kernel_takes(struct nft_ctx *context, const char *script)
{
	bool takes;

	nft_ctx_set_dry_run(context, true);
	takes = nft_run_cmd_from_buffer(context, script) == 0;
	nft_ctx_set_dry_run(context, false);
	return takes;
}

/* The source line of what the kernel refused; what nft itself does is no lack. */
static const char *refused_line(const char *said, size_t *ret_length)
{
	const char *line = strstr(said, "Error: Could not process rule");

	if (!line)
		return NULL;
	line += strcspn(line, "\n");
	line += *line == '\n';
	*ret_length = strcspn(line, "\n");
	return *ret_length ? line : NULL;
}

bool lack_find(struct nft_ctx *context, const char *said, const char *script, char *ret,
	       size_t size)
{
	size_t length = 0;
	const char *shown = refused_line(said, &length);
	char *line AUTO_FREE = shown ? strndup(shown, length) : NULL;
	bool bridges = has_word(script, strlen(script), "bridge");

	for (size_t i = 0; line && i < ARRAY_SIZE(features); i++) {
		const struct feature *feature = &features[i];

		if (!has_word(line, length, feature->word) ||
		    (strncmp(feature->script, "table bridge", 12) == 0 && !bridges) ||
		    kernel_takes(context, feature->script))
			continue;
		snprintf(ret, size, "%s (CONFIG_%s)", feature->module, feature->config);
		return true;
	}
	return false;
}
