/* SPDX-License-Identifier: MIT */
/*
 * What impaired links cost: labs of so many links, plain and impaired in turn, from nothing
 * to ready; and the processor time of an impaired lab in which nothing happens.
 *
 *	wired [ROUNDS [LINKS [IDLE-SECONDS]]]
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <nstest/impair.h>
#include <nstest/lab.h>
#include <nstest/units.h>

#include "library.h"
#include "measure.h"

enum { TEXT = 48 };

static struct series plain = { .name = "plain links" };
static struct series impaired = { .name = "impaired links" };

/* Pairs of hosts, each with a link. */
static struct nst_lab *pairs(unsigned int count, bool with_delay)
{
	struct nst_link *links = calloc(count + 1, sizeof(*links));
	char(*texts)[4][TEXT] = calloc(count, sizeof(*texts));
	const struct nst_topology topology = { .links = links };
	struct nst_lab *lab;

	if (!links || !texts)
		abort();
	for (unsigned int i = 0; i < count; i++) {
		struct nst_end *ends[2] = { &links[i].a, &links[i].b };

		for (unsigned int side = 0; side < 2; side++) {
			snprintf(texts[i][side], TEXT, "%c%u", "ab"[side], i);
			snprintf(texts[i][2 + side], TEXT,
				 "10.%u.%u.%u/24, fd00:%x::%u/64", i / 250, i % 250,
				 side + 1, i + 1, side + 1);
			*ends[side] =
				(struct nst_end){ texts[i][side], texts[i][2 + side] };
		}
		if (with_delay)
			links[i].a_to_b.delay_us = links[i].b_to_a.delay_us =
				NST_MS(10);
		links[i].impairable = with_delay;
	}
	must("building a lab", nst_lab_up(&topology, NULL, &lab));
	free(links);
	free(texts);
	return lab;
}

static double time_up(unsigned int count, bool with_delay)
{
	double start = now_us(), end;
	struct nst_lab *lab = pairs(count, with_delay);

	end = now_us();
	nst_lab_down(lab);
	return end - start;
}

/* Processor time of a process in clock ticks, and its parent; false if there is none. */
static bool read_stat(const char *pid, long *ret_parent, unsigned long *ret_ticks)
{
	char path[300], text[1024] = "", *rest;
	unsigned long user, system;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	rest = fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;
	fclose(file);
	if (!rest ||
	    sscanf(rest, ") %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		   ret_parent, &user, &system) != 3)
		return false;
	*ret_ticks = user + system;
	return true;
}

/* Of the lab process and its children: the engine is one. */
static unsigned long ticks_of(const struct nst_lab *lab)
{
	DIR *folder = opendir("/proc");
	unsigned long sum = 0, ticks;
	struct dirent *entry;
	long parent;

	while (folder && (entry = readdir(folder)))
		if (read_stat(entry->d_name, &parent, &ticks) &&
		    (parent == nst_lab_pid(lab) ||
		     atol(entry->d_name) == nst_lab_pid(lab)))
			sum += ticks;
	if (folder)
		closedir(folder);
	return sum;
}

/* Percent of a processor. */
static double idle_percent(unsigned int count, unsigned int seconds)
{
	struct nst_lab *lab = pairs(count, true);
	const struct timespec time = { .tv_sec = seconds };
	unsigned long before = ticks_of(lab), after;

	nanosleep(&time, NULL);
	after = ticks_of(lab);
	nst_lab_down(lab);
	return 100.0 * (double)(after - before) / (double)sysconf(_SC_CLK_TCK) /
	       seconds;
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 10;
	unsigned int links = argc > 2 ? (unsigned int)atoi(argv[2]) : 100;
	unsigned int seconds = argc > 3 ? (unsigned int)atoi(argv[3]) : 5;
	char title[64];

	must("entering a user namespace", nst_become_root());
	for (unsigned int i = 0; i < rounds; i++) {
		series_add(&plain, time_up(links, false));
		series_add(&impaired, time_up(links, true));
	}
	snprintf(title, sizeof(title), "%u links, from nothing to ready", links);
	print_table(title, (struct series *[]){ &plain, &impaired }, 2);
	print_target("set-up, impaired / plain",
		     series_median(&impaired) / series_median(&plain), "<=", 3, "");
	print_target("idle, of one processor", idle_percent(links, seconds), "<=", 2,
		     " %");
}
