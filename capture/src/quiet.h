/* SPDX-License-Identifier: MIT */
/* Writing to a pipe whose reader may have gone. */
#ifndef CAPTURE_QUIET_H
#define CAPTURE_QUIET_H

#include <stddef.h>
#include <sys/types.h>

/* write(), but what would be SIGPIPE is EPIPE only, whatever the program does with
 * signals: MSG_NOSIGNAL is for sockets. */
ssize_t nst_write_quietly(int fd, const void *data, size_t size);

#endif
