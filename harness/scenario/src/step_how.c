/* SPDX-License-Identifier: MIT */
/* How a question is asked, between its port and its verdict:
 *
 *	[over ipv4|ipv6] [from ADDRESS] [in fragments]
 *	[with flags LIST|none] [with hop-by-hop|destination-options] */
#include <string.h>
#include <sys/socket.h>

#include <base/scope.h>
#include <nstest/packet.h>

#include "expect.h"
#include "words.h"

static bool parse_from(struct sentence *sentence, struct nst_question *question)
{
	struct word word;
	int family;

	if (!need_word(sentence, "an address", &word))
		return false;
	family = address_family(word.text);
	if (!family)
		return complain_word(sentence, &word, "\"%s\" is no IP address",
				     word.text);
	if (question->family && question->family != family)
		return complain_word(sentence, &word,
				     "%s is no address of the family asked for",
				     word.text);
	question->family = family;
	question->source = word.text;
	return true;
}

static bool parse_fragments(struct sentence *sentence, const struct word *in,
			    struct nst_question *question)
{
	if (!need_this_word(sentence, "fragments", "a -> b udp/53 in fragments open"))
		return false;
	if (question->protocol == NST_TCP)
		return complain_word(sentence, in,
				     "TCP does not go in fragments; udp and icmp do");
	question->fragments = true;
	return true;
}

static const struct {
	const char *name;
	unsigned char flag;
} flags[] = {
	{ "fin", NST_FIN }, { "syn", NST_SYN }, { "rst", NST_RST },
	{ "psh", NST_PSH }, { "ack", NST_ACK }, { "urg", NST_URG },
};

static bool parse_flag(struct sentence *sentence, const struct word *word,
		       struct nst_question *question)
{
	const char *names[ARRAY_SIZE(flags) + 1] = { NULL };

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		names[i] = flags[i].name;
		if (strcmp(word->text, flags[i].name) == 0) {
			question->flags |= flags[i].flag;
			return true;
		}
	}
	return complain_word(sentence, word, "no TCP flag is called \"%s\"%s",
			     word->text,
			     or_known(sentence->reader->arena, word->text, names));
}

static bool parse_extension(struct sentence *sentence, const struct word *word,
			    struct nst_question *question)
{
	static const char *const words[] = { "flags", "hop-by-hop",
					     "destination-options", NULL };

	if (strcmp(word->text, words[1]) == 0)
		question->extension = NST_EXTENSION_HOP_BY_HOP;
	else if (strcmp(word->text, words[2]) == 0)
		question->extension = NST_EXTENSION_DESTINATION;
	else
		return complain_word(
			sentence, word, "with what? \"%s\" is unknown%s", word->text,
			or_known(sentence->reader->arena, word->text, words));
	if (question->family == AF_INET)
		return complain_word(sentence, word, "only IPv6 has extension headers");
	question->family = AF_INET6;
	return true;
}

/* "ack", "fin,psh,urg", "none". */
static bool parse_flags(struct sentence *sentence, const struct word *with,
			struct nst_question *question)
{
	struct word list, word;

	if (!need_word(sentence, "TCP flags, such as fin,psh,urg,", &list))
		return false;
	if (question->protocol != NST_TCP)
		return complain_word(sentence, with, "only TCP has flags");
	question->segment = true;
	if (strcmp(list.text, "none") == 0)
		return true;
	for (size_t at = 0; at <= list.size; at += word.size + 1) {
		word.offset = list.offset + at;
		word.size = strcspn(list.text + at, ",");
		word.text = part_of(sentence->reader, sentence->string, word.offset,
				    word.size);
		if (!parse_flag(sentence, &word, question))
			return false;
	}
	return true;
}

static bool parse_with_what(struct sentence *sentence, const struct word *with,
			    struct nst_question *question)
{
	struct word word;

	if (!need_word(sentence,
		       "\"flags LIST\", \"hop-by-hop\" or \"destination-options\"",
		       &word))
		return false;
	return strcmp(word.text, "flags") == 0
		       ? parse_flags(sentence, with, question)
		       : parse_extension(sentence, &word, question);
}

bool parse_how(struct sentence *sentence, struct nst_question *question)
{
	if (!parse_family(sentence, question))
		return false;
	for (;;) {
		struct sentence ahead = *sentence;
		struct word word;
		bool fine;

		if (!next_word(&ahead, &word))
			return true;
		if (strcmp(word.text, "from") != 0 && strcmp(word.text, "in") != 0 &&
		    strcmp(word.text, "with") != 0)
			return true;
		sentence->at = ahead.at;
		fine = word.text[0] == 'f' ? parse_from(sentence, question)
		       : word.text[0] == 'i'
			       ? parse_fragments(sentence, &word, question)
			       : parse_with_what(sentence, &word, question);
		if (!fine)
			return false;
	}
}
