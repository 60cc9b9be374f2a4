/* SPDX-License-Identifier: MIT */
/**
 * Mutants of a ruleset: the same text with one small mistake in it, as people make them.
 * Tests that hold for a mutant as well do not test that rule.
 *
 *	struct nst_mutants *mutants = NULL;
 *
 *	nst_mutants_make(&ruleset, &mutants);
 *	for (size_t i = 0; i < mutants->count; i++) {
 *		char *text = nst_mutant_text(mutants, i);
 *		...
 *	}
 *	nst_mutants_free(mutants);
 *
 * All of it is pure but for reading included files: text in, text out, always in the same order. Understood are nft
 * scripts, the text of iptables-save, lines of `iptables -S`, and lines of a script that
 * call iptables or ip6tables with -A, -I or -P. Line numbers never change.
 */
#ifndef NSTEST_MUTANT_H
#define NSTEST_MUTANT_H

#include <stdbool.h>
#include <stddef.h>

#include <nstest/ruleset.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The mistake. */
enum nst_mutation {
	NST_MUTATION_DELETE, /**< the rule, or an element of its verdict map, is missing */
	NST_MUTATION_NEGATE, /**< a match holds when it should not */
	NST_MUTATION_WIDEN, /**< a prefix shorter by one bit, a port range longer by one */
	NST_MUTATION_NARROW,  /**< the contrary, or an element of a set is missing */
	NST_MUTATION_SWAP,    /**< two neighbours in the wrong order */
	NST_MUTATION_VERDICT, /**< accept where drop or reject is, and the reverse */
	NST_MUTATION_STATE,   /**< the connection's state is not looked at */
	NST_MUTATION_POLICY,  /**< the chain's policy is the other one */
	NST_MUTATIONS,
};

struct nst_mutant {
	enum nst_mutation kind;
	size_t file;       /**< whose it is: of nst_mutants.files */
	unsigned int line; /**< of the rule, policy or element, in its file; from 1 */
	size_t begin, end; /**< bytes of the file's text that are replaced, */
	char *with;        /**< by this */
	/** An address that widen or narrow is about: the original and the mutant treat it
	 *  differently; "" where there is none. */
	char address[46];
	/** Why no packet can tell it from the original, static: "the policy does the same";
	 * NULL: one may. */
	const char *equivalent;
};

/** The ruleset, or a file that it includes. */
struct nst_mutants_file {
	char *path; /**< absolute; NULL: the ruleset itself */
	char *name; /**< for people: as the ruleset's own path leads to it */
	char *text; /**< the original */
};

struct nst_mutants {
	struct nst_mutants_file *files; /**< the first is the ruleset */
	size_t file_count;
	struct nst_mutant *list;
	size_t count;
	size_t rules, policies; /**< that were found in the text */
	/** The rules count or remember (limits, quotas, dynamic sets): what one probe gets
	 *  depends on those before it. */
	bool remembers;
};

/**
 * Makes all mutants of `ruleset->text`, and of the files that an nft script includes, in the order of
 * files and rules; `kind` is not AUTO.
 *
 * Return: 0 and the mutants, the caller's to free with nst_mutants_free(); -ENOMEM.
 */
int nst_mutants_make(const struct nst_ruleset *ruleset,
		     struct nst_mutants **ret_mutants);

/** NULL is fine. */
void nst_mutants_free(struct nst_mutants *mutants);

/** The whole text of a mutant's file: malloc'd, the caller's. NULL: no memory. */
char *nst_mutant_text(const struct nst_mutants *mutants, size_t i);

/**
 * The lines that differ, as "- before\n+ after\n" without indentation; a line that is gone
 * has no "+": malloc'd, the caller's. NULL: no memory.
 */
char *nst_mutant_diff(const struct nst_mutants *mutants, size_t i);

/** "delete", "negate", "widen", … Static. */
const char *nst_mutation_name(enum nst_mutation kind);

#ifdef __cplusplus
}
#endif
#endif
