/* SPDX-License-Identifier: MIT */
/* What was claimed of each engine and what was seen: judged, and written down. */
#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

const struct column columns[COLUMNS] = {
	[KERNEL] = { "kernel", ENGINE_KERNEL, NST_COMPAT_NETEM },
	[WIRE] = { "wire, compat netem", ENGINE_WIRE, NST_COMPAT_NETEM },
	[WIRE_EXACT] = { "wire, compat exact", ENGINE_WIRE, NST_COMPAT_EXACT },
};

/* ---- Words ---- */

static void write_document(struct report *report, const char *format, ...)
{
	va_list arguments;

	if (!report->document)
		return;
	va_start(arguments, format);
	vfprintf(report->document, format, arguments);
	va_end(arguments);
}

static void say_figure(char *text, size_t size, enum measure measure, double value)
{
	value *= measures[measure].times;
	snprintf(text, size, "%.*f",
		 fabs(value) >= 100 || value == round(value) ? 0 : 2,
		 fabs(value) < 0.005 ? 0 : value);
}

/* 1.02 (0.71 … 1.33): what must lie in it is not far. */
static void say_estimate(char *text, size_t size, enum measure measure,
			 const struct estimate *estimate)
{
	char value[32], low[32], high[32];

	say_figure(value, sizeof(value), measure, estimate->value);
	say_figure(low, sizeof(low), measure, estimate->low);
	say_figure(high, sizeof(high), measure, estimate->high);
	if (strcmp(low, high))
		snprintf(text, size, "%s (%s … %s)", value, low, high);
	else
		snprintf(text, size, "%s", value);
}

/* ---- Judging ---- */

static void count(struct report *report, bool holds, const char *trial,
		  const char *column, const char *what)
{
	++*(holds ? &report->passed : &report->failed);
	printf("%s  %-18s  %s: %s\n", holds ? "ok    " : "not ok", column, trial, what);
	fflush(stdout);
}

static void take_part(struct seen *seen, enum part part)
{
	seen->first = part == SECOND_HALF ? seen->count / 2 : 0;
	seen->past = part == FIRST_HALF ? seen->count / 2 : seen->count;
}

/* What must never happen is refuted by once. */
static bool holds_for(const struct claim *claim, double wanted,
		      const struct estimate *estimate)
{
	if (wanted == 0 && claim->slack == 0)
		return estimate->value == 0;
	return wanted >= estimate->low - claim->slack &&
	       wanted <= estimate->high + claim->slack;
}

static void judge_claim(struct report *report, const struct trial *trial,
			const struct column *column, const struct claim *claim,
			struct observation *seen)
{
	double wanted = claim_wanted(claim, trial, column->compat);
	struct estimate estimate;
	char figure[32], text[128], what[512];
	bool holds;

	take_part(&seen->seen, claim->part);
	estimate = measure_take(claim->measure, &seen->seen);
	holds = holds_for(claim, wanted, &estimate);
	say_figure(figure, sizeof(figure), claim->measure, wanted);
	say_estimate(text, sizeof(text), claim->measure, &estimate);
	snprintf(what, sizeof(what), "%s: wanted %s %s, got %s",
		 measures[claim->measure].name, figure, measures[claim->measure].unit,
		 text);
	count(report, holds, trial->name, column->name, what);
	write_document(report, " %s%s |", text, holds ? "" : " **wrong**");
}

static bool was_seen(const struct trial *trial, const struct observation *seen,
		     int column)
{
	return seen->code == 0 && (column != WIRE_EXACT || !trial->only_netem);
}

/* What is asked for differs where the words and the kernel's formulas do. */
static void write_wanted(struct report *report, const struct trial *trial,
			 const struct claim *claim)
{
	double netem = claim_wanted(claim, trial, NST_COMPAT_NETEM);
	double exact = claim_wanted(claim, trial, NST_COMPAT_EXACT);
	char one[32], other[32];

	say_figure(one, sizeof(one), claim->measure, netem);
	say_figure(other, sizeof(other), claim->measure, exact);
	write_document(report, "| %s | %s%s, %s | %s", trial->name,
		       claim->part == FIRST_HALF    ? "first half: "
		       : claim->part == SECOND_HALF ? "second half: "
						    : "",
		       measures[claim->measure].name, measures[claim->measure].unit,
		       one);
	if (strcmp(one, other) && !trial->only_netem)
		write_document(report, " (exact: %s)", other);
	write_document(report, " |");
}

static void judge(struct report *report, const struct trial *trial,
		  const struct claim *claim, struct observation seen[COLUMNS])
{
	write_wanted(report, trial, claim);
	for (int c = 0; c < COLUMNS; c++)
		if (was_seen(trial, &seen[c], c))
			judge_claim(report, trial, &columns[c], claim, &seen[c]);
		else
			write_document(report, " – |");
	write_document(report, "\n");
}

