/* SPDX-License-Identifier: MIT */
/* Packets through a model. */
#include "play.h"

#include <stdlib.h>

#include <criterion/criterion.h>

#include <nstest/error.h>

enum { START_NS = 1000000000 };

static void note(struct outcome *outcomes, const struct nst_departure *departure,
		 size_t *place)
{
	struct outcome *outcome = departure->frame;

	cr_assert_eq((size_t)(outcome - outcomes), departure->n);
	if (departure->dropped) {
		outcome->dropped++;
		return;
	}
	outcome->left++;
	outcome->left_ns[departure->copy] = departure->due_ns;
	if (departure->copy == 0) {
		outcome->place = (*place)++;
		outcome->departure = *departure;
	}
}

static void fetch(struct nst_model *model, uint64_t now, struct outcome *outcomes,
		  size_t *place)
{
	struct nst_departure departure;

	while (nst_model_leave(model, now, &departure)) {
		cr_assert_leq(departure.due_ns, now);
		note(outcomes, &departure, place);
	}
}

static void finish(struct nst_model *model, uint64_t now, struct outcome *outcomes,
		   size_t *place)
{
	while (nst_model_held(model)) {
		uint64_t next = nst_model_next_ns(model);

		cr_assert_neq(next, UINT64_MAX, "what is held must leave at some time");
		now = next > now ? next : now;
		fetch(model, now, outcomes, place);
	}
	cr_assert_eq(nst_model_next_ns(model), UINT64_MAX);
}

struct outcome *play(const struct play *play)
{
	struct outcome *outcomes = calloc(play->count, sizeof(*outcomes));
	uint64_t now = START_NS, fetched = 0;
	struct nst_model *model;
	size_t place = 0;

	cr_assert_eq(nst_model_new(&play->impairment, play->seed, play->link,
				   play->direction, &model),
		     0, "%s", nst_error());
	for (size_t n = 0; n < play->count; n++, now += play->gap_ns) {
		outcomes[n].arrived_ns = now;
		if (now >= fetched + play->fetch_ns) {
			fetch(model, now, outcomes, &place);
			fetched = now;
		}
		nst_model_arrive(model, n, play->size ? play->size : 1514, play->ecn,
				 now, &outcomes[n], &outcomes[n].fate);
	}
	finish(model, now, outcomes, &place);
	nst_model_free(model);
	for (size_t n = 0; n < play->count; n++)
		cr_assert_eq(outcomes[n].fate.copies,
			     outcomes[n].left + outcomes[n].dropped, "packet %zu", n);
	return outcomes;
}
