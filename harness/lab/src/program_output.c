/* SPDX-License-Identifier: MIT */
/* What a program wrote to one stream: blocks, times of arrival, lines, and a limit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program_output.h"

enum {
	FIRST_BLOCK = 4 << 10, /* most programs say little */
	BLOCK = 64 << 10,
	MARK_BYTES = 64,   /* a new mark after so many bytes, */
	MARK_NS = 1000000, /* or after so long */
	GAP_TEXT = 128,
};

static void block_free(struct output_block *block)
{
	free(block->marks);
	free(block->data);
	free(block);
}

/* Makes room for another block by letting the oldest of the tail go. */
static void drop_one(struct output *output)
{
	struct output_block *block = output->head_end->next;

	output->head_end->next = block->next;
	output->held -= block->room;
	output->dropped += block->used;
	block_free(block);
}

static void append(struct output *output, struct output_block *block)
{
	size_t limit = output->limit ? output->limit : OUTPUT_LIMIT;

	if (output->last)
		output->last->next = block;
	else
		output->first = block;
	output->last = block;
	output->held += block->room;
	if (!output->head_end || output->held <= limit / 2)
		output->head_end = block;
	while (output->held > limit && output->head_end->next != output->last &&
	       output->head_end != output->last)
		drop_one(output);
}

static struct output_block *add_block(struct output *output)
{
	struct output_block *block = calloc(1, sizeof(*block));

	if (!block)
		return NULL;
	block->room = output->first ? BLOCK : FIRST_BLOCK;
	block->offset = output->size;
	/* A NUL behind it: ASan's regexec() looks for one, REG_STARTEND or not. */
	block->data = calloc(1, block->room + 1);
	if (!block->data) {
		free(block);
		return NULL;
	}
	append(output, block);
	return block;
}

char *output_room(struct output *output, size_t *ret_room)
{
	struct output_block *block = output->last;

	/* After a loss the offsets no longer follow on: a new block says where it is.
	 */
	if (!block || block->used == block->room ||
	    block->offset + block->used != output->size)
		block = add_block(output);
	if (!block)
		return NULL;
	*ret_room = block->room - block->used;
	return block->data + block->used;
}

/* Marks are merged while bytes trickle in quick succession, so that a flood of single
 * bytes does not cost more in marks than in bytes. */
static void mark(struct output_block *block, uint64_t now_ns)
{
	struct output_mark *last, *grown;

	if (block->mark_count) {
		last = &block->marks[block->mark_count - 1];
		if (block->used - last->from < MARK_BYTES &&
		    now_ns - last->at_ns < MARK_NS)
			return;
	}
	if (block->mark_count == block->mark_room) {
		size_t room = block->mark_room ? 2 * block->mark_room : 4;

		grown = realloc(block->marks, room * sizeof(*grown));
		if (!grown)
			return;
		block->marks = grown;
		block->mark_room = room;
	}
	block->marks[block->mark_count++] =
		(struct output_mark){ .from = block->used, .at_ns = now_ns };
}

void output_came(struct output *output, size_t size, uint64_t now_ns)
{
	if (!size)
		return;
	mark(output->last, now_ns);
	output->last->used += size;
	output->size += size;
}

void output_lost(struct output *output, size_t size)
{
	output->size += size;
	output->dropped += size;
}

void output_free(struct output *output)
{
	struct output_block *next;

	for (struct output_block *b = output->first; b; b = next) {
		next = b->next;
		block_free(b);
	}
	free(output->scratch);
	*output = (struct output){ .limit = output->limit };
}

/* ---- As text ---- */

static size_t print_gap(char *text, uint64_t bytes)
{
	return (size_t)snprintf(text, GAP_TEXT,
				"\n[nstest: %llu bytes are left out here]\n",
				(unsigned long long)bytes);
}

char *output_text(struct output *output, size_t *ret_size)
{
	size_t kept = (size_t)(output->size - output->dropped), gaps = 1, used = 0;
	uint64_t at = 0;
	char *text;

	for (const struct output_block *b = output->first; b; b = b->next)
		gaps += b->next && b->next->offset != b->offset + b->used;
	text = malloc(kept + gaps * GAP_TEXT + 1);
	if (!text)
		return NULL;
	for (const struct output_block *b = output->first; b; b = b->next) {
		if (b->offset != at)
			used += print_gap(text + used, b->offset - at);
		memcpy(text + used, b->data, b->used);
		used += b->used;
		at = b->offset + b->used;
	}
	if (at != output->size)
		used += print_gap(text + used, output->size - at);
	text[used] = '\0';
	*ret_size = used;
	return text;
}

