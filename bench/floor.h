/* SPDX-License-Identifier: MIT */
/**
 * The floor: a case done with bare system calls and nothing else, as the least that its
 * steps cost.
 *
 * It does what a case of the library does, in the same order, and shares no code with
 * it: a process in a PID namespace of its own; a private copy of the mount tree with
 * its own /proc; per host network, mount, UTS and IPC namespaces, tmpfs on /run and
 * /tmp, a hostname, /etc/hosts, /etc/hostname, /etc/resolv.conf, descriptors of all;
 * veth in place with IPv4 and IPv6 addresses, up, and seen to be up at both ends; on
 * request a TCP connection in the first pair with a payload there and back; the end of
 * it all, waited for.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdbool.h>

/** Return: 0, or -errno; what failed is on stderr. */
int floor_case(unsigned int pairs, bool connect);

#endif
