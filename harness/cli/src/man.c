/* SPDX-License-Identifier: MIT */
/* Man pages in roff, from the tables of verbs. */
#include <string.h>

#include "help.h"

/* Text of a roff line: backslashes and dashes escaped, no control line by accident. */
static void roff(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '-')
			fputs("\\-", out);
		else
			fputc(*text, out);
	}
}

static void roff_line(FILE *out, const char *macro, const char *text)
{
	fputs(macro, out);
	roff(out, text);
	fputc('\n', out);
}

static void header(FILE *out, const char *verb, const char *line)
{
	fprintf(out, ".TH NSTEST%s%s 1 \"\" \"nstest %s\" \"User Commands\"\n",
		verb ? "-" : "", verb ? verb : "", program_version);
	fprintf(out, ".SH NAME\nnstest%s%s \\- ", verb ? "\\-" : "", verb ? verb : "");
	roff_line(out, "", line);
}

static void options(FILE *out, const struct verb *verb)
{
	fputs(".SH OPTIONS\n", out);
	for (const struct option_row *row = verb->options; row->name; row++) {
		fputs(".TP\n", out);
		if (row->letter)
			fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
		fputs("\\fB\\-\\-", out);
		roff(out, row->name);
		fputs("\\fR", out);
		if (row->value)
			fprintf(out, "=\\fI%s\\fR", row->value);
		fputc('\n', out);
		roff_line(out, "", row->help);
	}
}

static void examples(FILE *out, const struct verb *verb)
{
	if (!verb->examples)
		return;
	fputs(".SH EXAMPLES\n", out);
	for (const struct example *e = verb->examples; e->command; e++) {
		fputs(".TP\n.B ", out);
		roff_line(out, "", e->command);
		roff_line(out, "", e->does);
	}
}

static void exit_codes(FILE *out, const struct verb *verb)
{
	if (!verb->exit_codes)
		return;
	fputs(".SH EXIT STATUS\n", out);
	for (const struct exit_row *row = verb->exit_codes; row->means; row++) {
		fprintf(out, ".TP\n%d\n", row->status);
		roff_line(out, "", row->means);
	}
}

static void verb_page(FILE *out, const struct verb *verb)
{
	header(out, verb->name, verb->line);
	fprintf(out, ".SH SYNOPSIS\n.B nstest %s\n[OPTION...] ", verb->name);
	roff_line(out, "", verb->arguments);
	fputs(".SH DESCRIPTION\n", out);
	for (size_t i = 0; verb->text && verb->text[i]; i++)
		roff_line(out, i ? ".PP\n" : "", verb->text[i]);
	options(out, verb);
	examples(out, verb);
	exit_codes(out, verb);
	fputs(".SH SEE ALSO\n.BR nstest (1)\n", out);
}

static void program_page(FILE *out)
{
	header(out, NULL, "a private network for every test case");
	fputs(".SH SYNOPSIS\n.B nstest\nCOMMAND [OPTION...] [ARGUMENT...]\n", out);
	fputs(".SH DESCRIPTION\nBuilds a fresh private network of Linux namespaces for "
	      "every test case, runs real programs in it, and says with evidence what "
	      "got through and what stopped the rest.\n.SH COMMANDS\n",
	      out);
	for (size_t i = 0; verbs[i]; i++) {
		fprintf(out, ".TP\n.BR nstest\\-%s (1)\n", verbs[i]->name);
		roff_line(out, "", verbs[i]->line);
	}
}

void man_page(FILE *out, const struct verb *verb)
{
	if (verb)
		verb_page(out, verb);
	else
		program_page(out);
}
