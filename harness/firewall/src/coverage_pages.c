/* SPDX-License-Identifier: MIT */
/* Rule coverage for people: the source with counts beside its lines, as text and HTML. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <base/fail.h>
#include <base/scope.h>

#include "coverage.h"

/* What is told of a line. */
typedef void line_fn(FILE *out, const struct nst_coverage *coverage, size_t at,
		     size_t end, unsigned int line, const char *text);

/* Each line of a file's source; where the source is gone, the rules alone. `at` of `tell` is the
 * first rule of the line, or the file's end. */
static void each_line(const struct nst_coverage *coverage, size_t first, size_t end,
		      FILE *out, line_fn *tell)
{
	FILE *in AUTO_FCLOSE = fopen(coverage->list[first].file, "re");
	char *text AUTO_FREE = NULL;
	size_t room = 0;
	unsigned int line = 0;

	while (in && getline(&text, &room, in) >= 0) {
		text[strcspn(text, "\r\n")] = '\0';
		line++;
		tell(out, coverage, coverage_at(coverage, first, end, line), end, line,
		     text);
	}
	for (; !line && first < end; first++)
		tell(out, coverage, first, first + 1, coverage->list[first].line,
		     coverage->list[first].text);
}

/* "-" for rules that decide nothing. Returns `text`, which has room for 24 bytes. */
static const char *decided_text(const struct nst_covered *covered, char *text)
{
	if (covered->decides)
		snprintf(text, 24, "%" PRIu64, nst_covered_decided(covered));
	else
		strcpy(text, "-");
	return text;
}

/* Whether a line has elements of sets only, and several: each gets a line of its own then. */
static bool has_many_elements(const struct nst_coverage *coverage, size_t at,
			      size_t end, unsigned int line)
{
	return at + 1 < end && coverage->list[at].is_element &&
	       coverage->list[at + 1].line == line;
}

/* ---- Text ---- */

static void list_line(FILE *out, const struct nst_coverage *coverage, size_t at,
		      size_t end, unsigned int line, const char *text)
{
	bool apart = has_many_elements(coverage, at, end, line);
	char reason[256], decided[24];

	if (at == end || apart)
		fprintf(out, "%5u |         |         |         | %s\n", line, text);
	for (size_t i = at; i < end && coverage->list[i].line == line; i++) {
		const struct nst_covered *covered = &coverage->list[i];
		const char *why = coverage_reason(covered, reason, sizeof(reason));

		fprintf(out, "%5u | %7" PRIu64 " | %7" PRIu64 " | %7s | %s%s%s\n", line,
			covered->reached, covered->matched,
			decided_text(covered, decided),
			i == at && !apart ? text : covered->text, *why ? "   <- " : "",
			why);
	}
}

void coverage_print_listing(const struct nst_coverage *coverage, FILE *out)
{
	for (size_t first = 0, end; first < coverage->count; first = end) {
		end = coverage_file_end(coverage, first);
		fprintf(out, "%s%s\n line | reached | matched | decided | rule\n",
			first ? "\n" : "", coverage->list[first].file);
		each_line(coverage, first, end, out, list_line);
	}
}

/* ---- HTML ---- */

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	"<meta name=\"viewport\" content=\"width=device-width\">"
	"<title>Rule coverage</title><style>\n"
	":root{color-scheme:light dark}\n"
	"body{font:15px/1.45 system-ui,sans-serif;margin:2em "
	"auto;max-width:72em;padding:0 1em}\n"
	"h1{font-size:1.4em}h2{font-size:1.1em;margin-top:2em}\n"
	"table{border-collapse:collapse}td,th{padding:.05em .7em;text-align:left}\n"
	".n,th.n{text-align:right;font-variant-numeric:tabular-nums}\n"
	".source{width:100%}.source "
	"td{font-family:ui-monospace,monospace;font-size:13px;"
	"white-space:pre-wrap;vertical-align:top}\n"
	".hit{background:#2a94}.miss{background:#e334}.line{opacity:.6}\n"
	".why{opacity:.8;font-style:italic;font-family:system-ui,sans-serif}\n"
	"</style></head><body><h1>Rule coverage</h1>\n";

