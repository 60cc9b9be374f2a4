/* SPDX-License-Identifier: MIT */
/* A file that is complete after each piece. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

#include "document.h"

static int make_folders(const char *path)
{
	AUTO_FREE char *part = strdup(path);

	if (!part)
		return nst_fail_memory();
	for (char *slash = part + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(part, 0777) < 0 && errno != EEXIST)
			return nst_fail_errno("making the folder %s", part);
		*slash = '/';
	}
	return 0;
}

/* A file without a name in the folder of `path`. Return: a descriptor; -errno where there
 * is no such thing (some file systems), or where `path` is no file to be replaced. */
static int open_nameless(const char *path)
{
	AUTO_FREE char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	struct stat status;
	int fd;

	if (!folder || (lstat(path, &status) == 0 && !S_ISREG(status.st_mode)))
		return -EINVAL;
	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
	return fd < 0 ? -errno : fd;
}

/* *ret_nameless: document_add() gives it its name. */
static int open_file(const char *path, unsigned int flags, bool *ret_nameless)
{
	int fd, r;

	*ret_nameless = false;
	if (!strcmp(path, "-")) {
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? nst_fail_errno("standard output") : fd;
	}
	r = make_folders(path);
	if (r < 0)
		return r;
	fd = flags & DOCUMENT_APPENDS ? -1 : open_nameless(path);
	if (fd >= 0) {
		*ret_nameless = true;
		if (unlink(path) < 0 && errno != ENOENT) {
			r = nst_fail_errno("replacing %s", path);
			close(fd);
			return r;
		}
		return fd;
	}
	fd = open(path,
		  O_WRONLY | O_CREAT | O_CLOEXEC |
			  (flags & DOCUMENT_APPENDS ? 0 : O_TRUNC),
		  0666);
	return fd < 0 ? nst_fail_errno("writing %s", path) : fd;
}

int document_open(struct document *document, const char *path, unsigned int flags)
{
	struct document made = { .stream = -1 };
	struct stat status;

	made.fd = open_file(path, flags, &made.nameless);

	if (made.fd < 0)
		return made.fd;
	made.path = strdup(strcmp(path, "-") ? path : "standard output");
	made.tail = strdup("");
	if (!made.path || !made.tail || fstat(made.fd, &status) < 0) {
		document_close(&made);
		return nst_fail_memory();
	}
	/* Standard output may be a file that others write as well. */
	made.in_place = S_ISREG(status.st_mode) && strcmp(path, "-");
	if (made.in_place) {
		made.base = made.end = status.st_size;
	} else if (flags & DOCUMENT_REWRITES) {
		made.stream = made.fd;
		made.fd = memfd_create("report", MFD_CLOEXEC);
		made.in_place = true;
	}
	if (made.fd < 0) {
		document_close(&made);
		return nst_fail_errno("making room for %s", path);
	}
	*document = made;
	return 0;
}

/* At `at`, or where the stream is if that is negative. Return: 0; -errno. */
static int write_whole(int fd, const char *text, size_t size, off_t at)
{
	while (size) {
		ssize_t wrote =
			at < 0 ? write(fd, text, size) : pwrite(fd, text, size, at);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -errno;
		text += wrote;
		size -= (size_t)wrote;
		at += at < 0 ? 0 : wrote;
	}
	return 0;
}

static void note_loss(struct document *document, int r)
{
	document->lost++;
	if (!document->error)
		document->error = -r;
}

/* The old tail's bytes have their room on the disk already. */
static void put_back(struct document *document)
{
	size_t size = strlen(document->tail);

	write_whole(document->fd, document->tail, size, document->end);
	(void)!ftruncate(document->fd, document->end + (off_t)size);
}

static void give_name(struct document *document)
{
	char own[64];

	snprintf(own, sizeof(own), "/proc/self/fd/%d", document->fd);
	document->nameless = false;
	if (linkat(AT_FDCWD, own, AT_FDCWD, document->path, AT_SYMLINK_FOLLOW) < 0)
		note_loss(document, -errno);
}

void document_add(struct document *document, const char *piece, const char *tail)
{
	AUTO_FREE char *both = NULL;
	char *kept = strdup(tail);
	int r;

	if (!kept || asprintf(&both, "%s%s", piece, tail) < 0) {
		both = NULL;
		free(kept);
		note_loss(document, -ENOMEM);
		return;
	}
	if (document->in_place)
		r = write_whole(document->fd, both, strlen(both), document->end);
	else
		r = write_whole(document->fd, piece, strlen(piece), -1);
	if (r < 0) {
		if (document->in_place)
			put_back(document);
		note_loss(document, r);
		if (document->in_place) {
			free(kept);
			return;
		}
	}
	if (document->nameless)
		give_name(document);
	document->end += (off_t)strlen(piece);
	free(document->tail);
	document->tail = kept;
}

void document_patch(struct document *document, off_t at, const char *text)
{
	if (document->in_place)
		write_whole(document->fd, text, strlen(text), document->base + at);
}

static int copy_out(struct document *document)
{
	struct stat status;
	off_t at = 0;

	if (fstat(document->fd, &status) < 0)
		return -errno;
	while (at < status.st_size) {
		char bytes[65536];
		ssize_t got = pread(document->fd, bytes, sizeof(bytes), at);
		int r = got <= 0
				? -EIO
				: write_whole(document->stream, bytes, (size_t)got, -1);

		if (r < 0)
			return r;
		at += got;
	}
	return 0;
}

int document_close(struct document *document)
{
	int r = 0;

	if (document->stream >= 0)
		r = copy_out(document);
	else if (document->fd >= 0 && !document->in_place && document->tail)
		r = write_whole(document->fd, document->tail, strlen(document->tail),
				-1);
	if (r < 0)
		note_loss(document, r);
	if (document->nameless && !document->error) /* it has nothing to say */
		give_name(document);
	if (document->error)
		r = nst_fail(-document->error,
			     "%s is not complete: %zu part%s could not "
			     "be written: %s",
			     document->path, document->lost,
			     document->lost == 1 ? "" : "s", strerror(document->error));
	if (document->fd >= 0)
		close(document->fd);
	if (document->stream >= 0)
		close(document->stream);
	free(document->path);
	free(document->tail);
	*document = (struct document){ .fd = -1, .stream = -1 };
	return r;
}
