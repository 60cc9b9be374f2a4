/* SPDX-License-Identifier: MIT */
/* The report for people. */
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <report/text.h>

#include "format.h"
#include "paint.h"

enum {
	DEFAULT_COLUMNS = 80,
	REDRAW_US = 50000,
	BAR_CELLS = 16,
	BAR_FROM_COLUMNS = 60,
	ETA_AFTER_US = 1000000,
	SLOWEST_FROM_CASES = 10, /* of fewer everybody sees them */
};

struct text_report {
	struct nst_text_options options;
	struct nst_result *bad; /* explained at the end */
	size_t bad_count;
	struct nst_result *skipped; /* and flaky ones: a line each */
	size_t skipped_count;
	bool line_shown;             /* a progress line stands in the terminal */
	uint64_t began_us, drawn_us; /* the first progress, the last drawn */
	struct slowest slowest;
};

size_t nst_totals_all(const struct nst_totals *totals)
{
	size_t sum = 0;

	for (size_t i = 0; i < NST_OUTCOMES; i++)
		sum += totals->by_outcome[i];
	return sum;
}

size_t nst_totals_bad(const struct nst_totals *totals)
{
	return totals->by_outcome[NST_OUTCOME_FAIL] +
	       totals->by_outcome[NST_OUTCOME_ERROR];
}

/* ---- The progress line ---- */

static void clear_line(struct text_report *report)
{
	if (report->line_shown)
		fputs("\r\033[K", report->options.out);
	report->line_shown = false;
}

/* Cut to what fits: not in the middle of a UTF-8 character. */
static void cut(char *text, size_t columns)
{
	size_t at = 0, seen = 0;

	for (; text[at]; at++) {
		if (((unsigned char)text[at] & 0xc0) == 0x80)
			continue;
		if (seen++ == columns)
			break;
		if ((unsigned char)text[at] < 0x20)
			text[at] = ' ';
	}
	text[at] = '\0';
}

/* "[======    ]" */
static size_t print_bar(const struct text_report *report, char *line, size_t size,
			double part)
{
	bool unicode = report->options.unicode;
	size_t full = (size_t)(part * BAR_CELLS + 0.5), used = 0;

	used += (size_t)snprintf(line, size, "%s", unicode ? "" : "[");
	for (size_t i = 0; i < BAR_CELLS; i++)
		used += (size_t)snprintf(line + used, size - used, "%s",
					 i < full  ? (unicode ? "█" : "=")
					 : unicode ? "░"
						   : " ");
	return used +
	       (size_t)snprintf(line + used, size - used, "%s", unicode ? "  " : "]  ");
}

/* How long the rest takes, if it goes on like that. */
static size_t print_eta(const struct text_report *report, char *line, size_t size,
			const struct nst_run_progress *progress)
{
	uint64_t so_far = progress->now_us - report->began_us;
	size_t left = progress->cases - progress->done;
	unsigned long long seconds;

	if (!progress->done || !left || so_far < ETA_AFTER_US)
		return 0;
	seconds = so_far * left / progress->done / 1000000 + 1;
	if (seconds < 60)
		return (size_t)snprintf(line, size, "  ETA %llu s", seconds);
	return (size_t)snprintf(line, size, "  ETA %llu min", (seconds + 30) / 60);
}

static void draw_line(struct text_report *report,
		      const struct nst_run_progress *progress)
{
	size_t columns = report->options.columns ? (size_t)report->options.columns
						 : DEFAULT_COLUMNS;
	size_t bad = nst_totals_bad(progress->totals), used = 0;
	double part =
		progress->cases ? (double)progress->done / (double)progress->cases : 1;
	char line[2048];

	if (columns >= BAR_FROM_COLUMNS)
		used = print_bar(report, line, sizeof(line), part);
	used += (size_t)snprintf(line + used, sizeof(line) - used, "%zu/%zu",
				 progress->done, progress->cases);
	if (bad)
		used += (size_t)snprintf(line + used, sizeof(line) - used,
					 "  %zu failed", bad);
	used += print_eta(report, line + used, sizeof(line) - used, progress);
	for (size_t i = 0; i < progress->running_count && used < sizeof(line); i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s",
					 i ? ", " : "  ", progress->running[i]);
	cut(line, columns - 1);
	fprintf(report->options.out, "\r\033[K%s%s%s",
		bad && report->options.colour ? PAINT_RED : "", line,
		bad && report->options.colour ? PAINT_OFF : "");
	fflush(report->options.out);
	report->line_shown = true;
	report->drawn_us = progress->now_us;
}

static void on_progress(void *self, const struct nst_run_progress *progress)
{
	struct text_report *report = self;

	if (!report->began_us)
		report->began_us = progress->now_us;
	if (report->options.terminal &&
	    (!report->drawn_us || progress->now_us - report->drawn_us >= REDRAW_US))
		draw_line(report, progress);
}

/* ---- Results ---- */

static void keep(struct nst_result **list, size_t *count,
		 const struct nst_result *result)
{
	struct nst_result *longer = realloc(*list, (*count + 1) * sizeof(**list));
	void *bytes;
	size_t size;

	if (!longer)
		return;
	*list = longer;
	longer[*count] = (struct nst_result){ 0 };
	if (nst_result_pack(result, &bytes, &size) < 0)
		return;
	if (!nst_result_unpack(bytes, size, &longer[*count]))
		(*count)++;
	free(bytes);
}

