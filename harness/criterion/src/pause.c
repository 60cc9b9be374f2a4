/* SPDX-License-Identifier: MIT */
/* nstest run --pause-on-failure: the lab of a test that failed stays until nstest down. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/markup.h>
#include <base/scope.h>
#include <evidence/door.h>
#include <report/lines.h>

#include "inner.h"

/* A line of that length is written whole, whoever else writes to the pipe. */
enum { FAILURE_MOST = 1200 };

static char *failure;

void pause_note(const char *text)
{
	char *end;

	if (failure)
		return;
	failure = strndup(text, FAILURE_MOST);
	end = failure && strlen(text) > FAILURE_MOST ? strrchr(failure, '\n') : NULL;
	if (end)
		*end = '\0';
}

static char *invitation(const struct nst_door *door, const char *title)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "\nnot ok  %s\n%s\n", title, failure ? failure : "");
	nst_door_invite(out, door, title);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* As a line that nstest shows. Return: whether somebody reads it. */
static bool tell(const struct nst_test *test, const char *text)
{
	const char *fd = getenv(NST_RESULTS_FD);
	AUTO_FREE char *line = NULL;
	size_t size;
	FILE *out = fd ? open_memstream(&line, &size) : NULL;

	if (!out)
		return false;
	fputs("{\"event\": \"start\", ", out);
	nst_json_pair(out, "suite", test->suite);
	fputs(", ", out);
	nst_json_pair(out, "case", test->name);
	fputs(", ", out);
	nst_json_pair(out, "message", text);
	fputs("}\n", out);
	return fclose(out) == 0 && write(atoi(fd), line, size) == (ssize_t)size;
}

void pause_for_people(const struct nst_test *test, struct nst_lab *lab)
{
	struct nst_door door AUTO(nst_door_close) = { .fd = -1, .lab = lab };
	const char *who = getenv("NSTEST_PAUSE");
	AUTO_FREE char *title = NULL;
	AUTO_FREE char *text = NULL;
	unsigned int owner;
	int pid;

	if (!who || sscanf(who, "%u:%d", &owner, &pid) != 2)
		return;
	nst_text_set(&title, "%s / %s", test->suite, variant_path(test));
	nst_door_hosts(test->topology, door.about, sizeof(door.about));
	if (!title || nst_door_open(&door, owner, pid, title) < 0)
		return;
	text = invitation(&door, title);
	if (text && tell(test, text))
		nst_door_serve(&door, -1);
}
