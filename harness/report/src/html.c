/* SPDX-License-Identifier: MIT */
/* The HTML report: one file that needs no network. Results stand in it as JSON, and the
 * page's script draws them; what a case did in detail is read when it is opened. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <base/scope.h>

#include "format.h"
#include "json.h"
#include "layout.h"
#include "page.h"

/* Beyond that a browser takes long to read it: details are left out, results never. */
enum { DETAILS_MOST = 64 << 20 };

struct html {
	struct output base;
	size_t details;
	bool full;
	struct layouts layouts;
};

static const char tail[] = "</body>\n</html>\n";

static void put_run(FILE *out, const struct html *html,
		    const struct nst_run_start *start)
{
	const char *path = html->base.document.path;
	const char *slash = strrchr(path, '/');
	time_t now = time(NULL);
	struct tm local;
	char date[64];

	strftime(date, sizeof(date), "%Y-%m-%d %H:%M %Z", localtime_r(&now, &local));
	fputs("<script type=\"application/json\" id=\"run\">{", out);
	nst_json_pair(out, "date", date);
	fputs(", ", out);
	nst_json_pair(out, "command", html->base.options->command);
	fputs(", \"folder\": ", out);
	nst_json_text(out, path, slash ? (size_t)(slash - path) : 0);
	fprintf(out, ", \"seed\": %llu}</script>\n", (unsigned long long)start->seed);
}

static void on_start(void *self, const struct nst_run_start *start)
{
	struct html *html = self;
	struct piece piece;

	if (!piece_begin(&piece))
		return;
	fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, "
	      "initial-scale=1\">\n"
	      "<title>nstest</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n",
	      piece.out);
	fputs(page_css, piece.out);
	fputs("</style>\n<script>\n'use strict';\n"
	      "addEventListener('DOMContentLoaded', () => {\n",
	      piece.out);
	for (const char *const *script = page_scripts; *script; script++)
		fputs(*script, piece.out);
	fputs("});\n</script>\n</head>\n<body>\n", piece.out);
	fputs(page_body, piece.out);
	put_run(piece.out, html, start);
	piece_add(&piece, &html->base.document, tail);
}

/* JSON, that of other programs too: no '<' of it may end the script that it stands in. In
 * JSON it is in texts only, and may be escaped there. */
static void put_json(FILE *out, const char *json)
{
	for (size_t length; *json; json += length + (json[length] == '<')) {
		length = strcspn(json, "<");
		fwrite(json, 1, length, out);
		if (json[length])
			fputs("\\u003c", out);
	}
}

static void put_script(FILE *out, const char *class, const char *json)
{
	fprintf(out, "<script type=\"application/json\" class=\"%s\">", class);
	put_json(out, json);
	fputs("</script>\n", out);
}

static void put_details(FILE *out, struct html *html, const struct nst_result *result)
{
	const char *layout;

	html->details += strlen(result->details);
	html->full |= html->details > DETAILS_MOST;
	if (html->full)
		return;
	put_script(out, "details", result->details);
	if (!result->graph)
		return;
	layout = layout_of(&html->layouts, result->graph);
	fputs("<script type=\"application/json\" class=\"layout\">", out);
	nst_json_text(out, layout, strlen(layout));
	fputs("</script>\n", out);
}

static void on_result(void *self, const struct nst_result *result)
{
	struct html *html = self;
	struct piece piece;

	if (!piece_begin(&piece))
		return;
	fputs("<script type=\"application/json\" class=\"case\">", piece.out);
	json_complete_result(piece.out, result, JSON_PLAIN);
	fputs("</script>\n", piece.out);
	if (result->details)
		put_details(piece.out, html, result);
	piece_add(&piece, &html->base.document, tail);
}

static void on_end(void *self, const struct nst_run_end *end)
{
	struct html *html = self;
	struct piece piece;

	if (!piece_begin(&piece))
		return;
	if (end->rules)
		put_script(piece.out, "rules", end->rules);
	fputs("<script type=\"application/json\" id=\"end\">{", piece.out);
	nst_json_pair(piece.out, "interrupted_by", end->interrupted_by);
	fprintf(piece.out, ", \"duration_us\": %llu}</script>\n",
		(unsigned long long)end->duration_us);
	piece_add(&piece, &html->base.document, tail);
}

static const struct nst_sink_ops ops = { on_start, ignore_progress, on_result, on_end };

static void release(void *self)
{
	struct html *html = self;

	layouts_free(&html->layouts);
}

const struct format format_html = {
	"html", "report.html", DOCUMENT_REWRITES, sizeof(struct html), &ops, release,
};
