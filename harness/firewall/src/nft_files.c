/* SPDX-License-Identifier: MIT */
#include "nft_files.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <base/fail.h>
#include <base/scope.h>

#include "nft_scan.h"

void nft_included(const char *begin, const char *end, const char *folder,
		  void (*take)(const char *path, void *arg), void *arg)
{
	const char *quote = memchr(begin, '"', (size_t)(end - begin));
	const char *folders[] = { folder, "/etc" };
	size_t length;
	glob_t found;

	if (!quote)
		return;
	quote++;
	length = strcspn(quote, "\"\n");
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		char *pattern AUTO_FREE = NULL;
		const char *in = *quote == '/' ? "" : folders[i];
		const char *slash = *quote == '/' || !*in ? "" : "/";

		if (asprintf(&pattern, "%s%s%.*s", in, slash, (int)length, quote) < 0)
			return;
		if (glob(pattern, 0, NULL, &found) != 0)
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++)
			take(found.gl_pathv[k], arg);
		globfree(&found);
		return;
	}
}

const char *nft_file_name(struct hoard *hoard, const char *folder, const char *script,
			  const char *path)
{
	const char *slash = strrchr(script, '/');
	size_t length = strlen(folder);
	char *name AUTO_FREE = NULL;

	if (!length || strncmp(path, folder, length) != 0 || path[length] != '/')
		return hoard_string(hoard, path);
	path += length + 1;
	path += strncmp(path, "./", 2) == 0 ? 2 : 0;
	if (asprintf(&name, "%.*s%s", slash ? (int)(slash - script) + 1 : 0, script,
		     path) < 0)
		return "";
	return hoard_string(hoard, name);
}

char *nft_file_text(const char *path)
{
	FILE *file AUTO_FCLOSE = fopen(path, "re");
	char *text AUTO_FREE = NULL;
	size_t size = 0;
	struct stat stat;

	if (!file || fstat(fileno(file), &stat) < 0 || !S_ISREG(stat.st_mode) ||
	    getdelim(&text, &size, '\0', file) <= 0)
		return NULL;
	return steal(text);
}

/* ---- A script and what it includes as one text ---- */

struct flattening {
	struct flat *flat;
	const char *folder, *script;
	FILE *out;
	unsigned int depth;
};

static void put_file(struct flattening *flattening, size_t file);

static size_t add_file(struct flat *flat, const char *path, const char *name,
		       const char *text)
{
	struct flat_file *file = hoard_push(&flat->files, &flat->file_count,
					    &flat->file_room, sizeof(*file));

	if (!file) {
		flat->hoard.failed = 1;
		return 0;
	}
	*file = (struct flat_file){ path, name, text };
	return flat->file_count - 1;
}

static void put_part(struct flattening *flattening, size_t file, size_t begin,
		     size_t end)
{
	struct flat *flat = flattening->flat;
	struct flat_part *part;

	if (begin == end)
		return;
	part = hoard_push(&flat->parts, &flat->part_count, &flat->part_room,
			  sizeof(*part));
	if (!part) {
		flat->hoard.failed = 1;
		return;
	}
	part->begin = (size_t)ftell(flattening->out);
	fwrite(flat->files[file].text + begin, 1, end - begin, flattening->out);
	part->end = part->begin + end - begin;
	part->file = file;
	part->offset = begin;
}

static void take_included(const char *path, void *arg)
{
	struct flattening *flattening = arg;
	struct flat *flat = flattening->flat;
	char *text AUTO_FREE = nft_file_text(path);
	char *real AUTO_FREE = realpath(path, NULL);
	size_t file = 1;

	if (!text || !real || flattening->depth == INCLUDES_MAX)
		return;
	while (file < flat->file_count && strcmp(flat->files[file].path, real) != 0)
		file++;
	if (file == flat->file_count)
		file = add_file(flat, hoard_string(&flat->hoard, real),
				nft_file_name(&flat->hoard, flattening->folder,
					      flattening->script, path),
				hoard_string(&flat->hoard, text));
	flattening->depth++;
	put_file(flattening, file);
	flattening->depth--;
	fputc('\n', flattening->out);
}

/* Its text, and in place of each include the files. Blocks do not matter to that. */
static void put_file(struct flattening *flattening, size_t file)
{
	const char *text = flattening->flat->files[file].text;
	struct nft_scan scan = { text, text, 1 };
	size_t done = 0;

	for (;;) {
		struct nft_statement statement;

		nft_scan_next(&scan);
		if (!*scan.at)
			break;
		nft_scan_statement(&scan, false, &statement);
		if (nft_word_is(&statement, 0, "include")) {
			put_part(flattening, file, done,
				 (size_t)(statement.start - text));
			nft_included(statement.start, statement.end, flattening->folder,
				     take_included, flattening);
			text = flattening->flat->files[file].text;
			done = (size_t)(statement.end - text);
		}
		scan.at += *scan.at == '{' || *scan.at == '}';
	}
	put_part(flattening, file, done, strlen(text));
}

int flat_make(const struct nst_ruleset *ruleset, struct flat *ret_flat)
{
	struct flat flat = { 0 };
	char *real AUTO_FREE = ruleset->path ? realpath(ruleset->path, NULL) : NULL;
	size_t size;
	struct flattening flattening = { .flat = &flat, .script = ruleset->path };

	if (real)
		strrchr(real, '/')[0] = '\0';
	flattening.folder = real ? real : "";
	flattening.out = open_memstream(&flat.text, &size);
	if (!flattening.out)
		return nst_fail_memory();
	add_file(&flat, NULL,
		 hoard_string(&flat.hoard, ruleset->path ? ruleset->path : ""),
		 hoard_string(&flat.hoard, ruleset->text));
	if (!flattening.script)
		flattening.script = "";
	if (!flat.hoard.failed && ruleset->kind == NST_RULESET_NFT)
		put_file(&flattening, 0);
	else if (!flat.hoard.failed)
		put_part(&flattening, 0, 0, strlen(ruleset->text));
	if (fclose(flattening.out) || flat.hoard.failed) {
		flat_free(&flat);
		return nst_fail_memory();
	}
	*ret_flat = flat;
	return 0;
}

void flat_free(struct flat *flat)
{
	free(flat->text);
	free(flat->parts);
	free(flat->files);
	hoard_free(&flat->hoard);
	*flat = (struct flat){ 0 };
}

static bool find_place(const struct flat *flat, size_t begin, size_t end,
		       size_t *ret_file, size_t *ret_begin)
{
	for (size_t i = 0; i < flat->part_count; i++) {
		const struct flat_part *part = &flat->parts[i];

		if (begin < part->begin || end > part->end)
			continue;
		for (size_t k = 0; k < i; k++)
			if (flat->parts[k].file == part->file &&
			    flat->parts[k].offset >= part->offset)
				return false;
		*ret_file = part->file;
		*ret_begin = part->offset + begin - part->begin;
		return true;
	}
	return false;
}

bool flat_place(const struct flat *flat, size_t begin, size_t end, size_t *ret_file,
		size_t *ret_begin)
{
	if (begin < end)
		return find_place(flat, begin, end, ret_file, ret_begin);
	if (find_place(flat, begin, begin + 1, ret_file, ret_begin))
		return true;
	if (!begin || !find_place(flat, begin - 1, begin, ret_file, ret_begin))
		return false;
	++*ret_begin;
	return true;
}
