/* SPDX-License-Identifier: MIT */
/* What has changed between two truth tables. */
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <runner/matrix.h>

/* Tables of two versions of one file nearly always have the same rows in the same order,
 * so the search begins where the last row was found. */
static const struct nst_matrix_row *find_row(const struct nst_matrix *matrix,
					     const struct nst_matrix_row *row,
					     size_t *near)
{
	for (size_t i = 0; i < matrix->row_count; i++) {
		size_t at = (*near + i) % matrix->row_count;
		const struct nst_matrix_row *other = &matrix->rows[at];

		if (strcmp(other->from, row->from) != 0 ||
		    strcmp(other->to, row->to) != 0 || other->family != row->family)
			continue;
		*near = at + 1;
		return other;
	}
	return NULL;
}

static const struct nst_matrix_cell *find_cell(const struct nst_matrix *matrix,
					       const struct nst_matrix_row *row,
					       struct nst_service service)
{
	for (size_t i = 0; i < matrix->services.count; i++)
		if (matrix->services.items[i].protocol == service.protocol &&
		    matrix->services.items[i].port == service.port)
			return &row->cells[i];
	return NULL;
}

static enum nst_change_kind kind_of(const struct nst_change *change)
{
	if (change->now->kind == NST_VERDICT_OPEN)
		return NST_CHANGE_OPENED;
	return change->before->kind == NST_VERDICT_OPEN ? NST_CHANGE_CLOSED
							: NST_CHANGE_OTHER;
}

static int by_kind(const void *a, const void *b)
{
	const struct nst_change *one = a, *other = b;

	if (one->kind != other->kind)
		return (int)one->kind - (int)other->kind;
	if (one->row != other->row)
		return one->row < other->row ? -1 : 1;
	return one->now < other->now ? -1 : 1;
}

static void compare_row(const struct nst_matrix *before,
			const struct nst_matrix_row *old, const struct nst_matrix *now,
			const struct nst_matrix_row *row, struct nst_changes *changes)
{
	for (size_t i = 0; i < now->services.count; i++) {
		struct nst_change change = {
			.row = row,
			.service = now->services.items[i],
			.before = old ? find_cell(before, old, now->services.items[i])
				      : NULL,
			.now = &row->cells[i],
		};

		if (!change.before) {
			changes->only_now++;
			continue;
		}
		changes->compared++;
		if (change.before->kind == change.now->kind)
			continue;
		change.kind = kind_of(&change);
		changes->items[changes->count++] = change;
	}
}

int nst_matrix_compare(const struct nst_matrix *before, const struct nst_matrix *now,
		       struct nst_changes *ret_changes)
{
	struct nst_changes changes = { .count = 0 };
	size_t near = 0;

	changes.items =
		calloc(now->row_count * now->services.count, sizeof(*changes.items));
	if (!changes.items)
		return nst_fail_memory();
	for (size_t i = 0; i < now->row_count; i++)
		compare_row(before, find_row(before, &now->rows[i], &near), now,
			    &now->rows[i], &changes);
	changes.only_before =
		before->row_count * before->services.count - changes.compared;
	qsort(changes.items, changes.count, sizeof(*changes.items), by_kind);
	*ret_changes = changes;
	return 0;
}

void nst_changes_free(struct nst_changes *changes)
{
	free(changes->items);
	*changes = (struct nst_changes){ .count = 0 };
}

const char *nst_change_name(enum nst_change_kind kind)
{
	switch (kind) {
	case NST_CHANGE_OPENED:
		return "opened";
	case NST_CHANGE_CLOSED:
		return "closed";
	case NST_CHANGE_OTHER:
		break;
	}
	return "changed";
}
