/* SPDX-License-Identifier: MIT */
/* Masquerading on the outside interface of a NAT router, by libnftables. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nftables/libnftables.h>

#include <base/fail.h>
#include <base/scope.h>
#include <lab/masquerade.h>

/* `table` and `delete table` in front of it: whether it was there or not, it is new. */
static const char rules_format[] =
	"table inet nstest_nat\n"
	"delete table inet nstest_nat\n"
	"table inet nstest_nat {\n"
	"	chain postrouting {\n"
	"		type nat hook postrouting priority srcnat;\n"
	"		oifname \"%s\" masquerade\n"
	"	}\n"
	"}\n";

static void scope_context(struct nft_ctx **context)
{
	if (*context)
		nft_ctx_free(*context);
}

/* One line of what libnftables said, behind "Error: ". */
static int complain(const struct nst_node *router, const char *said)
{
	const char *what = strstr(said, "Error: ");

	what = what ? what + 7 : said;
	if (strstr(said, "not supported") || strstr(said, "No such file"))
		return nst_fail(
			-EOPNOTSUPP,
			"NAT router \"%s\": this kernel has no masquerading in "
			"nf_tables (CONFIG_NF_TABLES_INET, CONFIG_NFT_MASQ): %.*s",
			router->name, (int)strcspn(what, "\n"), what);
	return nst_fail(-EINVAL, "NAT router \"%s\": setting up masquerading: %.*s",
			router->name, (int)strcspn(what, "\n"), what);
}

int masquerade_setup(struct nst_inside *inside, size_t node)
{
	const struct nst_plan *plan = nst_inside_plan(inside);
	const struct nst_node *router = &plan->nodes[node];
	struct nft_ctx *context AUTO(scope_context) = NULL;
	char rules[sizeof(rules_format) + 16];
	int r;

	/* The context's netlink socket belongs to where it is opened. */
	r = nst_inside_net(inside, node);
	if (r < 0)
		return r;
	context = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!context || nft_ctx_buffer_error(context))
		return nst_fail_memory();
	snprintf(rules, sizeof(rules), rules_format,
		 plan->interfaces[router->outside].name);
	if (nft_run_cmd_from_buffer(context, rules) != 0)
		return complain(router, nft_ctx_get_error_buffer(context));
	return 0;
}
