/* SPDX-License-Identifier: MIT */
/* What was seen, in figures with their confidence; and whether two were seen alike. Pure. */
#ifndef MEASURE_H
#define MEASURE_H

#include "seen.h"

/* What it is, and between what and what it is with a confidence of CONFIDENCE. */
struct estimate {
	double value, low, high;
};

/* 1 - 10^-5: about a hundred claims a run, and no false alarm in hundreds of runs. */
#define CONFIDENCE "99.999 %"
#define ALPHA      1e-5

/* Shares are of 1, times in milliseconds, rates in Mbit/s. */
enum measure {
	LOST,       /* share of frames that never came out */
	LOST_AGAIN, /* the same, of those after a lost one */
	TWICE,      /* share that came out twice */
	FLIPPED,    /* share of arrivals with one flipped bit */
	FLIPPED_AT, /* mean place of the bit in the frame, 0 to 1 */
	BROKEN,     /* share of arrivals with more flipped bits */
	MARKED,     /* share of arrivals with congestion experienced */
	AT_ONCE,    /* share of arrivals within 5 ms */
	OVERTAKEN,  /* share of arrivals behind one of a higher number */
	DELAY_MEAN,
	DELAY_DEVIATION,
	DELAY_P5,
	DELAY_P50,
	DELAY_P95,
	RATE,         /* of frames that arrive; no estimate */
	ARRIVED,      /* frames; no estimate */
	OVERFLOWED,   /* frames, as the engine says; no estimate */
	BUNCH_PAUSE,  /* mean from the end of a bunch of arrivals to the next */
	BUNCH_BIGGEST /* frames; no estimate */
};

/* What a measure is called, and its unit. */
struct measure_about {
	const char *name, *unit;
	double times; /* for people */
};
extern const struct measure_about measures[];

struct estimate measure_take(enum measure measure, const struct seen *seen);

/* How probable it is that one and the same law gives two observations that differ so much:
 * of how many are lost in a row (chi-square), of delays (Kolmogorov and Smirnov). 1 if
 * there is too little to compare. */
double same_losses(const struct seen *one, const struct seen *other);
double same_delays(const struct seen *one, const struct seen *other);

#endif
