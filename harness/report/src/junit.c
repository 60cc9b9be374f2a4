/* SPDX-License-Identifier: MIT */
/* JUnit XML, as Jenkins and GitLab read it. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <base/scope.h>
#include <report/text.h>

#include "json.h"
#include "format.h"

/* Figures are written in place as they grow: the attributes have a fixed width. */
enum { FIGURES_WIDTH = 120 };

struct figures {
	size_t tests, failures, errors, skipped;
	uint64_t duration_us;
	off_t at; /* in the document */
};

struct junit {
	struct output base;
	struct figures all, suite;
	char *name; /* of the suite that is open; NULL: none */
	char since[32], host[256];
	uint64_t seed;
};

static void print_figures(const struct figures *figures, char *text, size_t size)
{
	int used = snprintf(text, size,
			    "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
			    "skipped=\"%zu\" time=\"%.6f\"",
			    figures->tests, figures->failures, figures->errors,
			    figures->skipped, (double)figures->duration_us / 1e6);

	/* The last byte but one belongs to what follows. */
	for (; used < FIGURES_WIDTH; used++)
		text[used] = ' ';
	text[FIGURES_WIDTH] = '\0';
}

static void put_figures(FILE *out, off_t before, struct figures *figures)
{
	char text[FIGURES_WIDTH + 1];

	fflush(out);
	figures->at = before + ftell(out);
	print_figures(figures, text, sizeof(text));
	fputs(text, out);
}

static void count(struct figures *figures, const struct nst_result *result)
{
	figures->tests++;
	figures->failures += result->outcome == NST_OUTCOME_FAIL;
	figures->errors += result->outcome == NST_OUTCOME_ERROR;
	figures->skipped += result->outcome == NST_OUTCOME_SKIP;
	figures->duration_us += result->duration_us;
}

static void rewrite_figures(struct document *document, const struct figures *figures)
{
	char text[FIGURES_WIDTH + 1];

	print_figures(figures, text, sizeof(text));
	document_patch(document, figures->at, text);
}

static void on_start(void *self, const struct nst_run_start *start)
{
	struct junit *junit = self;
	time_t now = time(NULL);
	struct piece piece;
	struct tm utc;

	junit->seed = start->seed;
	strftime(junit->since, sizeof(junit->since), "%Y-%m-%dT%H:%M:%S",
		 gmtime_r(&now, &utc));
	if (gethostname(junit->host, sizeof(junit->host) - 1) < 0)
		strcpy(junit->host, "localhost");
	if (!piece_begin(&piece))
		return;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "
	      "name=\"nstest\" ",
	      piece.out);
	put_figures(piece.out, 0, &junit->all);
	fputs(">\n", piece.out);
	piece_add(&piece, &junit->base.document, "</testsuites>\n");
}

static void attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	nst_escape_attribute(out, value ? value : "");
	fputc('"', out);
}

static void open_suite(struct junit *junit, const struct nst_result *result, FILE *out)
{
	struct document *document = &junit->base.document;

	if (junit->name)
		fputs("</testsuite>\n", out);
	nst_text_set(&junit->name, "%s", result->suite ? result->suite : "");
	junit->suite = (struct figures){ 0 };
	fputs("<testsuite", out);
	attribute(out, "name", junit->name);
	attribute(out, "timestamp", junit->since);
	attribute(out, "hostname", junit->host);
	fputc(' ', out);
	put_figures(out, document->end - document->base, &junit->suite);
	fputs(">\n", out);
	if (junit->seed)
		fprintf(out,
			"<properties><property name=\"seed\" value=\"%llu\"/>"
			"</properties>\n",
			(unsigned long long)junit->seed);
}

