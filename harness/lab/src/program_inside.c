/* SPDX-License-Identifier: MIT */
/* The table of programs in the lab process: how they begin and die. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "program_command.h"
#include "program_requests.h"
#include "programs.h"
#include "usage.h"

uint64_t programs_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- The table ---- */

struct program *programs_get(struct nst_inside *inside, size_t id)
{
	struct programs *programs = inside->programs;

	if (programs && id < programs->count)
		return programs->list[id];
	nst_fail(-ENOENT, "there is no program %zu", id);
	return NULL;
}

static int open_table(struct nst_inside *inside)
{
	struct programs *programs AUTO_FREE = NULL;
	int r;

	if (inside->programs)
		return 0;
	programs = calloc(1, sizeof(*programs));
	if (!programs)
		return nst_fail_memory();
	r = usage_open(inside->memory_bytes, &programs->usage);
	if (r == 0)
		r = ears_open(programs->usage, &programs->ears);
	if (r < 0)
		return r;
	inside->programs = steal(programs);
	return 0;
}

/* Makes sure that one more fits: after the fork nothing may fail. */
static int reserve(struct programs *programs)
{
	size_t room = programs->room ? 2 * programs->room : 16;
	struct program **grown;

	if (programs->count < programs->room)
		return 0;
	grown = realloc(programs->list, room * sizeof(*grown));
	if (!grown)
		return nst_fail_memory();
	programs->list = grown;
	programs->room = room;
	return 0;
}

/* Of one that was never started. */
static void program_free(struct program **program)
{
	struct program *p = *program;

	if (!p)
		return;
	if (p->line)
		regfree(&p->line_regex);
	free(p->name);
	free(p->line);
	free(p->file);
	free(p);
}

/* ---- Starting ---- */

int program_compile(const char *text, regex_t *ret_regex)
{
	char why[200];
	int r = regcomp(ret_regex, text, REG_EXTENDED);

	if (r == 0)
		return 0;
	regerror(r, ret_regex, why, sizeof(why));
	return nst_fail(-EINVAL, "the regex /%s/: %s", text, why);
}

/* A start request, taken apart; the strings are the request's. */
struct start {
	const struct program_start_request *head;
	const char *name, *directory, *line, *file;
	char **argv, **env;
};

static void start_free(struct start *start)
{
	free(start->argv);
	free(start->env);
}

/* Strings follow one another, each with its NUL. */
static const char *next_string(const char **at)
{
	const char *string = *at;

	*at += strlen(string) + 1;
	return string;
}

static char **next_strings(const char **at, size_t count)
{
	char **list = calloc(count + 1, sizeof(*list));

	for (size_t i = 0; list && i < count; i++)
		list[i] = (char *)next_string(at);
	return list;
}

static int start_parse(const struct nst_message *request, struct start *ret)
{
	const char *at = (const char *)request->data + sizeof(*ret->head);

	ret->head = request->data;
	ret->name = next_string(&at);
	ret->directory = next_string(&at);
	ret->line = next_string(&at);
	ret->file = next_string(&at);
	ret->argv = next_strings(&at, ret->head->argc);
	ret->env = next_strings(&at, ret->head->envc);
	return ret->argv && ret->env ? 0 : nst_fail_memory();
}

static int program_new(const struct start *start, struct program **ret)
{
	struct program *program AUTO(program_free) = calloc(1, sizeof(*program));
	int r;

	if (!program)
		return nst_fail_memory();
	program->root_fd = -1;
	program->node = start->head->node;
	program->may_exit = start->head->may_exit;
	program->port = start->head->port;
	program->udp_port = start->head->udp_port;
	program->name = strdup(start->name);
	if (!program->name)
		return nst_fail_memory();
	if (*start->file && !(program->file = strdup(start->file)))
		return nst_fail_memory();
	if (*start->line) {
		r = program_compile(start->line, &program->line_regex);
		if (r < 0)
			return r;
		program->line = strdup(start->line);
		if (!program->line) {
			regfree(&program->line_regex);
			return nst_fail_memory();
		}
	}
	*ret = steal(program);
	return 0;
}

/* The pipes' other ends, which the ears get; only these do not block. */
struct pipes {
	int read[STREAMS], write[STREAMS];
};

static void pipes_close(struct pipes *pipes)
{
	for (int i = 0; i < STREAMS; i++) {
		nst_scope_close(&pipes->read[i]);
		nst_scope_close(&pipes->write[i]);
	}
}

