/* SPDX-License-Identifier: MIT */
/* libfyaml's events → our tree.
 *
 * Events, not its documents: so that nesting is bounded before it recurses, and so that
 * aliases (a few lines of which expand to gigabytes) are refused instead of resolved.
 */
#include "yaml.h"

#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problems.h"

/* Below libfyaml's own limit (64), so that ours is the one that is met. */
enum { NESTING_MAX = 32 };

struct builder {
	struct arena *arena;
	const struct source *source;
	struct nst_diagnostics *problems;
	struct fy_diag *diag;
	struct fy_parser *parser;
	size_t last; /* end of the last thing read: where nothing stands, if it is next */
};

__attribute__((format(printf, 4, 5))) static void complain_about(
	struct builder *builder, size_t start, size_t end, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	problems_add(builder->problems, builder->source, start, end, format, args);
	va_end(args);
}

static size_t event_start(const struct builder *builder, struct fy_event *event)
{
	const struct fy_mark *mark = fy_event_start_mark(event);

	return mark ? mark->input_pos : builder->last;
}

static size_t event_end(const struct builder *builder, struct fy_event *event)
{
	const struct fy_mark *mark = fy_event_end_mark(event);

	return mark ? mark->input_pos : builder->last;
}

/* The next event; it belongs to the arena until drop_event(). NULL at the end. */
struct held_event {
	struct fy_parser *parser;
	struct fy_event *event;
};

static void free_event(void *thing)
{
	struct held_event *held = thing;

	fy_parser_event_free(held->parser, held->event);
}

static struct held_event *next_event(struct builder *builder)
{
	struct held_event *held = arena_new(builder->arena, struct held_event);

	held->parser = builder->parser;
	held->event = fy_parser_parse(builder->parser);
	if (!held->event)
		return NULL;
	arena_owns(builder->arena, held, free_event);
	return held;
}

static const struct node *build(struct builder *builder, struct fy_event *event,
				const struct node *key, unsigned int depth);

static struct node *new_node(struct builder *builder, enum node_kind kind,
			     struct fy_event *event, const struct node *key)
{
	struct node *node = arena_new(builder->arena, struct node);

	node->kind = kind;
	node->source = builder->source;
	node->key = key;
	node->start = event_start(builder, event);
	node->end = event_end(builder, event);
	builder->last = node->end;
	return node;
}

static const struct node *build_scalar(struct builder *builder, struct fy_event *event,
				       const struct node *key)
{
	struct node *node = new_node(builder, NODE_SCALAR, event, key);
	enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
	size_t size = 0;
	const char *text = fy_token_get_text(event->scalar.value, &size);

	node->block = style == FYSS_LITERAL || style == FYSS_FOLDED;
	node->nothing = size == 0 && style == FYSS_PLAIN;
	node->size = size;
	node->text = arena_copy(builder->arena, text ? text : "", size);
	if (memchr(node->text, '\0', size)) {
		complain_about(builder, node->start, node->end,
			       "a NUL character cannot be part of a value");
		return NULL;
	}
	return node;
}

static const struct node *build_list(struct builder *builder, struct fy_event *event,
				     const struct node *key, unsigned int depth)
{
	struct node *node = new_node(builder, NODE_LIST, event, key);
	struct held_event *next;

	while ((next = next_event(builder))) {
		const struct node *item;

		if (next->event->type == FYET_SEQUENCE_END) {
			builder->last = event_end(builder, next->event);
			arena_drop(builder->arena, next);
			return node;
		}
		item = build(builder, next->event, NULL, depth);
		arena_drop(builder->arena, next);
		if (!item)
			return NULL;
		arena_push(builder->arena, node->entries, node->count)->value = item;
	}
	return NULL;
}

static int compare_keys(const void *one, const void *other)
{
	const struct node *a = *(const struct node *const *)one;
	const struct node *b = *(const struct node *const *)other;
	int order = strcmp(a->text, b->text);

	return order ? order : (a->start > b->start) - (a->start < b->start);
}

/* Sorted, so that a mapping of many keys takes no time either. */
static bool refuse_duplicates(struct builder *builder, const struct node *mapping)
{
	const struct node **keys =
		arena_bytes(builder->arena, mapping->count * sizeof(*keys));
	bool fine = true;

	for (size_t i = 0; i < mapping->count; i++)
		keys[i] = mapping->entries[i].key;
	if (mapping->count)
		qsort(keys, mapping->count, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < mapping->count; i++) {
		unsigned int line, column;

		if (strcmp(keys[i - 1]->text, keys[i]->text) != 0)
			continue;
		source_position(builder->source, keys[i - 1]->start, &line, &column);
		complain_about(builder, keys[i]->start, keys[i]->end,
			       "\"%s\" is here twice; the other is at %s:%u:%u",
			       keys[i]->text, builder->source->path, line, column);
		fine = false;
	}
	return fine;
}

