/* SPDX-License-Identifier: MIT */
/* A hundred empty tests of plain Criterion, for bench/tests. */
#include <criterion/criterion.h>

#include "hundred.h"

#define EMPTY(number)          \
	Test(empty, t##number) \
	{                      \
	}
HUNDRED(EMPTY)
