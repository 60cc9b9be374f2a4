/* SPDX-License-Identifier: MIT */
/* Programs in sentences: which one, how it ended, what it said last. */
#include <stdio.h>
#include <string.h>

#include "programs.h"

enum { TAIL_LINES = 3, TAIL_SIZE = 400 };

char *program_title(const struct nst_inside *inside, const struct program *program,
		    char *text)
{
	snprintf(text, PROGRAM_TITLE_SIZE, "%s on %s", program->name,
		 inside->plan->nodes[program->node].name);
	return text;
}

static size_t print_exit(const struct nst_exit *exit, char *text, size_t size)
{
	const char *name;

	if (!exit->signal)
		return (size_t)snprintf(text, size, "exit status %d", exit->status);
	name = sigabbrev_np(exit->signal);
	if (!name)
		return (size_t)snprintf(text, size, "killed by signal %d",
					exit->signal);
	return (size_t)snprintf(text, size, "killed by SIG%s", name);
}

/* What it said last, and on which stream: stderr unless that is empty. */
static const char *last_words(struct program *program, char *text)
{
	static const char *const names[STREAMS] = { "stdout", "stderr" };
	const char *name = NULL;

	for (int i = STREAMS - 1; i >= 0 && !name; i--) {
		struct stream *stream = &program->streams[i];

		pthread_mutex_lock(&stream->lock);
		output_tail(&stream->output, TAIL_LINES, text, TAIL_SIZE);
		pthread_mutex_unlock(&stream->lock);
		if (text[0])
			name = names[i];
	}
	return name;
}

char *program_death(struct program *program, char *text)
{
	char tail[TAIL_SIZE];
	const char *stream = last_words(program, tail);
	double after_ms = (double)(program->ended_ns - program->started_ns) / 1e6;
	size_t used = print_exit(&program->exit, text, PROGRAM_DEATH_SIZE);

	used += (size_t)snprintf(text + used, PROGRAM_DEATH_SIZE - used,
				 " after %.*f ms; ", after_ms < 10 ? 1 : 0, after_ms);
	if (stream)
		snprintf(text + used, PROGRAM_DEATH_SIZE - used, "its %s ended: \"%s\"",
			 stream, tail);
	else
		snprintf(text + used, PROGRAM_DEATH_SIZE - used, "it wrote nothing");
	return text;
}
