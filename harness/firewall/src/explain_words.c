/* SPDX-License-Identifier: MIT */
/* Explanations as text. Pure. */
#include <nstest/explain.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- One ruling ---- */

/* "fw.nft:14  fw input: tcp dport 22 drop", "fw input: policy drop". */
static void print_ruling(FILE *out, const struct nst_ruling *ruling)
{
	if (*ruling->file)
		fprintf(out, "%s:%u  ", ruling->file, ruling->line);
	fprintf(out, "%s %s: ", ruling->table, ruling->chain);
	if (ruling->is_policy)
		fprintf(out, "policy %s", ruling->action);
	else if (*ruling->text)
		fputs(ruling->text, out);
	else if (ruling->handle)
		fprintf(out, "rule with handle %llu, of no loaded file: %s",
			(unsigned long long)ruling->handle, ruling->action);
	else
		fprintf(out, "rule %u, of no loaded file", ruling->number);
}

static const char *fate_word(const struct nst_passage *passage)
{
	switch (passage->fate) {
	case NST_FATE_ACCEPTED:
		return "";
	case NST_FATE_DROPPED:
		return passage->answer ? "  <- stops the answer" : "  <- stops it";
	case NST_FATE_TAKEN:
		return "  <- takes it";
	case NST_FATE_UNKNOWN:
		break;
	}
	return "  <- the last rule it was seen at";
}

/* ---- A line for each passage ---- */

static void print_head(FILE *out, const struct nst_passage *passage)
{
	char where[96], what[64];

	snprintf(where, sizeof(where), "%s %s", passage->host, passage->hook);
	snprintf(what, sizeof(what), "%s%s%s", passage->packet,
		 *passage->state ? ", " : "", passage->state);
	fprintf(out, "%-22s %-18s ", where, what);
}

/* Rules that it passed stand in front of the one that decided, in lines of their own. */
static void print_passage(FILE *out, const struct nst_passage *passage)
{
	for (size_t i = 0; i < passage->count; i++) {
		if (i == 0)
			print_head(out, passage);
		else
			fprintf(out, "%-41s ", "");
		print_ruling(out, &passage->rulings[i]);
		fputs(i + 1 == passage->count ? fate_word(passage) : "", out);
		fputc('\n', out);
	}
}

/* The same of a later packet of the same way is not said again. */
static bool is_repeated(const struct nst_explanation *why, size_t i)
{
	const struct nst_passage *one = &why->passages[i];

	for (size_t k = 0; k < i; k++) {
		const struct nst_passage *other = &why->passages[k];
		size_t same = 0;

		if (other->answer != one->answer || other->count != one->count ||
		    strcmp(other->host, one->host) != 0 ||
		    strcmp(other->hook, one->hook) != 0)
			continue;
		while (same < one->count &&
		       one->rulings[same].handle == other->rulings[same].handle &&
		       one->rulings[same].number == other->rulings[same].number &&
		       strcmp(one->rulings[same].table, other->rulings[same].table) ==
			       0 &&
		       strcmp(one->rulings[same].chain, other->rulings[same].chain) ==
			       0)
			same++;
		if (same == one->count)
			return true;
	}
	return false;
}

char *nst_explanation_text(const struct nst_explanation *why)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; i < why->count; i++)
		if (!is_repeated(why, i))
			print_passage(out, &why->passages[i]);
	for (size_t i = 0; i < why->rewrite_count; i++)
		fprintf(out, "%-22s %-18s %s  =>  %s\n", why->rewrites[i].host,
			why->rewrites[i].answer ? "NAT, answer" : "NAT",
			why->rewrites[i].before, why->rewrites[i].after);
	if (*why->reason)
		fprintf(out, "no rule dropped it: %s\n", why->reason);
	if (*why->unknown)
		fprintf(out, "which rule decided is not known: %s\n", why->unknown);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	if (size)
		text[size - 1] = '\0';
	return text;
}

/* ---- Is it that rule? ---- */

static bool is_file(const char *file, const char *asked)
{
	size_t length = strlen(file), end = strlen(asked);

	return length >= end && strcmp(file + length - end, asked) == 0 &&
	       (length == end || file[length - end - 1] == '/');
}

static bool is_at(const struct nst_ruling *ruling, const char *file, unsigned int line)
{
	return is_file(ruling->file, file) && ruling->line <= line &&
	       line <= (ruling->end_line ? ruling->end_line : ruling->line);
}

bool nst_explained_by(const struct nst_explanation *why,
		      const struct nst_verdict *verdict, const char *file,
		      unsigned int line)
{
	if (verdict->kind != NST_VERDICT_OPEN && verdict->kind != NST_VERDICT_REFUSED)
		return why->decisive && is_at(why->decisive, file, line);
	for (size_t i = 0; i < why->count && !*why->unknown; i++) {
		const struct nst_passage *one = &why->passages[i];

		if (one->count && one->fate == NST_FATE_ACCEPTED &&
		    is_at(&one->rulings[one->count - 1], file, line))
			return true;
	}
	return false;
}