static void on_start(void *self, const struct nst_run_start *start)
{
	struct text_report *report = self;

	if (start->seed)
		fprintf(report->options.out, "seed %llu\n",
			(unsigned long long)start->seed);
}

/* Virtual time that was not exact is told of every case. */
static void print_clock(FILE *out, const struct nst_result *result)
{
	if (result->clock && !strncmp(result->clock, "inexact", strlen("inexact")))
		fprintf(out, "time    %s / %s: %s\n", result->suite, result->name,
			result->clock);
}

static void on_result(void *self, const struct nst_result *result)
{
	struct text_report *report = self;
	bool bad = result->outcome == NST_OUTCOME_FAIL ||
		   result->outcome == NST_OUTCOME_ERROR;

	slowest_add(&report->slowest, result);
	if (bad)
		keep(&report->bad, &report->bad_count, result);
	if ((result->outcome == NST_OUTCOME_SKIP ||
	     result->outcome == NST_OUTCOME_FLAKY) &&
	    !report->options.verbose)
		keep(&report->skipped, &report->skipped_count, result);
	print_clock(report->options.out, result);
	/* On a terminal a failure is told at once; the explanation follows at the end.
	 */
	if (report->options.verbose || (bad && report->options.terminal)) {
		clear_line(report);
		print_headline(report->options.out, result, report->options.colour);
		if (!bad) /* else it comes with the explanation */
			print_account(report->options.out, result);
		fflush(report->options.out);
	}
}

/* ---- The end ---- */

static void print_interruption(FILE *out, const struct nst_run_end *end)
{
	fprintf(out, "%s: stopped", end->interrupted_by);
	for (size_t i = 0; i < end->running_count; i++)
		fprintf(out, "%s%s", i ? ", " : " while running ", end->running[i]);
	if (end->never_run)
		fprintf(out, "; %zu had not begun", end->never_run);
	fputc('\n', out);
}

/* For who looks on; a log of CI has JUnit and the like. */
static void print_slowest(const struct text_report *report,
			  const struct nst_run_end *end)
{
	FILE *out = report->options.out;
	char time[32];

	if (!report->options.terminal ||
	    nst_totals_all(end->totals) < SLOWEST_FROM_CASES)
		return;
	fputs("slowest:\n", out);
	for (size_t i = 0; i < report->slowest.count; i++) {
		const struct slow_case *slow = &report->slowest.list[i];

		fprintf(out, "  %10s  ",
			nst_duration_print(slow->duration_us, time, sizeof(time)));
		print_safely(out, slow->title, strlen(slow->title));
		fputc('\n', out);
	}
	fputc('\n', out);
}

static void print_closing(struct text_report *report, const struct nst_run_end *end)
{
	FILE *out = report->options.out;
	const size_t *n = end->totals->by_outcome;
	const char *paint = "", *off = "";
	char time[32];

	if (report->options.colour) {
		paint = nst_totals_bad(end->totals) || end->interrupted_by
				? PAINT_RED
				: PAINT_GREEN;
		off = PAINT_OFF;
	}
	fprintf(out, "%zu case%s in %s", nst_totals_all(end->totals),
		nst_totals_all(end->totals) == 1 ? "" : "s",
		nst_duration_print(end->duration_us, time, sizeof(time)));
	if (n[NST_OUTCOME_ERROR])
		fprintf(out, " (%zu could not run)", n[NST_OUTCOME_ERROR]);
	if (n[NST_OUTCOME_FLAKY])
		fprintf(out, " (%zu flaky)", n[NST_OUTCOME_FLAKY]);
	fprintf(out, "\n%s%zu passed, %zu failed, %zu skipped%s\n", paint,
		n[NST_OUTCOME_PASS] + n[NST_OUTCOME_FLAKY], nst_totals_bad(end->totals),
		n[NST_OUTCOME_SKIP], off);
}

static void on_end(void *self, const struct nst_run_end *end)
{
	struct text_report *report = self;
	FILE *out = report->options.out;

	clear_line(report);
	print_slowest(report, end);
	for (size_t i = 0; i < report->skipped_count; i++)
		print_headline(out, &report->skipped[i], report->options.colour);
	for (size_t i = 0; i < report->bad_count; i++) {
		fputc('\n', out);
		nst_text_explain(out, &report->bad[i], report->options.colour);
	}
	if (report->bad_count || report->skipped_count)
		fputc('\n', out);
	if (end->interrupted_by)
		print_interruption(out, end);
	print_closing(report, end);
	fflush(out);
}

static const struct nst_sink_ops text_ops = { on_start, on_progress, on_result,
					      on_end };

int nst_text_report_new(const struct nst_text_options *options,
			struct nst_sink *ret_sink)
{
	struct text_report *report = calloc(1, sizeof(*report));

	if (!report)
		return nst_fail_memory();
	report->options = *options;
	*ret_sink = (struct nst_sink){ &text_ops, report };
	return 0;
}

static void free_list(struct nst_result *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		nst_result_free(&list[i]);
	free(list);
}

void nst_text_report_free(struct nst_sink *sink)
{
	struct text_report *report = sink->self;

	if (!report)
		return;
	free_list(report->bad, report->bad_count);
	free_list(report->skipped, report->skipped_count);
	slowest_free(&report->slowest);
	free(report);
	*sink = (struct nst_sink){ 0 };
}
