/* SPDX-License-Identifier: MIT */
/* What a worker and the runner say to each other over a socket pair. */
#ifndef RUNNER_MESSAGE_H
#define RUNNER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <report/result.h>

/* From the runner, with `filter_size` bytes behind it. End of file tells the worker to
 * end. */
struct order {
	uint32_t job, round, attempt; /* from 0 on */
	uint32_t filter_size;
};

/* From a worker. */
enum message_kind {
	MESSAGE_RESULT, /* a packed result follows */
	MESSAGE_ALIVE,  /* a suite goes on to its next test: the clock starts again */
	MESSAGE_PAUSED, /* it waits for people, for whom a text follows: no clock runs */
	MESSAGE_DONE,   /* the job is done */
	MESSAGE_LOST,   /* from a guest kernel: its worker is gone, and how */
};

struct message_head {
	uint32_t kind, size; /* of what follows */
};

/* A page that the worker writes and the runner reads when the worker says no more: what
 * it is doing. Costs no system call. */
struct note {
	char title[128]; /* of the running test, if it is not the job's */
	char step[256];  /* "at webserver.yaml:18:7 expect: …"; "" between steps */
};

/* In a guest kernel: what is set in this note from now on goes to the file, too. */
void note_mirror(const struct note *note, int fd);

void note_set(char *place, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes all of it. Return: 0; -EPIPE when the runner is gone. */
int message_send(int fd, enum message_kind kind, const void *bytes, size_t size);
int message_send_result(int fd, const struct nst_result *result);

/* What has come from one worker and is not yet a whole message. */
struct inbox {
	char *bytes;
	size_t used, room;
};

/* Reads what is there. Return: 1 if something came, 0 at end of file, -EAGAIN, -errno.
 */
int inbox_fill(struct inbox *inbox, int fd);

/* The same from a file, which may grow. */
int inbox_read(struct inbox *inbox, int fd);

/* The next whole message; `ret_bytes` points into the inbox until inbox_drop() removes
 * it. Return: 1, 0 if there is none yet, -EPROTO for nonsense. */
int inbox_peek(const struct inbox *inbox, struct message_head *ret_head,
	       const void **ret_bytes);
void inbox_drop(struct inbox *inbox, const struct message_head *head);
void inbox_free(struct inbox *inbox);

#endif
