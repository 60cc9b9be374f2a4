/* SPDX-License-Identifier: MIT */
/* TLS keys of programs, in the NSS key log format. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/scope.h>

#include "tls_keys.h"

int tls_keys_open(void)
{
	int fd = open(TLS_KEYS_FILE, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0)
		return 0;
	fchmod(fd, 0666); /* whatever the umask */
	return fd;
}

static void copy(int fd, FILE *to)
{
	char piece[4096];
	off_t at = 0;
	ssize_t size;

	while ((size = pread(fd, piece, sizeof(piece), at)) > 0) {
		fwrite(piece, 1, (size_t)size, to);
		at += size;
	}
}

char *tls_keys_read(const struct nst_inside *inside, size_t *ret_size)
{
	AUTO_FREE char *keys = NULL;
	FILE *to = open_memstream(&keys, ret_size);

	for (size_t i = 0; to && i < inside->plan->node_count; i++)
		if (inside->nodes[i].tls_keys > 0)
			copy(inside->nodes[i].tls_keys, to);
	if (!to || fclose(to) != 0 || !*ret_size)
		return NULL;
	return steal(keys);
}
