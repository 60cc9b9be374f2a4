/* SPDX-License-Identifier: MIT */
/* What the kernel's formulas, or the words themselves, make of an impairment. Pure. */
#include "formula.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distribution.h"

enum { DRAWS = 20000000, ROUNDS = 10000, STATES = 4 };

static double of(uint32_t ppm)
{
	return ppm / 1e6;
}

/* Marsaglia's xorshift64*. */
static uint32_t draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)(*state * 0x2545f4914f6cdd1dULL >> 32);
}

/* get_crandom() of net/sched/sch_netem.c: each number is drawn towards the last. Its mean over
 * so many draws is good for four digits. */
static struct often of_kernel_event(double share, double correlation)
{
	const uint64_t rho = (uint64_t)(correlation * UINT32_MAX) + 1;
	const uint32_t bound = (uint32_t)(share * UINT32_MAX);
	uint64_t state = 1, happened = 0, again = 0;
	uint32_t last = draw(&state);
	bool before = false;

	for (int i = 0; i < DRAWS; i++) {
		last = (uint32_t)((draw(&state) * ((1ULL << 32) - rho) + last * rho) >>
				  32);
		happened += bound >= last;
		again += before && bound >= last;
		before = bound >= last;
	}
	return (struct often){ (double)happened / DRAWS,
			       happened ? (double)again / (double)happened : 0 };
}

struct often formula_event(uint32_t ppm, uint32_t correlation_ppm,
			   enum nst_compat compat)
{
	double share = of(ppm), correlation = of(correlation_ppm);

	if (correlation_ppm && compat == NST_COMPAT_NETEM)
		return of_kernel_event(share, correlation);
	return (struct often){ share, share + correlation * (1 - share) };
}

/* ---- Chains ---- */

/* From state to state, and how often a packet is lost that finds the chain there. */
struct chain {
	double to[STATES][STATES], lost[STATES];
};

static void step(const struct chain *chain, const double from[STATES],
		 double ret_to[STATES])
{
	memset(ret_to, 0, STATES * sizeof(*ret_to));
	for (int s = 0; s < STATES; s++)
		for (int t = 0; t < STATES; t++)
			ret_to[t] += from[s] * chain->to[s][t];
}

static double lost_in(const struct chain *chain, const double in[STATES])
{
	double lost = 0;

	for (int s = 0; s < STATES; s++)
		lost += in[s] * chain->lost[s];
	return lost;
}

static struct often of_chain(const struct chain *chain)
{
	double in[STATES] = { 1 }, next[STATES], share;

	for (int i = 0; i < ROUNDS; i++) {
		step(chain, in, next);
		memcpy(in, next, sizeof(in));
	}
	share = lost_in(chain, in);
	for (int s = 0; s < STATES; s++)
		in[s] *= chain->lost[s] / share;
	step(chain, in, next);
	return (struct often){ share, lost_in(chain, next) };
}

/* Salsano, Ludovici, Ordine: 1 good, 2 good within a burst, 3 lost in a burst, 4 lost alone. */
static struct often of_markov(const uint32_t *ppm)
{
	const double p13 = of(ppm[0]), p31 = of(ppm[1]), p32 = of(ppm[2]),
		     p23 = of(ppm[3]), p14 = of(ppm[4]);
	const struct chain chain = {
		.to = { { 1 - p13 - p14, 0, p13, p14 },
			{ 0, 1 - p23, p23, 0 },
			{ p31, p32, 1 - p31 - p32, 0 },
			{ 1, 0, 0, 0 } },
		.lost = { 0, 0, 1, 1 },
	};

	return of_chain(&chain);
}

static struct often of_gilbert(const uint32_t *ppm)
{
	const double p = of(ppm[0]), r = of(ppm[1]);
	const struct chain chain = {
		.to = { { 1 - p, p }, { r, 1 - r } },
		.lost = { of(ppm[3]), of(ppm[2]) },
	};

	return of_chain(&chain);
}

struct often formula_loss(const struct nst_impairment *impairment)
{
	switch (impairment->loss_model) {
	case NST_LOSS_RANDOM:
		return formula_event(impairment->loss_ppm,
				     impairment->loss_correlation_ppm,
				     impairment->compat);
	case NST_LOSS_MARKOV:
		return of_markov(impairment->markov_ppm);
	case NST_LOSS_GILBERT:
		return of_gilbert(impairment->gilbert_ppm);
	}
	return (struct often){ NAN, NAN };
}

/* ---- Delays ---- */

/* Of the table that tc has, which is in ascending order. */
static double of_table(const struct nst_impairment *impairment, double share)
{
	struct table table;
	double value = NAN;

	if (table_make(impairment->distribution, impairment->distribution_file,
		       &table) < 0)
		return NAN;
	if (table.size)
		value = (double)table.values[(size_t)(share * (double)table.size)] /
			TABLE_SCALE;
	table_free(&table);
	return value;
}

/* Shape 3, shifted to mean 0 and scaled to deviation 1. tc's table cuts its tail off. */
static double of_pareto(double share)
{
	const double mean = 3 / 2.0, deviation = sqrt(3 / 4.0);

	return (pow(1 - share, -1 / 3.0) - mean) / deviation;
}

double formula_delay(const struct nst_impairment *impairment, double share)
{
	double spread;

	if (impairment->distribution == NST_UNIFORM)
		spread = 2 * share - 1;
	else if (impairment->distribution == NST_PARETO &&
		 impairment->compat == NST_COMPAT_EXACT)
		spread = of_pareto(share);
	else
		spread = of_table(impairment, share);
	return ((double)impairment->delay_us + spread * (double)impairment->jitter_us) /
	       1000;
}