static int pipes_open(struct pipes *pipes)
{
	for (int i = 0; i < STREAMS; i++) {
		int fds[2];

		if (pipe2(fds, O_CLOEXEC) < 0)
			return nst_fail_errno("making a pipe");
		pipes->read[i] = fds[0];
		pipes->write[i] = fds[1];
		if (fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0)
			return nst_fail_errno("making a pipe that does not block");
	}
	return 0;
}

static int spawn(struct nst_inside *inside, const struct start *start, int input,
		 int tool_fd, const struct pipes *pipes, struct program *program)
{
	struct spawn spawn = {
		.node = program->node,
		.own_pids = inside->plan->nodes[program->node].own_pids,
		.argv = start->argv,
		.paths = command_paths(start->argv[0], start->env),
		.env = start->env,
		.directory = start->directory,
		.must_have_directory = start->head->must_have_directory,
		.monotonic_ahead_s = start->head->monotonic_ahead_s,
		.tool_fd = tool_fd,
		.fds = { input, pipes->write[NST_STDOUT], pipes->write[NST_STDERR] },
	};
	int r;

	if (spawn.monotonic_ahead_s)
		snprintf(spawn.clocks, sizeof(spawn.clocks),
			 "monotonic %lld 0\nboottime %lld 0\n", spawn.monotonic_ahead_s,
			 spawn.monotonic_ahead_s);
	r = spawn.paths ? program_spawn(inside, &spawn, &program->pid)
			: nst_fail_memory();

	command_paths_free(spawn.paths);
	return r;
}

/* What is true of a program from its first moment on. Return: its pidfd; -errno. */
static int settle(struct nst_inside *inside, struct program *program,
		  struct pipes *pipes)
{
	struct programs *programs = inside->programs;
	char path[64];
	int r = 0, pidfd;

	programs->list[programs->count++] = program;
	for (int i = 0; i < STREAMS && r == 0; i++)
		r = ears_add(programs->ears, &program->streams[i],
			     steal_fd(&pipes->read[i]));
	if (program->file) {
		/* As long as it has not changed its own root. */
		snprintf(path, sizeof(path), "/proc/%d/root", program->pid);
		program->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (r < 0)
		return r;
	/* Our child it is until we reap it, so the number is surely its. */
	pidfd = (int)syscall(SYS_pidfd_open, program->pid, 0);
	return pidfd < 0 ? nst_fail_errno("opening a pidfd") : pidfd;
}

/* Return: a pidfd; -errno. */
static int start_program(struct nst_inside *inside, const struct start *start,
			 int input, int tool_fd)
{
	struct program *program AUTO(program_free) = NULL;
	struct program *started;
	struct pipes pipes AUTO(pipes_close) = { { -1, -1 }, { -1, -1 } };
	int null AUTO_CLOSE = -1;
	int r;

	r = program_new(start, &program);
	if (r == 0)
		r = pipes_open(&pipes);
	if (r < 0)
		return r;
	if (input < 0) /* the lab process's: a host may have no /dev */
		input = null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (input < 0)
		return nst_fail_errno("opening /dev/null");
	program->started_ns = programs_now_ns();
	r = spawn(inside, start, input, tool_fd, &pipes, program);
	if (r < 0)
		return r;
	started = steal(program);
	r = settle(inside, started, &pipes);
	if (r < 0) {
		started->asked = true;
		kill(-started->pid, SIGKILL);
	}
	return r;
}

int program_start_inside(struct nst_inside *inside, struct nst_message *request,
			 struct nst_message *reply)
{
	struct start start AUTO(start_free) = { 0 };
	struct program_started started;
	int r, pidfd, input = -1, tool_fd = -1;

