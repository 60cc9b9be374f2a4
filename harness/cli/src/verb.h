/* SPDX-License-Identifier: MIT */
/* The verbs of nstest as values. Help, man pages, completion and the reading of
 * arguments all come from these tables, so that none can say what another does not. */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include <stdbool.h>
#include <stddef.h>

/* How an option is read, and the type of the member it is read into. */
enum option_kind {
	OPTION_FLAG,  /* bool */
	OPTION_TEXT,  /* const char * */
	OPTION_COUNT, /* int, 1 or more */
	OPTION_TIME,  /* int, milliseconds; written 500ms, 10s, 2m */
	OPTION_SIZE,  /* uint64_t, bytes; written 512M, 4G */
	OPTION_LIST,  /* struct option_list: may be given several times */
};

enum { OPTION_LIST_MOST = 16 };
struct option_list {
	const char *values[OPTION_LIST_MOST + 1]; /* NULL ends it */
	size_t count;
};

struct option_row {
	char letter;      /* 0: none */
	const char *name; /* without the dashes */
	/* What stands for its argument in help; NULL for a flag. FILE and DIR are paths,
	 * "auto|kernel|wire" is one of these words, "a|b[=FILE]" begins with one. */
	const char *value;
	const char *help; /* one sentence, small letter, no full stop */
	enum option_kind kind;
	size_t member; /* offsetof() in the verb's option struct */
};

/* Every verb's option struct begins with this. */
struct common_flags {
	bool help;
};

/* The end of every table of options. */
#define OPTIONS_FOR_ALL                                       \
	{ 'h',         "help",                                \
	  NULL,        "explain this command",                \
	  OPTION_FLAG, offsetof(struct common_flags, help) }, \
	{                                                     \
	}

struct example {
	const char *command, *does;
};

struct exit_row {
	int status;
	const char *means;
};

/* What a verb takes behind its options; for completion. */
enum operand_kind { OPERANDS_NONE, OPERANDS_FILES, OPERANDS_VERBS, OPERANDS_HOST };

struct invocation;

struct verb {
	const char *name;
	const char *line;      /* what it does, in one line */
	const char *arguments; /* as in "[PATH...]" */
	enum operand_kind operands;
	size_t least, most;   /* operands; most 0: none, SIZE_MAX: any number */
	size_t command_after; /* > 0: what follows that many operands is a command,
				 verbatim */
	const struct option_row *options;  /* ends with OPTIONS_FOR_ALL */
	const char *const *text;           /* paragraphs; ends with NULL */
	const struct example *examples;    /* ends with command NULL */
	const struct exit_row *exit_codes; /* ends with means NULL */
	size_t options_size;               /* of the option struct */
	int (*handle)(const struct invocation *);
};

/* One call of a verb, read. */
struct invocation {
	const struct verb *verb;
	const void *options; /* the verb's option struct */
	char **operands;     /* ends with NULL */
	size_t operand_count;
	char **command; /* for command_after; ends with NULL; empty if none was given */
};

enum { EXIT_ALL_PASSED = 0, EXIT_SOME_FAILED = 1, EXIT_COULD_NOT_RUN = 2 };

/* All verbs, in the order of help; ends with NULL. */
extern const struct verb *const verbs[];

extern const struct verb verb_run, verb_check, verb_list, verb_doctor, verb_up,
	verb_shell, verb_exec, verb_with, verb_ps, verb_down, verb_explain, verb_matrix,
	verb_init, verb_mutate, verb_explore, verb_kernel, verb_merge, verb_new,
	verb_config, verb_help;

/* The i-th of the words that an option takes, "kernel"; NULL if it takes no such words, or
 * not as many. It is not terminated. */
const char *option_word(const struct option_row *row, size_t i, size_t *ret_length);

/* NULL if there is no such verb. */
const struct verb *verb_find(const char *name);

#endif
