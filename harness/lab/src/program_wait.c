/* SPDX-License-Identifier: MIT */
/* Waits in the lab process: until a program is ready, has said something, has ended.
 *
 * How it works. The main thread sleeps in ppoll(2) until a child has died, the ears
 * have heard something, the caller is gone, or the deadline has come. No kernel event
 * tells that a socket listens, a file exists or a group has stopped: only for these it
 * also looks again by itself, after a sixteenth of the time waited so far, so that what
 * is seen late is late by a few per cent at most, and a long wait costs little.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "program_ports.h"
#include "program_requests.h"
#include "programs.h"

enum {
	PAUSE_SHARE = 16,
	PAUSE_MIN_NS = 200 * 1000,
	PAUSE_MAX_NS = 5 * 1000 * 1000,
};

/* ---- The wait itself ---- */

struct wait wait_begin(struct nst_inside *inside, int timeout_ms, bool polls)
{
	uint64_t now = programs_now_ns(),
		 timeout = timeout_ms > 0 ? (uint64_t)timeout_ms : 0;

	if (inside->programs)
		ears_attend(inside->programs->ears, true);
	return (struct wait){
		.inside = inside,
		.began_ns = now,
		.deadline_ns = now + timeout * 1000000,
		.polls = polls,
	};
}

void wait_end(struct wait *wait)
{
	if (wait->inside->programs)
		ears_attend(wait->inside->programs->ears, false);
}

static uint64_t pause_of(const struct wait *wait, uint64_t now)
{
	uint64_t pause = (now - wait->began_ns) / PAUSE_SHARE;

	if (pause < PAUSE_MIN_NS)
		return PAUSE_MIN_NS;
	return pause < PAUSE_MAX_NS ? pause : PAUSE_MAX_NS;
}

int wait_for_news(struct wait *wait)
{
	struct nst_inside *inside = wait->inside;
	int ears = inside->programs ? ears_fd(inside->programs->ears) : -1;
	struct pollfd fds[] = {
		{ .fd = inside->request_fd, .events = POLLRDHUP },
		{ .fd = inside->child_fd, .events = POLLIN },
		{ .fd = ears, .events = POLLIN },
	};
	uint64_t now = programs_now_ns(), left, pause;
	struct timespec time;
	eventfd_t heard;

	if (now >= wait->deadline_ns)
		return -ETIMEDOUT;
	left = wait->deadline_ns - now;
	pause = wait->polls ? pause_of(wait, now) : left;
	left = pause < left ? pause : left;
	time.tv_sec = (time_t)(left / 1000000000);
	time.tv_nsec = (long)(left % 1000000000);
	if (ppoll(fds, ARRAY_SIZE(fds), &time, NULL) < 0)
		return errno == EINTR ? 0 : nst_fail_errno("poll");
	if (fds[0].revents)
		return nst_fail(-EPIPE, "the caller is gone");
	if (fds[2].revents)
		eventfd_read(ears, &heard);
	if (fds[1].revents)
		inside_reap(inside);
	return 0;
}

/* ---- Lines ---- */

/* A regex that looks for its line in both streams, each byte once. */
struct search {
	const regex_t *regex;
	struct output_cursor cursors[STREAMS];
};

static bool matches(const regex_t *regex, const struct output_line *line)
{
	regmatch_t range = { .rm_so = 0, .rm_eo = (regoff_t)line->size };

	/* REG_STARTEND: NULs inside do not end the line. The one behind it is for
	 * AddressSanitizer, whose regexec() looks for it. */
	return regexec(regex, line->text, 1, &range, REG_STARTEND) == 0;
}

static bool search_stream(const struct search *search, struct stream *stream,
			  struct output_cursor *cursor)
{
	struct output_line line = { .complete = true };
	bool found = false;

	stream_drain(stream);
	pthread_mutex_lock(&stream->lock);
	while (!found && line.complete && output_line(&stream->output, cursor, &line))
		found = matches(search->regex, &line);
	pthread_mutex_unlock(&stream->lock);
	return found;
}

static bool search(struct search *search, struct program *program)
{
	for (int i = 0; i < STREAMS; i++)
		if (search_stream(search, &program->streams[i], &search->cursors[i]))
			return true;
	return false;
}

