/* SPDX-License-Identifier: MIT */
#include "origin.h"

#include <stdlib.h>
#include <string.h>

static bool is_in(const char *wanted, const char *is)
{
	return !wanted || strcmp(wanted, is) == 0;
}

void origin_forget(struct origin *origin, const char *family, const char *table,
		   const char *chain, enum origin_kind kind)
{
	size_t kept = 0;

	for (size_t i = 0; i < origin->count; i++) {
		const struct origin_item *item = &origin->items[i];

		if (item->kind != kind || !is_in(family, item->family) ||
		    !is_in(table, item->table) || !is_in(chain, item->chain))
			origin->items[kept++] = *item;
	}
	origin->count = kept;
}

void origin_free(struct origin *origin)
{
	free(origin->items);
	hoard_free(&origin->hoard);
	*origin = (struct origin){ 0 };
}
