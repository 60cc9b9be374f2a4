/* SPDX-License-Identifier: MIT */
/* The JSON Schema of nstest.yaml, from the options of nstest run: editors complete and
 * explain by it. */
#include <stdbool.h>
#include <string.h>

#include <base/markup.h>

#include "config.h"

/* A word that a file may follow, "junit=all.xml". */
static void write_words(FILE *out, const struct option_row *row)
{
	bool file_follows = strchr(row->value, '[');
	const char *word;
	size_t length;

	fputs(file_follows ? "\"pattern\": \"^(" : "\"enum\": [", out);
	for (size_t i = 0; (word = option_word(row, i, &length)); i++)
		fprintf(out, file_follows ? "%s%.*s" : "%s\"%.*s\"",
			!i             ? ""
			: file_follows ? "|"
				       : ", ",
			(int)length, word);
	fputs(file_follows ? ")(=.+)?$\"" : "]", out);
}

static void write_value(FILE *out, const struct option_row *row)
{
	size_t length;

	switch (row->kind) {
	case OPTION_FLAG:
		fputs("\"type\": \"boolean\"", out);
		return;
	case OPTION_COUNT:
		fputs("\"type\": \"integer\", \"minimum\": 1", out);
		return;
	case OPTION_TIME:
		fputs("\"type\": \"string\", \"pattern\": \"^[0-9]+(ms|s|m|h)$\"", out);
		return;
	case OPTION_SIZE:
		fputs("\"type\": \"string\", \"pattern\": \"^[0-9]+[MG]$\"", out);
		return;
	case OPTION_TEXT:
	case OPTION_LIST:
		if (option_word(row, 0, &length)) {
			fputs("\"type\": \"string\", ", out);
			write_words(out, row);
		} else {
			fputs("\"type\": [\"string\", \"number\"]", out);
		}
	}
}

/* One, or several in brackets. */
static void write_list(FILE *out, const struct option_row *row)
{
	fputs("\"oneOf\": [\n        {", out);
	write_value(out, row);
	fputs("},\n        {\"type\": \"array\", \"items\": {", out);
	write_value(out, row);
	fputs("}}\n      ]", out);
}

static void write_option(FILE *out, const struct option_row *row)
{
	fprintf(out, ",\n    \"%s\": {\n      ", row->name);
	nst_json_pair(out, "description", row->help);
	fputs(",\n      ", out);
	if (row->kind == OPTION_LIST)
		write_list(out, row);
	else
		write_value(out, row);
	fputs("\n    }", out);
}

void config_schema(FILE *out)
{
	fputs("{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
	      "  \"title\": \"nstest.yaml: settings of a project\",\n"
	      "  \"type\": \"object\",\n  \"additionalProperties\": false,\n"
	      "  \"properties\": {\n"
	      "    \"paths\": {\n"
	      "      \"description\": \"what is run when no PATH is given\",\n"
	      "      \"oneOf\": [\n        {\"type\": \"string\"},\n"
	      "        {\"type\": \"array\", \"items\": {\"type\": \"string\"}}\n"
	      "      ]\n    },\n"
	      "    \"env\": {\n"
	      "      \"description\": \"environment of all that is run\",\n"
	      "      \"type\": \"object\",\n"
	      "      \"additionalProperties\": {\"type\": [\"string\", \"number\", "
	      "\"boolean\"]}\n    }",
	      out);
	for (const struct option_row *row = verb_run.options; row->name; row++)
		if (strcmp(row->name, "help") != 0)
			write_option(out, row);
	fputs("\n  }\n}\n", out);
}
