/* SPDX-License-Identifier: MIT */
/* What the legacy iptables have in the thread's network namespace: the tables as the
 * kernel keeps them, one after another entry by entry (linux/netfilter/x_tables.h).
 *
 * A table that is asked for is made, and hooks into every packet from then on: so only
 * those are read that /proc lists.
 */
#include <errno.h>
#include <netinet/in.h> /* first: the kernel's headers then leave out what it has */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <base/fail.h>
#include <base/scope.h>

#include "listing.h"

/* The two families have entries of their own, and all else alike. */
static const struct family {
	const char *name, *tables;
	int domain, level, get_info, get_entries;
	size_t entry, target_offset, next_offset, counters;
} families[] = {
	{ "ip", "/proc/thread-self/net/ip_tables_names", AF_INET, IPPROTO_IP,
	  IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES, sizeof(struct ipt_entry),
	  offsetof(struct ipt_entry, target_offset),
	  offsetof(struct ipt_entry, next_offset),
	  offsetof(struct ipt_entry, counters) },
	{ "ip6", "/proc/thread-self/net/ip6_tables_names", AF_INET6, IPPROTO_IPV6,
	  IP6T_SO_GET_INFO, IP6T_SO_GET_ENTRIES, sizeof(struct ip6t_entry),
	  offsetof(struct ip6t_entry, target_offset),
	  offsetof(struct ip6t_entry, next_offset),
	  offsetof(struct ip6t_entry, counters) },
};

static const struct hook {
	const char *chain, *name;
} hooks[NF_INET_NUMHOOKS] = {
	[NF_INET_PRE_ROUTING] = { "PREROUTING", "prerouting" },
	[NF_INET_LOCAL_IN] = { "INPUT", "input" },
	[NF_INET_FORWARD] = { "FORWARD", "forward" },
	[NF_INET_LOCAL_OUT] = { "OUTPUT", "output" },
	[NF_INET_POST_ROUTING] = { "POSTROUTING", "postrouting" },
};

/* linux/netfilter_ipv4.h: NF_IP_PRI_… */
static int priority_of(const char *table, int hook)
{
	bool after = hook == NF_INET_LOCAL_IN || hook == NF_INET_POST_ROUTING;

	if (strcmp(table, "raw") == 0)
		return -300;
	if (strcmp(table, "mangle") == 0)
		return -150;
	if (strcmp(table, "nat") == 0)
		return after ? 100 : -100;
	return strcmp(table, "security") == 0 ? 50 : 0;
}

/* A table as it was read. The two infos and replies are laid out alike. */
struct table {
	const struct family *family;
	const char *name;
	struct ipt_getinfo info;
	char *entries;
};

static const char *entry_at(const struct table *table, size_t offset)
{
	return table->entries + offset;
}

static size_t offset_in(const struct table *table, const char *entry, size_t field)
{
	uint16_t offset;

	(void)table;
	memcpy(&offset, entry + field, sizeof(offset));
	return offset;
}

static const struct xt_entry_target *target_of(const struct table *table,
					       const char *entry)
{
	return (const struct xt_entry_target *)(entry +
						offset_in(
							table, entry,
							table->family->target_offset));
}

static void take_counters(const struct table *table, const char *entry,
			  struct nst_rule *rule)
{
	struct xt_counters counters;

	memcpy(&counters, entry + table->family->counters, sizeof(counters));
	rule->is_counted = true;
	rule->packets = counters.pcnt;
	rule->bytes = counters.bcnt;
}

/* The hook whose chain begins at this offset, or whose policy stands there; -1. */
static int hook_at(const struct table *table, const unsigned int *offsets,
		   size_t offset)
{
	for (int hook = 0; hook < NF_INET_NUMHOOKS; hook++)
		if (table->info.valid_hooks & 1U << hook && offsets[hook] == offset)
			return hook;
	return -1;
}

