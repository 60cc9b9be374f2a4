/* SPDX-License-Identifier: MIT */
/* The door of a lab: how a process gets into one of its hosts.
 *
 * How it works. Who holds a lab (nstest up, with, run --pause-on-failure and --step)
 * listens on an abstract Unix socket, which is no file and vanishes with it:
 * @nstest/UID/PID/NAME. Who connects and is the same user names a host. A child of the
 * holder that stands in that host opens /proc/self/ns/ * and passes these descriptors
 * on; who has them enters by setns(2), forks, and is in.
 */
#ifndef RUNNER_DOOR_H
#define RUNNER_DOOR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/un.h>

#include <nstest/lab.h>

enum { DOOR_NAMESPACES = 6, DOOR_NAME = 64 };

enum door_wish {
	DOOR_ENTER, /* a host */
	DOOR_TELL,  /* what is here */
	DOOR_DOWN,  /* take the lab down */
};

/* What a visitor asks, and what it is told. With DOOR_ENTER and code 0 descriptors come
 * along. */
struct door_request {
	uint32_t wish;
	char host[64];
};
struct door_answer {
	int code; /* 0, or -errno */
	char sentence[512];
};

/* A door as its holder has it. */
struct door {
	int fd;
	struct nst_lab *lab;
	char about[sizeof(((struct door_answer *)0)->sentence)]; /* for DOOR_TELL */
};

/* Listens. `pid` is how the holder is called; inside a PID namespace it does not know
 * it. Return: 0; -errno. */
int door_open(struct door *door, uid_t owner, pid_t pid, const char *name);
void door_close(struct door *door);

/* Hears one visitor out who stands at the door. What goes wrong is told to the visitor.
 * Return: whether the lab is to be taken down. */
bool door_answer(struct door *door);

/* "web, client": hosts that can be entered. */
void door_hosts(const struct nst_topology *topology, char *text, size_t size);

/* The descriptors of a host of one's own lab. */
int door_inside(struct nst_lab *lab, const char *host, int *ret_fds);

/* Connects to the lab called `lab` (its PID, or a part of its name; NULL: $NSTEST_LAB, or
 * the only one), asks for `host`. */
int door_ask(const char *lab, const char *host, int *ret_fds);

/* Asks it to go down. */
int door_down(const char *lab);

/* Prints a line for each lab of this user. Return: how many; -errno. */
int door_list(FILE *out);

/* Starts a command in the host that the descriptors lead to, on this terminal. Closes
 * them. Return: a child; -errno. */
pid_t door_start(int *fds, const char *host, char *const *command);

/* Its end. Return: exit status, 128 + signal. */
int door_wait(pid_t child);

/* Runs a command in the host that the descriptors lead to, on this terminal, and waits
 * for its end. Closes them. Return: exit status, 128 + signal; -errno. */
int door_enter(int *fds, const char *host, char *const *command);

#endif
