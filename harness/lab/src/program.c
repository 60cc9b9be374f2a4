/* SPDX-License-Identifier: MIT */
/* Programs as the caller sees them: handles, and requests to the lab process, which
 * does the work (program_inside.c). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "program_command.h"
#include "program_requests.h"
#include "program_stdin.h"
#include "program_tool.h"
#include "state.h"

struct nst_program {
	struct nst_program *older;
	struct nst_lab *lab;
	size_t id; /* in the lab process */
	char *name;
	const char *host; /* the plan's */
	int pidfd;        /* -1 once its end is known */
	enum tool tool;
	int tool_fd; /* that of strace is read; -1 */
	struct stdin_end input;
	/* For nst_restart(): the request that started it, and what its stdin was. */
	struct nst_message start;
	char *input_text;
	bool has_stdin_pipe;
};

/* ---- Handles ---- */

static void program_free(struct nst_program *program)
{
	if (!program)
		return;
	nst_scope_close(&program->pidfd);
	nst_scope_close(&program->tool_fd);
	stdin_close(&program->input);
	free(program->start.data);
	free(program->input_text);
	free(program->name);
	free(program);
}

void nst_programs_free(struct nst_lab *lab)
{
	struct nst_program *older;

	for (struct nst_program *p = steal(lab->programs); p; p = older) {
		older = p->older;
		program_free(p);
	}
}

const char *nst_program_name(const struct nst_program *program)
{
	return program->name;
}

const char *nst_program_host(const struct nst_program *program)
{
	return program->host;
}

struct nst_program *nst_program_find(struct nst_lab *lab, const char *host,
				     const char *name)
{
	struct nst_program *p = lab->programs;

	while (p && ((name && strcmp(p->name, name) != 0) ||
		     (host && strcmp(p->host, host) != 0)))
		p = p->older;
	return p;
}

struct nst_program *nst_program_at(struct nst_lab *lab, size_t i)
{
	struct nst_program *p;
	size_t count = 0;

	for (p = lab->programs; p; p = p->older)
		count++;
	if (i >= count)
		return NULL;
	for (p = lab->programs; count - i > 1; count--)
		p = p->older;
	return p;
}