/* ---- As lines ---- */

/* The block with the byte at the cursor, which moves over what was dropped; NULL at the
 * end. */
static struct output_block *find(const struct output *output,
				 struct output_cursor *cursor)
{
	struct output_block *b = cursor->block;

	if (!b || cursor->dropped != output->dropped)
		b = output->first;
	while (b && b->offset + b->used <= cursor->at)
		b = b->next;
	cursor->block = b;
	cursor->dropped = output->dropped;
	if (b && b->offset > cursor->at)
		cursor->at = b->offset;
	return b;
}

static uint64_t arrival(const struct output_block *block, size_t byte)
{
	size_t low = 0, high = block->mark_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (block->marks[middle].from <= byte)
			low = middle;
		else
			high = middle;
	}
	return block->mark_count ? block->marks[low].at_ns : 0;
}

/* Copies the line that begins at byte `from` of `block`, and may go on in those behind it,
 * into the scratch. */
static void copy_line(struct output *output, const struct output_block *block,
		      size_t from, struct output_line *line)
{
	while (block && line->size < OUTPUT_LINE_LIMIT && !line->complete) {
		const char *start = block->data + from;
		size_t size = block->used - from;
		const char *end;

		if (size > OUTPUT_LINE_LIMIT - line->size)
			size = OUTPUT_LINE_LIMIT - line->size;
		end = memchr(start, '\n', size);
		if (end)
			size = (size_t)(end - start);
		memcpy(output->scratch + line->size, start, size);
		line->size += size;
		line->whole += size + (end ? 1 : 0);
		/* A line also ends where bytes are missing. */
		line->complete =
			end || (block->next &&
				block->next->offset != block->offset + block->used);
		block = block->next;
		from = 0;
	}
	line->complete |= line->size == OUTPUT_LINE_LIMIT;
	output->scratch[line->size] = '\0';
}

bool output_line(struct output *output, struct output_cursor *cursor,
		 struct output_line *ret_line)
{
	const struct output_block *block = find(output, cursor);
	struct output_line line = { 0 };
	size_t from;

	if (!block)
		return false;
	if (!output->scratch)
		output->scratch = malloc(OUTPUT_LINE_LIMIT + 1);
	if (!output->scratch)
		return false;
	from = (size_t)(cursor->at - block->offset);
	line.text = output->scratch;
	line.at_ns = arrival(block, from);
	copy_line(output, block, from, &line);
	if (line.complete)
		cursor->at += line.whole;
	*ret_line = line;
	return true;
}

/* ---- The end, for a sentence ---- */

/* The last `room` bytes of the stream, copied to `text`; returns how many. */
static size_t last_bytes(const struct output *output, char *text, size_t room)
{
	uint64_t from = output->size > room ? output->size - room : 0;
	size_t used = 0;

	for (const struct output_block *b = output->first; b; b = b->next) {
		size_t skip = from > b->offset ? (size_t)(from - b->offset) : 0;

		if (skip >= b->used)
			continue;
		memcpy(text + used, b->data + skip, b->used - skip);
		used += b->used - skip;
	}
	return used;
}

/* Where the last `lines` lines of `text` begin. */
static size_t tail_start(const char *text, size_t size, unsigned int lines)
{
	size_t start = size;

	while (start && (text[start - 1] != '\n' || --lines))
		start--;
	return start;
}

/* Moves the start on until the rest fits into `room`; not into the middle of a
 * character of UTF-8. */
static size_t fit(const char *text, size_t start, size_t size, size_t room)
{
	if (size - start > room)
		start = size - room;
	while (start < size && (text[start] & 0xc0) == 0x80)
		start++;
	return start;
}

char *output_tail(const struct output *output, unsigned int lines, char *text,
		  size_t room)
{
	static const char ellipsis[] = "…", separator[] = " | ";
	char bytes[512];
	size_t size = last_bytes(output, bytes, sizeof(bytes)), used = 0, start;

	while (size && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
		size--;
	start = tail_start(bytes, size, lines);
	start = fit(bytes, start, size,
		    room - sizeof(ellipsis) - lines * sizeof(separator));
	if (start ? bytes[start - 1] != '\n' : output->size > sizeof(bytes))
		used += (size_t)sprintf(text, "%s", ellipsis);
	for (size_t i = start; i < size; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '\n')
			used += (size_t)sprintf(text + used, "%s", separator);
		else if (c != '\r')
			text[used++] = c < ' ' || c == 127 ? '?' : (char)c;
	}
	text[used] = '\0';
	return text;
}
