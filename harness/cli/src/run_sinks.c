/* SPDX-License-Identifier: MIT */
/* Where the results of a run go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <report/text.h>

#include "main.h"
#include "run_sinks.h"

static int columns(FILE *out)
{
	struct winsize size;

	return ioctl(fileno(out), TIOCGWINSZ, &size) < 0 ? 0 : size.ws_col;
}

static bool shows_unicode(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

/* As a shell would read it. */
static void add_word(char **line, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_=/.,:+@%^";
	bool quoted = !*word || word[strspn(word, plain)];
	const char *space = *line ? " " : "";

	nst_text_set(line, "%s%s%s", *line ? *line : "", space, quoted ? "'" : "");
	for (; *word && *line; word++)
		if (*word == '\'')
			nst_text_set(line, "%s'\\''", *line);
		else
			nst_text_set(line, "%s%c", *line, *word);
	if (quoted && *line)
		nst_text_set(line, "%s'", *line);
}

static char *command_line(void)
{
	AUTO_FCLOSE FILE *in = fopen("/proc/self/cmdline", "re");
	AUTO_FREE char *word = NULL;
	char *line = NULL;
	size_t room = 0;

	while (in && getdelim(&word, &room, '\0', in) > 0) {
		const char *slash = line ? NULL : strrchr(word, '/');

		add_word(&line, slash ? slash + 1 : word);
	}
	return line;
}

static int open_outputs(const struct run_sinks_options *options,
			struct run_sinks *sinks)
{
	AUTO_FREE char *command = command_line();
	const struct nst_outputs_options outputs = {
		.folder = options->out ? options->out : "nstest-out",
		.command = command,
	};
	const char *words[OPTION_LIST_MOST + 3];
	size_t count = options->outputs->count, asked;
	char *of_environment[3];
	int r;

	memcpy(words, options->outputs->values, count * sizeof(*words));
	asked = nst_outputs_of_environment(of_environment);
	for (size_t i = 0; i < asked; i++)
		if (of_environment[i])
			words[count++] = of_environment[i];
	r = nst_outputs_open(words, count, &outputs, &sinks->outputs);
	for (size_t i = 0; i < asked; i++)
		free(of_environment[i]);
	return r < 0 ? nst_fail_in(r, "--output") : 0;
}

static int open_text(const struct run_sinks_options *options, struct run_sinks *sinks)
{
	FILE *out = nst_outputs_take_stdout(sinks->outputs) ? stderr : stdout;
	const struct nst_text_options text = {
		.out = out,
		.terminal = isatty(fileno(out)) && !options->still,
		.unicode = shows_unicode(),
		.colour = wants_colour(out),
		.verbose = options->verbose,
		.columns = columns(out),
	};

	return nst_text_report_new(&text, &sinks->text);
}

int run_sinks_open(const struct run_sinks_options *options, struct run_sinks *ret)
{
	struct run_sinks made = { 0 };
	const struct nst_sink *files = NULL;
	size_t count = 0;
	int r = open_outputs(options, &made);

	if (r == 0)
		r = open_text(options, &made);
	if (r == 0) {
		files = nst_outputs_sinks(made.outputs, &count);
		made.list = calloc(count + 1, sizeof(*made.list));
		r = made.list ? 0 : nst_fail_memory();
	}
	if (r < 0) {
		run_sinks_close(&made);
		return r;
	}
	made.list[made.count++] = made.text;
	for (size_t i = 0; i < count; i++)
		made.list[made.count++] = files[i];
	made.details = nst_outputs_want_details(made.outputs, options->part);
	*ret = made;
	return 0;
}

int run_sinks_close(struct run_sinks *sinks)
{
	int r;

	nst_text_report_free(&sinks->text);
	r = nst_outputs_close(sinks->outputs);
	free(sinks->list);
	*sinks = (struct run_sinks){ 0 };
	return r;
}
