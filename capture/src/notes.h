/* SPDX-License-Identifier: MIT */
/* Comments on packets: which text belongs to which records. */
#ifndef CAPTURE_NOTES_H
#define CAPTURE_NOTES_H

#include <stddef.h>
#include <stdint.h>

#include "filter.h"
#include "store.h"

/* A comment still open: packets may come that it is about. */
struct nst_note_rule {
	uint32_t interface;
	uint64_t from_ns, to_ns;
	char *filter; /* NULL: all */
	uint32_t text;
	size_t checked; /* of the store's records */
};

/* The notes of one record are a chain through `links`, counted from 1. */
struct nst_note_link {
	uint32_t text, next;
};

struct nst_notes {
	char **texts;
	size_t text_count;
	struct nst_note_link *links;
	size_t link_count;
	struct nst_note_rule *open;
	size_t open_count;
};

/* Puts a comment on the records that are there, and keeps it for those to come.
 * `rule->filter` and `text` are copied. `read_ns`: every packet of that interface up to
 * then is in the store. */
int nst_notes_add(struct nst_notes *notes, struct nst_store *store,
		  struct nst_filters *filters, const struct nst_note_rule *rule,
		  const char *text, uint64_t read_ns);

/* Puts the open comments on the records that came since. `read_ns`: every packet up to
 * then is in the store, so that comments on earlier times can be closed. */
int nst_notes_update(struct nst_notes *notes, struct nst_store *store,
		     struct nst_filters *filters, uint64_t read_ns);

/* The texts of a record, NULL-terminated, at most `count` - 1 of them. */
void nst_notes_of(const struct nst_notes *notes, const struct nst_record *record,
		  const char **ret_texts, size_t count);

void nst_notes_release(struct nst_notes *notes);

#endif
