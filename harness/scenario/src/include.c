/* SPDX-License-Identifier: MIT */
/* `include:`: files of hosts, links and variables that several scenarios share. */
#include <stdlib.h>
#include <string.h>

#include <nstest/error.h>

#include "files.h"
#include "words.h"

/* Files being read: who includes whom. */
struct chain {
	const struct chain *by;
	const char *real, *path;
};

static const char *real_path(struct reader *reader, const char *path)
{
	char *real = reader->options->alone ? NULL : realpath(path, NULL);
	const char *copy = arena_print(reader->arena, "%s", real ? real : path);

	free(real);
	return copy;
}

static bool complain_cycle(struct reader *reader, const struct string *name,
			   const struct chain *chain, const char *real)
{
	const char *text = chain->path;

	for (const struct chain *link = chain; strcmp(link->real, real) != 0;) {
		link = link->by;
		text = arena_print(reader->arena, "%s, which includes %s", link->path,
				   text);
	}
	return complain_at(reader, name, 0, name->size,
			   "the files include each other: %s, which includes it again",
			   text);
}

static bool is_read(const struct files *files, const char *real)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->items[i]->real, real) == 0)
			return true;
	return false;
}

/* What a file that is included may have. */
static bool check_keys(struct reader *reader, const struct node *root,
		       const struct chain *by)
{
	static const char *const shared[] = { "include", "variables", "hosts", "links",
					      NULL };
	bool fine = true;

	for (size_t i = 0; i < root->count; i++) {
		const struct node *key = root->entries[i].key;
		const char *const *word = shared;

		if (!find_key(reader, &file_table, key)) {
			fine = false;
			continue;
		}
		while (*word && strcmp(*word, key->text) != 0)
			word++;
		if (by && !*word)
			fine = complain(
				reader, key,
				"\"%s\" cannot be in a file that is included (by %s)",
				key->text, by->path);
	}
	return fine;
}

static bool add(struct reader *reader, struct files *files, const struct source *source,
		const char *real, const struct chain *by);

static bool include_one(struct reader *reader, struct files *files,
			const struct node *node, const struct chain *chain)
{
	static const struct scope none;
	const struct scope *scope = reader->scope;
	struct string name;
	const char *path, *real;
	char *text;
	size_t size;
	bool fine;

	reader->scope = &none; /* variables come from files that are included */
	fine = read_text(reader, node, &name);
	reader->scope = scope;
	if (!fine)
		return false;
	if (reader->options->alone) {
		files->broken = true;
		return complain(reader, node, "other files are not opened here");
	}
	path = arena_print(reader->arena, "%s%s",
			   name.text[0] == '/' ? "" : node->source->folder, name.text);
	real = real_path(reader, path);
	for (const struct chain *link = chain; link; link = link->by)
		if (strcmp(link->real, real) == 0)
			return complain_cycle(reader, &name, chain, real);
	if (is_read(files, real))
		return true;
	if (file_read(reader->arena, path, SOURCE_MAX, &text, &size) < 0) {
		files->broken = true;
		return complain(reader, node, "%s", nst_error());
	}
	return add(reader, files, source_new(reader->arena, path, text, size), real,
		   chain);
}

static bool include_all(struct reader *reader, struct files *files,
			const struct node *node, const struct chain *chain)
{
	bool fine = true;

	if (node->kind != NODE_LIST)
		return include_one(reader, files, node, chain);
	for (size_t i = 0; i < node->count; i++)
		fine = include_one(reader, files, node->entries[i].value, chain) &&
		       fine;
	return fine;
}

static bool add(struct reader *reader, struct files *files, const struct source *source,
		const char *real, const struct chain *by)
{
	const struct chain chain = { by, real, source->path };
	struct file *file = arena_new(reader->arena, struct file);
	const struct node *included;
	bool fine;

	file->real = real;
	file->source = source;
	file->root = yaml_read(reader->arena, source, reader->problems);
	files->broken |= !file->root || file->root->kind != NODE_MAPPING;
	if (!file->root)
		return false;
	if (file->root->kind != NODE_MAPPING)
		return complain(
			reader, file->root,
			"a scenario is a mapping, with hosts: and links: and cases:");
	fine = check_keys(reader, file->root, by);
	included = node_get(file->root, "include");
	if (included)
		fine = include_all(reader, files, included, &chain) && fine;
	*arena_push(reader->arena, files->items, files->count) = file;
	return fine;
}

bool files_add(struct reader *reader, struct files *files, const struct source *source)
{
	return add(reader, files, source, real_path(reader, source->path), NULL);
}

/* Read by files_add(), before anything else. */
static bool include_read(struct reader *reader, const struct node *node, void *field)
{
	(void)reader, (void)node, (void)field;
	return true;
}

const struct type type_include = {
	.name = "include",
	.read = include_read,
	.schema = "\"$ref\": \"#/definitions/texts\"",
};
