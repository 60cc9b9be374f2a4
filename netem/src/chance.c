/* SPDX-License-Identifier: MIT */
/* Chance in counter mode, and events that are correlated. */
#include "chance.h"

#include <netem/model.h>

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): the
 * finaliser, and the step from one number to the next. */
static const uint64_t STEP = 0x9e3779b97f4a7c15;

static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* The n-th number of the generator that has this stream's key as its state. */
uint64_t nst_draw(uint64_t seed, unsigned int link, unsigned int direction,
		  unsigned int stream, uint64_t n)
{
	uint64_t key = mix(seed + STEP);

	key = mix(key ^ ((uint64_t)link << 32 | direction));
	key = mix(key ^ stream);
	return mix(key + (n + 1) * STEP);
}

uint64_t roll(const struct dice *dice, unsigned int stream, uint64_t n)
{
	return nst_draw(dice->seed, dice->link, dice->direction, stream, n);
}

uint64_t roll_first(const struct dice *dice, unsigned int stream)
{
	return roll(dice, stream, UINT64_MAX);
}

/* rint(p * UINT32_MAX), as tc's get_percent(). */
uint32_t kernel_probability(uint32_t ppm)
{
	return (uint32_t)(((uint64_t)ppm * UINT32_MAX + 500000) / 1000000);
}

uint32_t crandom_next(struct crandom *state, uint64_t draw)
{
	uint64_t value = draw >> 32, rho = (uint64_t)state->rho + 1;

	if (state->rho == 0)
		return (uint32_t)value;
	state->last = (value * ((1ULL << 32) - rho) + state->last * rho) >> 32;
	return state->last;
}

void event_init(struct event *event, bool kernel, uint32_t ppm,
		uint32_t correlation_ppm, uint64_t first_draw)
{
	*event = (struct event){
		.kernel = kernel,
		.ppm = ppm,
		.correlation_ppm = correlation_ppm,
		.threshold = kernel_probability(ppm),
		.crandom = { kernel_probability(correlation_ppm), first_draw >> 32 },
	};
}

/* Probabilities as parts of 10^12, so that nothing is rounded. */
static bool chain_happens(struct event *event, uint64_t draw)
{
	const uint64_t one = 1000000, whole = one * one, p = event->ppm,
		       c = event->correlation_ppm;
	uint64_t parts = p * one;

	if (event->started)
		parts = event->happened ? p * one + c * (one - p) : p * (one - c);
	event->started = true;
	event->happened = roll_below(draw, whole) < parts;
	return event->happened;
}

bool event_happens(struct event *event, uint64_t draw)
{
	if (event->ppm == 0)
		return false;
	if (event->kernel)
		return event->threshold >= crandom_next(&event->crandom, draw);
	return chain_happens(event, draw);
}
