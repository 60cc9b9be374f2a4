/* SPDX-License-Identifier: MIT */
/* The door of a lab: how a process gets into one of its hosts.
 *
 * How it works. Who holds a lab (nstest up, with, run --pause-on-failure and --step, a C test that failed)
 * listens on an abstract Unix socket, which is no file and vanishes with it:
 * @nstest/UID/PID/NAME. Who connects and is the same user names a host. A child of the
 * holder that stands in that host opens /proc/self/ns/ * and passes these descriptors
 * on; who has them enters by setns(2), forks, and is in.
 */
#ifndef EVIDENCE_DOOR_H
#define EVIDENCE_DOOR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/un.h>

#include <nstest/lab.h>

enum { DOOR_NAMESPACES = 6, DOOR_NAME = 64 };

enum nst_door_wish {
	DOOR_ENTER, /* a host */
	DOOR_TELL,  /* what is here */
	DOOR_DOWN,  /* take the lab down */
};

/* What a visitor asks, and what it is told. With DOOR_ENTER and code 0 descriptors come
 * along. */
struct nst_door_request {
	uint32_t wish;
	char host[64];
};
struct nst_door_answer {
	int code; /* 0, or -errno */
	char sentence[512];
};

/* A door as its holder has it. */
struct nst_door {
	int fd;
	struct nst_lab *lab;
	char about[sizeof(((struct nst_door_answer *)0)->sentence)]; /* for DOOR_TELL */
};

/* Listens. `pid` is how the holder is called; inside a PID namespace it does not know
 * it. Return: 0; -errno. */
int nst_door_open(struct nst_door *door, uid_t owner, pid_t pid, const char *name);
void nst_door_close(struct nst_door *door);

/* Hears one visitor out who stands at the door. What goes wrong is told to the visitor.
 * Return: whether the lab is to be taken down. */
bool nst_door_answer(struct nst_door *door);

/* "web, client": hosts that can be entered. */
void nst_door_hosts(const struct nst_topology *topology, char *text, size_t size);

/* Tells people how to get in. `name` is the door's. */
void nst_door_invite(FILE *out, const struct nst_door *door, const char *name);

/* Lets people in until one of them takes the lab down, or the other end of the socket
 * `gone` (-1: none) is closed. */
void nst_door_serve(struct nst_door *door, int gone);

/* The descriptors of a host of one's own lab. */
int nst_door_inside(struct nst_lab *lab, const char *host, int *ret_fds);

/* Connects to the lab called `lab` (its PID, or a part of its name; NULL: $NSTEST_LAB, or
 * the only one), asks for `host`. */
int nst_door_ask(const char *lab, const char *host, int *ret_fds);

/* Asks it to go down. */
int nst_door_down(const char *lab);

/* Prints a line for each lab of this user. Return: how many; -errno. */
int nst_door_list(FILE *out);

/* Starts a command in the host that the descriptors lead to, on this terminal. Closes
 * them. Return: a child; -errno. */
pid_t nst_door_start(int *fds, const char *host, char *const *command);

/* Its end. Return: exit status, 128 + signal. */
int nst_door_wait(pid_t child);

/* Runs a command in the host that the descriptors lead to, on this terminal, and waits
 * for its end. Closes them. Return: exit status, 128 + signal; -errno. */
int nst_door_enter(int *fds, const char *host, char *const *command);

#endif
