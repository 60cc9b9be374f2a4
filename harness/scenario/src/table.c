/* SPDX-License-Identifier: MIT */
/* Mappings with known keys. */
#include "table.h"

#include <stdint.h>
#include <string.h>

#include "words.h"

static const char *const *key_names(struct reader *reader, const struct table *table)
{
	const char **names = NULL;
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++)
		*arena_push(reader->arena, names, count) = table->keys[i].name;
	return names;
}

const struct key *find_key(struct reader *reader, const struct table *table,
			   const struct node *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->keys[i].name, name->text) == 0)
			return &table->keys[i];
	complain(reader, name, "unknown key \"%s\"%s", name->text,
		 or_known(reader->arena, name->text, key_names(reader, table)));
	return NULL;
}

static bool read_entries(struct reader *reader, const struct node *node,
			 const struct table *table, void *into)
{
	bool fine = true;

	for (size_t i = 0; i < node->count; i++) {
		const struct entry *entry = &node->entries[i];
		const struct key *key = find_key(reader, table, entry->key);

		if (!key || !key->type->read(reader, entry->value,
					     (unsigned char *)into + key->offset))
			fine = false;
	}
	return fine;
}

static bool check_required(struct reader *reader, const struct node *node,
			   const struct table *table)
{
	bool fine = true;

	for (size_t i = 0; i < table->count; i++) {
		const struct key *key = &table->keys[i];

		if (!key->required || node_get(node, key->name))
			continue;
		fine = complain(reader, node->key ? node->key : node,
				"\"%s\" is missing here", key->name);
	}
	return fine;
}

bool read_table(struct reader *reader, const struct node *node,
		const struct table *table, void *into)
{
	bool fine;

	if (!expect_mapping(reader, node))
		return false;
	fine = read_entries(reader, node, table, into);
	return check_required(reader, node, table) && fine;
}
