/* SPDX-License-Identifier: MIT */
/* packets: how many were seen; mark: since when. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "step.h"

int exec_mark(struct live_case *live, const struct nst_step *step)
{
	struct mark *longer =
		realloc(live->marks, (live->mark_count + 1) * sizeof(*longer));

	if (!longer)
		return nst_fail_memory();
	live->marks = longer;
	longer[live->mark_count++] = (struct mark){ step->mark, nst_now_ns() };
	return STEP_HELD;
}

unsigned long long step_since(const struct live_case *live, enum nst_since since,
			      const char *mark)
{
	switch (since) {
	case NST_SINCE_START:
		return 0;
	case NST_SINCE_STEP:
		return live->step_ns;
	case NST_SINCE_MARK:
		for (size_t i = live->mark_count; i--;)
			if (!strcmp(live->marks[i].name, mark))
				return live->marks[i].at_ns;
		break;
	}
	return 0;
}

static int count_all(struct live_case *live, const struct nst_packets_step *packets,
		     unsigned long long since, unsigned long long *ret_count)
{
	static const char *const everywhere[] = { NULL, NULL };
	const char *const *where = packets->where;
	unsigned long long sum = 0;

	/* A NULL list means one look at everything, not none. */
	for (size_t i = 0; where ? where[i] != NULL : i < 1; i++) {
		unsigned long long count;
		int r = nst_packets(live->lab, where ? where[i] : everywhere[i],
				    packets->match, since, &count);

		if (r < 0)
			return r;
		sum += count;
	}
	*ret_count = sum;
	return 0;
}

static void print_where(char **text, const char *const *where)
{
	if (!where)
		nst_text_set(text, "any interface");
	for (size_t i = 0; where && where[i]; i++)
		nst_text_set(text, "%s%s%s", *text ? *text : "", i ? ", " : "",
			     where[i]);
}

/* pcap-filter(7), BUGS: what reads a transport header looks at IPv4 packets only. */
static bool sees_ipv4_only(const char *match)
{
	return strstr(match, "tcp[") || strstr(match, "udp[");
}

int exec_packets(struct live_case *live, const struct nst_step *step)
{
	const struct nst_packets_step *packets = &step->packets;
	struct nst_result *result = live->result;
	unsigned long long since = step_since(live, packets->since, packets->mark),
			   count;
	AUTO_FREE char *where = NULL;
	int r = count_all(live, packets, since, &count);

	if (r < 0)
		return r;
	if (count >= packets->at_least && count <= packets->at_most)
		return STEP_HELD;
	print_where(&where, packets->where);
	nst_text_set(&result->question, "packets at %s: %s", where,
		     packets->match ? packets->match : "all");
	nst_text_set(&result->expected, "%s", packets->count_text);
	nst_text_set(&result->got, "%llu", count);
	/* With none that match, what was there instead. */
	if (nst_ladder(live->lab, count ? packets->match : NULL, since, 0,
		       &result->ladder) < 0)
		nst_text_add(&result->evidence, "no ladder: %s", nst_error());
	if (!count)
		nst_text_add(&result->evidence,
			     "none matches; below is all that was seen");
	if (!count && packets->match && sees_ipv4_only(packets->match))
		nst_text_add(&result->evidence,
			     "a pcap filter's tcp[...] and udp[...] see IPv4 only");
	return STEP_FAILED;
}
