/* SPDX-License-Identifier: MIT */
/* Completion scripts for bash, zsh and fish, from the tables of verbs. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "help.h"

/* Inside '…' of any shell: a single quote ends it. */
static void quoted(FILE *out, const char *text, const char *quote)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs(quote, out);
		else
			fputc(*text, out);
	}
}

static bool is_path(const struct option_row *row)
{
	return !strcmp(row->value, "FILE") || !strcmp(row->value, "DIR");
}

/* The words that an option takes, with blanks between. Return: whether it takes words. */
static bool option_words(FILE *out, const struct option_row *row)
{
	const char *word;
	size_t length;

	for (size_t i = 0; (word = option_word(row, i, &length)); i++)
		fprintf(out, "%s%.*s", i ? " " : "", (int)length, word);
	return option_word(row, 0, &length);
}

static void verb_names(FILE *out)
{
	for (size_t i = 0; verbs[i]; i++)
		fprintf(out, "%s%s", i ? " " : "", verbs[i]->name);
}

/* What completes the value of an option. */
static void bash_value(FILE *out, const struct option_row *row)
{
	fputs("\t\t", out);
	if (row->letter)
		fprintf(out, "-%c | ", row->letter);
	fprintf(out, "--%s) kind=", row->name);
	if (!strcmp(row->value, "DIR"))
		fputs("folders", out);
	else if (!strcmp(row->value, "FILE"))
		fputs("files", out);
	else {
		fputs("words words=\"", out);
		option_words(out, row);
		fputc('"', out);
	}
	fputs(" ;;\n", out);
}

static void bash_verb(FILE *out, const struct verb *verb)
{
	fprintf(out, "\t%s)\n\t\toptions=\"", verb->name);
	for (const struct option_row *row = verb->options; row->name; row++)
		fprintf(out, "--%s%s ", row->name, row->value ? "=" : "");
	fprintf(out, "\"\n\t\tkind=%s words=%s\n\t\tcase $option in\n",
		verb->operands == OPERANDS_FILES   ? "files"
		: verb->operands == OPERANDS_VERBS ? "words"
						   : "none",
		verb->operands == OPERANDS_VERBS ? "$verbs" : "");
	for (const struct option_row *row = verb->options; row->name; row++)
		if (row->value)
			bash_value(out, row);
	fputs("\t\t*) option= ;;\n\t\tesac\n\t\t;;\n", out);
}

static void bash(FILE *out)
{
	fputs("# bash completion for nstest; made by: nstest help --completion bash\n"
	      "_nstest() {\n"
	      "\tlocal current=${COMP_WORDS[COMP_CWORD]} verbs=\"",
	      out);
	verb_names(out);
	/* Bash takes --engine=wire for three words. */
	fputs("\" options= kind=none words= option=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tif [[ $current == = ]]; then\n"
	      "\t\tcurrent=\n"
	      "\telif [[ $option == = ]] && ((COMP_CWORD > 2)); then\n"
	      "\t\toption=${COMP_WORDS[COMP_CWORD-2]}\n"
	      "\tfi\n"
	      "\tCOMPREPLY=()\n"
	      "\tif ((COMP_CWORD == 1)); then\n"
	      "\t\tCOMPREPLY=($(compgen -W \"$verbs --help --version\" -- "
	      "\"$current\"))\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tcase ${COMP_WORDS[1]} in\n",
	      out);
	for (size_t i = 0; verbs[i]; i++)
		bash_verb(out, verbs[i]);
	fputs("\tesac\n"
	      "\tif [[ ! $option && $current == -* ]]; then\n"
	      "\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
	      "\t\t[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace\n"
	      "\telif [[ $kind == words ]]; then\n"
	      "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
	      "\telif [[ $kind == folders ]]; then\n"
	      "\t\tcompopt -o filenames\n"
	      "\t\tCOMPREPLY=($(compgen -d -- \"$current\"))\n"
	      "\telif [[ $kind == files ]]; then\n"
	      "\t\tcompopt -o filenames\n"
	      "\t\tCOMPREPLY=($(compgen -f -- \"$current\"))\n"
	      "\tfi\n"
	      "}\n"
	      "complete -F _nstest nstest\n",
	      out);
}

/* zsh's _arguments reads [] and : as its own. */
static void zsh_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("[]:\\", *text))
			fputc('\\', out);
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	}
}

