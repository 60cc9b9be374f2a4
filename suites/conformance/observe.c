/* SPDX-License-Identifier: MIT */
/* One trial on one engine. */
#include "observe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>
#include <nstest/error.h>
#include <nstest/kernel_netem.h>

static int run(const struct trial *trial, const struct column *column,
	       struct seen *ret_seen)
{
	struct nst_impairment first = trial->impairment, then = { 0 };
	struct cable cable;
	int r;

	first.compat = column->compat;
	if (trial->then)
		then = *trial->then;
	then.compat = column->compat;
	r = cable_lay(column->engine, &cable);
	if (r < 0)
		return r;
	r = cable_impair(&cable, &first);
	if (r == 0)
		r = train_run(&trial->train, &cable,
			      trial->turns ? trial->train.count / 2 : 0,
			      trial->then ? &then : NULL, ret_seen);
	cable_take_up(&cable);
	return r;
}

static bool same_fates(const struct seen *one, const struct seen *other)
{
	bool same = one->arrived == other->arrived;

	for (uint32_t i = 0; same && i < one->arrived; i++)
		same = one->arrivals[i].n == other->arrivals[i].n;
	return same;
}

/* An engine may say beforehand that it cannot; then it is not asked. */
static int ask(const struct trial *trial, const struct column *column)
{
	struct nst_impairment impairment = trial->impairment;

	impairment.compat = column->compat;
	return column->engine == ENGINE_KERNEL ? nst_kernel_netem_can(&impairment) : 0;
}

void observe(const struct trial *trial, const struct column *column,
	     struct observation *ret_observation)
{
	struct observation observation = { 0 };
	struct seen again = { 0 };

	observation.code = ask(trial, column);
	observation.unable = observation.code == -EOPNOTSUPP;
	if (observation.code == 0)
		observation.code = run(trial, column, &observation.seen);
	if (observation.code == 0 && trial->again) {
		observation.code = run(trial, column, &again);
		observation.same_again = same_fates(&observation.seen, &again);
		seen_free(&again);
	}
	if (observation.code < 0)
		snprintf(observation.sentence, sizeof(observation.sentence), "%s",
			 nst_error());
	*ret_observation = observation;
}

void observation_free(struct observation *observation)
{
	seen_free(&observation->seen);
}

/* ---- As text ---- */

void observation_write(const struct observation *observation, FILE *file)
{
	fprintf(file, "%d %d %d %s\n", observation->code, observation->unable,
		observation->same_again, observation->sentence);
	if (observation->code == 0)
		seen_write(&observation->seen, file);
	fflush(file);
}

int observation_read(FILE *file, struct observation *ret_observation)
{
	struct observation observation = { 0 };
	char line[NST_ERROR_SIZE + 64];
	int unable, same_again, at = 0;

	/* What is left of the line before ends with its newline. */
	do
		if (!fgets(line, sizeof(line), file))
			return nst_fail(-EPROTO,
					"the other kernel has not observed all trials");
	while (*line == '\n');
	if (sscanf(line, "%d %d %d %n", &observation.code, &unable, &same_again, &at) <
	    3)
		return nst_fail(-EPROTO, "the other kernel says \"%s\"", line);
	line[strcspn(line, "\n")] = '\0';
	observation.unable = unable;
	observation.same_again = same_again;
	snprintf(observation.sentence, sizeof(observation.sentence), "%s", line + at);
	if (observation.code == 0 && seen_read(file, &observation.seen) < 0)
		return -EPROTO;
	*ret_observation = observation;
	return 0;
}