	r = open_table(inside);
	if (r == 0)
		r = reserve(inside->programs);
	if (r == 0)
		r = start_parse(request, &start);
	if (r < 0)
		return r;
	if (start.head->has_input)
		input = request->fds[0];
	if (start.head->has_tool_fd)
		tool_fd = request->fds[start.head->has_input];
	pidfd = start_program(inside, &start, input, tool_fd);
	if (pidfd < 0)
		return pidfd;
	reply->fds[reply->fd_count++] = pidfd;
	started.id = inside->programs->count - 1;
	return nst_reply_value(reply, &started, sizeof(started));
}

/* ---- Death ---- */

static struct program *find_living(struct programs *programs, pid_t pid)
{
	for (size_t i = programs ? programs->count : 0; i-- > 0;)
		if (programs->list[i]->pid == pid && !programs->list[i]->ended)
			return programs->list[i];
	return NULL;
}

void programs_reaped(struct nst_inside *inside, pid_t pid, int status)
{
	struct program *program = find_living(inside->programs, pid);

	if (!program)
		return;
	program->ended = true;
	program->ended_ns = programs_now_ns();
	program->exit.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	program->exit.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (program->exit.signal && program->signals >> (program->exit.signal - 1) & 1)
		program->asked = true;
	for (int i = 0; i < STREAMS; i++)
		stream_drain(&program->streams[i]);
	if (program->root_fd >= 0)
		close(steal_fd(&program->root_fd));
}

bool program_failed(const struct program *program)
{
	return program->ended && !(program->may_exit && program->exit.status == 0);
}

static const struct program *find_leader(const struct programs *programs, pid_t group)
{
	for (size_t i = 0; i < programs->count; i++)
		if (programs->list[i]->pid == group)
			return programs->list[i];
	return NULL;
}

int programs_check_usage(struct nst_inside *inside)
{
	struct programs *programs = inside->programs;
	char title[PROGRAM_TITLE_SIZE], who[PROGRAM_TITLE_SIZE + 64];
	const struct program *leader;
	struct usage_report report;
	const double mib = 1 << 20;

	if (!programs || !usage_exceeded(programs->usage, &report))
		return 0;
	leader = find_leader(programs, report.group);
	snprintf(who, sizeof(who), leader ? "%s (of %s)" : "%s", report.name,
		 leader ? program_title(inside, leader, title) : "");
	if (report.processes > USAGE_MOST_PROCESSES)
		return nst_fail(-ECHILD,
				"%s was killed: the programs of the case were %zu "
				"processes, and may be %d",
				who, report.processes, USAGE_MOST_PROCESSES);
	return nst_fail(-ECHILD,
			"%s was killed because of its memory: it took %.0f MiB, all "
			"programs of the case %.0f MiB, and they may have %.0f MiB",
			who, (double)report.bytes / mib, (double)report.all_bytes / mib,
			(double)report.most_bytes / mib);
}

int programs_check(struct nst_inside *inside)
{
	struct programs *programs = inside->programs;
	char title[PROGRAM_TITLE_SIZE], death[PROGRAM_DEATH_SIZE], more[40] = "";
	struct program *first = NULL;
	size_t dead = 0;

	for (size_t i = 0; programs && i < programs->count; i++) {
		struct program *program = programs->list[i];

		if (!program_failed(program) || program->asked)
			continue;
		if (!dead++)
			first = program;
	}
	if (!first)
		return 0;
	if (dead > 1)
		snprintf(more, sizeof(more), " (and %zu more died)", dead - 1);
	return nst_fail(-ECHILD, "%s died unasked: %s%s",
			program_title(inside, first, title),
			program_death(first, death), more);
}

/* ---- Output ---- */

/* NULL: no memory. */
static char *lines_of(struct output *output, size_t *ret_size)
{
	struct output_cursor cursor = { 0 };
	struct output_line line;
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_size);

	while (out && output_line(output, &cursor, &line)) {
		fprintf(out, "%llu\t", (unsigned long long)line.at_ns);
		fwrite(line.text, 1, line.size, out);
		fputc('\n', out);
		if (!line.complete)
			break;
	}
	if (out && fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* What `text_of` makes of a stream, with a NUL. */
static int reply_output(struct nst_inside *inside, const struct nst_message *request,
			struct nst_message *reply,
			char *(*text_of)(struct output *output, size_t *ret_size))
{
	const struct program_request *asked = request->data;
	struct program *program = programs_get(inside, asked->id);
	struct stream *stream;

	if (!program)
		return -ENOENT;
	stream = &program->streams[asked->stream];
	stream_drain(stream);
	pthread_mutex_lock(&stream->lock);
	reply->data = text_of(&stream->output, &reply->size);
	pthread_mutex_unlock(&stream->lock);
	if (!reply->data)
		return nst_fail_memory();
	reply->size++;
	return 0;
}

int program_output_inside(struct nst_inside *inside, struct nst_message *request,
			  struct nst_message *reply)
{
	return reply_output(inside, request, reply, output_text);
}

int program_lines_inside(struct nst_inside *inside, struct nst_message *request,
			 struct nst_message *reply)
{
	return reply_output(inside, request, reply, lines_of);
}
