/* SPDX-License-Identifier: MIT */
/* What is asked of an engine, and what must then be seen. */
#ifndef TRIAL_H
#define TRIAL_H

#include "measure.h"
#include "train.h"

/* Where the wanted figure comes from. */
enum source {
	WRITTEN, /* it is in the claim */
	LOSS,    /* formula_loss() */
	LOSS_AGAIN,
	DUPLICATE, /* formula_event() of that part of the impairment */
	REORDER,
	DELAY, /* formula_delay(), of the share in the claim */
};

enum part { ALL, FIRST_HALF, SECOND_HALF };

struct claim {
	enum measure measure;
	enum part part; /* of the frames */
	enum source source;
	double wanted; /* in the measure's unit; shares of 1 */
	double exact;  /* with compat exact, if `differs` */
	bool differs;
	double slack; /* what timers and schedulers may add to it or take from it */
};

enum { CLAIMS = 5 };

struct trial {
	const char *name; /* in the words of nst_impairment_parse() */
	struct nst_impairment impairment;
	struct train train;
	size_t claims;
	struct claim claim[CLAIMS];
	bool only_netem;     /* with compat exact there is nothing to claim */
	bool losses, delays; /* are random: compared between engines */
	bool turns;          /* `then` comes into force in the middle */
	const struct nst_impairment *then;
	bool again; /* a second run must be the same, loss by loss */
};

extern const struct trial trials[];
extern const size_t trials_count;

double claim_wanted(const struct claim *claim, const struct trial *trial,
		    enum nst_compat compat);

#endif
