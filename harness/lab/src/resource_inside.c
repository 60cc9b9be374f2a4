/* SPDX-License-Identifier: MIT */
/* What programs run out of, in the lab process: ports, places in accept queues, descriptors. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "programs.h"
#include "resource_requests.h"
#include "shortage.h"

static bool is_about(const struct shortage *shortage,
		     const struct resource_request *asked)
{
	return shortage->what.kind == asked->kind &&
	       shortage->what.node == asked->node &&
	       shortage->what.port == asked->port &&
	       shortage->what.program == asked->program;
}

/* Where it is, or where the end is. */
static struct shortage **find(struct nst_inside *inside,
			      const struct resource_request *asked)
{
	struct shortage **at = &inside->shortages;

	while (*at && !is_about(*at, asked))
		at = &(*at)->next;
	return at;
}

/* "the ports of \"client\"" */
static const char *name_of(struct nst_inside *inside,
			   const struct resource_request *asked, char *text,
			   size_t size)
{
	const char *host = inside->plan->nodes[asked->node].name;
	char title[PROGRAM_TITLE_SIZE];

	switch (asked->kind) {
	case NST_PORTS:
		snprintf(text, size, "the ports of \"%s\"", host);
		break;
	case NST_ACCEPT_QUEUE:
		snprintf(text, size, "the accept queue of tcp/%u on \"%s\"",
			 asked->port, host);
		break;
	case NST_DESCRIPTORS:
		snprintf(text, size, "the descriptors of %s",
			 program_title(inside, inside->programs->list[asked->program],
				       title));
		break;
	case NST_DISK:
		break;
	}
	return text;
}

static void shortage_free(struct shortage *shortage)
{
	for (size_t i = 0; i < shortage->fd_count; i++)
		close(shortage->fds[i]);
	free(shortage->fds);
	free(shortage);
}

int shortage_hold(struct shortage *shortage, int fd)
{
	int *grown =
		reallocarray(shortage->fds, shortage->fd_count + 1, sizeof(*grown));

	if (!grown) {
		close(fd);
		return nst_fail_memory();
	}
	shortage->fds = grown;
	shortage->fds[shortage->fd_count++] = fd;
	return 0;
}

static int begin(struct nst_inside *inside, struct shortage *shortage)
{
	switch (shortage->what.kind) {
	case NST_PORTS:
		return ports_take(inside, shortage);
	case NST_ACCEPT_QUEUE:
		return queue_fill(inside, shortage);
	case NST_DESCRIPTORS:
		return descriptors_limit(inside, shortage);
	case NST_DISK:
		break;
	}
	return -EINVAL;
}

static int end(struct nst_inside *inside, struct shortage *shortage)
{
	switch (shortage->what.kind) {
	case NST_PORTS:
		return ports_give_back(inside, shortage);
	case NST_DESCRIPTORS:
		return descriptors_allow(inside, shortage);
	case NST_ACCEPT_QUEUE:
	case NST_DISK:
		break;
	}
	return 0;
}

int resource_exhaust_inside(struct nst_inside *inside, struct nst_message *request,
			    struct nst_message *reply)
{
	const struct resource_request *asked = request->data;
	struct shortage **at = find(inside, asked), *shortage;
	char name[PROGRAM_TITLE_SIZE + 40];
	int r;

	(void)reply;
	if (*at)
		return nst_fail(-EALREADY, "%s: exhausted already",
				name_of(inside, asked, name, sizeof(name)));
	shortage = calloc(1, sizeof(*shortage));
	if (!shortage)
		return nst_fail_memory();
	shortage->what = *asked;
	r = begin(inside, shortage);
	if (r < 0) {
		shortage_free(shortage);
		return nst_fail_in(r, "exhausting %s",
				   name_of(inside, asked, name, sizeof(name)));
	}
	*at = shortage;
	return 0;
}

int resource_restore_inside(struct nst_inside *inside, struct nst_message *request,
			    struct nst_message *reply)
{
	const struct resource_request *asked = request->data;
	struct shortage **at = find(inside, asked), *shortage = *at;
	char name[PROGRAM_TITLE_SIZE + 40];
	int r;

	(void)reply;
	if (!shortage)
		return nst_fail(-ENOENT, "%s: not exhausted",
				name_of(inside, asked, name, sizeof(name)));
	*at = shortage->next;
	r = end(inside, shortage);
	shortage_free(shortage);
	return r < 0 ? nst_fail_in(r, "restoring %s",
				   name_of(inside, asked, name, sizeof(name)))
		     : 0;
}
