/* SPDX-License-Identifier: MIT */
/* Whether two rules can match the same packet, as far as their texts tell. Pure. */
#ifndef FIREWALL_OVERLAP_H
#define FIREWALL_OVERLAP_H

#include "ruletext.h"

/* Certainly no packet matches both. */
bool rules_are_disjoint(const struct ruletext *source, const struct text_rule *one,
			const struct text_rule *other);

/* Certainly each packet that `narrow` matches is matched by `wide` too. */
bool rule_covers(const struct ruletext *source, const struct text_rule *wide,
		 const struct text_rule *narrow);

/* The rule before it in its chain that takes all that it matches; NULL if none certainly does. */
const struct text_rule *rule_shadow(const struct ruletext *source,
				    const struct text_rule *rule);

/* The same for two values, such as "80, 443" and "1-1024": the lists are read up to a '}'. */
bool values_are_disjoint(const char *one, size_t one_length, const char *other,
			 size_t other_length);
bool value_covers(const char *wide, size_t wide_length, const char *narrow,
		  size_t narrow_length);

#endif
