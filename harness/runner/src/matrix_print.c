/* SPDX-License-Identifier: MIT */
/* A truth table, or what has changed in one, as text, CSV and Markdown. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/fail.h>
#include <base/scope.h>

#include "matrix_print.h"

/* ---- Pieces ---- */

static const char *colour_of(enum nst_verdict_kind kind)
{
	switch (kind) {
	case NST_VERDICT_OPEN:
		return "\033[32m";
	case NST_VERDICT_DROPPED:
		return "\033[31m";
	case NST_VERDICT_REJECTED:
		return "\033[35m";
	case NST_VERDICT_REFUSED:
	case NST_VERDICT_UNROUTABLE:
		return "\033[2m";
	case NST_VERDICT_UNANSWERED:
	case NST_VERDICT_INCONCLUSIVE:
		break;
	}
	return "\033[33m";
}

static void print_verdict(FILE *out, enum nst_verdict_kind kind, int width, bool colour)
{
	const char *name = nst_verdict_name(kind);

	if (colour)
		fprintf(out, "%s%s\033[0m%*s", colour_of(kind), name,
			width - (int)strlen(name), "");
	else
		fprintf(out, "%-*s", width, name);
}

void print_count(FILE *out, size_t count, const char *noun)
{
	fprintf(out, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

static const char *family_name(int family, bool over)
{
	return !over ? "" : family == AF_INET6 ? "ipv6" : "ipv4";
}

/* ---- Text: aligned, and what a scenario's `expect: matrix` reads ---- */

struct widths {
	int from, to; /* "to" is with " over ipv6" */
	int services[NST_SERVICES_MAX];
};

static int over_width(const struct nst_matrix_row *row)
{
	return row->over ? (int)strlen(" over ipv6") : 0;
}

static void widen(int *width, int wanted)
{
	if (*width < wanted)
		*width = wanted;
}

static struct widths measure(const struct nst_matrix *matrix)
{
	struct widths widths = { .from = 4, .to = 2 };
	char text[16];

	for (size_t i = 0; i < matrix->services.count; i++)
		widths.services[i] =
			(int)strlen(nst_service_print(matrix->services.items[i], text));
	for (size_t i = 0; i < matrix->shown; i++) {
		const struct nst_matrix_row *row = &matrix->rows[i];

		widen(&widths.from, (int)strlen(row->from));
		widen(&widths.to, (int)strlen(row->to) + over_width(row));
		for (size_t j = 0; j < matrix->services.count; j++)
			widen(&widths.services[j],
			      (int)strlen(nst_verdict_name(row->cells[j].kind)));
	}
	return widths;
}

/* Nothing is behind the last column. */
static int column_width(const struct nst_matrix *matrix, const struct widths *widths,
			size_t i)
{
	return i + 1 < matrix->services.count ? widths->services[i] : 0;
}

static void print_text(FILE *out, const struct nst_matrix *matrix, bool colour)
{
	struct widths widths = measure(matrix);
	char text[16];

	fprintf(out, "%-*s -> %-*s", widths.from, "from", widths.to, "to");
	for (size_t i = 0; i < matrix->services.count; i++)
		fprintf(out, "  %-*s", column_width(matrix, &widths, i),
			nst_service_print(matrix->services.items[i], text));
	for (size_t i = 0; i < matrix->shown; i++) {
		const struct nst_matrix_row *row = &matrix->rows[i];
		int used = (int)strlen(row->to) + over_width(row);

		fprintf(out, "\n%-*s -> %s%s%s%*s", widths.from, row->from, row->to,
			row->over ? " over " : "", family_name(row->family, row->over),
			widths.to - used, "");
		for (size_t j = 0; j < matrix->services.count; j++) {
			fputs("  ", out);
			print_verdict(out, row->cells[j].kind,
				      column_width(matrix, &widths, j), colour);
		}
	}
	fputc('\n', out);
}

/* ---- Markdown ---- */

static void print_markdown(FILE *out, const struct nst_matrix *matrix)
{
	char text[16];

	fputs("| from -> to |", out);
	for (size_t i = 0; i < matrix->services.count; i++)
		fprintf(out, " %s |",
			nst_service_print(matrix->services.items[i], text));
	fputs("\n|---|", out);
	for (size_t i = 0; i < matrix->services.count; i++)
		fputs("---|", out);
	for (size_t i = 0; i < matrix->shown; i++) {
		const struct nst_matrix_row *row = &matrix->rows[i];

		fprintf(out, "\n| %s -> %s%s%s |", row->from, row->to,
			row->over ? " over " : "", family_name(row->family, row->over));
		for (size_t j = 0; j < matrix->services.count; j++)
			fprintf(out, " %s |", nst_verdict_name(row->cells[j].kind));
	}
	fputc('\n', out);
}

/* ---- CSV (RFC 4180): a line per question ---- */

static void print_field(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void print_csv(FILE *out, const struct nst_matrix *matrix)
{
	char text[16];

	fputs("from,to,family,service,verdict,why,sentence\r\n", out);
	for (size_t i = 0; i < matrix->shown; i++) {
		const struct nst_matrix_row *row = &matrix->rows[i];

		for (size_t j = 0; j < matrix->services.count; j++) {
			const struct nst_matrix_cell *cell = &row->cells[j];

			fprintf(out, "%s,%s,%s,%s,%s,", row->from, row->to,
				family_name(row->family, true),
				nst_service_print(matrix->services.items[j], text),
				nst_verdict_name(cell->kind));
			print_field(out, cell->why);
			fputc(',', out);
			print_field(out, cell->sentence);
			fputs("\r\n", out);
		}
	}
}

/* ---- Changes ---- */

static void print_sum(FILE *out, const struct nst_changes *changes, const char *base)
{
	size_t counts[3] = { 0 };

	for (size_t i = 0; i < changes->count; i++)
		counts[changes->items[i].kind]++;
	fprintf(out, "against %s: ", base);
	if (changes->count)
		fprintf(out, "%zu opened, %zu closed, %zu otherwise changed, of ",
			counts[NST_CHANGE_OPENED], counts[NST_CHANGE_CLOSED],
			counts[NST_CHANGE_OTHER]);
	else
		fputs("nothing has changed in ", out);
	print_count(out, changes->compared, "question");
	if (changes->only_now)
		fprintf(out, "; %zu are new", changes->only_now);
	if (changes->only_before)
		fprintf(out, "; %zu are gone", changes->only_before);
	fputc('\n', out);
}

static void print_changed(FILE *out, const struct nst_change *change, int width,
			  bool colour)
{
	AUTO_FREE char *name = nst_matrix_row_name(change->row);
	char text[16], question[256];

	snprintf(question, sizeof(question), "%s %s", name ? name : "",
		 nst_service_print(change->service, text));
	fprintf(out, "%-7s  %-*s  ", nst_change_name(change->kind), width, question);
	print_verdict(out, change->before->kind, 0, colour);
	fputs(" -> ", out);
	print_verdict(out, change->now->kind, 0, colour);
	if (*change->now->why)
		fprintf(out, "  (%s)", change->now->why);
	fputc('\n', out);
}

static void print_changes(FILE *out, const struct nst_changes *changes,
			  const char *base, bool colour)
{
	int width = 0;
	char text[16];

	for (size_t i = 0; i < changes->count; i++) {
		AUTO_FREE char *name = nst_matrix_row_name(changes->items[i].row);

		widen(&width, (int)(strlen(name ? name : "") + 1 +
				    strlen(nst_service_print(changes->items[i].service,
							     text))));
	}
	for (size_t i = 0; i < changes->count; i++)
		print_changed(out, &changes->items[i], width, colour);
	if (changes->count)
		fputc('\n', out);
	print_sum(out, changes, base);
}

static void print_changes_markdown(FILE *out, const struct nst_changes *changes,
				   const char *base)
{
	char text[16];

	fputs("| change | question | before | now | why |\n|---|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < changes->count; i++) {
		const struct nst_change *change = &changes->items[i];
		AUTO_FREE char *name = nst_matrix_row_name(change->row);

		fprintf(out, "| %s | %s %s | %s | %s | %s |\n",
			nst_change_name(change->kind), name ? name : "",
			nst_service_print(change->service, text),
			nst_verdict_name(change->before->kind),
			nst_verdict_name(change->now->kind), change->now->why);
	}
	fputc('\n', out);
	print_sum(out, changes, base);
}

static void print_changes_csv(FILE *out, const struct nst_changes *changes)
{
	char text[16];

	fputs("change,from,to,family,service,before,now,why\r\n", out);
	for (size_t i = 0; i < changes->count; i++) {
		const struct nst_change *change = &changes->items[i];

		fprintf(out, "%s,%s,%s,%s,%s,%s,%s,", nst_change_name(change->kind),
			change->row->from, change->row->to,
			family_name(change->row->family, true),
			nst_service_print(change->service, text),
			nst_verdict_name(change->before->kind),
			nst_verdict_name(change->now->kind));
		print_field(out, change->now->why);
		fputs("\r\n", out);
	}
}

/* ---- All of them ---- */

int nst_matrix_format_parse(const char *text, enum nst_matrix_format *ret_format)
{
	static const char *const names[NST_MATRIX_FORMATS] = {
		[NST_MATRIX_TEXT] = "text",
		[NST_MATRIX_CSV] = "csv",
		[NST_MATRIX_MARKDOWN] = "markdown",
		[NST_MATRIX_HTML] = "html",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(text, names[i]) == 0) {
			*ret_format = (enum nst_matrix_format)i;
			return 0;
		}
	return nst_fail(-EINVAL,
			"no format \"%s\" (there are text, csv, markdown, html)", text);
}

void nst_matrix_write(FILE *out, const struct nst_matrix *matrix,
		      const struct nst_changes *changes, const char *base,
		      enum nst_matrix_format format, bool colour)
{
	switch (format) {
	case NST_MATRIX_TEXT:
		if (changes)
			print_changes(out, changes, base, colour);
		else
			print_text(out, matrix, colour);
		break;
	case NST_MATRIX_CSV:
		if (changes)
			print_changes_csv(out, changes);
		else
			print_csv(out, matrix);
		break;
	case NST_MATRIX_MARKDOWN:
		if (changes)
			print_changes_markdown(out, changes, base);
		else
			print_markdown(out, matrix);
		break;
	case NST_MATRIX_HTML:
		print_html(out, matrix, changes, base);
		break;
	case NST_MATRIX_FORMATS:
		break;
	}
}
