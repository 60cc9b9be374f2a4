/* SPDX-License-Identifier: MIT */
/* People who look into a case of a run. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>
#include <evidence/door.h>
#include <report/text.h>

#include "hold.h"

struct hold {
	struct nst_door door;
	int runner_fd;
	bool asks;        /* before the next step */
	char answer[512]; /* to the step that is taken; "": it asks nothing */
};

static int open_door(struct nst_door *door, const struct run_context *context,
		     const struct job *job, struct nst_lab *lab)
{
	*door = (struct nst_door){ .fd = -1, .lab = lab };
	nst_door_hosts(&job->item->setup->topology, door->about, sizeof(door->about));
	return nst_door_open(door, context->options.owner, context->runner_pid,
			     job->title);
}

/* ---- A failure ---- */

static char *invitation(const struct nst_door *door, const struct job *job,
			const struct nst_result *result)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	nst_text_explain(out, result, false);
	nst_door_invite(out, door, job->title);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

void hold_failure(const struct run_context *context, const struct job *job,
		  const struct live_case *live)
{
	struct nst_door door AUTO(nst_door_close) = { .fd = -1 };
	AUTO_FREE char *text = NULL;

	message_send_result(context->runner_fd, live->result);
	if (open_door(&door, context, job, live->lab) < 0) {
		fprintf(stderr, "nstest: it cannot be paused: %s\n", nst_error());
		return;
	}
	text = invitation(&door, job, live->result);
	if (text &&
	    message_send(context->runner_fd, MESSAGE_PAUSED, text, strlen(text)) == 0)
		nst_door_serve(&door, context->runner_fd);
}

/* ---- Step by step ---- */

struct hold *hold_begin(const struct run_context *context, const struct job *job,
			struct nst_lab *lab)
{
	struct hold *hold = calloc(1, sizeof(*hold));

	if (!hold || open_door(&hold->door, context, job, lab) < 0) {
		fprintf(stderr, "nstest: step by step: %s\n", nst_error());
		free(hold);
		return NULL;
	}
	hold->runner_fd = context->runner_fd;
	hold->asks = true;
	fprintf(stderr,
		"\n%s\n"
		"  Enter takes a step, c all that are left, q ends the case; from "
		"another terminal:\n"
		"  nstest shell %.*s\n",
		job->title, (int)strcspn(hold->door.about, ","), hold->door.about);
	return hold;
}

void hold_end(struct hold *hold)
{
	if (!hold)
		return;
	nst_door_close(&hold->door);
	free(hold);
}

/* The first letter of a line; '\n' for an empty one; 'c' at end of file. Bytewise, so
 * that the next line is the next step's. */
static char read_answer(void)
{
	char first = 0, c;

	while (read(STDIN_FILENO, &c, 1) == 1) {
		if (!first)
			first = c;
		if (c == '\n')
			return first;
	}
	return first ? first : 'c';
}

static char wait_for_answer(struct hold *hold)
{
	struct pollfd fds[] = { { STDIN_FILENO, POLLIN, 0 },
				{ hold->door.fd, POLLIN, 0 },
				{ hold->runner_fd, POLLRDHUP, 0 } };

	while (poll(fds, ARRAY_SIZE(fds), -1) >= 0 || errno == EINTR) {
		if (fds[2].revents || (fds[1].revents && nst_door_answer(&hold->door)))
			return 'q';
		if (fds[0].revents)
			return read_answer();
	}
	return 'q';
}

static void show(const struct nst_step *step)
{
	fprintf(stderr, "%s:%u:%u  %s\n", step->position.file, step->position.line,
		step->position.column, step->text);
}

bool hold_step(struct hold *hold, const struct nst_step *step)
{
	if (!hold)
		return true;
	for (show(step); hold->asks; show(step)) {
		fputs("> ", stderr);
		switch (wait_for_answer(hold)) {
		case '\n':
			return true;
		case 'c':
			hold->asks = false;
			return true;
		case 'q':
			return false;
		}
		fputs("Enter, c or q\n", stderr);
	}
	return true;
}

void hold_answer(struct hold *hold, const char *verdict, const char *sentence)
{
	if (hold)
		snprintf(hold->answer, sizeof(hold->answer), "%s: %s", verdict,
			 sentence);
}

void hold_taken(struct hold *hold, bool held, uint64_t took_us)
{
	char took[32];

	if (!hold)
		return;
	fprintf(stderr, "  %s%s%s (%s)\n", held ? "" : "failed",
		held || !*hold->answer ? "" : ", ",
		*hold->answer ? hold->answer
		: held        ? "done"
			      : "",
		nst_duration_print(took_us, took, sizeof(took)));
	hold->answer[0] = '\0';
}
