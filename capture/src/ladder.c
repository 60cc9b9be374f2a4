/* SPDX-License-Identifier: MIT */
/* Draws rungs as text. */
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include <base/fail.h>
#include <base/scope.h>
#include <nstest/packet.h>

#include "flows.h"
#include "rungs.h"

enum {
	LINES = 40,
	COLUMNS_AT_MOST = 4, /* hosts that are drawn side by side */
	GAP_LEAST = 10,
	GAP_MOST = 16, /* between lifelines; longer names are cut */
	LATE_NS = 1000 * 1000,
	LABEL = 512,
};

struct drawing {
	FILE *out;
	const struct nst_ladder *ladder;
	struct nst_rungs rungs;
	struct nst_flows flows;
	uint64_t start_ns;
	int columns[COLUMNS_AT_MOST]; /* hosts from left to right */
	size_t column_count;          /* more than COLUMNS_AT_MOST: it is a list */
	int gap;
};

static const struct nst_sighting *first_of(const struct nst_rung *rung)
{
	return rung->left ? rung->left : rung->arrived;
}

static int host_of(const struct drawing *drawing, int interface)
{
	return interface == NST_NOWHERE ? NST_NOWHERE : drawing->rungs.hosts[interface];
}

static const char *name_of(const struct drawing *drawing, int interface)
{
	return interface == NST_NOWHERE ? "?"
					: drawing->ladder->interfaces[interface].name;
}

static int column_of(const struct drawing *drawing, int interface)
{
	int host = host_of(drawing, interface);

	for (size_t i = 0; i < drawing->column_count && i < COLUMNS_AT_MOST; i++)
		if (drawing->columns[i] == host)
			return (int)i;
	return NST_NOWHERE;
}

static void add_column(struct drawing *drawing, int interface)
{
	int length;

	if (interface == NST_NOWHERE || drawing->column_count > COLUMNS_AT_MOST ||
	    column_of(drawing, interface) != NST_NOWHERE)
		return;
	if (drawing->column_count < COLUMNS_AT_MOST)
		drawing->columns[drawing->column_count] = host_of(drawing, interface);
	drawing->column_count++;
	length = (int)nst_host_length(name_of(drawing, interface));
	drawing->gap = MAX(drawing->gap, MIN(length + 2, (int)GAP_MOST));
}

/* ---- The words beside a rung ---- */

static void put_quoted(const struct nst_sighting *sighting,
		       const struct nst_packet *packet, char *label, size_t size)
{
	struct nst_packet quoted;
	char *cut;

	if (!nst_packet_quoted(sighting->frame, sighting->size, packet, &quoted))
		return;
	snprintf(label, size, ", of ");
	nst_packet_print(&quoted, label + 5, size - 5);
	/* An error quotes a beginning: its numbers are not relative, its end is not
	 * there. */
	cut = strstr(label, " seq ");
	if (!cut)
		cut = strstr(label, " (truncated)");
	if (cut)
		*cut = '\0';
}

static void decode(struct drawing *drawing, const struct nst_rung *rung,
		   struct nst_packet *ret_packet)
{
	const struct nst_sighting *sighting = first_of(rung);

	nst_packet_decode(sighting->frame, sighting->size, ret_packet);
	if (ret_packet->kind == NST_PACKET_TCP)
		nst_flows_rebase(&drawing->flows, ret_packet);
}

static void describe(struct drawing *drawing, const struct nst_rung *rung, char *label,
		     size_t size)
{
	struct nst_packet packet;
	int used;

	decode(drawing, rung, &packet);
	used = nst_packet_print(&packet, label, size);
	if (used > 0 && (size_t)used + 64 < size)
		put_quoted(first_of(rung), &packet, label + used, size - (size_t)used);
}

static void put_time_on_way(FILE *out, const struct nst_rung *rung)
{
	uint64_t way_ns;

	if (!rung->left || !rung->arrived ||
	    rung->arrived->time_ns < rung->left->time_ns)
		return;
	way_ns = rung->arrived->time_ns - rung->left->time_ns;
	if (way_ns >= LATE_NS)
		fprintf(out, "  %.1f ms", (double)way_ns / 1e6);
}

