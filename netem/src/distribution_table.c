/* SPDX-License-Identifier: MIT */
/* Tables of distributions: those that tc brings, made anew, and those in files. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "distribution.h"

/* Where Debian puts libraries, and iproute2 its tables. */
#if defined(__x86_64__)
#define MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define MULTIARCH "aarch64-linux-gnu"
#else
#define MULTIARCH "."
#endif

static int16_t clamp(double value)
{
	return value < INT16_MIN   ? INT16_MIN
	       : value > INT16_MAX ? INT16_MAX
				   : (int16_t)value;
}

/* iproute2's normal.c goes up in steps of 0.00005 and keeps, of the values that belong to an
 * entry of 16,384, the last; every fourth entry stays. */
static int normal_value(int i)
{
	double end = normal_quantile((4 * i + 0.5) / TABLE_SIZE_MAX);
	double last = floor((end + 10) / 0.00005) * 0.00005 - 10;

	return (int)rint(last * TABLE_SCALE);
}

/* Its pareto.c: shape 3, mean 0, and 4/3 where the root of 4/3 would make the deviation 1. */
static int pareto_value(int i)
{
	double above = 1 - i / (double)TABLE_SIZE;
	double value = (1 / cbrt(above) - 1.5) * (4.0 / 3.0) * TABLE_SCALE;

	return (int)rint(value > INT16_MAX ? INT16_MAX : value);
}

/* Its paretonormal.c. */
static int paretonormal_value(int i)
{
	return (normal_value(i) + 3 * pareto_value(i)) / 4;
}

static int make(struct table *ret_table, int value_at(int i))
{
	int16_t *values = malloc(TABLE_SIZE * sizeof(*values));

	if (!values)
		return nst_fail_memory();
	for (int i = 0; i < TABLE_SIZE; i++)
		values[i] = clamp(value_at(i));
	*ret_table = (struct table){ TABLE_SIZE, values };
	return 0;
}

/* ---- Files: numbers from -32768 to 32767, lines with '#' are comments ---- */

static int read_line(const char *file, int number, const char *line,
		     struct table *table)
{
	while (isspace((unsigned char)*line))
		line++;
	while (*line && *line != '#') {
		char *end;
		long value = strtol(line, &end, 10);

		if (end == line || (*end && !isspace((unsigned char)*end)) ||
		    value < INT16_MIN || value > INT16_MAX)
			return nst_fail(
				-EINVAL,
				"distribution table %s, line %d: \"%.20s\" is no "
				"number from -32768 to 32767",
				file, number, line);
		if (table->size == TABLE_SIZE_MAX)
			return nst_fail(-EINVAL,
					"distribution table %s, line %d: more than %d "
					"values",
					file, number, TABLE_SIZE_MAX);
		table->values[table->size++] = (int16_t)value;
		for (line = end; isspace((unsigned char)*line); line++)
			;
	}
	return 0;
}

/* A path, or the name of one of tc's own tables: "experimental". */
static FILE *open_table(const char *file)
{
	static const char *const folders[] = { "/usr/lib/tc", "/usr/lib64/tc",
					       "/usr/lib/" MULTIARCH "/tc",
					       "/usr/share/tc" };
	FILE *stream = fopen(file, "re");

	for (size_t i = 0; !stream && !strchr(file, '/') && i < ARRAY_SIZE(folders);
	     i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s.dist", folders[i], file);
		stream = fopen(path, "re");
	}
	return stream;
}

static int read_file(const char *file, struct table *table)
{
	FILE *stream AUTO_FCLOSE = open_table(file);
	char *line AUTO_FREE = NULL;
	size_t room = 0;
	int r = 0;

	if (!stream)
		return nst_fail_errno("distribution table %s", file);
	for (int n = 1; r == 0 && getline(&line, &room, stream) >= 0; n++) {
		line[strcspn(line, "\n")] = '\0';
		r = read_line(file, n, line, table);
	}
	if (r == 0 && ferror(stream))
		return nst_fail_errno("distribution table %s", file);
	if (r == 0 && table->size == 0)
		return nst_fail(-EINVAL, "distribution table %s has no values", file);
	return r;
}

static int load(struct table *ret_table, const char *file)
{
	struct table table = { 0, malloc(TABLE_SIZE_MAX * sizeof(*table.values)) };
	int r = table.values ? read_file(file, &table) : nst_fail_memory();

	if (r < 0)
		table_free(&table);
	else
		*ret_table = table;
	return r;
}

int table_make(enum nst_distribution distribution, const char *file,
	       struct table *ret_table)
{
	switch (distribution) {
	case NST_UNIFORM:
		*ret_table = (struct table){ 0 };
		return 0;
	case NST_NORMAL:
		return make(ret_table, normal_value);
	case NST_PARETO:
		return make(ret_table, pareto_value);
	case NST_PARETONORMAL:
		return make(ret_table, paretonormal_value);
	case NST_TABLE:
		if (!file)
			return nst_fail(-EINVAL, "the distribution table has no file");
		return load(ret_table, file);
	}
	return nst_fail(-EINVAL, "there is no distribution %u", distribution);
}

void table_free(struct table *table)
{
	free(table->values);
	*table = (struct table){ 0 };
}