/* fdinfo numbers the process as the /proc that is mounted here does. */
pid_t nst_program_pid(struct nst_program *program)
{
	struct pollfd ended = { .fd = program ? program->pidfd : -1, .events = POLLIN };
	char path[64], line[128];
	FILE *file AUTO_FCLOSE = NULL;
	pid_t pid = 0;

	if (ended.fd < 0 || poll(&ended, 1, 0) > 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", program->pidfd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	return pid > 0 ? pid : 0;
}

/* What is only of use while it lives. */
static void note_end(struct nst_program *program)
{
	nst_scope_close(&program->pidfd);
	program->pidfd = -1;
	stdin_close(&program->input);
}

/* ---- Starting ---- */

/* The request's bytes: see struct program_start_request. */
static int write_request(const struct program_start_request *head,
			 const struct nst_start *start, const char *name,
			 const char *directory, const char *const *argv,
			 char *const *env, struct nst_message *ret)
{
	const char *line = start->ready.line ? start->ready.line : "";
	const char *path = start->ready.file ? start->ready.file : "";
	FILE *file = open_memstream((char **)&ret->data, &ret->size);

	if (!file)
		return nst_fail_memory();
	fwrite(head, sizeof(*head), 1, file);
	fprintf(file, "%s%c%s%c%s%c%s%c", name, 0, directory, 0, line, 0, path, 0);
	for (; *argv; argv++)
		fprintf(file, "%s%c", *argv, 0);
	for (; *env; env++)
		fprintf(file, "%s%c", *env, 0);
	return fclose(file) == 0 ? 0 : nst_fail_memory();
}

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

/* All that the lab process must know, except stdin. */
static int make_request(const struct nst_lab *lab, const struct nst_start *start,
			const char *name, size_t node, struct nst_message *ret)
{
	const char *const shell[] = { "/bin/sh", "-c", start->command, NULL };
	const char *const *argv = start->command ? shell : start->argv;
	enum tool tool = tool_of(lab, lab->plan->nodes[node].name, name);
	const char **words AUTO_FREE =
		tool == TOOL_GDB && start->command ? tool_words(start->command) : NULL;
	const char **under_tool AUTO_FREE = NULL;
	char *own_directory AUTO_FREE = getcwd(NULL, 0);
	const char *directory = start->directory ? start->directory : own_directory;
	char **env = NULL;
	int r;

	if (!directory) /* a folder that is no more */
		directory = "/";
	if (tool != TOOL_NONE) {
		argv = under_tool = tool_command(tool, words ? words : argv);
		if (!argv)
			return -ENOMEM;
	}
	r = command_environment(environ, start->env, lab->plan->nodes[node].name,
				directory, &env);
	if (r < 0)
		return r;
	const struct program_start_request head = {
		.node = node,
		.argc = count(argv),
		.envc = count((const char *const *)env),
		.must_have_directory = start->directory,
		.may_exit = start->may_exit,
		.has_input = start->input || start->keep_stdin_open,
		.has_tool_fd = tool != TOOL_NONE,
		.port = start->ready.port,
		.udp_port = start->ready.udp_port,
		.monotonic_ahead_s = start->monotonic_ahead_s,
	};
	r = write_request(&head, start, name, directory, argv, env, ret);
	command_environment_free(env);
	return r;
}

static int check(const struct nst_start *start)
{
	bool line = start->command && start->command[0];
	bool list = start->argv && start->argv[0] && start->argv[0][0];

	if (line == list)
		return nst_fail(-EINVAL,
				"a program needs a command or an argv, and not both");
	if (start->input && start->keep_stdin_open)
		return nst_fail(-EINVAL,
				"input ends stdin: it cannot be kept open too");
	if (start->ready.file && start->ready.file[0] != '/')
		return nst_fail(-EINVAL, "ready.file \"%s\" does not begin with /",
				start->ready.file);
	return 0;
}

/* Starts what program->start says. */
static int ask_start(struct nst_program *program)
{
	const struct nst_start input = { .input = program->input_text,
					 .keep_stdin_open = program->has_stdin_pipe };
	struct nst_message request = program->start, reply = { 0 };
	char *answer AUTO_FREE = NULL;
	int theirs AUTO_CLOSE = -1;
	int r = stdin_open(&program->input, &input, &theirs);

	if (r == 0 && program->tool != TOOL_NONE)
		r = program->tool_fd = tool_open(program->lab, program->tool);
	if (r < 0)
		return r;
	if (theirs >= 0)
		request.fds[request.fd_count++] = theirs;
	if (program->tool_fd >= 0)
		request.fds[request.fd_count++] = program->tool_fd;
	r = nst_lab_call(program->lab, program_start_inside, &request, &reply);
	answer = reply.data;
	if (r < 0)
		return r;
	if (reply.size != sizeof(struct program_started) || reply.fd_count != 1)
		return nst_fail(-EPROTO, "the lab process answered nonsense");
	program->id = ((struct program_started *)reply.data)->id;
	program->pidfd = reply.fds[0];
	return 0;
}

/* A handle of nothing yet; `name` becomes its own. NULL: no memory. */
static struct nst_program *program_new(struct nst_lab *lab, const char *host,
				       char *name)
{
	struct nst_program *program = name ? calloc(1, sizeof(*program)) : NULL;

	if (!program) {
		free(name);
		return NULL;
	}
	program->lab = lab;
	program->host = host;
	program->name = name;
	program->pidfd = program->tool_fd = -1;
	program->tool = tool_of(lab, host, name);
	stdin_none(&program->input);
	return program;
}

/* The last part of a start: it runs, and is the lab's newest. `r` is how far it got. */
static int launch(struct nst_program *program, int r, struct nst_program **ret)
{
	if (r == 0)
		r = ask_start(program);
	if (r < 0) {
		nst_fail_in(r, "starting %s on %s", program->name, program->host);
		program_free(program);
		return r;
	}
	program->older = program->lab->programs;
	program->lab->programs = program;
	*ret = program;
	return 0;
}

/* The rest of what nst_restart() needs. */
static int remember_stdin(struct nst_program *program, const char *input, bool is_pipe)
{
	program->has_stdin_pipe = is_pipe;
	program->input_text = input ? strdup(input) : NULL;
	return input && !program->input_text ? nst_fail_memory() : 0;
}

static int start_in(struct nst_lab *lab, const struct nst_start *start, size_t node,
		    struct nst_program **ret)
{
	const char *host = lab->plan->nodes[node].name;
	struct nst_program *program;
	int r = check(start);

	if (r < 0)
		return nst_fail_in(r, "host \"%s\"", host);
	program = program_new(lab, host,
			      start->name ? strdup(start->name) : command_name(start));
	if (!program)
		return nst_fail_memory();
	r = make_request(lab, start, program->name, node, &program->start);
	if (r == 0)
		r = remember_stdin(program, start->input, start->keep_stdin_open);
	return launch(program, r, ret);
}

int nst_start(struct nst_lab *lab, const struct nst_start *start,
	      struct nst_program **ret)
{
	struct nst_program *program = NULL;
	size_t node;
	int r = nst_plan_node(lab->plan, start->host, &node);

	if (r == 0)
		r = start_in(lab, start, node, &program);
	if (r == 0 && ret)
		*ret = program;
	return r;
}

/* ---- Requests about one program ---- */

/* nst_program_find() may have found nothing, and nobody looked. */
static int fail_unless_there(const struct nst_program *program)
{
	return program ? 0 : nst_fail(-EINVAL, "no program was given (NULL)");
}

int nst_program_number(const struct nst_program *program, size_t *ret_number)
{
	int r = fail_unless_there(program);

	if (r == 0)
		*ret_number = program->id;
	return r;
}

/* Whoever is at gdb has time. */
static int patience(const struct nst_program *program, int timeout_ms)
{
	return program->tool == TOOL_GDB && timeout_ms > 0 ? INT_MAX : timeout_ms;
}

static int ask(struct nst_program *program, nst_inside_fn *function, int timeout_ms,
	       int signal)
{
	struct program_request request = { .timeout_ms = timeout_ms, .signal = signal };
	int r = fail_unless_there(program);

	if (r < 0)
		return r;
	request.id = program->id;
	request.timeout_ms = patience(program, timeout_ms);
	return nst_lab_ask(program->lab, function, &request, sizeof(request), NULL, 0);
}

int nst_wait_ready(struct nst_program *program, int timeout_ms)
{
	return ask(program, program_wait_ready_inside, timeout_ms, 0);
}

int nst_wait_line(struct nst_program *program, const char *regex, int timeout_ms)
{
	size_t size = strlen(regex) + 1;
	struct program_request head = { .timeout_ms = timeout_ms };
	struct nst_message request = { .size = sizeof(head) + size };
	char *data AUTO_FREE = malloc(request.size);
	int r = fail_unless_there(program);

	if (r < 0)
		return r;
	if (!data)
		return nst_fail_memory();
	head.id = program->id;
	head.timeout_ms = patience(program, timeout_ms);
	memcpy(data, &head, sizeof(head));
	memcpy(data + sizeof(head), regex, size);
	request.data = data;
	return nst_lab_call(program->lab, program_wait_line_inside, &request, NULL);
}

int nst_wait_exit(struct nst_program *program, int timeout_ms,
		  struct nst_exit *ret_exit)
{
	struct program_request request = { .timeout_ms = timeout_ms };
	struct nst_exit how;
	int r = fail_unless_there(program);

	if (r < 0)
		return r;
	request.id = program->id;
	request.timeout_ms = patience(program, timeout_ms);
	r = nst_lab_ask(program->lab, program_wait_exit_inside, &request,
			sizeof(request), &how, sizeof(how));
	if (r < 0)
		return r;
	note_end(program);
	if (ret_exit)
		*ret_exit = how;
	return 0;
}

int nst_signal(struct nst_program *program, int signal)
{
	return ask(program, program_signal_inside, 0, signal);
}

int nst_freeze(struct nst_program *program)
{
	return ask(program, program_freeze_inside, 0, 0);
}

int nst_thaw(struct nst_program *program)
{
	return nst_signal(program, SIGCONT);
}

static int end(struct nst_program *program, int signal, int timeout_ms)
{
	int r = ask(program, program_stop_inside, timeout_ms, signal);

	if (r == 0)
		note_end(program);
	return r;
}

int nst_stop(struct nst_program *program, int timeout_ms)
{
	return end(program, SIGTERM, timeout_ms);
}

int nst_kill(struct nst_program *program)
{
	return end(program, SIGKILL, 0);
}

int nst_vanish(struct nst_program *program)
{
	int r = ask(program, program_vanish_inside, 0, 0);

	if (r == 0)
		note_end(program);
	return r;
}

static int start_again(const struct nst_program *old, struct nst_program **ret)
{
	struct nst_program *program =
		program_new(old->lab, old->host, strdup(old->name));
	int r;

	if (!program)
		return nst_fail_memory();
	program->start.size = old->start.size;
	program->start.data = malloc(old->start.size);
	if (program->start.data)
		memcpy(program->start.data, old->start.data, old->start.size);
	r = program->start.data ? 0 : nst_fail_memory();
	if (r == 0)
		r = remember_stdin(program, old->input_text, old->has_stdin_pipe);
	return launch(program, r, ret);
}

int nst_restart(struct nst_program *program, int timeout_ms, struct nst_program **ret)
{
	struct nst_program *again = NULL;
	int r = nst_stop(program, timeout_ms);

	if (r == 0)
		r = start_again(program, &again);
	if (r == 0 && ret)
		*ret = again;
	return r;
}

/* ---- Streams ---- */

/* The whole of a stream, as `function` gives it. */
static int ask_output(struct nst_program *program, enum nst_stream stream,
		      nst_inside_fn *function, char **ret_text, size_t *ret_size)
{
	struct program_request asked = { .stream = stream };
	struct nst_message request = { .data = &asked, .size = sizeof(asked) };
	struct nst_message reply = { 0 };
	int r = fail_unless_there(program);

	if (r < 0)
		return r;
	asked.id = program->id;
	if (stream != NST_STDOUT && stream != NST_STDERR)
		return nst_fail(-EINVAL, "a program has no stream %d", (int)stream);
	r = nst_lab_call(program->lab, function, &request, &reply);
	if (r == 0 && !reply.size)
		r = nst_fail(-EPROTO, "the lab process answered nothing");
	if (r < 0) {
		free(reply.data);
		return r;
	}
	*ret_text = reply.data;
	if (ret_size)
		*ret_size = reply.size - 1; /* without the NUL */
	return 0;
}

int nst_output(struct nst_program *program, enum nst_stream stream, char **ret_text,
	       size_t *ret_size)
{
	return ask_output(program, stream, program_output_inside, ret_text, ret_size);
}

int nst_output_lines(struct nst_program *program, enum nst_stream stream, size_t most,
		     char **ret_text)
{
	char *text, *from;
	size_t size;
	int r = ask_output(program, stream, program_lines_inside, &text, &size);

	if (r < 0)
		return r;
	if (size > most) {
		from = memchr(text + size - most, '\n', most);
		from = from ? from + 1 : text + size;
		memmove(text, from, (size_t)(text + size - from) + 1);
	}
	*ret_text = text;
	return 0;
}

int nst_program_trace(struct nst_program *program, char **ret_text)
{
	int r = fail_unless_there(program);
	char *text;
	off_t size;

	if (r < 0)
		return r;
	if (program->tool != TOOL_STRACE)
		return nst_fail(-ENODATA, "%s on %s does not run under strace",
				program->name, program->host);
	size = lseek(program->tool_fd, 0, SEEK_END);
	text = malloc((size_t)size + 1);
	if (!text)
		return nst_fail_memory();
	size = pread(program->tool_fd, text, (size_t)size, 0);
	text[size > 0 ? size : 0] = '\0';
	*ret_text = text;
	return 0;
}

int nst_write(struct nst_program *program, const void *data, size_t size)
{
	int r = fail_unless_there(program);

	if (r < 0)
		return r;
	r = stdin_write(&program->input, data, size);
	return r < 0 ? nst_fail_in(r, "writing to %s on %s", program->name,
				   program->host)
		     : 0;
}

int nst_close_stdin(struct nst_program *program)
{
	int r = fail_unless_there(program);

	if (r < 0)
		return r;
	if (program->input.fd < 0 && !program->input.was_open)
		return nst_fail(-EBADF, "stdin of %s on %s is no pipe", program->name,
				program->host);
	stdin_close(&program->input);
	return 0;
}

/* ---- Commands ---- */

void nst_ran_free(struct nst_ran *ran)
{
	free(ran->out);
	free(ran->err);
	*ran = (struct nst_ran){ 0 };
}

static int collect(struct nst_program *program, struct nst_ran *ran)
{
	int r = nst_output(program, NST_STDOUT, &ran->out, &ran->out_size);

	return r < 0 ? r : nst_output(program, NST_STDERR, &ran->err, &ran->err_size);
}

/* After its time is up: kills it, and collects all the same. */
static int give_up(struct nst_program *program, struct nst_ran *ran)
{
	char sentence[NST_ERROR_SIZE];
	int r;

	memcpy(sentence, nst_error(), sizeof(sentence));
	r = nst_kill(program);
	if (r == 0)
		r = nst_wait_exit(program, 0, &ran->exit);
	if (r == 0)
		r = collect(program, ran);
	return r < 0 ? r : nst_fail(-ETIMEDOUT, "%s", sentence);
}

int nst_run(struct nst_lab *lab, const struct nst_start *start, int timeout_ms,
	    struct nst_ran *ret)
{
	struct nst_program *program;
	struct nst_ran ran = { 0 };
	int r = nst_start(lab, start, &program);

	if (r < 0)
		return r;
	r = nst_wait_exit(program, timeout_ms, &ran.exit);
	if (r == 0)
		r = collect(program, &ran);
	else if (r == -ETIMEDOUT)
		r = give_up(program, &ran);
	if (r == 0 || r == -ETIMEDOUT)
		*ret = ran;
	else
		nst_ran_free(&ran);
	return r;
}
