/* SPDX-License-Identifier: MIT */
/* One case, explained to people. */
#include <string.h>

#include <report/text.h>

#include "json.h"
#include "paint.h"

char *nst_duration_print(uint64_t us, char *text, size_t size)
{
	if (us < 1000)
		snprintf(text, size, "%u us", (unsigned int)us);
	else if (us < 1000000)
		snprintf(text, size, "%.1f ms", (double)us / 1e3);
	else if (us < 60000000)
		snprintf(text, size, "%.1f s", (double)us / 1e6);
	else
		snprintf(text, size, "%llu min %llu s",
			 (unsigned long long)us / 60000000,
			 (unsigned long long)us / 1000000 % 60);
	return text;
}

void print_safely(FILE *out, const char *text, size_t size)
{
	for (size_t at = 0, length; at < size; at += length) {
		unsigned char c = (unsigned char)text[at];

		length = nst_utf8_character(text + at, size - at);
		if (!length || (c < 0x20 && c != '\t') || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fwrite(text + at, 1, length, out);
		length += !length;
	}
}

/* A text in the middle of a line: its further lines are indented. */
static void print_folded(FILE *out, const char *text, int indent)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		print_safely(out, text, length);
		text += length;
		text += strspn(text, "\n");
		if (*text)
			fprintf(out, "\n%*s", indent, "");
	}
}

static void print_lines(FILE *out, const char *text, int indent)
{
	while (text && *text) {
		size_t length = strcspn(text, "\n");

		fprintf(out, "%*s", indent, "");
		print_safely(out, text, length);
		fputc('\n', out);
		text += length;
		if (*text)
			text++;
	}
}

void print_headline(FILE *out, const struct nst_result *result, bool colour)
{
	static const struct {
		const char *word, *paint;
	} marks[] = {
		[NST_OUTCOME_PASS] = { "ok      ", PAINT_GREEN },
		[NST_OUTCOME_FAIL] = { "not ok  ", PAINT_RED },
		[NST_OUTCOME_ERROR] = { "error   ", PAINT_RED },
		[NST_OUTCOME_SKIP] = { "skip    ", PAINT_YELLOW },
		[NST_OUTCOME_FLAKY] = { "flaky   ", PAINT_YELLOW },
	};
	char time[32];

	fprintf(out, "%s%s%s", colour ? marks[result->outcome].paint : "",
		marks[result->outcome].word, colour ? PAINT_OFF : "");
	print_title(out, result);
	if (result->outcome == NST_OUTCOME_SKIP ||
	    result->outcome == NST_OUTCOME_FLAKY) {
		fputs(": ", out);
		print_safely(
			out, result->message ? result->message : "no reason given",
			strlen(result->message ? result->message : "no reason given"));
		fputc('\n', out);
		return;
	}
	fprintf(out, "  (%s",
		nst_duration_print(result->duration_us, time, sizeof(time)));
	if (result->seed)
		fprintf(out, ", seed %llu", (unsigned long long)result->seed);
	fputs(")\n", out);
}

void print_title(FILE *out, const struct nst_result *result)
{
	if (result->suite && *result->suite) {
		print_safely(out, result->suite, strlen(result->suite));
		fputs(" / ", out);
	}
	if (result->name)
		print_safely(out, result->name, strlen(result->name));
}

/* "webserver.yaml:18:7  webserver1 -> webserver2 tcp/8080" */
static void print_question(FILE *out, const struct nst_result *result)
{
	if (!result->file && !result->question)
		return;
	fputs("  ", out);
	if (result->file)
		fputs(result->file, out);
	if (result->file && result->line)
		fprintf(out, ":%u", result->line);
	if (result->file && result->line && result->column)
		fprintf(out, ":%u", result->column);
	if (result->file && result->question)
		fputs("  ", out);
	if (result->question)
		print_folded(out, result->question, 4);
	fputc('\n', out);
}

static void print_answer(FILE *out, const struct nst_result *result, bool colour)
{
	if (!result->expected && !result->got)
		return;
	fputs("    ", out);
	if (result->expected) {
		fputs("expected ", out);
		print_folded(out, result->expected, 6);
		fputs(result->got ? ", " : "", out);
	}
	if (result->got) {
		fprintf(out, "got %s", colour ? PAINT_BOLD : "");
		print_folded(out, result->got, 6);
		fputs(colour ? PAINT_OFF : "", out);
	}
	fputc('\n', out);
}

void print_account(FILE *out, const struct nst_result *result)
{
	if (!result->account || !*result->account)
		return;
	fputs("    links:\n", out);
	print_lines(out, result->account, 6);
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; text && *text; count++) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return count;
}

/* "/{a,b, and 3 more}" */
static void print_names(FILE *out, const char *names)
{
	enum { SHOWN = 5 };
	size_t count = count_lines(names);
	size_t shown = count <= SHOWN + 1 ? count : SHOWN;

	fputs("/{", out);
	for (size_t i = 0; i < shown; i++) {
		size_t length = strcspn(names, "\n");

		fputs(i ? "," : "", out);
		print_safely(out, names, length);
		names += length + (names[length] == '\n');
	}
	if (shown < count)
		fprintf(out, ", and %zu more", count - shown);
	fputc('}', out);
}

/* Where it is, what could not be kept, and how to run it again. */
static void print_kept(FILE *out, const struct nst_result *result)
{
	if (result->kept && *result->kept) {
		fputs("  kept: ", out);
		print_safely(out, result->kept, strlen(result->kept));
		if (result->files && *result->files)
			print_names(out, result->files);
		fputc('\n', out);
	}
	print_lines(out, result->lost, 2);
	if (result->replay && *result->replay) {
		fputs("  replay: ", out);
		print_safely(out, result->replay, strlen(result->replay));
		fputc('\n', out);
	}
}

void nst_text_explain(FILE *out, const struct nst_result *result, bool colour)
{
	print_headline(out, result, colour);
	if (result->outcome == NST_OUTCOME_PASS ||
	    result->outcome == NST_OUTCOME_SKIP || result->outcome == NST_OUTCOME_FLAKY)
		return;
	print_question(out, result);
	print_answer(out, result, colour);
	print_lines(out, result->message, 4);
	print_lines(out, result->evidence, 4);
	if (result->ladder && *result->ladder) {
		fputs("    packets:\n", out);
		print_lines(out, result->ladder, 6);
	}
	print_account(out, result);
	if (result->next) {
		fputs("  next: ", out);
		print_safely(out, result->next, strlen(result->next));
		fputc('\n', out);
	}
	print_kept(out, result);
}
