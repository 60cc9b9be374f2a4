/* SPDX-License-Identifier: MIT */
/* Rule coverage for the HTML report: the counts, and the sources that they stand beside. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/markup.h>
#include <base/scope.h>

#include "rules_page.h"

enum { SOURCE_MOST = 1 << 20 };

/* A source that is gone, or a script, is told by its rules alone. */
static void put_source(FILE *out, const char *file, const char *before)
{
	AUTO_FREE char *text = malloc(SOURCE_MOST);
	AUTO_FCLOSE FILE *in = fopen(file, "re");
	size_t size = in && text ? fread(text, 1, SOURCE_MOST, in) : 0;

	fprintf(out, "%s{", before);
	nst_json_pair(out, "file", file);
	fputs(", \"text\": ", out);
	nst_json_text(out, size ? text : "", size);
	fputc('}', out);
}

/* Each file once: the rules are sorted by it. */
static void put_sources(FILE *out, const struct nst_coverage *coverage)
{
	for (size_t i = 0; i < coverage->count; i++)
		if (!i || strcmp(coverage->list[i].file, coverage->list[i - 1].file))
			put_source(out, coverage->list[i].file, i ? ",\n" : "");
}

char *rules_page(struct nst_coverage *coverage)
{
	AUTO_FREE char *counts = NULL;
	char *text = NULL;
	size_t size;
	FILE *out;

	if (!coverage->count || nst_coverage_find_shadows(coverage) < 0)
		return NULL;
	counts = nst_coverage_print(coverage);
	out = counts ? open_memstream(&text, &size) : NULL;
	if (!out)
		return NULL;
	fprintf(out, "{\"coverage\": %s,\n\"sources\": [", counts);
	put_sources(out, coverage);
	fputs("]}", out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