static const struct node *build_entry_key(struct builder *builder,
					  struct fy_event *event, unsigned int depth)
{
	size_t start = event_start(builder, event);
	const struct node *key = build(builder, event, NULL, depth);

	if (!key)
		return NULL;
	if (key->kind != NODE_SCALAR || key->nothing) {
		complain_about(builder, start, start + 1, "a key must be a text");
		return NULL;
	}
	return key;
}

static const struct node *build_mapping(struct builder *builder, struct fy_event *event,
					const struct node *key, unsigned int depth)
{
	struct node *node = new_node(builder, NODE_MAPPING, event, key);
	struct held_event *next;

	while ((next = next_event(builder))) {
		struct entry entry;

		if (next->event->type == FYET_MAPPING_END) {
			builder->last = event_end(builder, next->event);
			arena_drop(builder->arena, next);
			return refuse_duplicates(builder, node) ? node : NULL;
		}
		entry.key = build_entry_key(builder, next->event, depth);
		arena_drop(builder->arena, next);
		next = entry.key ? next_event(builder) : NULL;
		if (!next)
			return NULL;
		entry.value = build(builder, next->event, entry.key, depth);
		arena_drop(builder->arena, next);
		if (!entry.value)
			return NULL;
		*arena_push(builder->arena, node->entries, node->count) = entry;
	}
	return NULL;
}

/* What we do not read of YAML. */
static const char *refusal(struct fy_event *event)
{
	switch (event->type) {
	case FYET_ALIAS:
		return "aliases (*name) are not read; use variables: instead";
	case FYET_SCALAR:
		if (event->scalar.anchor)
			return "anchors (&name) are not read; use variables: instead";
		return event->scalar.tag ? "tags (!name) are not read" : NULL;
	case FYET_SEQUENCE_START:
		if (event->sequence_start.anchor)
			return "anchors (&name) are not read; use variables: instead";
		return event->sequence_start.tag ? "tags (!name) are not read" : NULL;
	case FYET_MAPPING_START:
		if (event->mapping_start.anchor)
			return "anchors (&name) are not read; use variables: instead";
		return event->mapping_start.tag ? "tags (!name) are not read" : NULL;
	default:
		return NULL;
	}
}

static const struct node *build(struct builder *builder, struct fy_event *event,
				const struct node *key, unsigned int depth)
{
	size_t start = event_start(builder, event);
	const char *refused = refusal(event);

	if (!refused && depth > NESTING_MAX)
		refused = "this is nested too deeply";
	if (refused) {
		complain_about(builder, start, event_end(builder, event), "%s",
			       refused);
		return NULL;
	}
	switch (event->type) {
	case FYET_SCALAR:
		return build_scalar(builder, event, key);
	case FYET_SEQUENCE_START:
		return build_list(builder, event, key, depth + 1);
	case FYET_MAPPING_START:
		return build_mapping(builder, event, key, depth + 1);
	default:
		complain_about(builder, start, start + 1, "this is not YAML");
		return NULL;
	}
}

/* libfyaml's own words. The first only: what it says after that follows from it. */
static void pass_on_errors(struct builder *builder)
{
	void *iterator = NULL;
	const struct fy_diag_error *error =
		fy_diag_errors_iterate(builder->diag, &iterator);
	size_t at = builder->last;

	if (error && error->line > 0)
		at = source_offset(builder->source, (unsigned int)error->line,
				   error->column > 0 ? (unsigned int)error->column : 1);
	while (at > 0 && at >= builder->source->size &&
	       strchr(" \n", builder->source->text[at - 1]))
		at--;
	complain_about(builder, at, at + 1, "this is not YAML: %s",
		       error && error->msg ? error->msg : "it ends too early");
}

/* The stream: one document, or none. */
static const struct node *build_stream(struct builder *builder)
{
	const struct node *root = NULL;
	struct held_event *held;
	bool is_first = true;

	while ((held = next_event(builder))) {
		enum fy_event_type type = held->event->type;

		if (type == FYET_STREAM_START || type == FYET_STREAM_END ||
		    type == FYET_DOCUMENT_END) {
			arena_drop(builder->arena, held);
			continue;
		}
		if (type == FYET_DOCUMENT_START && !is_first) {
			size_t start = event_start(builder, held->event);

			complain_about(builder, start, start + 3,
				       "a second document begins here; a file has one");
			root = NULL;
		} else if (type == FYET_DOCUMENT_START) {
			is_first = false;
			arena_drop(builder->arena, held);
			continue;
		} else {
			root = build(builder, held->event, NULL, 0);
		}
		arena_drop(builder->arena, held);
		if (!root)
			return NULL;
	}
	return root;
}