static const char *last_line(struct program *program, char *text, size_t size)
{
	for (int i = 0; i < STREAMS; i++) {
		struct stream *stream = &program->streams[i];

		pthread_mutex_lock(&stream->lock);
		output_tail(&stream->output, 1, text, size);
		pthread_mutex_unlock(&stream->lock);
		if (text[0])
			break;
	}
	return text;
}

/* "no line matches /ready/; its last: "…"", appended to `text`. */
static size_t print_no_line(struct program *program, const char *regex, char *text,
			    size_t size)
{
	char last[160];

	if (*last_line(program, last, sizeof(last)))
		return (size_t)snprintf(text, size,
					"no line matches /%s/ (its last: \"%s\")",
					regex, last);
	return (size_t)snprintf(text, size, "no line matches /%s/ (it wrote nothing)",
				regex);
}

/* ---- Until it is ready ---- */

struct readiness {
	struct program *program;
	struct search search;
	struct ports *ports;
	bool has_line, has_port, has_udp_port, has_file; /* what has come so far */
};

static void readiness_end(struct readiness *readiness)
{
	ports_close(readiness->ports);
}

static int readiness_begin(struct nst_inside *inside, struct program *program,
			   struct readiness *ret)
{
	*ret = (struct readiness){
		.program = program,
		.search.regex = &program->line_regex,
		.has_line = !program->line,
		.has_port = !program->port,
		.has_udp_port = !program->udp_port,
		.has_file = !program->file,
	};
	if (ret->has_port && ret->has_udp_port)
		return 0;
	return ports_open(inside, program->node, &ret->ports);
}

/* Symlinks of the host lead to places in the host. */
static bool file_exists(const struct program *program)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT,
	};
	int fd = (int)syscall(SYS_openat2, program->root_fd, program->file, &how,
			      sizeof(how));

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Return: 1 when all has come, 0 if not yet, -errno. */
static int is_ready(struct readiness *readiness)
{
	struct program *program = readiness->program;
	int r;

	if (!readiness->has_line)
		readiness->has_line = search(&readiness->search, program);
	if (!readiness->has_file)
		readiness->has_file = file_exists(program);
	if (!readiness->has_port) {
		r = ports_have(readiness->ports, IPPROTO_TCP, program->port);
		if (r < 0)
			return r;
		readiness->has_port = r;
	}
	if (!readiness->has_udp_port) {
		r = ports_have(readiness->ports, IPPROTO_UDP, program->udp_port);
		if (r < 0)
			return r;
		readiness->has_udp_port = r;
	}
	return readiness->has_line && readiness->has_file && readiness->has_port &&
	       readiness->has_udp_port;
}

/* What has not come yet, each thing by name. */
static char *print_missing(struct readiness *readiness, char *text, size_t size)
{
	struct program *program = readiness->program;
	char ports[120];
	size_t used = 0;

	if (!readiness->has_port &&
	    ports_have(readiness->ports, IPPROTO_TCP, program->port) >= 0)
		used += (size_t)snprintf(text, size, "; nothing listens on tcp/%u; %s",
					 program->port,
					 ports_print(readiness->ports, IPPROTO_TCP,
						     ports, sizeof(ports)));
	if (!readiness->has_udp_port &&
	    ports_have(readiness->ports, IPPROTO_UDP, program->udp_port) >= 0)
		used += (size_t)snprintf(text + used, size - used,
					 "; no socket is bound to udp/%u; %s",
					 program->udp_port,
					 ports_print(readiness->ports, IPPROTO_UDP,
						     ports, sizeof(ports)));
	if (!readiness->has_file && used < size)
		used += (size_t)snprintf(text + used, size - used, "; there is no %s",
					 program->file);
	if (!readiness->has_line && used + 2 < size) {
		used += (size_t)sprintf(text + used, "; ");
		print_no_line(program, program->line, text + used, size - used);
	}
	return text + 2;
}

static int not_ready(struct nst_inside *inside, struct readiness *readiness,
		     int timeout_ms)
{
	char title[PROGRAM_TITLE_SIZE], missing[800];

	return nst_fail(-ETIMEDOUT, "%s is not ready after %d ms: %s",
			program_title(inside, readiness->program, title), timeout_ms,
			print_missing(readiness, missing, sizeof(missing)));
}

