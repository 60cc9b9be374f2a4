/* SPDX-License-Identifier: MIT */
/* What a failed test leaves for people to look at: packets, and what its programs
 * wrote. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <base/scope.h>

#include "inner.h"

static const char *base(void)
{
	const char *given = getenv("NSTEST_OUT");

	return given && *given ? given : "nstest-out";
}

char *artefacts_folder(const char *suite, const char *name)
{
	char *folder;

	return asprintf(&folder, "%s/%s/%s", base(), suite, name) < 0 ? NULL : folder;
}

/* mkdir -p */
static bool make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return mkdir(path, 0755) == 0 || errno == EEXIST;
}

/* One stream of one program; nothing if it wrote nothing. */
static void save_output(const char *folder, struct nst_program *program, size_t number,
			enum nst_stream stream)
{
	char *text AUTO_FREE = NULL, *path AUTO_FREE = NULL;
	FILE *file AUTO_FCLOSE = NULL;
	char name[48];
	size_t size;

	if (nst_output(program, stream, &text, &size) < 0 || size == 0)
		return;
	snprintf(name, sizeof(name), "%s", nst_program_name(program));
	for (char *c = name; *c; c++)
		if (*c == '/' || (unsigned char)*c < ' ')
			*c = '_';
	if (asprintf(&path, "%s/%s-%zu-%s.%s", folder, nst_program_host(program),
		     number, name, stream == NST_STDOUT ? "out" : "err") < 0)
		return;
	file = fopen(path, "we");
	if (file)
		fwrite(text, 1, size, file);
}

void artefacts_save(struct nst_lab *lab, const char *suite, const char *name)
{
	char *folder AUTO_FREE = artefacts_folder(suite, name), *path AUTO_FREE = NULL;
	struct nst_program *program;

	if (!folder || !make_folders(folder))
		return;
	if (asprintf(&path, "%s/case.pcapng", folder) < 0)
		return;
	nst_save_capture(lab, path);
	for (size_t i = 0; (program = nst_program_at(lab, i)); i++) {
		save_output(folder, program, i + 1, NST_STDOUT);
		save_output(folder, program, i + 1, NST_STDERR);
	}
}

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	remove(path);
	return 0;
}

void artefacts_remove(const char *suite, const char *name)
{
	char *folder AUTO_FREE = artefacts_folder(suite, name);

	if (!folder)
		return;
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	for (int up = 0; up < 2; up++) { /* the suite's, and the base, if empty */
		*strrchr(folder, '/') = '\0';
		if (rmdir(folder) < 0)
			break;
	}
}
