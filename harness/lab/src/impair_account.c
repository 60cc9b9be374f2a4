/* SPDX-License-Identifier: MIT */
/* What links were asked and what they did, in words. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/impair.h>

__attribute__((format(printf, 4, 5))) static void add(char *text, size_t size,
						      size_t *used, const char *format,
						      ...)
{
	va_list arguments;

	va_start(arguments, format);
	*used += (size_t)vsnprintf(*used < size ? text + *used : NULL,
				   *used < size ? size - *used : 0, format, arguments);
	va_end(arguments);
}

int nst_link_report_print(const struct nst_link_report *report, char *text, size_t size)
{
	const struct nst_wire_counters *counters = &report->counters;
	const struct {
		uint64_t count;
		const char *what;
	} kinds[] = {
		{ counters->lost, "lost" },
		{ counters->overflowed, "lost to a full queue" },
		{ counters->duplicated, "duplicated" },
		{ counters->corrupted, "corrupted" },
		{ counters->reordered, "reordered" },
		{ counters->marked_ce, "marked CE" },
		{ counters->faulted, "touched by faults" },
		{ counters->cut, "cut" },
		{ counters->undelivered, "not taken by the receiver's interface" },
		{ counters->unplanned, "lost by the engine itself, unplanned" },
	};
	size_t used = 0;

	add(text, size, &used, "%s -> %s: %s; %llu packets came", report->from,
	    report->to, report->planned, (unsigned long long)counters->received);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].count)
			add(text, size, &used, ", %llu %s",
			    (unsigned long long)kinds[i].count, kinds[i].what);
	if (report->loss_ppm)
		add(text, size, &used, " (loss %.2f%%)", report->loss_ppm / 1e4);
	if (report->delayed)
		add(text, size, &used,
		    "; delay median %.3f ms, p90 %.3f, p99 %.3f, most %.3f",
		    (double)report->delay_median_us / 1e3,
		    (double)report->delay_p90_us / 1e3,
		    (double)report->delay_p99_us / 1e3,
		    (double)report->delay_max_us / 1e3);
	if (report->late_max_us)
		add(text, size, &used, "; late by less than %lld us (99 %%), %lld us",
		    (long long)report->late_p99_us, (long long)report->late_max_us);
	add(text, size, &used, "; engine %s (%s)",
	    nst_engine_name(report->engine.engine), report->engine.why);
	return (int)used;
}

static void write_fault(FILE *out, const struct nst_fault_report *fault)
{
	const struct nst_fault_counters *counters = &fault->counters;

	fprintf(out, "fault #%u of %s -> %s (%s): %llu matched, %llu fired", fault->id,
		fault->from, fault->to, fault->text,
		(unsigned long long)counters->matched,
		(unsigned long long)counters->fired);
	if (counters->unable)
		fprintf(out, ", %llu passed, because it cannot be done to them",
			(unsigned long long)counters->unable);
	fprintf(out, "%s\n", fault->removed ? ", removed" : "");
}

int nst_lab_account(struct nst_lab *lab, char **ret_text)
{
	struct nst_link_report *links AUTO_FREE = NULL;
	struct nst_fault_report *faults AUTO_FREE = NULL;
	size_t link_count = 0, fault_count = 0, size;
	const char *scheduling = nst_lab_engine_scheduling(lab);
	char *text = NULL, line[1024];
	FILE *out;
	int r = nst_link_reports(lab, &links, &link_count, &faults, &fault_count);

	if (r < 0)
		return r;
	out = open_memstream(&text, &size);
	if (!out)
		return nst_fail_memory();
	for (size_t i = 0; i < link_count; i++) {
		nst_link_report_print(&links[i], line, sizeof(line));
		fprintf(out, "%s\n", line);
	}
	for (size_t i = 0; i < fault_count; i++)
		write_fault(out, &faults[i]);
	if (*scheduling)
		fprintf(out, "the wire engine ran with %s\n", scheduling);
	if (fclose(out) != 0) {
		free(text);
		return nst_fail_memory();
	}
	if (size)
		text[size - 1] = '\0';
	*ret_text = text;
	return 0;
}
