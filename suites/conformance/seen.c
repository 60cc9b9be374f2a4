/* SPDX-License-Identifier: MIT */
/* What became of each frame of a train, kept and passed on. */
#include "seen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <base/fail.h>

void seen_free(struct seen *seen)
{
	free(seen->arrivals);
	*seen = (struct seen){ 0 };
}

/* ---- As text ---- */

void seen_write(const struct seen *seen, FILE *file)
{
	fprintf(file, "%u %u %u %" PRIu64 "\n", seen->count, seen->size, seen->arrived,
		seen->overflowed);
	for (uint32_t i = 0; i < seen->arrived; i++) {
		const struct arrival *a = &seen->arrivals[i];

		fprintf(file, "%u %u %u %d %" PRId64 " %" PRId64 "\n", a->n, a->flipped,
			a->flipped_at, a->ce, a->at_ns, a->delay_ns);
	}
}

static int fail_reading(struct seen *seen)
{
	seen_free(seen);
	return nst_fail(-EPROTO, "the observations of the other kernel make no sense");
}

int seen_read(FILE *file, struct seen *ret_seen)
{
	struct seen seen = { 0 };

	if (fscanf(file, "%u %u %u %" SCNu64, &seen.count, &seen.size, &seen.arrived,
		   &seen.overflowed) != 4 ||
	    seen.arrived > 2 * (uint64_t)seen.count ||
	    !(seen.arrivals = calloc(seen.arrived + 1, sizeof(*seen.arrivals))))
		return fail_reading(&seen);
	for (uint32_t i = 0; i < seen.arrived; i++) {
		struct arrival *a = &seen.arrivals[i];
		int ce;

		if (fscanf(file, "%u %u %u %d %" SCNd64 " %" SCNd64, &a->n, &a->flipped,
			   &a->flipped_at, &ce, &a->at_ns, &a->delay_ns) != 6 ||
		    a->n >= seen.count)
			return fail_reading(&seen);
		a->ce = ce;
	}
	seen.past = seen.count;
	*ret_seen = seen;
	return 0;
}