/* It ended, in a way that makes further waiting vain. */
static int ended_before(struct nst_inside *inside, struct program *program,
			const char *what)
{
	char title[PROGRAM_TITLE_SIZE], death[PROGRAM_DEATH_SIZE];

	return nst_fail(-ECHILD, "%s ended %s: %s",
			program_title(inside, program, title), what,
			program_death(program, death));
}

int program_wait_ready_inside(struct nst_inside *inside, struct nst_message *request,
			      struct nst_message *reply)
{
	const struct program_request *asked = request->data;
	struct program *program = programs_get(inside, asked->id);
	struct readiness readiness __attribute__((cleanup(readiness_end))) = { 0 };
	int r;

	(void)reply;
	if (!program)
		return -ENOENT;
	r = readiness_begin(inside, program, &readiness);
	if (r < 0)
		return r;
	struct wait wait AUTO_WAIT =
		wait_begin(inside, asked->timeout_ms, readiness.ports || program->file);

	while (r == 0) {
		/* Looked up first: what it did just before its end counts. */
		bool failed = program_failed(program);

		r = is_ready(&readiness);
		if (r != 0)
			return r < 0 ? r : 0;
		if (failed)
			return ended_before(inside, program, "before it was ready");
		r = wait_for_news(&wait);
	}
	return r == -ETIMEDOUT ? not_ready(inside, &readiness, asked->timeout_ms) : r;
}

/* ---- Until a line ---- */

static bool is_silent(struct program *program)
{
	return program->ended && stream_ended(&program->streams[NST_STDOUT]) &&
	       stream_ended(&program->streams[NST_STDERR]);
}

static int wait_line(struct nst_inside *inside, struct program *program,
		     const char *text, const regex_t *regex, int timeout_ms)
{
	struct search sought = { .regex = regex };
	struct wait wait AUTO_WAIT = wait_begin(inside, timeout_ms, false);
	char title[PROGRAM_TITLE_SIZE], what[300];
	int r;

	do {
		bool silent = is_silent(program);

		if (search(&sought, program))
			return 0;
		if (silent) {
			snprintf(what, sizeof(what), "without a line that matches /%s/",
				 text);
			return ended_before(inside, program, what);
		}
		r = wait_for_news(&wait);
	} while (r == 0);
	if (r != -ETIMEDOUT)
		return r;
	print_no_line(program, text, what, sizeof(what));
	return nst_fail(r, "%s: after %d ms %s", program_title(inside, program, title),
			timeout_ms, what);
}

int program_wait_line_inside(struct nst_inside *inside, struct nst_message *request,
			     struct nst_message *reply)
{
	const struct program_request *asked = request->data;
	const char *text = (const char *)(asked + 1);
	struct program *program = programs_get(inside, asked->id);
	regex_t regex;
	int r;

	(void)reply;
	if (!program)
		return -ENOENT;
	r = program_compile(text, &regex);
	if (r < 0)
		return r;
	r = wait_line(inside, program, text, &regex, asked->timeout_ms);
	regfree(&regex);
	return r;
}

/* ---- Until the end ---- */

static int wait_exit(struct nst_inside *inside, const struct program *program,
		     int timeout_ms)
{
	struct wait wait AUTO_WAIT = wait_begin(inside, timeout_ms, false);
	char title[PROGRAM_TITLE_SIZE];
	int r = 0;

	while (!program->ended && r == 0)
		r = wait_for_news(&wait);
	if (program->ended)
		return 0;
	if (r != -ETIMEDOUT)
		return r;
	return nst_fail(r, "%s has not ended after %d ms",
			program_title(inside, program, title), timeout_ms);
}

int program_wait_exit_inside(struct nst_inside *inside, struct nst_message *request,
			     struct nst_message *reply)
{
	const struct program_request *asked = request->data;
	struct program *program = programs_get(inside, asked->id);
	int r;

	if (!program)
		return -ENOENT;
	r = wait_exit(inside, program, asked->timeout_ms);
	if (r < 0)
		return r;
	program->asked = true;
	return nst_reply_value(reply, &program->exit, sizeof(program->exit));
}
