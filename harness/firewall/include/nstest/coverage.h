/* SPDX-License-Identifier: MIT */
/**
 * Rule coverage: how often each rule and each chain's policy was reached, matched and
 * decided.
 *
 *	struct nst_coverage coverage = { 0 };
 *
 *	nst_coverage_begin(lab, "gateway");
 *	...traffic...
 *	nst_coverage_take(lab, "gateway", &coverage);
 *	nst_coverage_write(&coverage, "out");
 *	nst_coverage_free(&coverage);
 *
 * How it is counted. Rules in nf_tables (nft and iptables-nft) get a rule in front of each
 * that does nothing but count, and one at the end of each chain: so what is reached is
 * counted, not guessed. What iptables rules matched they count themselves; an nft rule that
 * ends its chain (accept, drop, reject, NAT, …) matched what did not go on to the next; other
 * nft rules count by themselves if nst_coverage_ruleset() made what was loaded. The legacy
 * iptables counts what matched; what reached a rule follows from that, and is shared out by
 * share where several rules jump to one chain.
 */
#ifndef NSTEST_COVERAGE_H
#define NSTEST_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nstest/lab.h>
#include <nstest/ruleset.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A rule, a policy, or an element of a set or map, of a source file. Strings are the coverage's own. */
struct nst_covered {
	char *file;
	unsigned int line, end_line; /**< from 1 */
	char *chain;                 /**< "inet filter input", "ip nat PREROUTING" */
	char *text;                  /**< of a policy "policy drop" */
	bool is_policy;
	/** Of an nft set or map: what had it counts as matched, and `chain` names the set ("inet filter
	 *  allowed"); of a set in a rule the chain of the rule. */
	bool is_element;
	bool decides; /**< it ends the way of what it matches; a jump or a log does not */
	uint64_t reached, matched; /**< packets; of a policy the same */
	/** Nothing ever gets to match it: "fw.nft:12", the rule before it that takes all; NULL
	 *  if none is known. */
	char *shadowed_by;
};

/** All-zero is empty. Sorted by file, line, chain, text. */
struct nst_coverage {
	struct nst_covered *list;
	size_t count;
};

/** How often it decided. */
static inline uint64_t nst_covered_decided(const struct nst_covered *covered)
{
	return covered->decides ? covered->matched : 0;
}

/* ---- Counting ---- */

/**
 * The ruleset to be loaded in place of this one: the same lines, here and in the files that an nft script
 * includes, and nft rules that do not end their chain count what they match. `ruleset` has a text, and its `kind` is
 * not AUTO. Return: 0, and the caller frees it by nst_coverage_ruleset_free(); -ENOMEM.
 */
int nst_coverage_ruleset(const struct nst_ruleset *ruleset, struct nst_ruleset *ret);

/** Only of what nst_coverage_ruleset() made. */
void nst_coverage_ruleset_free(struct nst_ruleset *ruleset);

/** Begins to count what the rules in `host` do, from 0. Return: 0; -errno of the kernel. */
int nst_coverage_begin(struct nst_lab *lab, const char *host);

/** Adds what was counted since. Rules without a file are left out. Return: 0; -errno. */
int nst_coverage_take(struct nst_lab *lab, const char *host,
		      struct nst_coverage *coverage);

/* ---- Values ---- */

/** Adds the counts of `from` to `to`; a rule is the same if file, line, chain and text are.
 *  Return: 0; -ENOMEM, and `to` may have some of it. */
int nst_coverage_merge(struct nst_coverage *to, const struct nst_coverage *from);

/**
 * Looks into the source files for rules before those that nothing matched which certainly take
 * all that these could match, and sets `shadowed_by`. What the texts do not prove is left alone.
 */
int nst_coverage_find_shadows(struct nst_coverage *coverage);

void nst_coverage_free(struct nst_coverage *coverage);

/** Rules and policies, and how many of them matched something; the same of elements. */
struct nst_coverage_total {
	size_t rules, covered;
	size_t elements, covered_elements;
};
struct nst_coverage_total nst_coverage_total(const struct nst_coverage *coverage);

/** Covered of all rules and policies, in hundredths of a percent; 10,000 if there is no rule. */
unsigned int nst_coverage_score(const struct nst_coverage *coverage);

/* ---- Files ---- */

/**
 * As JSON, the form that is merged across runs and shards (docs/coverage-and-mutation.md):
 * malloc'd; NULL: no memory.
 */
char *nst_coverage_print(const struct nst_coverage *coverage);

/** Adds what such a text says. Return: 0; -EINVAL if it is not of this form; -ENOMEM. */
int nst_coverage_parse(struct nst_coverage *coverage, const char *json);

/**
 * Writes all forms into a folder, which is made if need be: coverage.json, coverage.txt (each source
 * with counts beside its lines), index.html, cobertura.xml, lcov.info.
 *
 * Return: 0; -errno of what cannot be written.
 */
int nst_coverage_write(const struct nst_coverage *coverage, const char *folder);

/** For people: a line per file, then what nothing matched, each with the reason. The caller
 *  frees it; NULL: no memory. */
char *nst_coverage_summary(const struct nst_coverage *coverage);

#ifdef __cplusplus
}
#endif
#endif
