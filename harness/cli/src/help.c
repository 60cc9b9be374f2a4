/* SPDX-License-Identifier: MIT */
/* Help on a terminal, from the tables of verbs. */
#include <string.h>

#include "help.h"

enum { WIDTH = 80, COLUMN = 24 };

const char program_version[] = NSTEST_VERSION;

void print_wrapped(FILE *out, const char *text, int indent, int width)
{
	int at = 0;

	while (*text) {
		int word = (int)strcspn(text, " ");

		if (at && at + 1 + word > width - indent) {
			fputc('\n', out);
			at = 0;
		}
		if (!at)
			fprintf(out, "%*s%.*s", indent, "", word, text);
		else
			fprintf(out, " %.*s", word, text);
		at += word + (at ? 1 : 0);
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

/* "  left          right, wrapped behind the column". */
static void print_pair(FILE *out, const char *left, const char *right)
{
	int used = (int)strlen(left) + 2;

	fprintf(out, "  %s", left);
	if (used + 2 > COLUMN) {
		fputc('\n', out);
		print_wrapped(out, right, COLUMN, WIDTH);
		return;
	}
	fprintf(out, "%*s", COLUMN - used, "");
	/* The first line stands behind `left`: wrap as if it were indented, then go on.
	 */
	char text[1024];
	FILE *buffer = fmemopen(text, sizeof(text), "w");

	if (!buffer)
		return;
	print_wrapped(buffer, right, COLUMN, WIDTH);
	fclose(buffer);
	fputs(text + strspn(text, " "), out);
}

void help_program(FILE *out)
{
	fprintf(out, "nstest %s: a private network for every test case\n\n",
		program_version);
	fprintf(out, "usage: nstest COMMAND [OPTION...] [ARGUMENT...]\n\n");
	for (size_t i = 0; verbs[i]; i++)
		print_pair(out, verbs[i]->name, verbs[i]->line);
	fprintf(out, "\nnstest COMMAND --help explains a command, and so does "
		     "man nstest-COMMAND.\n");
}

static void print_options(FILE *out, const struct verb *verb)
{
	fprintf(out, "\noptions:\n");
	for (const struct option_row *row = verb->options; row->name; row++) {
		char left[64], letter[8] = "    ";

		if (row->letter)
			snprintf(letter, sizeof(letter), "-%c, ", row->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, row->name,
			 row->value ? "=" : "", row->value ? row->value : "");
		print_pair(out, left, row->help);
	}
}

static void print_exit_codes(FILE *out, const struct verb *verb)
{
	if (!verb->exit_codes)
		return;
	fprintf(out, "\nexit status:\n");
	for (const struct exit_row *row = verb->exit_codes; row->means; row++) {
		char left[16];

		snprintf(left, sizeof(left), "%d", row->status);
		print_pair(out, left, row->means);
	}
}

void help_verb(FILE *out, const struct verb *verb)
{
	fprintf(out, "usage: nstest %s [OPTION...]%s%s\n\n", verb->name,
		*verb->arguments ? " " : "", verb->arguments);
	fprintf(out, "%s\n", verb->line);
	for (size_t i = 0; verb->text && verb->text[i]; i++) {
		fputc('\n', out);
		print_wrapped(out, verb->text[i], 0, WIDTH);
	}
	print_options(out, verb);
	if (verb->examples)
		fprintf(out, "\nexamples:\n");
	for (const struct example *e = verb->examples; e && e->command; e++)
		fprintf(out, "  %s\n      %s\n", e->command, e->does);
	print_exit_codes(out, verb);
}
