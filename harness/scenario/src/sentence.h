/* SPDX-License-Identifier: MIT */
/* Sentences such as "a -> b tcp/8080 open", word by word. The grammars are closed: what
 * may come next is known everywhere, and named when something else comes. */
#ifndef SCENARIO_SENTENCE_H
#define SCENARIO_SENTENCE_H

#include "reader.h"

struct sentence {
	struct reader *reader;
	const struct string *string;
	size_t at;
};

struct word {
	const char *text; /* a copy with a NUL behind */
	size_t offset, size;
};

struct sentence sentence_of(struct reader *reader, const struct string *string);

/* The next word. False at the end, without a complaint. */
bool next_word(struct sentence *sentence, struct word *ret);

/* The next word; complains at the end that `what` is missing. */
bool need_word(struct sentence *sentence, const char *what, struct word *ret);

/* Whether the next word is this one; if so, it is taken. */
bool take_word(struct sentence *sentence, const char *word);

/* Takes `word`, or complains: expected "->" here, as in "a -> b". */
bool need_this_word(struct sentence *sentence, const char *word, const char *example);

/* Complains if anything is left. */
bool end_sentence(struct sentence *sentence);

/* What is left, without white space around it, as one word. */
bool rest_of_sentence(struct sentence *sentence, const char *what, struct word *ret);

/* A text in double quotes, or one word. */
bool need_quoted(struct sentence *sentence, const char *what, struct word *ret);

__attribute__((format(printf, 3, 4))) bool complain_word(struct sentence *sentence,
							 const struct word *word,
							 const char *format, ...);

/* Complains unless the word is a host that exists. */
bool known_host(struct sentence *sentence, const struct word *word);
bool need_host(struct sentence *sentence, const char *what, struct word *ret);

/* "5s" behind the word "within", if that is what comes next; else *ret_ms is left. */
bool take_within(struct sentence *sentence, int *ret_ms);

/* "tcp/8080", "udp/53". */
bool parse_port(struct sentence *sentence, const struct word *word,
		enum nst_protocol *ret_protocol, unsigned short *ret_port);

#endif
