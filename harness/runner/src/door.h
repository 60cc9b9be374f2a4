/* SPDX-License-Identifier: MIT */
/* The door of a lab: how a process gets into one of its hosts.
 *
 * How it works. `nstest up` listens on an abstract Unix socket, which is no file and
 * vanishes with it: @nstest/UID/PID/NAME. Who connects and is the same user names a
 * host. A child of `up` that stands in that host opens /proc/self/ns/ * and passes
 * these descriptors on; who has them enters by setns(2), forks, and is in.
 */
#ifndef RUNNER_DOOR_H
#define RUNNER_DOOR_H

#include <sys/types.h>
#include <sys/un.h>

#include <nstest/lab.h>

enum { DOOR_NAMESPACES = 6, DOOR_NAME = 64 };

/* What a visitor asks, and what it is told. With code 0 the descriptors come along. */
struct door_request {
	char host[64];
};
struct door_answer {
	int code; /* 0, or -errno */
	char sentence[512];
};

/* Listens. Return: a descriptor; -errno. */
int door_open(uid_t owner, const char *name);

/* Lets one visitor in who stands at the door. What goes wrong is told to the visitor.
 */
void door_answer(int door, struct nst_lab *lab);

/* The descriptors of a host of one's own lab. */
int door_inside(struct nst_lab *lab, const char *host, int *ret_fds);

/* Connects to the lab called `name` or with that PID, asks for `host`. */
int door_ask(const char *lab, const char *host, int *ret_fds);

/* Runs a command in the host that the descriptors lead to, on this terminal, and waits
 * for its end. Closes them. Return: exit status, 128 + signal; -errno. */
int door_enter(int *fds, const char *host, char *const *command);

#endif
