/* SPDX-License-Identifier: MIT */
/* GitHub Actions: annotations, as its workflow commands put them beside the code. */
#include <stdlib.h>
#include <string.h>

#include <base/scope.h>
#include <report/text.h>

#include "format.h"

/* Its own escapes; in a property also those of its separators. */
static void put_escaped(FILE *out, const char *text, bool property)
{
	for (; *text; text++)
		if (strchr("%\r\n", *text) || (property && strchr(":,", *text)))
			fprintf(out, "%%%02X", (unsigned char)*text);
		else
			fputc(*text, out);
}

/* As the repository names it. */
static const char *in_workspace(const char *file)
{
	const char *workspace = getenv("GITHUB_WORKSPACE");
	size_t length = workspace ? strlen(workspace) : 0;

	if (length && !strncmp(file, workspace, length) && file[length] == '/')
		return file + length + 1;
	return file;
}

static void put_place(FILE *out, const struct nst_result *result)
{
	if (!result->file)
		return;
	fputs("file=", out);
	put_escaped(out, in_workspace(result->file), true);
	if (result->line)
		fprintf(out, ",line=%u", result->line);
	if (result->line && result->column)
		fprintf(out, ",col=%u", result->column);
	fputc(',', out);
}

static void on_start(void *self, const struct nst_run_start *start)
{
	(void)self;
	(void)start;
}

static void on_result(void *self, const struct nst_result *result)
{
	struct output *output = self;
	AUTO_FREE char *title = title_line(result);
	struct piece piece, text;

	if (result->outcome == NST_OUTCOME_PASS ||
	    result->outcome == NST_OUTCOME_SKIP || !title || !piece_begin(&piece))
		return;
	fputs(result->outcome == NST_OUTCOME_FLAKY ? "::warning " : "::error ",
	      piece.out);
	put_place(piece.out, result);
	fputs("title=", piece.out);
	put_escaped(piece.out, title, true);
	fputs("::", piece.out);
	if (piece_begin(&text)) {
		nst_text_explain(text.out, result, false);
		fclose(text.out);
		text.text[strlen(text.text) - 1] = '\0'; /* the last newline */
		put_escaped(piece.out, text.text, false);
		free(text.text);
	}
	fputc('\n', piece.out);
	piece_add(&piece, &output->document, "");
}

static void on_end(void *self, const struct nst_run_end *end)
{
	(void)self;
	(void)end;
}

static const struct nst_sink_ops ops = { on_start, ignore_progress, on_result, on_end };
const struct format format_github = {
	"github", "-", 0, sizeof(struct output), &ops, NULL,
};