static void judge_again(struct report *report, const struct trial *trial,
			struct observation seen[COLUMNS])
{
	if (!trial->again)
		return;
	write_document(report, "| %s | the same packets lost | yes |", trial->name);
	for (int c = 0; c < COLUMNS; c++) {
		if (!was_seen(trial, &seen[c], c)) {
			write_document(report, " – |");
			continue;
		}
		count(report, seen[c].same_again, trial->name, columns[c].name,
		      "the same packets are lost again");
		write_document(report, " %s |", seen[c].same_again ? "yes" : "**no**");
	}
	write_document(report, "\n");
}

static void compare(struct report *report, const struct trial *trial, const char *what,
		    double probability)
{
	char text[128];

	snprintf(text, sizeof(text), "%s as the kernel's: p = %.3g", what, probability);
	count(report, probability >= ALPHA, trial->name, columns[WIRE].name, text);
	write_document(report, "| %s | %s, p | at least %.5f | – | %.3g%s | – |\n",
		       trial->name, what, ALPHA, probability,
		       probability >= ALPHA ? "" : " **wrong**");
}

/* What a kernel is said to be too old for is not found missing in a newer one. */
static bool is_old_enough(const char *release, const char *sentence)
{
	unsigned int major, minor, since_major, since_minor;

	if (!release || sscanf(release, "%u.%u", &major, &minor) != 2)
		return true;
	while ((sentence = strstr(sentence, "(Linux "))) {
		if (sscanf(sentence, "(Linux %u.%u", &since_major, &since_minor) == 2 &&
		    (major > since_major ||
		     (major == since_major && minor >= since_minor)))
			return false;
		sentence++;
	}
	return true;
}

static void skip(struct report *report, const struct trial *trial,
		 const struct column *column, const struct observation *seen)
{
	if (column->engine == ENGINE_KERNEL &&
	    !is_old_enough(report->kernel, seen->sentence)) {
		count(report, false, trial->name, column->name, seen->sentence);
		return;
	}
	report->skipped++;
	printf("skip    %-18s  %s: %s\n", column->name, trial->name, seen->sentence);
}

void report_trial(struct report *report, const struct trial *trial,
		  struct observation seen[COLUMNS])
{
	for (int c = 0; c < COLUMNS; c++)
		if (seen[c].unable)
			skip(report, trial, &columns[c], &seen[c]);
		else if (seen[c].code < 0)
			count(report, false, trial->name, columns[c].name,
			      seen[c].sentence);
	for (size_t i = 0; i < trial->claims; i++)
		judge(report, trial, &trial->claim[i], seen);
	judge_again(report, trial, seen);
	for (int c = 0; c < COLUMNS; c++)
		take_part(&seen[c].seen, ALL);
	if (seen[KERNEL].code || seen[WIRE].code)
		return;
	if (trial->losses)
		compare(report, trial, "losses in a row",
			same_losses(&seen[KERNEL].seen, &seen[WIRE].seen));
	if (trial->delays)
		compare(report, trial, "delays",
			same_delays(&seen[KERNEL].seen, &seen[WIRE].seen));
}

/* The confidence, the kernels: %s. */
static const char introduction[] =
	"# What was asked of the engines, and what they did\n"
	"\n"
	"Written by `build/conformance --document docs/impairments-conformance.md`;\n"
	"do not edit.\n"
	"\n"
	"A train of numbered frames goes from host A through the engine to host B,\n"
	"and each frame's fate and delay are taken at both ends of the engine.\n"
	"*Wanted* is what the words say or, with `compat netem`, what the formulas\n"
	"of net/sched/sch_netem.c make of them, worked out apart from both engines.\n"
	"In brackets is where the true figure lies with a confidence of %s: wanted\n"
	"must lie there, too, give or take what timers and schedulers add to times\n"
	"(suites/conformance/trial.c says how much). Where both engines draw lots,\n"
	"they are compared: how many packets are lost in a row by chi-square, delays\n"
	"by the test of Kolmogorov and Smirnov; p is how probable it is that one and\n"
	"the same law makes both.\n"
	"\n"
	"* kernel: sch_netem of Linux %s, compat netem\n"
	"* wire: on Linux %s, seed 7\n"
	"\n"
	"| impairment | measured | wanted | kernel | wire, compat netem |"
	" wire, compat exact |\n"
	"|---|---|---|---|---|---|\n";

void report_begin(struct report *report, const char *wire_kernel)
{
	write_document(report, introduction, CONFIDENCE,
		       report->kernel ? report->kernel : "(none was there that has it)",
		       wire_kernel);
}
