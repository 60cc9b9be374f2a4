/* SPDX-License-Identifier: MIT */
/* Mahimahi's traces (R. Netravali et al., "Mahimahi: accurate record-and-replay for HTTP",
 * USENIX ATC 2015): one opportunity a line, in milliseconds from the beginning, repeated
 * for ever. The round is as long as the last line says, and so the last opportunity of one
 * round and one at 0 of the next are at the same time, both. */
#include "trace.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

/* A day of milliseconds, and a fast link for an hour. */
enum { MS_MAX = 86400000, COUNT_MAX = 64 * 1024 * 1024 };

static int add(struct trace *trace, size_t *room, uint64_t ms)
{
	if (trace->count == *room) {
		size_t more = *room ? 2 * *room : 1024;
		uint64_t *grown = reallocarray(trace->at_ms, more, sizeof(*grown));

		if (!grown)
			return nst_fail_memory();
		trace->at_ms = grown;
		*room = more;
	}
	trace->at_ms[trace->count++] = ms;
	return 0;
}

/* Return: whether the line is a number and nothing else; blank lines are no opportunity. */
static bool read_ms(const char *line, uint64_t *ret_ms)
{
	uint64_t ms = 0;
	size_t digits = strspn(line, "0123456789");

	if (digits == 0 || digits > 8 ||
	    line[digits + strspn(line + digits, " \t\r\n")])
		return false;
	for (size_t i = 0; i < digits; i++)
		ms = ms * 10 + (uint64_t)(line[i] - '0');
	*ret_ms = ms;
	return ms <= MS_MAX;
}

static int read_lines(const char *file, FILE *stream, struct trace *trace)
{
	char *line AUTO_FREE = NULL;
	size_t room = 0, line_room = 0;
	int r = 0;

	for (int n = 1; r == 0 && getline(&line, &line_room, stream) >= 0; n++) {
		uint64_t ms;

		if (line[strspn(line, " \t\r\n")] == '\0')
			continue;
		line[strcspn(line, "\r\n")] = '\0';
		if (!read_ms(line, &ms))
			return nst_fail(
				-EINVAL,
				"trace %s, line %d: \"%.20s\" is no time in whole "
				"milliseconds, up to a day",
				file, n, line);
		if (trace->count && ms < trace->at_ms[trace->count - 1])
			return nst_fail(
				-EINVAL,
				"trace %s, line %d: %llu ms is earlier than the "
				"line before",
				file, n, (unsigned long long)ms);
		if (trace->count == COUNT_MAX)
			return nst_fail(-EINVAL, "trace %s has more than %d lines",
					file, COUNT_MAX);
		r = add(trace, &room, ms);
	}
	if (r == 0 && ferror(stream))
		return nst_fail_errno("trace %s", file);
	return r;
}

int trace_load(const char *file, struct trace *ret_trace)
{
	FILE *stream AUTO_FCLOSE = fopen(file, "re");
	struct trace trace = { 0 };
	int r;

	if (!stream)
		return nst_fail_errno("trace %s", file);
	r = read_lines(file, stream, &trace);
	if (r == 0 && trace.count == 0)
		r = nst_fail(-EINVAL, "trace %s has no opportunities", file);
	else if (r == 0 && trace.at_ms[trace.count - 1] == 0)
		r = nst_fail(-EINVAL, "trace %s: its last line must be later than 0",
			     file);
	if (r < 0)
		trace_free(&trace);
	else
		*ret_trace = trace;
	return r;
}

void trace_free(struct trace *trace)
{
	free(trace->at_ms);
	*trace = (struct trace){ 0 };
}

static uint64_t round_ns(const struct trace *trace)
{
	return trace->at_ms[trace->count - 1] * 1000000;
}

void trace_begin(struct trace *trace, uint64_t now_ns)
{
	trace->start_ns = now_ns;
	trace->next = 0;
}

uint64_t trace_next_ns(const struct trace *trace)
{
	return trace->start_ns + trace->at_ms[trace->next] * 1000000;
}

void trace_take(struct trace *trace)
{
	if (++trace->next == trace->count) {
		trace->next = 0;
		trace->start_ns += round_ns(trace);
	}
}

/* The first opportunity later than that, in this round. */
static size_t first_after(const struct trace *trace, uint64_t since_ns)
{
	size_t low = 0, high = trace->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (trace->at_ms[middle] * 1000000 <= since_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void trace_skip(struct trace *trace, uint64_t now_ns)
{
	uint64_t since;

	if (trace_next_ns(trace) > now_ns)
		return;
	since = now_ns - trace->start_ns;
	trace->start_ns += since / round_ns(trace) * round_ns(trace);
	trace->next = first_after(trace, since % round_ns(trace));
}
