/* SPDX-License-Identifier: MIT */
/* Settings: a flat YAML file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <scenario/settings.h>

#include "problems.h"
#include "reader.h"

struct loaded {
	struct nst_settings settings; /* first: it stands for the whole */
	struct arena arena;
	struct nst_setting *items;
	size_t count;
};

struct values {
	const char **items;
	size_t count;
};

static bool add_value(struct reader *reader, struct values *values,
		      const struct node *node, const struct node *name)
{
	const char **value;

	if (node->kind != NODE_SCALAR || node->nothing)
		return complain(reader, node,
				"a value is missing, or is no plain text");
	value = arena_push(reader->arena, values->items, values->count);
	*value = name ? arena_print(reader->arena, "%s=%s", name->text, node->text)
		      : node->text;
	return true;
}

static bool read_values(struct reader *reader, const struct node *node,
			struct values *values)
{
	bool fine = true;

	if (node->kind == NODE_SCALAR)
		return add_value(reader, values, node, NULL);
	for (size_t i = 0; i < node->count; i++)
		fine = add_value(reader, values, node->entries[i].value,
				 node->entries[i].key) &&
		       fine;
	return fine;
}

static void read_setting(struct reader *reader, struct loaded *loaded,
			 const struct entry *entry, nst_setting_check *check)
{
	struct nst_setting *setting;
	struct values values = { 0 };

	if (!read_values(reader, entry->value, &values))
		return;
	setting = arena_push(reader->arena, loaded->items, loaded->count);
	setting->key = entry->key->text;
	setting->values = values.items ? values.items
				       : arena_bytes(reader->arena, sizeof(char *));
	setting->position = position_of(entry->key);
	if (check(setting) < 0)
		complain(reader, entry->key, "%s", nst_error());
}

static int read_all(struct loaded *loaded, struct nst_diagnostics *problems,
		    const char *path, nst_setting_check *check)
{
	struct reader reader = { .arena = &loaded->arena, .problems = problems };
	const struct source *source;
	const struct node *root;
	size_t size, at;
	const char *wrong;
	char *text;
	int r = file_read(&loaded->arena, path, SOURCE_MAX + 1, &text, &size);

	if (r < 0)
		return r;
	source = source_new(&loaded->arena, path, text, size);
	wrong = source_fault(source, &at);
	if (wrong)
		return nst_fail(-EINVAL, "%s: %s", path, wrong);
	root = yaml_read(&loaded->arena, source, problems);
	if (root && expect_mapping(&reader, root))
		for (size_t i = 0; i < root->count; i++)
			read_setting(&reader, loaded, &root->entries[i], check);
	problems_finish(problems);
	loaded->settings = (struct nst_settings){ loaded->items, loaded->count };
	return problems->count ? nst_fail(-EINVAL, "%s is wrong", path) : 0;
}

/* Both arenas jump here when there is no memory. */
static int read_or_jump(struct loaded *loaded, struct nst_diagnostics *problems,
			const char *path, nst_setting_check *check)
{
	jmp_buf no_memory;

	loaded->arena.no_memory = problems->arena.no_memory = &no_memory;
	if (setjmp(no_memory))
		return nst_fail_memory();
	return read_all(loaded, problems, path, check);
}

int nst_settings_load(const char *path, nst_setting_check *check,
		      struct nst_settings **ret_settings, char **ret_problems)
{
	struct loaded *loaded = calloc(1, sizeof(*loaded));
	struct nst_diagnostics *problems = calloc(1, sizeof(*problems));
	int r;

	*ret_problems = NULL;
	if (!loaded || !problems) {
		free(loaded);
		free(problems);
		return nst_fail_memory();
	}
	r = read_or_jump(loaded, problems, path, check);
	if (r < 0 && nst_diagnostics_count(problems))
		*ret_problems = strdup(nst_diagnostics_text(problems));
	nst_diagnostics_free(problems);
	if (r < 0)
		nst_settings_free(&loaded->settings);
	else
		*ret_settings = &loaded->settings;
	return r;
}

void nst_settings_free(struct nst_settings *settings)
{
	struct loaded *loaded = (struct loaded *)settings;

	if (!loaded)
		return;
	arena_release(&loaded->arena);
	free(loaded);
}
