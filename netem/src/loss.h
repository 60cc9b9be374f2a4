/* SPDX-License-Identifier: MIT */
/* Which packets a lossy line loses. */
#ifndef LOSS_H
#define LOSS_H

#include <nstest/impairment.h>

#include "chance.h"

struct loss {
	enum nst_loss_model model;
	bool kernel;
	struct event random;
	uint32_t markov[5];  /* p13 p31 p32 p23 p14 */
	uint32_t gilbert[4]; /* p r h 1-k */
	unsigned int state;
};

void loss_init(struct loss *loss, const struct nst_impairment *impairment,
	       const struct dice *dice);

/* Whether packet n is lost; `stream` is 0, or STREAM_COPY for a duplicate. */
bool loss_befalls(struct loss *loss, const struct dice *dice, unsigned int stream,
		  uint64_t n);

#endif
