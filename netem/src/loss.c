/* SPDX-License-Identifier: MIT */
/* Models of loss: random, four states, Gilbert-Elliott.
 *
 * The two chains are those of S. Salsano, F. Ludovici, A. Ordine, "Definition of a general
 * and intuitive loss model for packet networks and its implementation in the Netem module in
 * the Linux kernel" (2009), and of sch_netem: both start in the good state. With
 * compat netem the numbers are the kernel's, too: 32 bits, 2^32 - 1 for 100 %.
 */
#include "loss.h"

#include <netem/model.h>

/* The four states; the packet that enters BURST or ALONE is lost. */
enum { GOOD, GOOD_IN_BURST, BURST, ALONE };

enum { P13, P31, P32, P23, P14 };
enum { P, R, H, K1 };

static uint32_t scaled(const struct loss *loss, uint32_t ppm)
{
	return loss->kernel ? kernel_probability(ppm) : ppm;
}

void loss_init(struct loss *loss, const struct nst_impairment *impairment,
	       const struct dice *dice)
{
	*loss = (struct loss){
		.model = impairment->loss_model,
		.kernel = impairment->compat == NST_COMPAT_NETEM,
		.state = GOOD,
	};
	event_init(&loss->random, loss->kernel, impairment->loss_ppm,
		   impairment->loss_correlation_ppm, roll_first(dice, STREAM_LOSS));
	for (int i = 0; i < 5; i++)
		loss->markov[i] = scaled(loss, impairment->markov_ppm[i]);
	for (int i = 0; i < 4; i++)
		loss->gilbert[i] = scaled(loss, impairment->gilbert_ppm[i]);
	/* people say 1-h, both loss_gilb_ell() and we compare with h */
	loss->gilbert[H] = scaled(loss, 1000000) - loss->gilbert[H];
}

/* A number below what scaled() makes of 100 %. */
static uint32_t number(const struct loss *loss, uint64_t draw)
{
	return (uint32_t)(loss->kernel ? draw >> 32 : roll_below(draw, 1000000));
}

/* loss_4state(). The sums wrap at 32 bits there, too. */
static bool markov_befalls(struct loss *loss, uint32_t x)
{
	const uint32_t *p = loss->markov;

	switch (loss->state) {
	case GOOD:
		if (x < p[P14])
			loss->state = ALONE;
		else if (x < p[P13] + p[P14])
			loss->state = BURST;
		break;
	case GOOD_IN_BURST:
		if (x < p[P23])
			loss->state = BURST;
		break;
	case BURST:
		if (x < p[P32])
			loss->state = GOOD_IN_BURST;
		else if (x < p[P31] + p[P32])
			loss->state = GOOD;
		break;
	case ALONE:
		loss->state = GOOD;
	}
	return loss->state == BURST || loss->state == ALONE;
}

/* loss_gilb_ell(): the state that the packet finds decides; then the next is drawn. */
static bool gilbert_befalls(struct loss *loss, uint32_t step, uint32_t x)
{
	const uint32_t *p = loss->gilbert;

	if (loss->state == GOOD) {
		if (step < p[P])
			loss->state = BURST;
		return x < p[K1];
	}
	if (step < p[R])
		loss->state = GOOD;
	return loss->kernel ? x > p[H] : x >= p[H];
}

bool loss_befalls(struct loss *loss, const struct dice *dice, unsigned int stream,
		  uint64_t n)
{
	uint64_t draw;
	uint32_t x;

	if (loss->model == NST_LOSS_RANDOM && loss->random.ppm == 0)
		return false;
	draw = roll(dice, stream + STREAM_LOSS, n);
	x = number(loss, draw);
	switch (loss->model) {
	case NST_LOSS_RANDOM:
		return event_happens(&loss->random, draw);
	case NST_LOSS_MARKOV:
		return markov_befalls(loss, x);
	case NST_LOSS_GILBERT:
		return gilbert_befalls(
			loss, number(loss, roll(dice, stream + STREAM_LOSS_STATE, n)),
			x);
	}
	return false;
}
