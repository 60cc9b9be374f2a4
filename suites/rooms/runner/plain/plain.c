/* SPDX-License-Identifier: MIT */
/* A Criterion executable that knows nothing of nstest, with every kind of end. */
#include <signal.h>

#include <criterion/criterion.h>

Test(plain, passes)
{
	cr_assert(true);
}

Test(plain, fails)
{
	cr_assert_eq(1, 2, "one is not two");
}

Test(plain, skips)
{
	cr_skip_test("no such ability");
}

Test(plain, crashes)
{
	raise(SIGKILL); /* which no sanitizer turns into something else */
}
