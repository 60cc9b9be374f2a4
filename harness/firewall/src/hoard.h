/* SPDX-License-Identifier: MIT */
/* Memory that is let go of all at once; what it hands out never moves. */
#ifndef FIREWALL_HOARD_H
#define FIREWALL_HOARD_H

#include <stddef.h>

struct hoard_chunk;

/* All-zero is empty. After `failed` everything it handed out is "" or NULL. */
struct hoard {
	struct hoard_chunk *chunks;
	int failed;
};

/* Zeroed; NULL if memory is out. */
void *hoard_take(struct hoard *hoard, size_t size);

/* A copy of `length` bytes, NUL-terminated; "" if memory is out. */
const char *hoard_copy(struct hoard *hoard, const char *text, size_t length);
const char *hoard_string(struct hoard *hoard, const char *text);

void hoard_free(struct hoard *hoard);

/* A growing array: room for one more at its end, zeroed; NULL if memory is out. The
 * array itself is malloc'd, the owner's to free. */
void *hoard_push(void *items, size_t *count, size_t *room, size_t size);

#endif
