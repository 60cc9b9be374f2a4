/* SPDX-License-Identifier: MIT */
/* The ears: a thread of the lab process that reads what programs write, so that no
 * program ever waits for a probe and nothing said is lost. */
#ifndef LAB_EARS_H
#define LAB_EARS_H

#include <pthread.h>
#include <stdbool.h>

#include "program_output.h"

/* One stream of one program. `lock` guards the rest. */
struct stream {
	pthread_mutex_t lock;
	int fd; /* the pipe's end, non-blocking; -1 after end of file */
	int epoll_fd;
	struct output output;
};

struct ears;
struct usage;

/* Starts the thread, which also looks at what programs take. It lives as long as the process. */
int ears_open(struct usage *usage, struct ears **ret_ears);

/* From now on reads `fd` (which the stream owns) into `stream`, which must stay. */
int ears_add(struct ears *ears, struct stream *stream, int fd);

/* While on, ears_fd() becomes readable whenever something came. */
void ears_attend(struct ears *ears, bool on);
int ears_fd(const struct ears *ears);

/* Reads, in the calling thread, what the pipe holds at this moment. */
void stream_drain(struct stream *stream);

/* Whether end of file was seen. */
bool stream_ended(struct stream *stream);

#endif
