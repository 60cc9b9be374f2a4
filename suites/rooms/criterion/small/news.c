/* SPDX-License-Identifier: MIT */
/* Ends by way of Criterion's newer assertions, its theories and its own limit of time. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/theories.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

Test(news, say_values)
{
	int number = 1;

	cr_expect(all(eq(int, number, 2), eq(int, number, 1)), "not %d", 2);
	cr_assert(lt(int, 5, number));
}

Test(news, fail_in_a_child)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		cr_assert(eq(int, 1, 2));
		_exit(0);
	}
	waitpid(child, &status, 0);
}

Test(news, skip_in_a_child)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		cr_skip("not here");
	waitpid(child, &status, 0);
}

TheoryDataPoints(news, theory) = { DataPoints(int, 1, 2, 3) };

Theory((int number), news, theory)
{
	cr_assume(number != 1);
	cr_expect(number != 2, "two is bad");
}

Test(news, take_too_long, .timeout = 0.2)
{
	for (;;)
		pause();
}

/* A flood for what takes them. */
Test(news, log)
{
	for (int i = 0; i < 100; i++)
		cr_log_info("line %d", i);
}

Test(news, leak)
{
	char *volatile lost = malloc(77);

	lost = NULL;
	(void)lost;
}
