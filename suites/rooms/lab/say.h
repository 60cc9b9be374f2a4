/* SPDX-License-Identifier: MIT */
/* What the tests of the lab share: labs that must come up, commands that must answer.
 */
#ifndef SUITES_LAB_SAY_H
#define SUITES_LAB_SAY_H

#include <nstest/lab.h>

/* The lab of a topology; fails the test if it does not come up. */
struct nst_lab *must_be_up(const struct nst_topology *topology);

/* What a shell line prints in a host, without the last newline; fails the test if it
 * cannot be run. Valid until the next call. */
const char *says(struct nst_lab *lab, const char *host, const char *line);

/* Whether a TCP connection and a byte each way work, by the sockets of two hosts.
 * Return: the number of segments the client had to send again; -errno. */
int talk(struct nst_lab *lab, const char *client, const char *server,
	 const char *address);

#endif
