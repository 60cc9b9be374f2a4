/* SPDX-License-Identifier: MIT */
/* The clock of deadlines. */
#ifndef RUNNER_CLOCK_H
#define RUNNER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* CLOCK_MONOTONIC, microseconds. */
static inline uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Milliseconds until then, for poll(2): rounded up, 0 if it is past. */
static inline int ms_until(uint64_t deadline_us)
{
	uint64_t now = now_us();

	return deadline_us <= now ? 0 : (int)((deadline_us - now + 999) / 1000);
}

/* Whether time is that of a User-Mode Linux in time travel (arch/um/kernel/time.c). */
static inline bool clock_is_virtual(void)
{
	static const char path[] =
		"/sys/devices/system/clocksource/clocksource0/current_clocksource";
	FILE *file = fopen(path, "re");
	char name[32] = "";

	if (!file)
		return false;
	(void)!fgets(name, sizeof(name), file);
	fclose(file);
	return !strncmp(name, "time-travel", strlen("time-travel"));
}

#endif
