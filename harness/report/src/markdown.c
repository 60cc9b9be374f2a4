/* SPDX-License-Identifier: MIT */
/* A summary in Markdown: the sum on top, each failure folded, the slowest cases. */
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>
#include <report/text.h>

#include "json.h"
#include "format.h"

/* The sum is rewritten in place as it grows. GitHub takes no summary above 1 MiB. */
enum { SUM_WIDTH = 160, MOST = 900 * 1024 };

struct markdown {
	struct output base;
	struct slowest slowest;
	struct nst_totals totals;
	uint64_t duration_us;
	off_t sum_at;
	size_t left_out;
};

static void print_sum(const struct markdown *markdown, char *text, size_t size)
{
	const size_t *n = markdown->totals.by_outcome;
	size_t bad = nst_totals_bad(&markdown->totals);
	int used = snprintf(text, size, "**%s %zu passed, %zu failed, %zu skipped**",
			    bad ? "❌" : "✅", n[NST_OUTCOME_PASS] + n[NST_OUTCOME_FLAKY],
			    bad, n[NST_OUTCOME_SKIP]);
	char time[32];

	if (n[NST_OUTCOME_FLAKY])
		used += snprintf(text + used, size - (size_t)used, ", %zu flaky",
				 n[NST_OUTCOME_FLAKY]);
	if (markdown->duration_us)
		used += snprintf(
			text + used, size - (size_t)used, " in %s",
			nst_duration_print(markdown->duration_us, time, sizeof(time)));
	for (; used < SUM_WIDTH; used++)
		text[used] = ' ';
	text[SUM_WIDTH] = '\0';
}

static void rewrite_sum(struct markdown *markdown)
{
	char text[SUM_WIDTH + 1];

	print_sum(markdown, text, sizeof(text));
	document_patch(&markdown->base.document, markdown->sum_at, text);
}

static void on_start(void *self, const struct nst_run_start *start)
{
	struct markdown *markdown = self;
	char sum[SUM_WIDTH + 1];
	struct piece piece;

	(void)start;
	if (!piece_begin(&piece))
		return;
	fputs("## nstest\n\n", piece.out);
	fflush(piece.out);
	markdown->sum_at = ftell(piece.out);
	print_sum(markdown, sum, sizeof(sum));
	fprintf(piece.out, "%s\n\n", sum);
	piece_add(&piece, &markdown->base.document, "");
}

/* What failed, folded; of what was skipped or flaky, a line. */
static void put_result(FILE *out, const struct nst_result *result)
{
	bool folded = result->outcome == NST_OUTCOME_FAIL ||
		      result->outcome == NST_OUTCOME_ERROR;
	static const char *const marks[] = { "✅", "❌", "💥", "⏭️", "⚠️" };
	AUTO_FREE char *title = title_line(result), *reason = reason_line(result);
	struct piece text;

	if (folded)
		fputs("<details><summary>", out);
	fprintf(out, "%s <b>", marks[result->outcome]);
	nst_escape_xml(out, title ? title : "");
	fputs("</b>", out);
	if (reason && *reason) {
		fputs(": ", out);
		nst_escape_xml(out, reason);
	}
	if (folded && piece_begin(&text)) {
		nst_text_explain(text.out, result, false);
		fclose(text.out);
		fputs("</summary>\n\n<pre>", out);
		nst_escape_xml(out, text.text);
		fputs("</pre>\n</details>", out);
		free(text.text);
	}
	fputs("\n\n", out);
}

/* "| 4.1 ms | suite / case |" */
static char *print_slowest(const struct markdown *markdown)
{
	struct piece piece;
	char time[32];

	if (!piece_begin(&piece))
		return NULL;
	if (markdown->left_out)
		fprintf(piece.out, "%zu more are left out here.\n\n",
			markdown->left_out);
	fputs("<details><summary>Slowest cases</summary>\n\n"
	      "| time | case |\n|---:|---|\n",
	      piece.out);
	for (size_t i = 0; i < markdown->slowest.count; i++) {
		AUTO_FREE char *title = strdup(markdown->slowest.list[i].title);

		for (char *at = title; at && *at; at++) /* ends a cell */
			*at = *at == '|' ? '/' : *at;
		fprintf(piece.out, "| %s | ",
			nst_duration_print(markdown->slowest.list[i].duration_us, time,
					   sizeof(time)));
		nst_escape_xml(piece.out, title ? title : "");
		fputs(" |\n", piece.out);
	}
	fputs("\n</details>\n", piece.out);
	fclose(piece.out);
	return piece.text;
}

static void on_result(void *self, const struct nst_result *result)
{
	struct markdown *markdown = self;
	struct document *document = &markdown->base.document;
	AUTO_FREE char *tail = NULL;
	struct piece piece;

	markdown->totals.by_outcome[result->outcome]++;
	slowest_add(&markdown->slowest, result);
	if (result->outcome != NST_OUTCOME_PASS) {
		bool room = document->end - document->base < MOST;

		markdown->left_out += !room;
		tail = print_slowest(markdown);
		if (!tail || !piece_begin(&piece))
			return;
		if (room)
			put_result(piece.out, result);
		piece_add(&piece, document, tail);
	}
	rewrite_sum(markdown);
}

static void on_end(void *self, const struct nst_run_end *end)
{
	struct markdown *markdown = self;
	AUTO_FREE char *tail = print_slowest(markdown), *piece = NULL;

	markdown->duration_us = end->duration_us;
	rewrite_sum(markdown);
	nst_text_set(&piece, "%s%s%s",
		     end->interrupted_by ? "Stopped before its end: " : "",
		     end->interrupted_by ? end->interrupted_by : "",
		     end->interrupted_by ? ".\n\n" : "");
	if (tail && piece)
		document_add(&markdown->base.document, piece, tail);
}

static void release(void *self)
{
	slowest_free(&((struct markdown *)self)->slowest);
}

static const struct nst_sink_ops ops = { on_start, ignore_progress, on_result, on_end };
const struct format format_markdown = {
	"markdown", "summary.md", DOCUMENT_REWRITES, sizeof(struct markdown),
	&ops,       release,
};
