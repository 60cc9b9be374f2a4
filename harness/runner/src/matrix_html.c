/* SPDX-License-Identifier: MIT */
/* A truth table as a web page: hosts that ask by hosts that are asked, a chip per service.
 * No script. What decided is shown on hover and on keyboard focus. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <base/markup.h>
#include <base/scope.h>

#include "matrix_print.h"

static const char style[] =
	":root{color-scheme:light dark;"
	"--bg:#fff;--ink:#1c2024;--dim:#60646c;--line:#d9dce1;--head:#f5f6f8;"
	"--open:#18794e;--open-bg:#dff5e8;--dropped:#b3261e;--dropped-bg:#fde3e1;"
	"--rejected:#8145b5;--rejected-bg:#f3e7fc;--other:#8f5600;--other-bg:#fdf0d5;"
	"--quiet:#60646c;--quiet-bg:#eceef1}\n"
	"@media(prefers-color-scheme:dark){:root{"
	"--bg:#14161a;--ink:#eceef1;--dim:#a3a8b1;--line:#343941;--head:#1d2026;"
	"--open:#6fdca0;--open-bg:#12351f;--dropped:#ff9d95;--dropped-bg:#431714;"
	"--rejected:#d4a8f7;--rejected-bg:#331d47;--other:#f0c070;--other-bg:#3d2c0a;"
	"--quiet:#a3a8b1;--quiet-bg:#2a2e35}}\n"
	"body{margin:2rem;background:var(--bg);color:var(--ink);"
	"font:15px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.35rem;margin:0 0 .25rem}h2{font-size:1.05rem;margin:2rem 0 "
	".5rem}\n"
	"p{color:var(--dim);margin:.25rem 0 1rem}\n"
	"table{border-collapse:separate;border-spacing:0}\n"
	"th,td{border:solid var(--line);border-width:0 1px 1px 0;padding:.4rem .5rem;"
	"text-align:left;vertical-align:top}\n"
	"thead "
	"th{white-space:nowrap;border-top-width:1px;position:sticky;top:0;z-index:1;"
	"background:var(--head)}\n"
	"tr>:first-child{border-left-width:1px;position:sticky;left:0;"
	"background:var(--head)}\n"
	"thead tr>:first-child{z-index:2;color:var(--dim);font-weight:400}\n"
	"td.self{background:var(--head)}\n"
	"td.chips{min-width:12rem;max-width:14rem}\n"
	".over{display:block;color:var(--dim);font-size:.75rem}\n"
	".chip{position:relative;display:inline-block;margin:.1rem .2rem .1rem 0;"
	"padding:0 .4rem;border-radius:.35rem;font:.8rem/1.5 ui-monospace,monospace;"
	"white-space:nowrap;cursor:default}\n"
	".open{color:var(--open);background:var(--open-bg)}\n"
	".dropped{color:var(--dropped);background:var(--dropped-bg);"
	"text-decoration:line-through}\n"
	".rejected{color:var(--rejected);background:var(--rejected-bg);"
	"text-decoration:line-through}\n"
	".refused,.unroutable{color:var(--quiet);background:var(--quiet-bg);"
	"font-style:italic}\n"
	".unanswered,.inconclusive{color:var(--other);background:var(--other-bg)}\n"
	".new{outline:2px solid currentColor;font-weight:700}\n"
	".tip{display:none;position:absolute;left:0;top:1.7rem;z-index:9;width:22rem;"
	"padding:.6rem .75rem;border-radius:.5rem;border:1px solid var(--line);"
	"background:var(--bg);color:var(--ink);box-shadow:0 .4rem 1.2rem #0005;"
	"font:13px/1.45 system-ui,sans-serif;font-style:normal;white-space:normal}\n"
	".tip b,.tip span{display:block}.tip span{color:var(--dim)}\n"
	".tip code{display:block;margin-top:.35rem;overflow-wrap:anywhere}\n"
	".chip:hover>.tip,.chip:focus>.tip{display:block}\n"
	".chip:hover,.chip:focus{text-decoration:none;outline:2px solid currentColor}\n"
	"tr>:nth-last-child(-n+2) .tip{left:auto;right:0}\n"
	"tr>:nth-child(2) .tip{left:0;right:auto}\n"
	".key .chip{margin-right:.75rem}\n";

static void print_key(FILE *out)
{
	static const struct {
		enum nst_verdict_kind kind;
		const char *means;
	} rows[] = {
		{ NST_VERDICT_OPEN, "data went there and back" },
		{ NST_VERDICT_DROPPED, "it vanished, proved" },
		{ NST_VERDICT_REJECTED, "somebody on the way said no" },
		{ NST_VERDICT_REFUSED, "reached, and the port is closed" },
		{ NST_VERDICT_UNANSWERED, "nothing is proved" },
	};

	fputs("<p class=key>", out);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fprintf(out, "<span class=\"chip %s\" title=\"%s\">%s</span>",
			nst_verdict_name(rows[i].kind), rows[i].means,
			nst_verdict_name(rows[i].kind));
	fputs("</p>\n", out);
}

static const struct nst_change *find_change(const struct nst_changes *changes,
					    const struct nst_matrix_cell *cell)
{
	for (size_t i = 0; changes && i < changes->count; i++)
		if (changes->items[i].now == cell)
			return &changes->items[i];
	return NULL;
}

static void print_tip(FILE *out, const struct nst_matrix_row *row, const char *service,
		      const struct nst_matrix_cell *cell,
		      const struct nst_change *change)
{
	fprintf(out, "<span class=tip role=tooltip><b>%s &rarr; %s %s", row->from,
		row->to, service);
	fprintf(out, ": %s</b>", nst_verdict_name(cell->kind));
	if (change)
		fprintf(out, "<b>before: %s</b>",
			nst_verdict_name(change->before->kind));
	fputs("<span>", out);
	nst_escape_xml(out, cell->sentence);
	fputs("</span>", out);
	if (*cell->why) {
		fputs("<code>", out);
		nst_escape_xml(out, cell->why);
		fputs("</code>", out);
	}
	fputs("</span>", out);
}

static void print_chips(FILE *out, const struct nst_matrix *matrix,
			const struct nst_matrix_row *row,
			const struct nst_changes *changes)
{
	if (row->over)
		fprintf(out, "<span class=over>%s</span>",
			row->family == AF_INET6 ? "IPv6" : "IPv4");
	for (size_t i = 0; i < matrix->services.count; i++) {
		const struct nst_matrix_cell *cell = &row->cells[i];
		const struct nst_change *change = find_change(changes, cell);
		char service[16];

		nst_service_print(matrix->services.items[i], service);
		fprintf(out, "<span class=\"chip %s%s\" tabindex=0>%s",
			nst_verdict_name(cell->kind), change ? " new" : "", service);
		print_tip(out, row, service, cell, change);
		fputs("</span>", out);
	}
}

static void print_cell(FILE *out, const struct nst_matrix *matrix, const char *from,
		       const char *to, const struct nst_changes *changes)
{
	bool any = false;

	for (size_t i = 0; i < matrix->shown; i++) {
		const struct nst_matrix_row *row = &matrix->rows[i];

		if (strcmp(row->from, from) != 0 || strcmp(row->to, to) != 0)
			continue;
		if (!any)
			fputs("<td class=chips>", out);
		any = true;
		print_chips(out, matrix, row, changes);
	}
	fputs(any ? "</td>" : "<td class=self></td>", out);
}

static void print_grid(FILE *out, const struct nst_matrix *matrix,
		       const struct nst_changes *changes)
{
	fputs("<table>\n<thead><tr><th>from &darr; to &rarr;</th>", out);
	for (size_t i = 0; i < matrix->host_count; i++)
		fprintf(out, "<th scope=col>%s</th>", matrix->hosts[i]);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < matrix->host_count; i++) {
		fprintf(out, "<tr><th scope=row>%s</th>", matrix->hosts[i]);
		for (size_t j = 0; j < matrix->host_count; j++)
			print_cell(out, matrix, matrix->hosts[i], matrix->hosts[j],
				   changes);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table>\n", out);
}

static void print_change_list(FILE *out, const struct nst_changes *changes,
			      const char *base)
{
	char service[16];

	fputs("<h2>What has changed against ", out);
	nst_escape_xml(out, base);
	fputs("</h2>\n", out);
	if (!changes->count) {
		fputs("<p>Nothing.</p>\n", out);
		return;
	}
	fputs("<table><thead><tr><th></th><th>question</th><th>before</th><th>now</th>"
	      "<th>why</th></tr></thead><tbody>\n",
	      out);
	for (size_t i = 0; i < changes->count; i++) {
		const struct nst_change *change = &changes->items[i];
		AUTO_FREE char *name = nst_matrix_row_name(change->row);

		fprintf(out, "<tr><th>%s</th><td>", nst_change_name(change->kind));
		nst_escape_xml(out, name ? name : "");
		fprintf(out,
			" %s</td><td><span class=\"chip %s\">%s</span></td>"
			"<td><span class=\"chip %s\">%s</span></td><td>",
			nst_service_print(change->service, service),
			nst_verdict_name(change->before->kind),
			nst_verdict_name(change->before->kind),
			nst_verdict_name(change->now->kind),
			nst_verdict_name(change->now->kind));
		nst_escape_xml(out, change->now->why);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table>\n<h2>All answers</h2>\n", out);
}

void print_html(FILE *out, const struct nst_matrix *matrix,
		const struct nst_changes *changes, const char *base)
{
	fputs("<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
	      "<meta name=viewport content=\"width=device-width\">\n<title>",
	      out);
	nst_escape_xml(out, matrix->title);
	fprintf(out,
		" - who reaches whom</title>\n<style>\n%s</style>\n<h1>Who reaches "
		"whom: ",
		style);
	nst_escape_xml(out, matrix->title);
	fputs("</h1>\n<p>", out);
	print_count(out, matrix->host_count, "host");
	fputs(", ", out);
	print_count(out, matrix->shown * matrix->services.count, "question");
	fputs(". Point at an answer to see what decided.</p>\n", out);
	print_key(out);
	if (changes)
		print_change_list(out, changes, base);
	print_grid(out, matrix, changes);
	fputs("</html>\n", out);
}