/* What is in the element that says how it ended: the explanation. */
static void put_outcome(FILE *out, const struct nst_result *result)
{
	static const char *const elements[] = {
		[NST_OUTCOME_PASS] = NULL,
		[NST_OUTCOME_FAIL] = "failure",
		[NST_OUTCOME_ERROR] = "error",
		[NST_OUTCOME_SKIP] = "skipped",
		[NST_OUTCOME_FLAKY] = "flakyFailure",
	};
	const char *element = elements[result->outcome];
	AUTO_FREE char *reason = reason_line(result);
	struct piece text;

	if (!element)
		return;
	fprintf(out, "<%s", element);
	attribute(out, "message", reason);
	attribute(out, "type", nst_outcome_name(result->outcome));
	fputc('>', out);
	if (result->outcome != NST_OUTCOME_SKIP && piece_begin(&text)) {
		nst_text_explain(text.out, result, false);
		fclose(text.out);
		nst_escape_xml(out, text.text);
		free(text.text);
	}
	fprintf(out, "</%s>\n", element);
}

static void put_property(FILE *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	fputs("<property", out);
	attribute(out, "name", name);
	attribute(out, "value", value);
	fputs("/>", out);
}

static void put_properties(FILE *out, const struct nst_result *result)
{
	char seed[24] = "", attempts[16] = "";

	if (result->seed)
		snprintf(seed, sizeof(seed), "%llu", (unsigned long long)result->seed);
	if (result->attempts > 1)
		snprintf(attempts, sizeof(attempts), "%u", result->attempts);
	if (!*seed && !*attempts && !result->engine && !result->clock &&
	    !result->replay)
		return;
	fputs("<properties>", out);
	put_property(out, "seed", seed);
	put_property(out, "engine", result->engine);
	put_property(out, "clock", result->clock);
	put_property(out, "attempts", attempts);
	put_property(out, "replay", result->replay);
	fputs("</properties>\n", out);
}

/* As the attachments plugin of Jenkins and GitLab know them. */
static void put_attachment(void *out, const char *path)
{
	fputs("[[ATTACHMENT|", out);
	nst_escape_xml(out, path);
	fputs("]]\n", out);
}

static void put_output(FILE *out, const struct nst_result *result)
{
	if (!result->output && !result->account && !result->files)
		return;
	fputs("<system-out>", out);
	if (result->output) {
		nst_escape_xml(out, result->output);
		fputc('\n', out);
	}
	if (result->account) {
		nst_escape_xml(out, result->account);
		fputc('\n', out);
	}
	each_artefact(result, put_attachment, out);
	fputs("</system-out>\n", out);
}

static void put_case(FILE *out, const struct nst_result *result)
{
	fputs("<testcase", out);
	attribute(out, "name", result->name);
	attribute(out, "classname", result->suite);
	if (result->file)
		attribute(out, "file", result->file);
	if (result->file && result->line)
		fprintf(out, " line=\"%u\"", result->line);
	fprintf(out, " time=\"%.6f\">\n", (double)result->duration_us / 1e6);
	put_properties(out, result);
	put_outcome(out, result);
	put_output(out, result);
	fputs("</testcase>\n", out);
}

static void on_result(void *self, const struct nst_result *result)
{
	struct junit *junit = self;
	struct document *document = &junit->base.document;
	struct piece piece;
	size_t lost = document->lost;

	if (!piece_begin(&piece))
		return;
	if (!junit->name || strcmp(junit->name, result->suite ? result->suite : ""))
		open_suite(junit, result, piece.out);
	put_case(piece.out, result);
	piece_add(&piece, document, "</testsuite>\n</testsuites>\n");
	if (document->lost > lost)
		return;
	count(&junit->all, result);
	count(&junit->suite, result);
	rewrite_figures(document, &junit->suite);
	rewrite_figures(document, &junit->all);
}

static void on_end(void *self, const struct nst_run_end *end)
{
	struct junit *junit = self;

	junit->all.duration_us = end->duration_us;
	rewrite_figures(&junit->base.document, &junit->all);
}

static void release(void *self)
{
	free(((struct junit *)self)->name);
}

static const struct nst_sink_ops ops = { on_start, ignore_progress, on_result, on_end };
const struct format format_junit = {
	"junit", "junit.xml", DOCUMENT_REWRITES, sizeof(struct junit), &ops, release,
};
