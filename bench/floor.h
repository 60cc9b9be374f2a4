/* SPDX-License-Identifier: MIT */
/**
 * The floor: a case done with bare system calls and nothing else, as the least that its
 * steps cost.
 *
 * It does what a case of the library does, in the same order, and shares no code with
 * it: a process in a PID namespace of its own; a private copy of the mount tree with
 * its own /proc; per host network, mount, UTS and IPC namespaces, a hostname, the
 * network settings that matter, file systems on /sys, /run, /tmp, /dev/shm and
 * /dev/mqueue, /etc/hosts, /etc/hostname, /etc/resolv.conf, descriptors of all; veth in
 * place with IPv4 and IPv6 addresses, up, and seen to be usable at both ends; on
 * request a TCP connection in the first pair with a payload there and back; the kill
 * that ends it all. Like the library, it does not wait until the kernel has cleaned up.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdbool.h>

/** Return: 0, or -errno; what failed is on stderr. */
int floor_case(unsigned int pairs, bool connect);

#endif
