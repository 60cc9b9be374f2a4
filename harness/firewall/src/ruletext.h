/* SPDX-License-Identifier: MIT */
/* The text of a ruleset cut into words and rules: for what is done to the text itself,
 * mutants and counters. Not a parser: the kernel's tools judge what is right, this only
 * finds where things stand. */
#ifndef FIREWALL_RULETEXT_H
#define FIREWALL_RULETEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <nstest/ruleset.h>

/* Bytes of the text. */
struct span {
	size_t begin, end;
};

/* What a rule does with a packet that it matches. */
enum rule_end {
	END_GOES_ON, /* nothing, or it jumps somewhere */
	END_ACCEPT,
	END_DROP,
	END_REJECT,
	END_OTHER, /* ends the chain otherwise: return, goto, NAT, vmap, … */
};

struct text_chain {
	struct span table,
		name; /* "inet filter", "input"; of iptables "filter", "INPUT" */
	bool base;
	bool nat;              /* its verdicts are about addresses, not about passing */
	enum rule_end policy;  /* of a base chain: ACCEPT or DROP */
	struct span policy_at; /* of the word; empty: to be put there, nft */
	size_t body_end;       /* nft: its closing brace; 0: it has no body */
};

struct text_rule {
	struct span span;    /* from its first to its last word */
	size_t chain;        /* in source.chains */
	size_t first, count; /* its words in source.words */
	size_t own; /* of them, the first behind "add rule t c" or "-A INPUT" */
	enum rule_end end;
	bool matches; /* it has a condition */
	bool plain;   /* it does nothing but match and decide */
};

/* nft: a set or a map; of a rule's own, { … }, `name` is empty. */
struct text_set {
	struct span name;
	bool is_map;
	bool counts;    /* its elements count what they match */
	bool countable; /* or could; not if they come and go, or are merged */
	size_t body;    /* byte behind the brace that opens it */
	enum set_of { SET_OF_OTHER, SET_OF_ADDRESSES, SET_OF_PORTS } of;
};

/* An element that is written there: not a variable. */
struct text_element {
	size_t set;        /* in source.sets */
	size_t first, end; /* its words, comment and verdict and all */
	size_t key_end;    /* word behind its key */
	size_t comment;    /* word of its comment's text; 0: it has none */
};

struct ruletext {
	const char *text; /* the caller's */
	enum nst_ruleset_kind kind;
	struct span *words;
	size_t word_count;
	struct text_chain *chains;
	size_t chain_count;
	struct text_rule *rules;
	size_t rule_count;
	struct text_set *sets;
	size_t set_count, set_room;
	struct text_element *elements;
	size_t element_count, element_room;
	bool remembers;
	/* Rules may stand in another order in their chain, or not at all: they are inserted, or
	 * a script decides. Nothing is certain about two of them. */
	bool unordered;
};

/* Return: 0, or -ENOMEM. Any text is fine. ruletext.c, ruletext_nft.c, ruletext_iptables.c */
int ruletext_read(const char *text, enum nst_ruleset_kind kind,
		  struct ruletext *ret_source);
void ruletext_free(struct ruletext *source);

/* ---- For the readers ---- */

int ruletext_add_word(struct ruletext *source, size_t begin, size_t end);
int ruletext_add_rule(struct ruletext *source, const struct text_rule *rule);

/* The chain of this name, made if there is none. Return: its index; -ENOMEM. */
int ruletext_chain(struct ruletext *source, struct span table, struct span name,
		   size_t *ret_chain);

/* nft: a set, and the elements between the braces at these words; ruletext_set.c. -ENOMEM. */
int ruletext_add_set(struct ruletext *source, const struct text_set *set);
int ruletext_add_elements(struct ruletext *source, size_t set, size_t open,
			  size_t close);
/* The index of the named set; set_count if there is none. */
size_t ruletext_find_set(const struct ruletext *source, struct span name);
/* The word of the brace that closes the one at `open`; word_count. */
size_t ruletext_closing(const struct ruletext *source, size_t open);
/* The sets that stand in a rule, { … }. */
int ruletext_read_own_sets(struct ruletext *source, const struct text_rule *rule);

int ruletext_read_nft(struct ruletext *source);
int ruletext_read_iptables(struct ruletext *source);

bool ruletext_is(const struct ruletext *source, struct span span, const char *word);
static inline bool word_is(const struct ruletext *source, size_t i, const char *word)
{
	return ruletext_is(source, source->words[i], word);
}
bool word_is_any(const struct ruletext *source, size_t i, const char *const *words);
/* The next rule of the same chain (step 1) or the one before (-1); NULL. */
const struct text_rule *ruletext_neighbour(const struct ruletext *source,
					   const struct text_rule *rule, int step);

/* It takes every packet that reaches it. */
bool rule_decides_alone(const struct text_rule *rule);

unsigned int ruletext_line(const struct ruletext *source, size_t at);

#endif
