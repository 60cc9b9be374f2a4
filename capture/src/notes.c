/* SPDX-License-Identifier: MIT */
/* Comments on packets, put on records as these come in. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

#include "notes.h"

/* Faults are noted one by one, often in the same words: those are kept once. */
static int keep_text(struct nst_notes *notes, const char *text, uint32_t *ret_number)
{
	char **texts;

	if (notes->text_count && !strcmp(notes->texts[notes->text_count - 1], text)) {
		*ret_number = (uint32_t)notes->text_count - 1;
		return 0;
	}
	texts = reallocarray(notes->texts, notes->text_count + 1, sizeof(*texts));
	if (!texts)
		return nst_fail_memory();
	notes->texts = texts;
	texts[notes->text_count] = strdup(text);
	if (!texts[notes->text_count])
		return nst_fail_memory();
	*ret_number = (uint32_t)notes->text_count++;
	return 0;
}

/* Behind the notes that the record has already. */
static int put_note(struct nst_notes *notes, struct nst_record *record, uint32_t text)
{
	struct nst_note_link *links;
	uint32_t *end = &record->note;

	links = reallocarray(notes->links, notes->link_count + 1, sizeof(*links));
	if (!links)
		return nst_fail_memory();
	notes->links = links;
	while (*end)
		end = &links[*end - 1].next;
	links[notes->link_count] = (struct nst_note_link){ .text = text };
	*end = (uint32_t)++notes->link_count;
	return 0;
}

/* Those in the store, found by their time: comments on single packets are many. */
static int apply_to_past(struct nst_notes *notes, const struct nst_note_rule *rule,
			 struct nst_store *store, struct nst_filters *filters)
{
	const struct bpf_program *program;
	int r = nst_filters_get(filters, rule->filter, &program);

	if (r >= 0)
		r = nst_order_update(&store->order, store);
	if (r < 0)
		return r;
	for (size_t i = nst_order_find(&store->order, store, rule->from_ns);
	     r >= 0 && i < store->order.count; i++) {
		struct nst_record *record = &store->records[store->order.at[i]];

		if (record->time_ns > rule->to_ns)
			break;
		if (record->interface == rule->interface &&
		    nst_filter_matches(program, record))
			r = put_note(notes, record, rule->text);
	}
	return r;
}

int nst_notes_add(struct nst_notes *notes, struct nst_store *store,
		  struct nst_filters *filters, const struct nst_note_rule *rule,
		  const char *text, uint64_t read_ns)
{
	struct nst_note_rule kept = *rule;
	struct nst_note_rule *open;
	int r;

	open = reallocarray(notes->open, notes->open_count + 1, sizeof(*open));
	if (!open)
		return nst_fail_memory();
	notes->open = open;
	r = keep_text(notes, text, &kept.text);
	if (r >= 0)
		r = apply_to_past(notes, &kept, store, filters);
	if (r < 0 || rule->to_ns < read_ns)
		return r;
	kept.checked = store->count;
	if (rule->filter) {
		kept.filter = strdup(rule->filter);
		if (!kept.filter)
			return nst_fail_memory();
	}
	open[notes->open_count++] = kept;
	return 0;
}

/* Those that came since. */
static int apply_to_new(struct nst_notes *notes, struct nst_note_rule *rule,
			struct nst_store *store, struct nst_filters *filters)
{
	const struct bpf_program *program;
	int r = nst_filters_get(filters, rule->filter, &program);

	for (; r >= 0 && rule->checked < store->count; rule->checked++) {
		struct nst_record *record = &store->records[rule->checked];

		if (record->interface == rule->interface &&
		    record->time_ns >= rule->from_ns &&
		    record->time_ns <= rule->to_ns &&
		    nst_filter_matches(program, record))
			r = put_note(notes, record, rule->text);
	}
	return r;
}

int nst_notes_update(struct nst_notes *notes, struct nst_store *store,
		     struct nst_filters *filters, uint64_t read_ns)
{
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < notes->open_count; i++) {
		struct nst_note_rule *rule = &notes->open[i];

		if (r >= 0)
			r = apply_to_new(notes, rule, store, filters);
		if (r >= 0 && rule->to_ns < read_ns)
			free(rule->filter);
		else
			notes->open[kept++] = *rule;
	}
	notes->open_count = kept;
	return r;
}

void nst_notes_of(const struct nst_notes *notes, const struct nst_record *record,
		  const char **ret_texts, size_t count)
{
	size_t n = 0;

	for (uint32_t link = record->note; link && n + 1 < count;
	     link = notes->links[link - 1].next)
		ret_texts[n++] = notes->texts[notes->links[link - 1].text];
	ret_texts[n] = NULL;
}

void nst_notes_release(struct nst_notes *notes)
{
	for (size_t i = 0; i < notes->text_count; i++)
		free(notes->texts[i]);
	for (size_t i = 0; i < notes->open_count; i++)
		free(notes->open[i].filter);
	free(notes->texts);
	free(notes->links);
	free(notes->open);
	*notes = (struct nst_notes){};
}
