/* SPDX-License-Identifier: MIT */
/* Programs inside the lab process: the table, and the parts that work on it.
 *
 *	program_inside.c  the table; start, death, output
 *	program_signals.c signals, freezing, stopping
 *	program_spawn.c	  fork, enter the host, exec
 *	program_wait.c	  waits: until ready, until a line, until the end
 *	program_group.c	  process groups as /proc shows them
 *	program_silence.c  connections whose end nobody hears of
 *	program_words.c	  how it died, for a sentence
 *	program_findings.c what sanitizers said of it
 */
#ifndef LAB_PROGRAMS_H
#define LAB_PROGRAMS_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nstest/program.h>

#include "ears.h"
#include "state.h"

enum { STREAMS = 2 }; /* as enum nst_stream */

struct program {
	char *name;
	size_t node;
	pid_t pid;   /* also its session and process group */
	int root_fd; /* O_PATH of the host's root, if ready_file is given; else -1 */
	uint64_t started_ns, ended_ns; /* CLOCK_MONOTONIC */
	bool ended;
	struct nst_exit exit;
	bool asked; /* its end was asked for or waited for */
	bool may_exit;
	uint64_t signals; /* those sent, by bit */
	unsigned short port, udp_port;
	bool has_line;
	char *line; /* the regex as given */
	regex_t line_regex;
	char *file;
	struct stream streams[STREAMS];
};

struct programs {
	struct program **list; /* by id, in the order of starting */
	size_t count, room;
	struct ears *ears;
	struct usage *usage;
};

uint64_t programs_now_ns(void);

/* The program with that id; NULL and a sentence if there is none. */
struct program *programs_get(struct nst_inside *inside, size_t id);

/* Whether it ended in a way that is none of its freedoms (may_exit). */
bool program_failed(const struct program *program);

/* Compiles a POSIX extended regex; -EINVAL and what is wrong with it. */
int program_compile(const char *text, regex_t *ret_regex);

/* ---- program_words.c ---- */

/* "nginx on web"; `text` has room for PROGRAM_TITLE_SIZE. */
enum { PROGRAM_TITLE_SIZE = 200 };
char *program_title(const struct nst_inside *inside, const struct program *program,
		    char *text);

/* How it ended and what it said last:
 * exit status 1 after 12 ms; its stderr ended: "…"
 * `text` has room for PROGRAM_DEATH_SIZE. */
enum { PROGRAM_DEATH_SIZE = 600 };
char *program_death(struct program *program, char *text);

/* ---- program_spawn.c ---- */

/* Everything that the child needs, ready before the fork. */
struct spawn {
	size_t node;
	bool own_pids;
	char *const *argv;
	char *const *paths; /* what to try to exec, in this order; NULL-terminated */
	long long monotonic_ahead_s;
	char clocks[80]; /* the same for timens_offsets; "": none */
	char **env;      /* env[0] is PWD=…, and becomes PWD=/ if that fails */
	const char *directory;
	bool must_have_directory;
	int fds[3];  /* stdin, stdout, stderr */
	int tool_fd; /* what becomes 3; -1: nothing */
};

/* Return: the process, exec'd; or -errno with a sentence. */
int program_spawn(struct nst_inside *inside, const struct spawn *spawn, pid_t *ret_pid);

/* ---- program_group.c ---- */

/* Whether `fn` holds for every process of the group; its first false ends the walk.
 * `process` is its number in /proc. */
typedef bool group_member_fn(const char *process, void *context);
bool group_every(pid_t group, group_member_fn *fn, void *context);

/* Whether no thread of the group will run another instruction until SIGCONT. */
bool group_is_stopped(pid_t group);

/* Whether nobody is left in it; the dead that their parents have not yet buried do not
 * count. */
bool group_is_empty(pid_t group);

/* ---- program_silence.c ---- */

/* From now on the peers of the group's TCP connections are told nothing, not even when
 * they end. The group is stopped. Return: 0; -EPERM, … */
int group_silence(pid_t group);

/* ---- program_wait.c ---- */

/* A wait in the lab process: until something may have changed, or the deadline. */
struct wait {
	struct nst_inside *inside;
	uint64_t deadline_ns; /* CLOCK_MONOTONIC */
	bool polls;           /* also looks again without news, at a rising interval */
	uint64_t began_ns;
};

struct wait wait_begin(struct nst_inside *inside, int timeout_ms, bool polls);

/* Return: 0 when it is time to look again; -ETIMEDOUT, without a sentence; -EPIPE if
 * the caller is gone. */
int wait_for_news(struct wait *wait);
void wait_end(struct wait *wait);

#define AUTO_WAIT __attribute__((cleanup(wait_end)))

#endif
