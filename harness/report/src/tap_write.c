/* SPDX-License-Identifier: MIT */
/* TAP 14 (testanything.org): a line a case, a YAML block with what is to be known of it. */
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>
#include <report/text.h>

#include "json.h"
#include "format.h"

struct tap_output {
	struct output base;
	size_t count;
};

static void on_start(void *self, const struct nst_run_start *start)
{
	struct tap_output *tap = self;
	char text[80] = "";

	if (start->seed)
		snprintf(text, sizeof(text), "# seed %llu\n",
			 (unsigned long long)start->seed);
	document_add(&tap->base.document, "TAP version 14\n", "1..0\n");
	if (*text)
		document_add(&tap->base.document, text, "1..0\n");
}

/* A description ends at a '#', unless it is escaped. */
static void put_description(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			fputc('\\', out);
		fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
	}
}

/* A JSON string is a double-quoted scalar of YAML. */
static void put_pair(FILE *out, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	fprintf(out, "  %s: ", key);
	nst_json_text(out, value, strlen(value));
	fputc('\n', out);
}

static void put_explanation(FILE *out, const struct nst_result *result)
{
	struct piece text;
	char *rest;

	if (!piece_begin(&text))
		return;
	nst_text_explain(text.out, result, false);
	fclose(text.out);
	rest = text.text ? strchr(text.text, '\n') : NULL; /* the title is known */
	if (rest && rest[1])
		put_pair(out, "explanation", rest + 1);
	free(text.text);
}

static void put_artefact(void *out, const char *path)
{
	fputs("    - ", out);
	nst_json_text(out, path, strlen(path));
	fputc('\n', out);
}

static void put_block(FILE *out, const struct nst_result *result)
{
	AUTO_FREE char *reason = reason_line(result);

	fprintf(out, "  ---\n  duration_ms: %.3f\n", (double)result->duration_us / 1e3);
	if (result->seed)
		fprintf(out, "  seed: %llu\n", (unsigned long long)result->seed);
	put_pair(out, "engine", result->engine);
	put_pair(out, "clock", result->clock);
	if (result->outcome == NST_OUTCOME_FLAKY)
		fprintf(out, "  flaky: true\n  attempts: %u\n", result->attempts);
	if (result->outcome != NST_OUTCOME_PASS &&
	    result->outcome != NST_OUTCOME_SKIP) {
		put_pair(out, "message", reason);
		put_pair(out, "severity", nst_outcome_name(result->outcome));
		put_pair(out, "file", result->file);
		if (result->file && result->line)
			fprintf(out, "  line: %u\n", result->line);
		put_explanation(out, result);
		put_pair(out, "replay", result->replay);
	}
	if (result->kept && result->files) {
		fputs("  artefacts:\n", out);
		each_artefact(result, put_artefact, out);
	}
	fputs("  ...\n", out);
}

static void on_result(void *self, const struct nst_result *result)
{
	struct tap_output *tap = self;
	bool bad = result->outcome == NST_OUTCOME_FAIL ||
		   result->outcome == NST_OUTCOME_ERROR;
	AUTO_FREE char *title = title_line(result), *reason = reason_line(result);
	size_t lost = tap->base.document.lost;
	struct piece piece;
	char plan[32];

	if (!title || !reason || !piece_begin(&piece))
		return;
	fprintf(piece.out, "%s %zu - ", bad ? "not ok" : "ok", tap->count + 1);
	put_description(piece.out, title);
	if (result->outcome == NST_OUTCOME_SKIP) {
		fputs(" # SKIP ", piece.out);
		put_description(piece.out, reason);
	}
	fputc('\n', piece.out);
	put_block(piece.out, result);
	snprintf(plan, sizeof(plan), "1..%zu\n", tap->count + 1);
	piece_add(&piece, &tap->base.document, plan);
	tap->count += tap->base.document.lost == lost;
}

static void on_end(void *self, const struct nst_run_end *end)
{
	struct tap_output *tap = self;
	char plan[160];

	if (!end->interrupted_by)
		return;
	snprintf(plan, sizeof(plan), "1..%zu\nBail out! %s: stopped\n", tap->count,
		 end->interrupted_by);
	document_add(&tap->base.document, "", plan);
}

static const struct nst_sink_ops ops = { on_start, ignore_progress, on_result, on_end };
const struct format format_tap = {
	"tap", "results.tap", 0, sizeof(struct tap_output), &ops, NULL,
};
