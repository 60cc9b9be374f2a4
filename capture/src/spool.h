/* SPDX-License-Identifier: MIT */
/* Where the bytes of frames are kept: an unlinked file, mapped piece by piece, so that
 * a frame's address stays good for as long as the spool lives. */
#ifndef CAPTURE_SPOOL_H
#define CAPTURE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

struct nst_spool_piece {
	uint8_t *bytes;
	size_t size;
};

struct nst_spool {
	int fd; /* 0: no file yet */
	bool on_disk;
	size_t file_size;               /* of the file behind fd */
	struct nst_spool_piece *pieces; /* the last one is being filled */
	size_t piece_count, used;       /* used: of the last piece */
};

/* Copies a frame in. A zeroed spool is an empty one. Return: 0, -ENOMEM, -ENOSPC. */
int nst_spool_add(struct nst_spool *spool, const uint8_t *frame, size_t size,
		  const uint8_t **ret_kept);

void nst_spool_release(struct nst_spool *spool);

#endif
