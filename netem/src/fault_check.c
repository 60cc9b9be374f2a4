/* SPDX-License-Identifier: MIT */
/* Which faults make sense. */
#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/fault.h>
#include <nstest/units.h>

#include "fault_match.h"

enum {
	COPIES_MOST = 1000,
	IPV4_MTU_LEAST = 68, /* RFC 791 */
	DSCP_MOST = 63,
};

#define MEMBER(name) \
	offsetof(struct nst_fault, name), sizeof(((struct nst_fault *)0)->name)
#define FOR(action) (1u << NST_FAULT_##action)

/* Members that mean nothing to other actions: there, they are a mistake. */
static const struct {
	const char *name;
	size_t at, size;
	unsigned int actions;
} members[] = {
	{ "delay_us", MEMBER(delay_us), FOR(DELAY) },
	{ "copies", MEMBER(copies), FOR(DUPLICATE) },
	{ "layer", MEMBER(layer), FOR(CORRUPT) | FOR(TRUNCATE) },
	{ "offset", MEMBER(offset), FOR(CORRUPT) },
	{ "size", MEMBER(size), FOR(TRUNCATE) },
	{ "mask", MEMBER(mask), FOR(CORRUPT) },
	{ "fix_checksums", MEMBER(fix_checksums), FOR(CORRUPT) | FOR(TRUNCATE) },
	{ "hold", MEMBER(hold), FOR(HOLD) },
	{ "ends", MEMBER(ends), FOR(RST) },
	{ "icmp", MEMBER(icmp), FOR(ICMP) },
	{ "value", MEMBER(value), FOR(ICMP) | FOR(DSCP) | FOR(TTL) | FOR(WINDOW) },
};

static bool is_set(const struct nst_fault *fault, size_t at, size_t size)
{
	static const uint8_t zeros[sizeof(uint64_t)];

	return memcmp((const char *)fault + at, zeros, size) != 0;
}

/* ---- Each: NULL if it is right; else the member, and the sentence is set. ---- */

static const char *check_members(const struct nst_fault *fault)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (members[i].actions & 1u << fault->action ||
		    !is_set(fault, members[i].at, members[i].size))
			continue;
		nst_fail(-EINVAL, "%s means nothing to a fault that is to %s",
			 members[i].name, nst_fault_action_words[fault->action].name);
		return members[i].name;
	}
	return NULL;
}

static const char *check_enums(const struct nst_fault *fault)
{
	static const char *const names[] = { "action", "layer", "ends", "icmp" };
	const unsigned int values[] = { fault->action, fault->layer, fault->ends,
					fault->icmp };
	static const unsigned int below[] = { NST_FAULT_ACTIONS, NST_LAYERS, NST_ENDS,
					      NST_ICMPS };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (values[i] >= below[i]) {
			nst_fail(-EINVAL, "there is no %s number %u", names[i],
				 values[i]);
			return names[i];
		}
	return NULL;
}

static const char *check_selection(const struct nst_fault *fault)
{
	const char *beside = fault->from    ? "from"
			     : fault->to    ? "to"
			     : fault->every ? "every"
					    : NULL;

	if (fault->nth && beside) {
		nst_fail(-EINVAL,
			 "nth chooses one packet, so %s has nothing to choose from",
			 beside);
		return beside;
	}
	if (fault->to && fault->to < fault->from) {
		nst_fail(-EINVAL, "from %" PRIu64 " to %" PRIu64 " is no packet at all",
			 fault->from, fault->to);
		return "to";
	}
	if (fault->probability_ppm > NST_PERCENT(100)) {
		nst_fail(-EINVAL, "a probability of %g %% is more than 100 %%",
			 fault->probability_ppm / 1e4);
		return "probability_ppm";
	}
	return NULL;
}

static const char *check_value(const struct nst_fault *fault)
{
	unsigned int least = 0, most = 0;

	if (fault->action == NST_FAULT_DSCP) {
		most = DSCP_MOST;
	} else if (fault->action == NST_FAULT_TTL) {
		most = UINT8_MAX;
	} else if (fault->action == NST_FAULT_WINDOW) {
		most = UINT16_MAX;
	} else if (fault->icmp == NST_ICMP_FRAG_NEEDED) {
		least = IPV4_MTU_LEAST;
		most = UINT16_MAX;
	}
	if (fault->value >= least && fault->value <= most)
		return NULL;
	if (most == 0)
		nst_fail(-EINVAL, "value means nothing to the ICMP error %s",
			 nst_fault_icmp_words[fault->icmp].name);
	else
		nst_fail(-EINVAL, "a value of %u: it can be %u to %u", fault->value,
			 least, most);
	return "value";
}

static const char *check_figures(const struct nst_fault *fault)
{
	if (fault->action == NST_FAULT_DELAY &&
	    (fault->delay_us <= 0 || fault->delay_us > NST_S(3600))) {
		nst_fail(-EINVAL,
			 "a delay of %" PRId64 " us: it can be 1 us to an hour",
			 fault->delay_us);
		return "delay_us";
	}
	if (fault->copies > COPIES_MOST) {
		nst_fail(-EINVAL, "%" PRIu32 " copies: it can be %d", fault->copies,
			 COPIES_MOST);
		return "copies";
	}
	if (fault->action == NST_FAULT_TRUNCATE && fault->layer == NST_LAYER_FRAME &&
	    fault->size < ETH_HLEN) {
		nst_fail(-EINVAL,
			 "a frame of %" PRIu32 " bytes: its header alone has %d",
			 fault->size, ETH_HLEN);
		return "size";
	}
	if (fault->action == NST_FAULT_HOLD && fault->hold == 0) {
		nst_fail(-EINVAL,
			 "hold says how many others must pass first: 1 or more");
		return "hold";
	}
	return check_value(fault);
}

static const char *check_match(const struct nst_fault *fault)
{
	struct fault_match match;

	if (fault_match_compile(fault->match, &match) < 0)
		return "match";
	fault_match_free(&match);
	return NULL;
}

int nst_fault_check(const struct nst_fault *fault, const char **ret_at)
{
	static const char *(*const checks[])(const struct nst_fault *) = {
		check_enums, check_members, check_selection, check_figures, check_match,
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		const char *at = checks[i](fault);

		if (!at)
			continue;
		if (ret_at)
			*ret_at = at;
		return -EINVAL;
	}
	return 0;
}
