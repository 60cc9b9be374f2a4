/* SPDX-License-Identifier: MIT */
/* The unlinked file that keeps frames.
 *
 * How it works. Pieces of a file are mapped, each double the one before up to a limit:
 * a case of ten packets pays for 64 KiB, a long one does not map a thousand times. The
 * file is a memfd first; what comes after 64 MiB goes to an O_TMPFILE on disk, if there
 * is one to be had, so that the kernel can write it out instead of filling the memory.
 * Each piece is allocated before it is mapped: a full disk is an error here, not a
 * SIGBUS later.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "spool.h"

enum {
	FIRST_PIECE = 64 * 1024,
	LARGEST_PIECE = 4 * 1024 * 1024,
	IN_MEMORY = 64 * 1024 * 1024,
};

static int open_on_disk(void)
{
	const char *folders[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };
	int fd;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		if (!folders[i])
			continue;
		fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
	}
	return -1;
}

/* Moves on to another file; pieces of the old one stay mapped. */
static void continue_in(struct nst_spool *spool, int fd)
{
	if (spool->fd)
		close(spool->fd);
	spool->fd = fd;
	spool->file_size = 0;
}

static int choose_file(struct nst_spool *spool)
{
	int fd;

	if (!spool->fd) {
		fd = memfd_create("frames", MFD_CLOEXEC);
		if (fd < 0)
			return nst_fail_errno("making a file for frames");
		continue_in(spool, fd);
	} else if (!spool->on_disk && spool->file_size >= IN_MEMORY) {
		fd = open_on_disk();
		spool->on_disk =
			true; /* asked once: without a disk the memfd goes on */
		if (fd >= 0)
			continue_in(spool, fd);
	}
	return 0;
}

static int map_piece(struct nst_spool *spool, size_t size)
{
	off_t at = (off_t)spool->file_size;
	void *bytes;
	int r = posix_fallocate(spool->fd, at, (off_t)size);

	if (r)
		return nst_fail(-r, "keeping frames: no room for %zu bytes more: %s",
				size, strerror(r));
	bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, spool->fd, at);
	if (bytes == MAP_FAILED)
		return nst_fail_errno("mapping %zu bytes for frames", size);
	spool->file_size += size;
	spool->pieces[spool->piece_count++] = (struct nst_spool_piece){ bytes, size };
	spool->used = 0;
	return 0;
}

static int grow(struct nst_spool *spool, size_t at_least)
{
	size_t last = spool->piece_count ? spool->pieces[spool->piece_count - 1].size
					 : FIRST_PIECE / 2;
	size_t size = MIN(last * 2, LARGEST_PIECE);
	struct nst_spool_piece *pieces;
	int r;

	while (size < at_least)
		size *= 2;
	pieces = reallocarray(spool->pieces, spool->piece_count + 1, sizeof(*pieces));
	if (!pieces)
		return nst_fail_memory();
	spool->pieces = pieces;
	r = choose_file(spool);
	return r < 0 ? r : map_piece(spool, size);
}

int nst_spool_add(struct nst_spool *spool, const uint8_t *frame, size_t size,
		  const uint8_t **ret_kept)
{
	struct nst_spool_piece *piece;
	int r;

	if (!spool->piece_count ||
	    size > spool->pieces[spool->piece_count - 1].size - spool->used) {
		r = grow(spool, size);
		if (r < 0)
			return r;
	}
	piece = &spool->pieces[spool->piece_count - 1];
	*ret_kept = memcpy(piece->bytes + spool->used, frame, size);
	spool->used += size;
	return 0;
}

void nst_spool_release(struct nst_spool *spool)
{
	for (size_t i = 0; i < spool->piece_count; i++)
		munmap(spool->pieces[i].bytes, spool->pieces[i].size);
	free(spool->pieces);
	if (spool->fd)
		close(spool->fd);
	*spool = (struct nst_spool){};
}