static void html_line(FILE *out, const struct nst_coverage *coverage, size_t at,
		      size_t end, unsigned int line, const char *text)
{
	bool apart = has_many_elements(coverage, at, end, line);
	char reason[256], decided[24];

	if (at == end || apart) {
		fprintf(out,
			"<tr><td class=\"n "
			"line\">%u</td><td></td><td></td><td></td><td>",
			line);
		nst_escape_xml(out, text);
		fputs("</td></tr>\n", out);
	}
	for (size_t i = at; i < end && coverage->list[i].line == line; i++) {
		const struct nst_covered *covered = &coverage->list[i];
		const char *why = coverage_reason(covered, reason, sizeof(reason));

		fprintf(out,
			"<tr class=\"%s\"><td class=\"n line\">%u</td>"
			"<td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
			"</td><td class=\"n\">%s</td><td title=\"",
			covered->matched ? "hit" : "miss", line, covered->reached,
			covered->matched, decided_text(covered, decided));
		nst_escape_xml(out, covered->chain);
		fputs("\">", out);
		nst_escape_xml(out, i == at && !apart ? text : covered->text);
		if (*why) {
			fputs("  <span class=\"why\">", out);
			nst_escape_xml(out, why);
			fputs("</span>", out);
		}
		fputs("</td></tr>\n", out);
	}
}

static void html_score(FILE *out, const struct nst_coverage *coverage)
{
	struct nst_coverage_total total = nst_coverage_total(coverage);
	unsigned int score = nst_coverage_score(coverage);

	fprintf(out,
		"<td class=\"n\">%u.%u&nbsp;%%</td><td class=\"n\">%zu of %zu</td>",
		score / 100, score / 10 % 10, total.covered, total.rules);
}

static void html_index(FILE *out, const struct nst_coverage *coverage)
{
	fputs("<table><tr><th>file</th><th class=\"n\">covered</th>"
	      "<th class=\"n\">rules and policies</th></tr>\n",
	      out);
	for (size_t first = 0, end; first < coverage->count; first = end) {
		struct nst_coverage file;

		end = coverage_file_end(coverage, first);
		file = (struct nst_coverage){ coverage->list + first, end - first };
		fprintf(out, "<tr><td><a href=\"#f%zu\">", first);
		nst_escape_xml(out, coverage->list[first].file);
		fputs("</a></td>", out);
		html_score(out, &file);
		fputs("</tr>\n", out);
	}
	fputs("<tr><td>all</td>", out);
	html_score(out, coverage);
	fputs("</tr></table>\n", out);
}

void coverage_print_html(const struct nst_coverage *coverage, FILE *out)
{
	fputs(head, out);
	html_index(out, coverage);
	for (size_t first = 0, end; first < coverage->count; first = end) {
		end = coverage_file_end(coverage, first);
		fprintf(out, "<h2 id=\"f%zu\">", first);
		nst_escape_xml(out, coverage->list[first].file);
		fputs("</h2>\n<table class=\"source\"><tr><th class=\"n\">line</th>"
		      "<th class=\"n\">reached</th><th class=\"n\">matched</th>"
		      "<th class=\"n\">decided</th>"
		      "<th>rule</th></tr>\n",
		      out);
		each_line(coverage, first, end, out, html_line);
		fputs("</table>\n", out);
	}
	fputs("</body></html>\n", out);
}

/* ---- The folder ---- */

static const struct form {
	const char *name;
	void (*print)(const struct nst_coverage *coverage, FILE *out);
} forms[] = {
	{ "coverage.json", coverage_print_json },
	{ "coverage.txt", coverage_print_listing },
	{ "index.html", coverage_print_html },
	{ "cobertura.xml", coverage_print_cobertura },
	{ "lcov.info", coverage_print_lcov },
};

static int make_folder(const char *folder)
{
	char *path AUTO_FREE = strdup(folder);

	if (!path)
		return nst_fail_memory();
	for (char *at = path + 1; *at; at++)
		if (*at == '/') {
			*at = '\0';
			mkdir(path, 0777);
			*at = '/';
		}
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return nst_fail_errno("making the folder %s", folder);
	return 0;
}

static int write_form(const struct nst_coverage *coverage, const char *folder,
		      const struct form *form)
{
	char *path AUTO_FREE = NULL;
	FILE *out;
	int failed;

	if (asprintf(&path, "%s/%s", folder, form->name) < 0)
		return nst_fail_memory();
	out = fopen(path, "we");
	if (!out)
		return nst_fail_errno("writing %s", path);
	form->print(coverage, out);
	failed = ferror(out);
	return fclose(out) || failed ? nst_fail_errno("writing %s", path) : 0;
}

int nst_coverage_write(const struct nst_coverage *coverage, const char *folder)
{
	int r = make_folder(folder);

	for (size_t i = 0; i < ARRAY_SIZE(forms) && r == 0; i++)
		r = write_form(coverage, folder, &forms[i]);
	return r;
}
