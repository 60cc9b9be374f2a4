/* SPDX-License-Identifier: MIT */
/* A file that is complete after each piece that is added to it: what a killed run leaves
 * is valid.
 *
 * How it works. The file gets its name when its first piece is in it (O_TMPFILE), and
 * ends with a tail ("</testsuites>"). A piece and the new tail
 * go over the old tail in one pwrite(2). Numbers at the top have a fixed width, and are
 * written in place afterwards. What has no room on the disk is left out, the old tail is
 * put back, and how much was lost is known at the end. A pipe or terminal cannot be
 * rewritten: it gets the pieces as they come and the tail at the end, or, of a format
 * that needs its top to be rewritten, all of it at the end.
 */
#ifndef REPORT_DOCUMENT_H
#define REPORT_DOCUMENT_H

#include <stdbool.h>
#include <sys/types.h>

struct document {
	char *path;
	int fd;        /* what is written */
	int stream;    /* what gets it at the end; -1: none */
	bool in_place; /* the tail can be overwritten */
	bool nameless; /* until the first piece is in it */
	off_t base;    /* what was in the file before */
	off_t end;     /* of the pieces: here the tail begins */
	char *tail;
	size_t lost; /* pieces */
	int error;   /* errno of the first loss; 0 */
};

enum {
	DOCUMENT_APPENDS = 1,  /* what the file has stays */
	DOCUMENT_REWRITES = 2, /* document_patch() will be called */
};

/* "-": standard output. Makes the folders of the path. Return: 0; -errno with a sentence. */
int document_open(struct document *document, const char *path, unsigned int flags);

/* Adds a piece (NUL-terminated) before the tail, which becomes `tail`. */
void document_add(struct document *document, const char *piece, const char *tail);

/* Overwrites bytes of the pieces, counted from the first. */
void document_patch(struct document *document, off_t at, const char *text);

/* Return: 0; -errno with a sentence that says how much was lost, and why. */
int document_close(struct document *document);

#endif