static void put_fate(struct drawing *drawing, const struct nst_rung *rung)
{
	static const char *const fates[] = {
		[NST_ARRIVED] = "",
		[NST_ARRIVED_AGAIN] = "  again",
		[NST_ARRIVED_CHANGED] = "  arrived changed",
		[NST_ARRIVED_SHORTER] = "  arrived cut short",
		[NST_NOT_SEEN_LEAVING] = "  not seen leaving",
		[NST_NOT_SEEN_ARRIVING] = "  not seen arriving",
		[NST_NOBODY_THERE] = "",
	};
	const struct nst_sighting *ends[] = { rung->left, rung->arrived };

	fputs(fates[rung->arrival], drawing->out);
	put_time_on_way(drawing->out, rung);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (ends[i] && ends[i]->comment &&
		    (i == 0 || !ends[0] || !ends[0]->comment ||
		     strcmp(ends[0]->comment, ends[1]->comment) != 0))
			fprintf(drawing->out, "  (%s)", ends[i]->comment);
}

/* ---- A ladder of lifelines ---- */

/* From column `from` to `to`, with what is at their ends. */
static void draw_arrow(char *line, int from, int to, char start, char end)
{
	int step = from < to ? 1 : -1;

	for (int i = from + step; i != to; i += step)
		line[i] = '-';
	if (start)
		line[from + step] = start;
	if (end)
		line[to - step] = end;
}

/* A neighbour to draw an arrow to whose end is not known. */
static int beside(const struct drawing *drawing, int column)
{
	return column + 1 < (int)drawing->column_count ? column + 1 : column - 1;
}

static void draw_rung(const struct drawing *drawing, const struct nst_rung *rung,
		      char *line)
{
	int from = column_of(drawing, rung->from), to = column_of(drawing, rung->to);
	int gap = drawing->gap;
	char head;

	for (int i = 0; i < (int)drawing->column_count; i++)
		line[i * gap] = '|';
	if (from == to) { /* to itself, or there is one host only */
		line[from * gap + 1] = rung->left ? '>' : '<';
		return;
	}
	if (from == NST_NOWHERE && drawing->column_count > 1)
		from = beside(drawing, to);
	if (to == NST_NOWHERE && drawing->column_count > 1)
		to = beside(drawing, from);
	if (from == NST_NOWHERE || to == NST_NOWHERE) {
		line[(from == NST_NOWHERE ? to : from) * gap + 1] =
			rung->left ? '>' : '<';
		return;
	}
	head = from < to ? '>' : '<';
	if (rung->arrival == NST_NOT_SEEN_ARRIVING) {
		int middle = from * gap + (to > from ? 1 : -1) * (gap / 2 + 1);

		draw_arrow(line, from * gap, middle, 0, 'x');
	} else {
		draw_arrow(line, from * gap, to * gap,
			   rung->arrival == NST_NOT_SEEN_LEAVING ? '?' : 0, head);
	}
}

/* Whether a host of this rung has several interfaces, so that it matters which. */
static bool is_ambiguous(const struct drawing *drawing, const struct nst_rung *rung)
{
	int from = host_of(drawing, rung->from), to = host_of(drawing, rung->to);
	size_t interfaces = 0,
	       hosts = (from != NST_NOWHERE) + (to != NST_NOWHERE && to != from);

	for (size_t i = 0; i < drawing->ladder->interface_count; i++)
		interfaces += drawing->rungs.hosts[i] == from ||
			      drawing->rungs.hosts[i] == to;
	return interfaces > hosts;
}

static const char *part_of(const char *name)
{
	const char *part = strchr(name, ':');

	return part ? part + 1 : name;
}

