/* SPDX-License-Identifier: MIT */
/**
 * What programs run out of: ports, places in a queue, descriptors, room on a disk.
 *
 *	const struct nst_resource ports = { .kind = NST_PORTS, .host = "client" };
 *
 *	nst_exhaust(lab, &ports);	now connect() says EADDRNOTAVAIL
 *	nst_restore(lab, &ports);
 *
 * What a program has stays its own: connections, open files, what it wrote. All is as before once
 * it is restored, and nothing outlives the lab.
 */
#ifndef NSTEST_RESOURCE_H
#define NSTEST_RESOURCE_H

#include <nstest/lab.h>
#include <nstest/program.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nst_resource_kind {
	/** `host`: local ports that the kernel chooses, of TCP and UDP (net.ipv4.
	 *  ip_local_port_range). connect() and bind() to port 0 say EADDRNOTAVAIL or
	 *  EADDRINUSE, UDP EAGAIN. */
	NST_PORTS,
	/** `host`, `port`: connections of the host with itself, by its loopback interface, wait at
	 *  every socket that listens on that TCP port until no more may; the kernel drops what
	 *  comes (TcpExtListenOverflows). A program that accepts would empty the queue:
	 *  nst_freeze() it before. Once it runs again it gets those connections, and hears their
	 *  end when this is restored. */
	NST_ACCEPT_QUEUE,
	/** `program`, all processes of its group: RLIMIT_NOFILE. open(), accept(), socket() say
	 *  EMFILE. What it closes it may open again. */
	NST_DESCRIPTORS,
	/** `host`, `path`: one of the host's own tmpfs, /tmp, /run, /dev/shm, or / with NST_ROOT_TMPFS.
	 *  write() says ENOSPC. There is a file .nstest-full if it was empty. */
	NST_DISK,
};

/** One of them. What its kind does not use is 0. */
struct nst_resource {
	enum nst_resource_kind kind;
	const char *host;
	unsigned short port;
	const char *path;
	struct nst_program *program;
};

/**
 * From now on there is none left.
 *
 * Return: 0; -EALREADY if it is exhausted already; -ENOENT for an unknown host, if nothing listens on
 * the port, or for a path that is not there; -EBUSY if the program goes on accepting, or rules
 * drop what goes by loopback; -EINVAL for a path that is no tmpfs of the host's own; -ESRCH for a
 * program that has ended; -EPERM, …
 */
int nst_exhaust(struct nst_lab *lab, const struct nst_resource *resource);

/** There is as much as before. Return: 0; -ENOENT if it was not exhausted; else as
 *  nst_exhaust(). */
int nst_restore(struct nst_lab *lab, const struct nst_resource *resource);

/**
 * A mount of the host can only be read from now on, as a disk after an error of its file system:
 * "/" with all that is mounted below it but /proc, /sys, /dev, /run and /tmp, or any single mount,
 * as "/tmp" or one of the host's `binds`. write() and open() for writing say EROFS. Nothing
 * happens to the machine's own mounts.
 *
 * Return: 0; -EINVAL if `path` is no mount; -EBUSY if a file there is open for writing; -EALREADY;
 * -EOPNOTSUPP before Linux 5.12.
 */
int nst_read_only(struct nst_lab *lab, const char *host, const char *path);

/** It can be written again. Return: 0; -ENOENT if nst_read_only() did not make it so. */
int nst_writable(struct nst_lab *lab, const char *host, const char *path);

#ifdef __cplusplus
}
#endif
#endif
