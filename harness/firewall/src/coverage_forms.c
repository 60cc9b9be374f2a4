/* SPDX-License-Identifier: MIT */
/* Rule coverage for other programs: Cobertura and lcov. Both know lines only: a line is as
 * often hit as its rules matched. */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "coverage.h"

/* Matches of all that stands in the line of `*at`, which moves behind them. */
static uint64_t line_hits(const struct nst_coverage *coverage, size_t *at, size_t end)
{
	unsigned int line = coverage->list[*at].line;
	uint64_t hits = 0;

	bool alone = coverage->list[*at].is_element; /* they stand behind rules */

	for (; *at < end && coverage->list[*at].line == line; ++*at)
		if (coverage->list[*at].is_element == alone)
			hits += coverage->list[*at].matched;
	return hits;
}

struct lines {
	size_t all, hit;
};

static struct lines count_lines(const struct nst_coverage *coverage, size_t at,
				size_t end)
{
	struct lines lines = { 0 };

	while (at < end) {
		lines.hit += line_hits(coverage, &at, end) > 0;
		lines.all++;
	}
	return lines;
}

void coverage_print_lcov(const struct nst_coverage *coverage, FILE *out)
{
	for (size_t first = 0, end; first < coverage->count; first = end) {
		struct lines lines;

		end = coverage_file_end(coverage, first);
		lines = count_lines(coverage, first, end);
		fprintf(out, "TN:\nSF:%s\n", coverage->list[first].file);
		for (size_t at = first; at < end;) {
			unsigned int line = coverage->list[at].line;

			fprintf(out, "DA:%u,%" PRIu64 "\n", line,
				line_hits(coverage, &at, end));
		}
		fprintf(out, "LF:%zu\nLH:%zu\nend_of_record\n", lines.all, lines.hit);
	}
}

static void print_rate(FILE *out, struct lines lines)
{
	fprintf(out, "line-rate=\"%.4f\" branch-rate=\"0\" complexity=\"0\"",
		lines.all ? (double)lines.hit / (double)lines.all : 1.0);
}

static void print_class(const struct nst_coverage *coverage, FILE *out, size_t first,
			size_t end)
{
	const char *file = coverage->list[first].file;

	fputs("   <class name=\"", out);
	nst_escape_attribute(out, file);
	fputs("\" filename=\"", out);
	nst_escape_attribute(out, file);
	fputs("\" ", out);
	print_rate(out, count_lines(coverage, first, end));
	fputs(">\n    <methods/>\n    <lines>\n", out);
	for (size_t at = first; at < end;) {
		unsigned int line = coverage->list[at].line;

		fprintf(out, "     <line number=\"%u\" hits=\"%" PRIu64 "\"/>\n", line,
			line_hits(coverage, &at, end));
	}
	fputs("    </lines>\n   </class>\n", out);
}

void coverage_print_cobertura(const struct nst_coverage *coverage, FILE *out)
{
	struct lines all = { 0 };

	for (size_t first = 0, end; first < coverage->count; first = end) {
		struct lines lines;

		end = coverage_file_end(coverage, first);
		lines = count_lines(coverage, first, end);
		all.all += lines.all;
		all.hit += lines.hit;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<!DOCTYPE coverage SYSTEM "
	      "\"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">\n<coverage ",
	      out);
	print_rate(out, all);
	fprintf(out,
		" lines-covered=\"%zu\" lines-valid=\"%zu\" branches-covered=\"0\" "
		"branches-valid=\"0\" timestamp=\"0\" version=\"nstest\">\n"
		" <sources><source>.</source></sources>\n <packages>\n"
		"  <package name=\"rules\" ",
		all.hit, all.all);
	print_rate(out, all);
	fputs(">\n  <classes>\n", out);
	for (size_t first = 0, end; first < coverage->count; first = end) {
		end = coverage_file_end(coverage, first);
		print_class(coverage, out, first, end);
	}
	fputs("  </classes>\n  </package>\n </packages>\n</coverage>\n", out);
}
