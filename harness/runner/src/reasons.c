/* SPDX-License-Identifier: MIT */
/* Expected reasons, and the ones that there were. */
#include "reasons.h"

#include <arpa/inet.h>
#include <string.h>

#include <probe/codes.h>

static bool has_cause(const struct nst_reason *reason,
		      const struct nst_verdict *verdict,
		      const struct nst_explanation *why)
{
	switch (reason->cause) {
	case NST_CAUSE_ANY:
		return true;
	case NST_CAUSE_RULE:
		return nst_explained_by(why, verdict, reason->file, reason->line);
	case NST_CAUSE_POLICY:
		return why->decisive && why->decisive->is_policy;
	case NST_CAUSE_NO_RULE:
		/* What is not known is not nothing. */
		return !why->decisive && !*why->unknown;
	}
	return false;
}

static bool has_refusal(const struct nst_reason *reason,
			const struct nst_verdict *verdict)
{
	if (reason->reset)
		return verdict->icmp_type < 0;
	return !reason->icmp ||
	       (verdict->icmp_type >= 0 &&
		strcmp(reason->icmp, code_find(verdict->family, verdict->icmp_type,
					       verdict->icmp_code)
					     ->name) == 0);
}

static bool same_address(const char *one, const char *other)
{
	unsigned char a[16] = { 0 }, b[16] = { 0 };
	int family = strchr(one, ':') ? AF_INET6 : AF_INET;

	return inet_pton(family, one, a) == 1 && inet_pton(family, other, b) == 1 &&
	       memcmp(a, b, sizeof(a)) == 0;
}

static bool holds(const struct nst_reason *reason, const struct nst_verdict *verdict,
		  const struct nst_explanation *why)
{
	return reason->verdicts & 1u << verdict->kind &&
	       has_cause(reason, verdict, why) && has_refusal(reason, verdict) &&
	       (!reason->nat || why->rewrite_count) &&
	       (!reason->seen_as || same_address(reason->seen_as, why->seen_as));
}

bool is_expected(const struct nst_expectation *expect,
		 const struct nst_verdict *verdict, const struct nst_explanation *why)
{
	for (size_t i = 0; i < expect->reason_count; i++)
		if (holds(&expect->reasons[i], verdict, why))
			return true;
	return !expect->reason_count && nst_expected(expect, verdict->kind);
}
