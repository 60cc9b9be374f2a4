/* SPDX-License-Identifier: MIT */
/* JSON lines: an event a line. Schema: docs/results.schema.json. */
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>

#include "format.h"
#include "json.h"

struct json {
	struct output base;
	enum json_extent extent;
};

static void on_start(void *self, const struct nst_run_start *start)
{
	struct json *json = self;
	struct output *output = &json->base;
	struct piece piece;

	/* A part is read by nstest merge, which may write a page. */
	json->extent = start->shards ? JSON_WITH_DETAILS : JSON_PLAIN;
	if (!piece_begin(&piece))
		return;
	fprintf(piece.out,
		"{\"event\": \"run\", \"format\": 1, \"cases\": %zu, \"workers\": %zu, "
		"\"seed\": %llu",
		start->cases, start->workers, (unsigned long long)start->seed);
	if (start->shards)
		fprintf(piece.out,
			", \"shard\": %u, \"shards\": %u, \"all_cases\": %zu, "
			"\"plan\": \"%016llx\"",
			start->shard, start->shards, start->all_cases,
			(unsigned long long)start->plan);
	if (output->options->command) {
		fputs(", \"command\": ", piece.out);
		nst_json_text(piece.out, output->options->command,
			      strlen(output->options->command));
	}
	fputs("}\n", piece.out);
	piece_add(&piece, &output->document, "");
}

/* What every result has, also where there is nothing to say. */
static void put_missing(FILE *out, const struct nst_result *result)
{
	AUTO_FREE char *reason = reason_line(result);

	if (!result->suite)
		fputs(", \"suite\": \"\"", out);
	if (!result->duration_us)
		fputs(", \"duration_us\": 0", out);
	if (!result->seed)
		fputs(", \"seed\": 0", out);
	if (!result->engine)
		fputs(", \"engine\": \"\"", out);
	if (!result->message) {
		fputs(", \"message\": ", out);
		nst_json_text(out, reason ? reason : "", reason ? strlen(reason) : 0);
	}
	if (!result->files)
		fputs(", \"artefacts\": []", out);
}

void json_complete_result(FILE *out, const struct nst_result *result,
			  enum json_extent extent)
{
	json_result(out, result, extent);
	put_missing(out, result);
	fputc('}', out);
}

static void on_result(void *self, const struct nst_result *result)
{
	struct json *json = self;
	struct piece piece;

	if (!piece_begin(&piece))
		return;
	json_complete_result(piece.out, result, json->extent);
	fputc('\n', piece.out);
	piece_add(&piece, &json->base.document, "");
}

static void on_end(void *self, const struct nst_run_end *end)
{
	struct output *output = self;
	struct piece piece;

	if (!piece_begin(&piece))
		return;
	fprintf(piece.out, "{\"event\": \"end\", \"duration_us\": %llu",
		(unsigned long long)end->duration_us);
	for (enum nst_outcome o = 0; o < NST_OUTCOMES; o++)
		fprintf(piece.out, ", \"%s\": %zu", nst_outcome_name(o),
			end->totals->by_outcome[o]);
	fprintf(piece.out, ", \"never_run\": %zu", end->never_run);
	if (end->interrupted_by) {
		fputs(", \"interrupted_by\": ", piece.out);
		nst_json_text(piece.out, end->interrupted_by,
			      strlen(end->interrupted_by));
	}
	fputs("}\n", piece.out);
	piece_add(&piece, &output->document, "");
}

static const struct nst_sink_ops ops = { on_start, ignore_progress, on_result, on_end };
const struct format format_json = {
	"json", "results.jsonl", 0, sizeof(struct json), &ops, NULL,
};
