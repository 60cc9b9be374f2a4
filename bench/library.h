/* SPDX-License-Identifier: MIT */
/** The same case as floor.h's, through libnstest; and what the benchmarks share. */
#ifndef BENCH_LIBRARY_H
#define BENCH_LIBRARY_H

#include <stdbool.h>

#include <nstest/lab.h>

/** A lab of `pairs` pairs of hosts "a0"-"b0", …, IPv4 and IPv6. Ended by
 * nst_lab_down(). */
struct nst_lab *pairs_up(unsigned int pairs);

/** A lab of `hosts` hosts "h0", "h1", … at one switch ("switch"), IPv4. */
struct nst_lab *star_up(unsigned int hosts);

/** floor_case() by the library: pairs_up(), one tcp verdict if asked for,
 * nst_lab_down(). */
void library_case(unsigned int pairs, bool connect);

/** Ends the benchmark if `result` is negative: says `what` and nst_error(). */
void must(const char *what, int result);

#endif