static void discard(struct fy_diag *diag, void *user, const char *text, size_t size)
{
	(void)diag, (void)user, (void)text, (void)size;
}

static void destroy_parser(void *parser)
{
	fy_parser_destroy(parser);
}

static void destroy_diag(void *diag)
{
	fy_diag_destroy(diag);
}

static bool open_parser(struct builder *builder)
{
	struct fy_diag_cfg words;
	struct fy_parse_cfg cfg = {
		.flags = FYPCF_QUIET | FYPCF_DISABLE_MMAP_OPT | FYPCF_COLLECT_DIAG |
			 FYPCF_JSON_NONE,
	};

	fy_diag_cfg_default(&words);
	words.fp = NULL;
	words.output_fn = discard;
	builder->diag = fy_diag_create(&words);
	if (!builder->diag)
		return false;
	arena_owns(builder->arena, builder->diag, destroy_diag);
	fy_diag_set_collect_errors(builder->diag, true);
	cfg.diag = builder->diag;
	builder->parser = fy_parser_create(&cfg);
	if (!builder->parser)
		return false;
	arena_owns(builder->arena, builder->parser, destroy_parser);
	return fy_parser_set_string(builder->parser, builder->source->text,
				    builder->source->size) == 0;
}

const struct node *yaml_read(struct arena *arena, const struct source *source,
			     struct nst_diagnostics *problems)
{
	struct builder builder = { .arena = arena,
				   .source = source,
				   .problems = problems };
	size_t before = problems->count, at;
	const char *fault = source_fault(source, &at);
	const struct node *root;

	if (fault) {
		complain_about(&builder, at, at + 1, "%s", fault);
		return NULL;
	}
	if (source->size == 0)
		return NULL;
	if (!open_parser(&builder))
		longjmp(*arena->no_memory, 1);
	root = build_stream(&builder);
	if (fy_parser_get_stream_error(builder.parser)) {
		if (problems->count == before)
			pass_on_errors(&builder);
		root = NULL;
	}
	arena_drop(arena, builder.parser);
	arena_drop(arena, builder.diag);
	return problems->count == before ? root : NULL;
}

/* How many bytes of source an escape of a double-quoted scalar is. */
static size_t escape_size(const char *text, const char *end)
{
	size_t size = 2;

	if (end - text < 2)
		return (size_t)(end - text);
	if (text[1] == 'x')
		size = 4;
	if (text[1] == 'u')
		size = 6;
	if (text[1] == 'U')
		size = 10;
	return size < (size_t)(end - text) ? size : (size_t)(end - text);
}

/* Escapes are only in double quotes, and scalars begin behind the opening one. */
static bool has_escapes(const struct node *node)
{
	return node->start > 0 && !node->block &&
	       node->source->text[node->start - 1] == '"';
}

/* How many bytes of the character at `at` follow its first. */
static size_t bytes_behind(const struct node *node, size_t at)
{
	size_t count = 0;

	while (at + count + 1 < node->size &&
	       (node->text[at + count + 1] & 0xc0) == 0x80)
		count++;
	return count;
}

/* Walks value and source together. Indents and foldings are passed over: white space
 * matches any white space, everything else only itself. */
size_t node_offset(const struct node *node, size_t offset)
{
	const char *text = node->source->text;
	const char *from = text + node->start, *end = text + node->end;
	bool escapes = has_escapes(node);

	if (offset > node->size)
		offset = node->size;
	for (size_t i = 0; from < end; i++) {
		char c = node->text[i];
		bool is_space = c == ' ' || c == '\n' || c == '\t';
		bool is_escape;

		while (!is_space && from < end && *from != c &&
		       !(escapes && *from == '\\'))
			from++;
		is_escape = escapes && from < end && *from == '\\';
		if (i + (is_escape ? bytes_behind(node, i) : 0) >= offset ||
		    from == end)
			break;
		i += is_escape ? bytes_behind(node, i) : 0;
		from += is_escape ? escape_size(from, end) : 1;
	}
	return (size_t)(from - text);
}

size_t node_end(const struct node *node, size_t offset)
{
	size_t at = node_offset(node, offset);
	const char *from = node->source->text + at;

	if (at < node->end && has_escapes(node) && *from == '\\')
		return at + escape_size(from, node->source->text + node->end);
	return at + 1;
}

const struct node *node_get(const struct node *mapping, const char *key)
{
	if (!mapping || mapping->kind != NODE_MAPPING)
		return NULL;
	for (size_t i = 0; i < mapping->count; i++)
		if (strcmp(mapping->entries[i].key->text, key) == 0)
			return mapping->entries[i].value;
	return NULL;
}
