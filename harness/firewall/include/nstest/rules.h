/* SPDX-License-Identifier: MIT */
/**
 * The rules in force in a host, one by one: where each stands in the source, how the
 * kernel calls it, and what it has counted.
 *
 *	struct nst_rules *rules nst_rules_autofree = NULL;
 *
 *	nst_rules_of(lab, "gateway", &rules);
 *	for (size_t i = 0; i < rules->count; i++)
 *		printf("%s:%u: %s\n", rules->rules[i].file, rules->rules[i].line,
 *		       rules->rules[i].text);
 *
 * It is read from the kernel at the time of the call and joined with what
 * nst_ruleset_load() remembers of the source, so rules that a program added meanwhile are
 * there too, without a file. A chain's policy is a rule as well: the last of its chain.
 *
 * What a trace says is found with nst_rules_find_handle() (nft and iptables-nft: family,
 * table, chain and handle of an nftrace event) or nst_rules_find_number() (legacy: the
 * kernel's "TRACE: filter:INPUT:rule:3" counts from 1).
 */
#ifndef NSTEST_RULES_H
#define NSTEST_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nstest/lab.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Who keeps the rule. The first two live in nf_tables, and share its names and handles;
 *  the legacy one has tables of its own, which a packet passes as well. */
enum nst_rule_backend {
	NST_RULE_NFT,
	NST_RULE_IPTABLES_NFT, /**< loaded by iptables-nft or ip6tables-nft */
	NST_RULE_IPTABLES_LEGACY,
};

/** One rule, or a base chain's policy. Strings are the nst_rules' own, never NULL. */
struct nst_rule {
	enum nst_rule_backend backend;
	bool is_policy; /**< the end of a base chain, or of a builtin one */
	size_t index;   /**< in nst_rules.rules */
	size_t chain;   /**< in nst_rules.chains */

	/** From 1, in the order in which the chain is evaluated; the policy is the last. */
	unsigned int number;
	uint64_t
		handle; /**< nf_tables' name for it in its table; 0: a policy, or legacy */

	/** As the source has it, its lines joined by a blank: `tcp dport 22 accept`,
	 *  `-A INPUT -p tcp -j ACCEPT`. A policy is "policy drop". "" where the source is
	 *  not known. */
	const char *text;
	const char *file;      /**< "" where it is not known */
	unsigned int line;     /**< from 1; 0 where it is not known */
	unsigned int column;   /**< of its first character, from 1; 0 where not known */
	unsigned int end_line; /**< of its last character */

	/** What the kernel counted. nft: only rules that say `counter`, and no policy. */
	bool is_counted;
	uint64_t packets, bytes;
};

/** A chain. `type`, `hook` and `policy` are "" where it is only jumped to. */
struct nst_chain {
	enum nst_rule_backend backend;
	const char *family; /**< "ip", "ip6", "inet", "bridge", "netdev", "arp" */
	const char *table;
	const char *name;
	const char *type;   /**< "filter", "nat", "route" */
	const char *hook;   /**< "prerouting", "input", … "ingress", "egress" */
	const char *device; /**< of a netdev chain, the first one; else "" */
	const char *policy; /**< "accept", "drop" */
	int priority;       /**< within the hook: lower numbers are evaluated first */
	const char *file; /**< where it is declared, or its policy set; "" if unknown */
	unsigned int line;
	size_t first, count; /**< its rules in nst_rules.rules, the policy included */
};

struct nst_rules {
	const struct nst_rule *rules; /**< chain by chain */
	size_t count;
	const struct nst_chain *chains; /**< table by table, as the kernel lists them */
	size_t chain_count;
};

/**
 * The rules that are in force in `host` now, with their counters. No rules at all is an
 * empty list.
 *
 * Return: 0 and the rules, the caller's to free with nst_rules_free(); -ENOENT for an
 * unknown host; -errno of the kernel.
 */
int nst_rules_of(struct nst_lab *lab, const char *host, struct nst_rules **ret_rules);

/** NULL is fine. */
void nst_rules_free(struct nst_rules *rules);

static inline void nst_rules_autofree_(struct nst_rules **rules)
{
	nst_rules_free(*rules);
}
#define nst_rules_autofree __attribute__((cleanup(nst_rules_autofree_)))

/**
 * The rule of nf_tables (backends nft and iptables-nft) with this handle. `chain` may be
 * NULL: a handle is one of its table.
 *
 * Return: NULL if there is none.
 */
const struct nst_rule *nst_rules_find_handle(const struct nst_rules *rules,
					     const char *family, const char *table,
					     const char *chain, uint64_t handle);

/** The chain, or NULL. `legacy`: of the legacy iptables, else of nf_tables. */
const struct nst_chain *nst_rules_find_chain(const struct nst_rules *rules, bool legacy,
					     const char *family, const char *table,
					     const char *chain);

/** Rule `number` of a chain, from 1; NULL if it has fewer. The policy is one of them. */
const struct nst_rule *nst_rules_find_number(const struct nst_rules *rules,
					     const struct nst_chain *chain,
					     unsigned int number);

/** The chain's policy as a rule; NULL if it has none. */
const struct nst_rule *nst_rules_find_policy(const struct nst_rules *rules,
					     const struct nst_chain *chain);

/** "nft", "iptables-nft", "iptables-legacy". Static. */
const char *nst_rule_backend_name(enum nst_rule_backend backend);

#ifdef __cplusplus
}
#endif
#endif