static void print_rung(struct drawing *drawing, const struct nst_rung *rung)
{
	char line[COLUMNS_AT_MOST * GAP_MOST + 1], label[LABEL];
	int width = ((int)drawing->column_count - 1) * drawing->gap + 1;

	if (width == 1)
		width = 2; /* an arrowhead beside the only lifeline */
	memset(line, ' ', sizeof(line));
	draw_rung(drawing, rung, line);
	describe(drawing, rung, label, sizeof(label));
	fprintf(drawing->out, " %+.6f  %.*s  %s",
		(double)(first_of(rung)->time_ns - drawing->start_ns) / 1e9, width,
		line, label);
	if (is_ambiguous(drawing, rung))
		fprintf(drawing->out, "  [%s > %s]",
			part_of(name_of(drawing, rung->from)),
			part_of(name_of(drawing, rung->to)));
	put_fate(drawing, rung);
	fputc('\n', drawing->out);
}

static void print_names(const struct drawing *drawing)
{
	fprintf(drawing->out, "            ");
	for (size_t i = 0; i < drawing->column_count; i++) {
		const char *name = "";
		int length;

		for (size_t k = 0; k < drawing->ladder->interface_count; k++)
			if (drawing->rungs.hosts[k] == drawing->columns[i])
				name = drawing->ladder->interfaces[k].name;
		length = (int)nst_host_length(name);
		if (i + 1 == drawing->column_count)
			fprintf(drawing->out, "%.*s\n", length, name);
		else
			fprintf(drawing->out, "%-*.*s ", drawing->gap - 1,
				MIN(length, drawing->gap - 1), name);
	}
}

/* ---- A list, for more hosts than fit ---- */

static void list_rung(struct drawing *drawing, const struct nst_rung *rung)
{
	char label[LABEL];
	const char *arrow = rung->arrival == NST_NOT_SEEN_ARRIVING ? "-x" : "->";

	describe(drawing, rung, label, sizeof(label));
	fprintf(drawing->out, " %+.6f  %s %s %s  %s",
		(double)(first_of(rung)->time_ns - drawing->start_ns) / 1e9,
		name_of(drawing, rung->from), arrow, name_of(drawing, rung->to), label);
	put_fate(drawing, rung);
	fputc('\n', drawing->out);
}

static void draw(struct drawing *drawing)
{
	size_t count = drawing->rungs.count;
	size_t lines = drawing->ladder->lines ? drawing->ladder->lines : LINES;
	size_t first = count <= lines ? count : (lines + 1) / 2;
	size_t last = count <= lines ? count : count - lines / 2;
	struct nst_packet unseen;

	drawing->gap = GAP_LEAST;
	for (size_t i = 0; i < count; i = i + 1 == first ? MAX(last, first) : i + 1) {
		add_column(drawing, drawing->rungs.rungs[i].from);
		add_column(drawing, drawing->rungs.rungs[i].to);
	}
	if (drawing->column_count <= COLUMNS_AT_MOST && count)
		print_names(drawing);
	for (size_t i = 0; i < count; i++) {
		const struct nst_rung *rung = &drawing->rungs.rungs[i];

		if (i == first)
			fprintf(drawing->out, "  ... %zu more ...\n", last - first);
		if (i >= first &&
		    i < last) /* TCP numbers count from there all the same */
			decode(drawing, rung, &unseen);
		else if (drawing->column_count <= COLUMNS_AT_MOST)
			print_rung(drawing, rung);
		else
			list_rung(drawing, rung);
	}
}

int nst_ladder_print(const struct nst_ladder *ladder, char **ret_text)
{
	struct drawing drawing = { .ladder = ladder };
	char *text = NULL;
	size_t size;
	int r = nst_rungs_make(ladder, &drawing.rungs);

	if (r < 0)
		return r;
	drawing.out = open_memstream(&text, &size);
	if (drawing.out) {
		if (drawing.rungs.count)
			drawing.start_ns = first_of(&drawing.rungs.rungs[0])->time_ns;
		draw(&drawing);
		if (fclose(drawing.out)) {
			free(text);
			text = NULL;
		}
	}
	nst_rungs_release(&drawing.rungs);
	nst_flows_release(&drawing.flows);
	if (!text)
		return nst_fail_memory();
	*ret_text = text;
	return 0;
}
