/* SPDX-License-Identifier: MIT */
/* A source file in memory.
 *
 * libfyaml 0.7.12 is kept from what it cannot bear: it loops for ever on bytes that are
 * not UTF-8 in a directive, and reads a little beyond the end of its input. So the text is
 * checked first, directives are refused, and NULs are put behind it.
 */
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <base/fail.h>
#include <base/scope.h>

static const char *folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_copy(arena, path, (size_t)(slash - path) + 1) : "";
}

static void note_line(struct arena *arena, struct source *source, size_t offset)
{
	*arena_push(arena, source->lines, source->line_count) = offset;
}

struct source *source_new(struct arena *arena, const char *path, const char *text,
			  size_t size)
{
	struct source *source = arena_new(arena, struct source);
	char *copy = arena_bytes(arena, size + SOURCE_PADDING);

	if (size)
		memcpy(copy, text, size);
	source->path = arena_copy(arena, path, strlen(path));
	source->folder = folder_of(arena, path);
	source->text = copy;
	source->size = size;
	note_line(arena, source, 0);
	for (size_t i = 0; i < size; i++)
		if (copy[i] == '\n')
			note_line(arena, source, i + 1);
	return source;
}

static int read_all(int fd, char *text, size_t room, size_t *ret_size)
{
	size_t size = 0;

	while (size < room) {
		ssize_t n = read(fd, text + size, room - size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		size += (size_t)n;
	}
	*ret_size = size;
	return 0;
}

/* Non-blocking, so that a FIFO does not hold us up: it reads as empty. */
int file_read(struct arena *arena, const char *path, size_t most, char **ret_text,
	      size_t *ret_size)
{
	int fd AUTO_CLOSE = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text AUTO_FREE = NULL;
	size_t size = 0;
	int r;

	if (fd < 0)
		return nst_fail_errno("cannot read %s", path);
	text = malloc(most + 1);
	if (!text)
		return nst_fail_memory();
	r = read_all(fd, text, most + 1, &size);
	if (r < 0)
		return nst_fail(r, "cannot read %s: %s", path, strerror(-r));
	if (size > most)
		return nst_fail(-EFBIG, "%s has more than %zu bytes", path, most);
	*ret_text = arena_copy(arena, text, size);
	*ret_size = size;
	return 0;
}

size_t utf8_size(const char *text, size_t size)
{
	const unsigned char *c = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t more;

	if (size == 0)
		return 0;
	if (c[0] < 0x80)
		return 1;
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return 0;
	more = c[0] < 0xe0 ? 1 : c[0] < 0xf0 ? 2 : 3;
	if (size <= more)
		return 0;
	if (c[0] == 0xe0)
		low = 0xa0;
	if (c[0] == 0xed)
		high = 0x9f;
	if (c[0] == 0xf0)
		low = 0x90;
	if (c[0] == 0xf4)
		high = 0x8f;
	if (c[1] < low || c[1] > high)
		return 0;
	for (size_t i = 2; i <= more; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	return more + 1;
}

size_t utf8_length(const char *text, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < size; i++)
		length += ((unsigned char)text[i] & 0xc0) != 0x80;
	return length;
}

/* C0 controls but tab and newline, DEL, and C1 controls (0xc2 0x80–0x9f). A carriage
 * return is fine before a newline. */
static bool is_control(const char *text, size_t size)
{
	unsigned char c = (unsigned char)text[0];

	if (c == '\r')
		return size < 2 || text[1] != '\n';
	if (c < 0x20)
		return c != '\t' && c != '\n';
	return c == 0x7f || (c == 0xc2 && size > 1 && (unsigned char)text[1] < 0xa0);
}

static const char *character_fault(const struct source *source, size_t *ret_offset)
{
	size_t step;

	for (size_t at = 0; at < source->size; at += step) {
		const char *text = source->text + at;
		size_t left = source->size - at;

		step = utf8_size(text, left);
		*ret_offset = at;
		if (step == 0)
			return "this is not UTF-8";
		if (is_control(text, left))
			return "a control character cannot be part of a scenario";
		if (at > 0 && step == 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
			return "a byte order mark belongs at the beginning, or nowhere";
	}
	return NULL;
}

const char *source_fault(const struct source *source, size_t *ret_offset)
{
	const char *fault;

	if (source->size > SOURCE_MAX) {
		*ret_offset = SOURCE_MAX;
		return "the file goes on after 1 MiB; split it with include:";
	}
	fault = character_fault(source, ret_offset);
	if (fault)
		return fault;
	for (size_t i = 0; i < source->line_count; i++) {
		*ret_offset = source->lines[i];
		if (*ret_offset < source->size && source->text[*ret_offset] == '%')
			return "a line cannot start with \"%\": YAML directives are "
			       "not "
			       "read";
	}
	return NULL;
}

static size_t line_of(const struct source *source, size_t offset)
{
	size_t low = 0, high = source->line_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void source_position(const struct source *source, size_t offset, unsigned int *ret_line,
		     unsigned int *ret_column)
{
	size_t line, start;

	if (offset > source->size)
		offset = source->size;
	line = line_of(source, offset);
	start = source->lines[line];
	*ret_line = (unsigned int)line + 1;
	*ret_column =
		(unsigned int)utf8_length(source->text + start, offset - start) + 1;
}

size_t source_offset(const struct source *source, unsigned int line,
		     unsigned int column)
{
	size_t at;

	if (line < 1 || line > source->line_count)
		return source->size;
	at = source->lines[line - 1];
	while (column > 1 && at < source->size && source->text[at] != '\n') {
		size_t step = utf8_size(source->text + at, source->size - at);

		at += step ? step : 1;
		column--;
	}
	return at;
}

const char *source_line(const struct source *source, unsigned int line,
			size_t *ret_size)
{
	size_t start, end;

	if (line < 1 || line > source->line_count) {
		*ret_size = 0;
		return "";
	}
	start = source->lines[line - 1];
	end = line < source->line_count ? source->lines[line] : source->size;
	while (end > start &&
	       (source->text[end - 1] == '\n' || source->text[end - 1] == '\r'))
		end--;
	*ret_size = end - start;
	return source->text + start;
}
