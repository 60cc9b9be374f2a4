/* SPDX-License-Identifier: MIT */
/* Replaces chance by exact faults in the text of a scenario file: all else stays as somebody wrote
 * it, comments too. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>
#include <scenario/exact.h>

#include "problems.h"
#include "yaml.h"

/* A part of the text that is replaced. */
struct edit {
	size_t start, end;
	const char *text;
};

struct exact {
	struct arena arena;
	const struct source *source;
	struct edit *edits;
	size_t count;
};

static void replace(struct exact *exact, size_t start, size_t end, const char *text)
{
	struct edit *edit = arena_push(&exact->arena, exact->edits, exact->count);

	*edit = (struct edit){ start, end, text };
}

/* ---- Chance ---- */

static const char *const chances[] = { "loss", "duplicate", "corrupt", "reorder" };

static bool is_chance(const char *word, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(chances); i++)
		if (strlen(chances[i]) == size && !memcmp(word, chances[i], size))
			return true;
	return false;
}

/* Where a word of chance begins in the part of a sentence; `size` if there is none. */
static size_t find_chance(const char *part, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t length = 0;

		while (at + length < size && !isspace((unsigned char)part[at + length]))
			length++;
		if (length && is_chance(part + at, length))
			return at;
		at += length ? length : 1;
	}
	return size;
}

/* "a -> b delay 20ms, loss 1%" becomes "a -> b delay 20ms"; "a -> b loss 1%", "a -> b none". */
static void calm_sentence(struct exact *exact, const struct node *node)
{
	struct growing calm = { .arena = &exact->arena };
	const char *text = node->text;
	size_t kept = 0, changed = 0;

	for (size_t at = 0; at <= node->size;) {
		size_t size = strcspn(text + at, ","),
		       found = find_chance(text + at, size);
		bool first = at == 0;
		size_t keep = found;

		while (keep && isspace((unsigned char)text[at + keep - 1]))
			keep--;
		changed += found < size;
		if (keep && !first)
			grow(&calm, kept ? "," : "", kept ? 1 : 0);
		grow(&calm, text + at, keep);
		/* What stands before it in the first part is a direction. */
		kept += found == size;
		at += size + 1;
	}
	if (!changed)
		return;
	if (!kept)
		grow(&calm, calm.size ? " none" : "none", calm.size ? 5 : 4);
	/* Quotes, if there are any, stand around it. */
	replace(exact, node->start, node->end, calm.text);
}

static void calm(struct exact *exact, const struct node *node)
{
	if (node->kind == NODE_SCALAR) {
		calm_sentence(exact, node);
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct entry *entry = &node->entries[i];

		if (entry->key && is_chance(entry->key->text, entry->key->size) &&
		    entry->value->kind == NODE_SCALAR)
			replace(exact, entry->value->start, entry->value->end, "0%");
		else
			calm(exact, entry->value);
	}
}

static void calm_all(struct exact *exact, const struct node *node)
{
	if (node->kind == NODE_SCALAR)
		return;
	for (size_t i = 0; i < node->count; i++) {
		const struct entry *entry = &node->entries[i];

		if (entry->key && !strcmp(entry->key->text, "impair"))
			calm(exact, entry->value);
		else
			calm_all(exact, entry->value);
	}
}

/* ---- Faults ---- */

static const struct node *find_steps(const struct exact *exact, const struct node *root,
				     unsigned int line)
{
	const struct node *cases = node_get(root, "cases");

	for (size_t i = 0; cases && cases->kind == NODE_MAPPING && i < cases->count;
	     i++) {
		const struct entry *entry = &cases->entries[i];
		unsigned int at, column;

		source_position(exact->source, entry->key->start, &at, &column);
		if (at != line)
			continue;
		return entry->value->kind == NODE_MAPPING
			       ? node_get(entry->value, "steps")
			       : entry->value;
	}
	return NULL;
}

static int add_faults(struct exact *exact, const struct node *steps,
		      const struct nst_exact_fault *faults, size_t count)
{
	const char *text = exact->source->text;
	struct growing lines = { .arena = &exact->arena };
	size_t begin;

	if (!steps || steps->kind != NODE_LIST || !steps->count)
		return nst_fail(-ENOENT, "%s: the case has no steps of its own",
				exact->source->path);
	begin = steps->entries[0].value->start;
	while (begin && text[begin - 1] != '\n')
		begin--;
	if (text[begin + strspn(text + begin, " ")] != '-')
		return nst_fail(-EOPNOTSUPP,
				"%s: faults can be put only before steps that stand in "
				"lines of their own",
				exact->source->path);
	grow(&lines, "", 0);
	for (size_t i = 0; i < count; i++) {
		char *line = arena_print(
			&exact->arena,
			"%.*s- fault: {on: %s, nth: %llu, %s, may miss: true}\n",
			(int)strspn(text + begin, " "), text + begin, faults[i].on,
			faults[i].nth, faults[i].what);

		grow(&lines, line, strlen(line));
	}
	replace(exact, begin, begin, lines.text);
	return 0;
}

/* ---- The text ---- */

static int by_start(const void *a, const void *b)
{
	const struct edit *one = a, *other = b;

	return (one->start > other->start) - (one->start < other->start);
}

static char *put_together(struct exact *exact, const char *heading)
{
	const struct source *source = exact->source;
	char *text = NULL;
	size_t size, at = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (const char *line = heading; *line;) {
		int length = (int)strcspn(line, "\n");

		fprintf(out, "# %.*s\n", length, line);
		line += length + (line[length] == '\n');
	}
	qsort(exact->edits, exact->count, sizeof(*exact->edits), by_start);
	for (size_t i = 0; i < exact->count; i++) {
		const struct edit *edit = &exact->edits[i];

		fwrite(source->text + at, 1, edit->start - at, out);
		fputs(edit->text, out);
		at = edit->end;
	}
	fwrite(source->text + at, 1, source->size - at, out);
	return fclose(out) ? NULL : text;
}

static int make(struct exact *exact, struct nst_diagnostics *problems, const char *path,
		unsigned int line, const struct nst_exact_fault *faults, size_t count)
{
	const struct node *root;
	size_t size;
	char *text;
	int r = file_read(&exact->arena, path, SOURCE_MAX + 1, &text, &size);

	if (r < 0)
		return r;
	exact->source = source_new(&exact->arena, path, text, size);
	root = yaml_read(&exact->arena, exact->source, problems);
	if (!root)
		return nst_fail(-EINVAL, "%s is wrong", path);
	calm_all(exact, root);
	return add_faults(exact, find_steps(exact, root, line), faults, count);
}

int nst_scenario_exact(const char *path, unsigned int line,
		       const struct nst_exact_fault *faults, size_t count,
		       const char *heading, char **ret_text)
{
	struct exact exact = { 0 };
	struct nst_diagnostics *problems = calloc(1, sizeof(*problems));
	jmp_buf no_memory;
	int r;

	if (!problems)
		return nst_fail_memory();
	exact.arena.no_memory = problems->arena.no_memory = &no_memory;
	r = setjmp(no_memory) ? nst_fail_memory()
			      : make(&exact, problems, path, line, faults, count);
	if (r == 0) {
		*ret_text = put_together(&exact, heading);
		r = *ret_text ? 0 : nst_fail_memory();
	}
	nst_diagnostics_free(problems);
	arena_release(&exact.arena);
	return r;
}
