/* SPDX-License-Identifier: MIT */
/* Reads a text word by word: names, numbers with their units, file names. */
#ifndef IMPAIRMENT_WORDS_H
#define IMPAIRMENT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A word of a text. Length 0: the end of a part (',', ';') or of the text. */
struct word {
	const char *start;
	size_t length;
};

struct reader {
	const char *text, *next;
	const char *part; /* the keyword of the part that is read, for messages */
	char *store;      /* where file names are kept, each with its NUL */
	size_t wrong_at;  /* set when something is wrong */
};

/* The word that comes next; words_take() also goes behind it. */
struct word words_peek(struct reader *reader);
struct word words_take(struct reader *reader);
/* How many bytes of it to show in a message, for "%.*s". */
int word_shown(struct word word);
bool word_is(struct word word, const char *name);
/* Takes the next word if it is this one. */
bool words_accept(struct reader *reader, const char *name);
/* Whether the next word begins like a number. */
bool words_number_next(struct reader *reader);

/* -EINVAL with a sentence about this word. */
__attribute__((format(printf, 3, 4))) int wrong(struct reader *reader, struct word word,
						const char *format, ...);

/* What is measured. */
struct quantity {
	const char *name;     /* "a time" */
	const char *examples; /* "20ms, 1.5s or 300us" */
	const char *base;     /* what it is counted in: "1us" */
	const struct unit {
		const char *name;
		uint64_t times, divided_by;
	} * units;
	uint64_t most;
	const char *why_not_more;
	bool any_case;
};

extern const struct quantity a_time, a_probability, a_rate, a_size;

/* Numbers, from the next word. Return: 0; -EINVAL with a sentence. */
int read_quantity(struct reader *reader, const struct quantity *quantity,
		  uint64_t *ret);
int read_count(struct reader *reader, const char *what, uint64_t least, uint64_t most,
	       uint64_t *ret);

/* The same of a given word. */
int word_quantity(struct reader *reader, struct word word,
		  const struct quantity *quantity, uint64_t *ret);
int word_count(struct reader *reader, struct word word, const char *what,
	       uint64_t least, uint64_t most, uint64_t *ret);

/* A file name, in double quotes if it has blanks or commas in it. */
int read_file_name(struct reader *reader, const char **ret);

/* The index of the next word in a list that ends with NULL; the nearest is named if it is
 * not there. `what` is what all of them are: "a distribution". */
int read_choice(struct reader *reader, const char *what, const char *const *names,
		unsigned int *ret);

/* The word that is meant, perhaps: NULL if none is near. */
const char *nearest_of(struct word word, const char *const *names);

#endif