static void zsh_value(FILE *out, const struct option_row *row)
{
	size_t length;

	fprintf(out, ":%s:", row->name);
	if (option_word(row, 0, &length)) {
		fputc('(', out);
		option_words(out, row);
		fputc(')', out);
	} else if (is_path(row)) {
		fputs(!strcmp(row->value, "DIR") ? "_files -/" : "_files", out);
	} else {
		fputc(' ', out);
	}
}

static void zsh_verb(FILE *out, const struct verb *verb)
{
	fprintf(out, "\t\t%s)\n\t\t\t_arguments", verb->name);
	for (const struct option_row *row = verb->options; row->name; row++) {
		fprintf(out, " \\\n\t\t\t\t'--%s%s[", row->name, row->value ? "=" : "");
		zsh_text(out, row->help);
		fputc(']', out);
		if (row->value)
			zsh_value(out, row);
		fputc('\'', out);
	}
	if (verb->operands == OPERANDS_FILES)
		fputs(" \\\n\t\t\t\t'*:file:_files'", out);
	if (verb->operands == OPERANDS_VERBS) {
		fputs(" \\\n\t\t\t\t'*:command:(", out);
		verb_names(out);
		fputs(")'", out);
	}
	fputs("\n\t\t\t;;\n", out);
}

static void zsh(FILE *out)
{
	fputs("#compdef nstest\n"
	      "# zsh completion for nstest; made by: nstest help --completion zsh\n"
	      "_nstest() {\n"
	      "\tlocal -a commands\n"
	      "\tcommands=(\n",
	      out);
	for (size_t i = 0; verbs[i]; i++) {
		fprintf(out, "\t\t'%s:", verbs[i]->name);
		zsh_text(out, verbs[i]->line);
		fputs("'\n", out);
	}
	fputs("\t)\n"
	      "\tif ((CURRENT == 2)); then\n"
	      "\t\t_describe command commands\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tlocal verb=$words[2]\n"
	      "\tshift words\n"
	      "\t((CURRENT--))\n"
	      "\tcase $verb in\n",
	      out);
	for (size_t i = 0; verbs[i]; i++)
		zsh_verb(out, verbs[i]);
	/* compinit loads the file and calls its function: run it then. */
	fputs("\tesac\n}\n"
	      "if [[ $funcstack[1] == _nstest ]]; then\n\t_nstest \"$@\"\n"
	      "else\n\tcompdef _nstest nstest\nfi\n",
	      out);
}

static void fish_value(FILE *out, const struct option_row *row)
{
	size_t length;

	if (option_word(row, 0, &length)) {
		fputs(" -x -a '", out);
		option_words(out, row);
		fputc('\'', out);
	} else {
		fputs(is_path(row) ? " -r -F" : " -x", out);
	}
}

static void fish_option(FILE *out, const struct verb *verb,
			const struct option_row *row)
{
	fprintf(out, "complete -c nstest -n '__fish_seen_subcommand_from %s' -l %s",
		verb->name, row->name);
	if (row->letter)
		fprintf(out, " -s %c", row->letter);
	if (row->value)
		fish_value(out, row);
	fputs(" -d '", out);
	quoted(out, row->help, "\\'");
	fputs("'\n", out);
}

static void fish(FILE *out)
{
	fputs("# fish completion for nstest; made by: nstest help --completion fish\n"
	      "complete -c nstest -f\n",
	      out);
	for (size_t i = 0; verbs[i]; i++) {
		fprintf(out, "complete -c nstest -n __fish_use_subcommand -a %s -d '",
			verbs[i]->name);
		quoted(out, verbs[i]->line, "\\'");
		fputs("'\n", out);
		for (const struct option_row *row = verbs[i]->options; row->name; row++)
			fish_option(out, verbs[i], row);
		if (verbs[i]->operands == OPERANDS_FILES)
			fprintf(out,
				"complete -c nstest -n '__fish_seen_subcommand_from "
				"%s' -F\n",
				verbs[i]->name);
		if (verbs[i]->operands == OPERANDS_VERBS) {
			fprintf(out,
				"complete -c nstest -n '__fish_seen_subcommand_from "
				"%s' -a '",
				verbs[i]->name);
			verb_names(out);
			fputs("'\n", out);
		}
	}
}

static const struct {
	const char *shell;
	void (*write)(FILE *);
} scripts[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

int completion_script(FILE *out, const char *shell)
{
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		if (!strcmp(scripts[i].shell, shell)) {
			scripts[i].write(out);
			return 0;
		}
	return nst_fail(-EINVAL, "no completion for \"%s\" (there is bash, zsh, fish)",
			shell);
}
