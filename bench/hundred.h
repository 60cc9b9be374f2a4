/* SPDX-License-Identifier: MIT */
/** HUNDRED(X): X(NUMBER) for a hundred numbers of two digits. */
#ifndef BENCH_HUNDRED_H
#define BENCH_HUNDRED_H

#define TEN_OF(X, tens)                                                              \
	X(tens##0)                                                                   \
	X(tens##1) X(tens##2) X(tens##3) X(tens##4) X(tens##5) X(tens##6) X(tens##7) \
		X(tens##8) X(tens##9)
#define HUNDRED(X)                                                                    \
	TEN_OF(X, 0)                                                                  \
	TEN_OF(X, 1) TEN_OF(X, 2) TEN_OF(X, 3) TEN_OF(X, 4) TEN_OF(X, 5) TEN_OF(X, 6) \
		TEN_OF(X, 7) TEN_OF(X, 8) TEN_OF(X, 9)

#endif
