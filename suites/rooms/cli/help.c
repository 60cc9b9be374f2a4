/* SPDX-License-Identifier: MIT */
/* What the tables of verbs become. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <base/scope.h>

#include "help.h"

/* What `write` writes. */
static char *written(void (*write)(FILE *, const struct verb *),
		     const struct verb *verb)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	write(out, verb);
	fclose(out);
	return text;
}

static char *script(const char *shell)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_eq(completion_script(out, shell), 0);
	fclose(out);
	return text;
}

/* Gives a text to a program's stdin; its stdout comes back. Skips if it is not there. */
static char *through(const char *command, const char *text)
{
	char path[] = "/tmp/nstest-cli-XXXXXX", line[256], *answer;
	int fd = mkstemp(path);
	size_t size = 0;
	FILE *pipe;

	cr_assert_geq(fd, 0);
	unlink(path);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	snprintf(line, sizeof(line), "%s < /proc/%d/fd/%d 2>&1", command, getpid(), fd);
	pipe = popen(line, "r");
	answer = calloc(1, 1 << 20);
	size = fread(answer, 1, (1 << 20) - 1, pipe);
	answer[size] = '\0';
	if (pclose(pipe) == 127 << 8)
		cr_skip_test("%s is not installed", command);
	close(fd);
	return answer;
}

Test(verbs, are_complete)
{
	for (size_t i = 0; verbs[i]; i++) {
		const struct verb *verb = verbs[i];

		cr_expect(verb->name && verb->line && verb->arguments &&
				  verb->options && verb->handle,
			  "%s", verb->name);
		cr_expect_geq(verb->options_size, sizeof(struct common_flags), "%s",
			      verb->name);
		cr_expect_eq(verb_find(verb->name), verb);
		for (const struct option_row *row = verb->options; row->name; row++) {
			cr_expect_eq(!row->value, row->kind == OPTION_FLAG, "%s --%s",
				     verb->name, row->name);
			cr_expect_lt(row->member, verb->options_size, "%s --%s",
				     verb->name, row->name);
		}
	}
}

Test(verbs, have_no_option_twice)
{
	for (size_t i = 0; verbs[i]; i++)
		for (const struct option_row *row = verbs[i]->options; row->name; row++)
			for (const struct option_row *other = row + 1; other->name;
			     other++) {
				cr_expect_str_neq(row->name, other->name, "%s",
						  verbs[i]->name);
				cr_expect(!row->letter || row->letter != other->letter,
					  "%s -%c", verbs[i]->name, row->letter);
			}
}

Test(help, names_every_option_within_80_columns)
{
	for (size_t i = 0; verbs[i]; i++) {
		AUTO_FREE char *text = written(help_verb, verbs[i]);

		for (const struct option_row *row = verbs[i]->options; row->name; row++)
			cr_expect_not_null(strstr(text, row->name), "%s --%s",
					   verbs[i]->name, row->name);
		for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
			cr_expect_leq(strcspn(line, "\n"), 80, "%s: %.*s",
				      verbs[i]->name, (int)strcspn(line, "\n"), line);
	}
}

Test(man, pages_are_sound_roff)
{
	for (size_t i = 0; verbs[i]; i++) {
		AUTO_FREE char *page = written(man_page, verbs[i]);
		AUTO_FREE char *warnings = through("groff -man -ww -z -Tutf8 -", page);

		cr_expect_str_eq(warnings, "", "nstest-%s(1): %s", verbs[i]->name,
				 warnings);
		cr_expect_eq(strncmp(page, ".TH NSTEST-", 11), 0);
	}
}

Test(completion, for_bash_parses_and_completes)
{
	AUTO_FREE char *text = script("bash");
	AUTO_FREE char *trial = NULL, *answer = NULL;

	cr_assert_gt(asprintf(&trial,
			      "%s\nCOMP_WORDS=(nstest ch) COMP_CWORD=1; _nstest; "
			      "echo \"${COMPREPLY[@]}\"\n"
			      "compopt() { :; }\n"
			      "COMP_WORDS=(nstest run --ti) COMP_CWORD=2; _nstest; "
			      "echo \"${COMPREPLY[@]}\"\n"
			      "for words in 'run --engine w' 'run --engine = w' 'run "
			      "--engine =' 'run -O ju'; do\n"
			      "COMP_WORDS=(nstest $words) "
			      "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _nstest; "
			      "echo \"${COMPREPLY[@]}\"\ndone\n"
			      "COMP_WORDS=(nstest run --jobs -) COMP_CWORD=3; _nstest; "
			      "echo \"${COMPREPLY[@]}\"\n"
			      "COMP_WORDS=(nstest help do) COMP_CWORD=2; _nstest; "
			      "echo \"${COMPREPLY[@]}\"\n",
			      text),
		     0);

	answer = through("bash", trial);

	cr_expect_str_eq(answer,
			 "check\n--timeout=\nwire\nwire\nauto kernel wire\njunit\n\n"
			 "doctor down\n");
}

Test(completion, for_zsh_and_fish_names_every_option)
{
	static const char *const shells[] = { "zsh", "fish" };

	for (size_t s = 0; s < 2; s++) {
		AUTO_FREE char *text = script(shells[s]);

		for (size_t i = 0; verbs[i]; i++)
			for (const struct option_row *row = verbs[i]->options;
			     row->name; row++)
				cr_expect_not_null(strstr(text, row->name),
						   "%s: %s --%s", shells[s],
						   verbs[i]->name, row->name);
	}
}

Test(completion, for_zsh_parses)
{
	AUTO_FREE char *text = script("zsh");
	AUTO_FREE char *answer = through("zsh -n", text);

	cr_expect_str_eq(answer, "");
}

Test(completion, for_fish_parses)
{
	AUTO_FREE char *text = script("fish");
	AUTO_FREE char *answer = through("fish -n", text);

	cr_expect_str_eq(answer, "");
}

Test(completion, for_another_shell_is_refused)
{
	cr_expect_eq(completion_script(stdout, "tcsh"), -EINVAL);
}
