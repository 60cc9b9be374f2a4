/* SPDX-License-Identifier: MIT */
/*
 * How labs grow: pairs from 10 to 1,000 hosts by the library and by the floor, in turn;
 *and stars over one switch by the library.
 *
 *	hosts [ROUNDS]
 */
#include <stdio.h>
#include <stdlib.h>

#include <nstest/lab.h>

#include "floor.h"
#include "library.h"
#include "measure.h"

static const unsigned int sizes[] = { 10, 100, 300, 1000 };
enum { SIZES = sizeof(sizes) / sizeof(*sizes) };

static struct series library[SIZES], floor_series[SIZES], star[SIZES];

static void time_size(unsigned int i)
{
	double start = now_us();

	if (floor_case(sizes[i] / 2, false) < 0)
		exit(1);
	double middle = now_us();

	library_case(sizes[i] / 2, false);
	double end = now_us();

	nst_lab_down(star_up(sizes[i]));
	series_add(&floor_series[i], middle - start);
	series_add(&library[i], end - middle);
	series_add(&star[i], now_us() - end);
}

static void print_size(unsigned int i)
{
	char title[64];

	snprintf(title, sizeof(title), "%u hosts", sizes[i]);
	floor_series[i].name = "floor, pairs";
	library[i].name = "library, pairs";
	star[i].name = "library, star, IPv4";
	print_table(title,
		    (struct series *[]){ &floor_series[i], &library[i], &star[i] }, 3);
}

/* The dearest host by the cheapest, over all sizes. */
static double spread(void)
{
	double least = 0, most = 0;

	for (unsigned int i = 0; i < SIZES; i++) {
		double each = series_median(&library[i]) / sizes[i];

		printf("  %u hosts: %.0f us a host\n", sizes[i], each);
		least = i && least < each ? least : each;
		most = most > each ? most : each;
	}
	return most / least;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 5;

	must("entering a user namespace", nst_become_root());
	/* Small labs more often: as many hosts of each size would take for ever. */
	for (int round = 0; round < rounds; round++)
		for (unsigned int i = 0; i < SIZES; i++)
			for (unsigned int times = 0; times < 1 + 100 / sizes[i];
			     times++)
				time_size(i);
	for (unsigned int i = 0; i < SIZES; i++)
		print_size(i);
	print_target("1,000 hosts in pairs, library / floor",
		     series_median(&library[SIZES - 1]) /
			     series_median(&floor_series[SIZES - 1]),
		     "<=", 2, "");
	print_target("cost per host, dearest / cheapest size", spread(), "<=", 1.5, "");
}
