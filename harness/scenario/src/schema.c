/* SPDX-License-Identifier: MIT */
/* The JSON Schema of scenario files, written from the tables that they are read with. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "cases.h"
#include "expect.h"
#include "files.h"
#include "impair.h"

const struct table *const scenario_tables[] = {
	&file_table,    &host_table,     &interface_table, &ruleset_step_table,
	&ruleset_table, &program_table,  &link_table,      &case_table,
	&step_table,    &run_table,      &output_table,    &packets_table,
	&measure_table, &start_table,    &stop_table,      &impairment_table,
	&ramp_table,    &fault_table,    &corrupt_table,   &truncate_table,
	&flap_table,    &timeline_table, &address_table,   &expect_table,
	NULL,
};

/* Kinds of values that no key has, but others are made of. */
static const struct type *const parts[] = { &type_text, &type_ready_sentence,
					    &type_steps, &type_impairment };

enum { TYPES_MAX = 200 };

struct writer {
	FILE *to;
	const char *written[TYPES_MAX]; /* types whose definitions are there */
	size_t count;
};

static void write_string(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', to);
		fputc(*text, to);
	}
	fputc('"', to);
}

static bool is_table(const char *name)
{
	for (size_t i = 0; scenario_tables[i]; i++)
		if (strcmp(scenario_tables[i]->name, name) == 0)
			return true;
	return false;
}

static void write_type(struct writer *writer, const struct type *type)
{
	for (size_t i = 0; i < writer->count; i++)
		if (strcmp(writer->written[i], type->name) == 0)
			return;
	if (writer->count == TYPES_MAX || is_table(type->name))
		return;
	writer->written[writer->count++] = type->name;
	fprintf(writer->to, ",\n    \"%s\": {%s}", type->name, type->schema);
}

static void write_key(FILE *to, const struct key *key)
{
	fprintf(to, "        \"%s\": {\n          \"description\": ", key->name);
	write_string(to, key->help);
	fprintf(to,
		",\n          \"allOf\": [{\"$ref\": \"#/definitions/%s\"}]\n        }",
		key->type->name);
}

static void write_required(FILE *to, const struct table *table)
{
	const char *before = ",\n      \"required\": [";
	bool any = false;

	for (size_t i = 0; i < table->count; i++) {
		if (!table->keys[i].required)
			continue;
		fputs(before, to);
		write_string(to, table->keys[i].name);
		before = ", ";
		any = true;
	}
	fputs(any ? "]" : "", to);
}

static void write_table(FILE *to, const struct table *table, bool is_first)
{
	fprintf(to, "%s    \"%s\": {\n      \"description\": ", is_first ? "" : ",\n",
		table->name);
	write_string(to, table->help);
	fputs(",\n      \"type\": \"object\",\n      \"additionalProperties\": false",
	      to);
	if (table == &step_table)
		fputs(",\n      \"minProperties\": 1,\n      \"maxProperties\": 1", to);
	write_required(to, table);
	fputs(",\n      \"properties\": {\n", to);
	for (size_t i = 0; i < table->count; i++) {
		fputs(i ? ",\n" : "", to);
		write_key(to, &table->keys[i]);
	}
	fputs("\n      }\n    }", to);
}

static void write_schema(FILE *to)
{
	struct writer writer = { .to = to };

	fputs("{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
	      "  \"title\": \"nstest scenario\",\n"
	      "  \"allOf\": [{\"$ref\": \"#/definitions/scenario\"}],\n"
	      "  \"definitions\": {\n",
	      to);
	for (size_t i = 0; scenario_tables[i]; i++)
		write_table(to, scenario_tables[i], i == 0);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		write_type(&writer, parts[i]);
	for (size_t i = 0; scenario_tables[i]; i++)
		for (size_t j = 0; j < scenario_tables[i]->count; j++)
			write_type(&writer, scenario_tables[i]->keys[j].type);
	fputs("\n  }\n}\n", to);
}

int nst_scenario_schema(char **ret_text)
{
	char *text AUTO_FREE = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return nst_fail_memory();
	write_schema(to);
	if (fclose(to) != 0)
		return nst_fail_memory();
	*ret_text = steal(text);
	return 0;
}
