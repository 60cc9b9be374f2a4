/* SPDX-License-Identifier: MIT */
/* Wrong scenarios, and what is said about each: the whole text, to the last caret. */
#ifndef SUITE_SCENARIO_WRONG_H
#define SUITE_SCENARIO_WRONG_H

#include <stddef.h>

struct wrong {
	const char *what, *yaml, *says;
};

/* Fails for each whose complaint is another one. The file is called t.yaml. */
void check_wrong(const struct wrong *wrongs, size_t count);

/* The lines that nearly all of them begin with. */
#define TWO_HOSTS                                                         \
	"hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n" \
	"links: [a -- b]\n"
#define WITH_PROGRAM                                  \
	"hosts:\n"                                    \
	"  a: {address: 10.0.0.1/24, run: sleep 9}\n" \
	"  b: {address: 10.0.0.2/24}\n"               \
	"links: [a -- b]\n"

#endif
