/* SPDX-License-Identifier: MIT */
/* Ownership bound to a scope: what is acquired here is released when the scope ends,
 * unless steal() hands it out. */
#ifndef BASE_SCOPE_H
#define BASE_SCOPE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void nst_scope_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void nst_scope_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void nst_scope_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define AUTO_FREE __attribute__((cleanup(nst_scope_free)))
#define AUTO_CLOSE __attribute__((cleanup(nst_scope_close)))
#define AUTO_FCLOSE __attribute__((cleanup(nst_scope_fclose)))
#define AUTO(fn) __attribute__((cleanup(fn)))

/* The pointer's value; the variable forgets it. */
#define steal(pointer)                                                                   \
	({                                                                               \
		__typeof__(pointer) stolen = (pointer);                                  \
		(pointer) = NULL;                                                        \
		stolen;                                                                  \
	})

/* The same for a file descriptor. */
static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