static struct nst_chain *begin_chain(struct listing *listing, const struct table *table,
				     const char *name, int hook)
{
	struct nst_chain *chain = listing_add_chain(listing, 0);

	if (!chain)
		return NULL;
	chain->backend = NST_RULE_IPTABLES_LEGACY;
	chain->family = table->family->name;
	chain->table = table->name;
	chain->name = name;
	if (hook < 0)
		return chain;
	chain->hook = hooks[hook].name;
	chain->type = strcmp(table->name, "nat") == 0 ? "nat" : "filter";
	chain->priority = priority_of(table->name, hook);
	return chain;
}

static const char *verdict_of(const struct xt_entry_target *target)
{
	const struct xt_standard_target *standard = (const void *)target;

	return standard->verdict == -NF_DROP - 1 ? "drop" : "accept";
}

/* One entry: a rule, or what begins or ends a chain. False if memory is out. */
static bool take_entry(struct listing *listing, const struct table *table,
		       size_t offset, size_t next)
{
	const char *entry = entry_at(table, offset);
	const struct xt_entry_target *target = target_of(table, entry);
	struct nst_rule *rule;
	int hook = hook_at(table, table->info.hook_entry, offset);

	if (strcmp(target->u.user.name, XT_ERROR_TARGET) == 0) {
		const struct xt_error_target *error = (const void *)target;

		/* A chain of the user begins, or the table ends. */
		return next == table->info.size ||
		       begin_chain(listing, table,
				   hoard_string(&listing->hoard, error->errorname), -1);
	}
	if (hook >= 0 && !begin_chain(listing, table, hooks[hook].chain, hook))
		return false;
	hook = hook_at(table, table->info.underflow, offset);
	if (hook >= 0) {
		listing->chains[listing->chain_count - 1].policy = verdict_of(target);
		rule = listing_add_policy(listing);
	} else if (hook_at(table, table->info.hook_entry, next) >= 0 ||
		   strcmp(target_of(table, entry_at(table, next))->u.user.name,
			  XT_ERROR_TARGET) == 0) {
		return true; /* the RETURN at the end of a chain of the user */
	} else {
		rule = listing_add_rule(listing);
	}
	if (rule)
		take_counters(table, entry, rule);
	return rule;
}

static int take_table(struct listing *listing, int fd, const struct family *family,
		      const char *name)
{
	struct table table = { .family = family,
			       .name = hoard_string(&listing->hoard, name) };
	socklen_t size = sizeof(table.info);
	struct ipt_get_entries *reply AUTO_FREE = NULL;

	snprintf(table.info.name, sizeof(table.info.name), "%.*s",
		 (int)sizeof(table.info.name) - 1, name);
	if (getsockopt(fd, family->level, family->get_info, &table.info, &size) < 0)
		return nst_fail_errno("reading the legacy table %s", name);
	size = (socklen_t)(sizeof(*reply) + table.info.size);
	reply = calloc(1, size);
	if (!reply)
		return nst_fail_memory();
	memcpy(reply->name, table.info.name, sizeof(reply->name));
	reply->size = table.info.size;
	if (getsockopt(fd, family->level, family->get_entries, reply, &size) < 0)
		return nst_fail_errno("reading the legacy table %s", name);
	table.entries = (char *)reply->entrytable;
	for (size_t at = 0; at < table.info.size;) {
		size_t next = at + offset_in(&table, entry_at(&table, at),
					     family->next_offset);

		if (!take_entry(listing, &table, at, next))
			return nst_fail_memory();
		at = next;
	}
	return 0;
}

static int take_family(struct listing *listing, const struct family *family)
{
	FILE *names AUTO_FCLOSE = fopen(family->tables, "re");
	int fd AUTO_CLOSE = -1;
	char name[XT_TABLE_MAXNAMELEN + 2];
	int r = 0;

	if (!names)
		return 0;
	while (r == 0 && fgets(name, sizeof(name), names)) {
		name[strcspn(name, "\n")] = '\0';
		if (fd < 0)
			fd = socket(family->domain, SOCK_RAW | SOCK_CLOEXEC,
				    IPPROTO_RAW);
		if (fd < 0)
			return nst_fail_errno("reading the legacy tables");
		r = take_table(listing, fd, family, name);
	}
	return r;
}

int listing_of_legacy(struct listing *listing)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		int r = take_family(listing, &families[i]);

		if (r < 0)
			return r;
	}
	return 0;
}
