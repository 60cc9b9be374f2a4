/* SPDX-License-Identifier: MIT */
/* Sentences, word by word. */
#include "sentence.h"

#include <string.h>

#include "hosts.h"
#include "problems.h"
#include "units.h"
#include "words.h"

static const char white[] = " \t\n";

struct sentence sentence_of(struct reader *reader, const struct string *string)
{
	return (struct sentence){ .reader = reader, .string = string };
}

static struct word word_at(struct sentence *sentence, size_t offset, size_t size)
{
	return (struct word){
		.text = part_of(sentence->reader, sentence->string, offset, size),
		.offset = offset,
		.size = size,
	};
}

bool next_word(struct sentence *sentence, struct word *ret)
{
	const char *text = sentence->string->text;
	size_t start = sentence->at + strspn(text + sentence->at, white), size;

	if (!text[start])
		return false;
	size = strcspn(text + start, white);
	sentence->at = start + size;
	*ret = word_at(sentence, start, size);
	return true;
}

bool complain_word(struct sentence *sentence, const struct word *word,
		   const char *format, ...)
{
	struct reader *reader = sentence->reader;
	va_list args;
	const char *message;

	va_start(args, format);
	message = arena_vprint(reader->arena, format, args);
	va_end(args);
	return complain_at(reader, sentence->string, word->offset, word->size, "%s",
			   message);
}

/* The last word's place, for what should have followed it. */
static struct word last_word(const struct sentence *sentence)
{
	const char *text = sentence->string->text;
	size_t end = sentence->string->size, start;

	while (end > 0 && strchr(white, text[end - 1]))
		end--;
	for (start = end; start > 0 && !strchr(white, text[start - 1]);)
		start--;
	return (struct word){ .text = "", .offset = start, .size = end - start };
}

bool need_word(struct sentence *sentence, const char *what, struct word *ret)
{
	struct word last;

	if (next_word(sentence, ret))
		return true;
	last = last_word(sentence);
	return complain_word(sentence, &last, "%s is missing %s", what,
			     last.size ? "behind this" : "here");
}

bool take_word(struct sentence *sentence, const char *word)
{
	struct sentence ahead = *sentence;
	struct word next;

	if (!next_word(&ahead, &next) || strcmp(next.text, word) != 0)
		return false;
	sentence->at = ahead.at;
	return true;
}

bool need_this_word(struct sentence *sentence, const char *word, const char *example)
{
	const char *what = arena_print(sentence->reader->arena, "\"%s\", as in \"%s\",",
				       word, example);
	struct word next;

	if (!need_word(sentence, what, &next))
		return false;
	return strcmp(next.text, word) == 0 ||
	       complain_word(sentence, &next, "\"%s\" belongs here, as in \"%s\"", word,
			     example);
}

bool end_sentence(struct sentence *sentence)
{
	struct word word;

	return !next_word(sentence, &word) ||
	       complain_word(sentence, &word, "nothing more belongs here");
}

bool rest_of_sentence(struct sentence *sentence, const char *what, struct word *ret)
{
	const char *text = sentence->string->text;
	size_t end = sentence->string->size;

	if (!need_word(sentence, what, ret))
		return false;
	while (end > sentence->at && strchr(white, text[end - 1]))
		end--;
	*ret = word_at(sentence, ret->offset, end - ret->offset);
	sentence->at = end;
	return true;
}

bool need_quoted(struct sentence *sentence, const char *what, struct word *ret)
{
	const char *text = sentence->string->text, *close;

	if (!need_word(sentence, what, ret))
		return false;
	if (ret->text[0] != '"')
		return true;
	close = strchr(text + ret->offset + 1, '"');
	if (!close)
		return complain_word(sentence, ret, "the closing \" is missing");
	*ret = word_at(sentence, ret->offset + 1,
		       (size_t)(close - text) - ret->offset - 1);
	sentence->at = (size_t)(close - text) + 1;
	if (text[sentence->at] && !strchr(white, text[sentence->at]))
		return complain_word(sentence, ret,
				     "a space belongs behind the closing \"");
	return true;
}

/* "a->b" is one word, and "a--b" could even be a host's name. */
static const char *arrow_inside(const char *word)
{
	return strstr(word, "->") ? "->" : strstr(word, "--") ? "--" : NULL;
}

bool known_host(struct sentence *sentence, const struct word *word)
{
	struct reader *reader = sentence->reader;

	if (find_host(reader->building, word->text))
		return true;
	if (arrow_inside(word->text))
		return complain_word(sentence, word, "spaces belong around \"%s\"",
				     arrow_inside(word->text));
	return complain_word(sentence, word, "no host \"%s\"%s", word->text,
			     or_known(reader->arena, word->text, host_names(reader)));
}

bool need_host(struct sentence *sentence, const char *what, struct word *ret)
{
	return need_word(sentence, what, ret) && known_host(sentence, ret);
}

bool take_within(struct sentence *sentence, int *ret_ms)
{
	struct word word;
	const char *wrong;

	if (!take_word(sentence, "within"))
		return true;
	if (!need_word(sentence, "a time", &word))
		return false;
	wrong = parse_time_ms(word.text, ret_ms);
	return !wrong || complain_word(sentence, &word, "%s", wrong);
}

bool parse_port(struct sentence *sentence, const struct word *word,
		enum nst_protocol *ret_protocol, unsigned short *ret_port)
{
	static const char *const protocols[] = { "tcp", "udp", NULL };
	size_t length = strcspn(word->text, "/");
	struct word part = { part_of(sentence->reader, sentence->string, word->offset,
				     length),
			     word->offset, length };
	uint64_t port;
	const char *wrong;

	if (strcmp(part.text, "tcp") != 0 && strcmp(part.text, "udp") != 0)
		return complain_word(
			sentence, &part, "unknown protocol \"%s\"%s", part.text,
			or_known(sentence->reader->arena, part.text, protocols));
	if (word->text[length] != '/')
		return complain_word(sentence, &part,
				     "a port is missing, as in %s/8080", part.text);
	*ret_protocol = part.text[0] == 't' ? NST_TCP : NST_UDP;
	part = (struct word){ word->text + length + 1, word->offset + length + 1,
			      word->size - length - 1 };
	wrong = parse_number(part.text, UINT64_MAX, &port);
	if (wrong || port < 1 || port > 65535)
		return complain_word(sentence, part.size ? &part : word,
				     "a port is a number from 1 to 65535");
	*ret_port = (unsigned short)port;
	return true;
}
