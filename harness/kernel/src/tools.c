/* SPDX-License-Identifier: MIT */
/* What a build takes that a machine may lack. */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "tools.h"

#define SOURCES "/usr/src/linux-source-6.*"

/* Looked up as the shell does, so that what is found is what will be run. */
static bool is_in_path(const char *tool)
{
	const char *path = getenv("PATH");
	char candidate[PATH_MAX];

	for (; path && *path; path += strspn(path, ":")) {
		size_t length = strcspn(path, ":");

		snprintf(candidate, sizeof(candidate), "%.*s/%s", (int)length, path,
			 tool);
		if (access(candidate, X_OK) == 0)
			return true;
		path += length;
	}
	return false;
}

/* The first line of what a command prints; empty if there is none. */
static void first_line(const char *command, char *ret, size_t size)
{
	FILE *pipe = popen(command, "re");

	*ret = '\0';
	if (!pipe)
		return;
	if (fgets(ret, (int)size, pipe))
		ret[strcspn(ret, "\n")] = '\0';
	pclose(pipe);
}

static bool has_static_libc(const char *name)
{
	char path[PATH_MAX];

	(void)name;
	first_line("gcc -print-file-name=libc.a 2>/dev/null", path, sizeof(path));
	return *path == '/';
}

static const struct tool {
	const char *name;
	const char *suffix; /* of tarballs that need it; NULL: all */
	const char *debian, *fedora;
	bool (*is_there)(const char *name);
} tools[] = {
	{ "gcc", NULL, "gcc", "gcc", is_in_path },
	{ "libc.a", NULL, "libc6-dev", "glibc-static", has_static_libc },
	{ "make", NULL, "make", "make", is_in_path },
	{ "flex", NULL, "flex", "flex", is_in_path },
	{ "bison", NULL, "bison", "bison", is_in_path },
	{ "bc", NULL, "bc", "bc", is_in_path },
	{ "patch", NULL, "patch", "patch", is_in_path },
	{ "strip", NULL, "binutils", "binutils", is_in_path },
	{ "gzip", NULL, "gzip", "gzip", is_in_path },
	{ "tar", NULL, "tar", "tar", is_in_path },
	{ "xz", ".xz", "xz-utils", "xz", is_in_path },
	{ "bzip2", ".bz2", "bzip2", "bzip2", is_in_path },
	{ "zstd", ".zst", "zstd", "zstd", is_in_path },
};

static bool ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text), ending = strlen(suffix);

	return length >= ending && !strcmp(text + length - ending, suffix);
}

int tools_check(const char *tarball)
{
	const bool fedora = is_in_path("dnf");
	char names[256] = "", packages[256] = "";

	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		const struct tool *tool = &tools[i];
		size_t named = strlen(names), packed = strlen(packages);

		if ((tool->suffix && !ends_with(tarball, tool->suffix)) ||
		    tool->is_there(tool->name))
			continue;
		snprintf(names + named, sizeof(names) - named, "%s%s",
			 named ? ", " : "", tool->name);
		snprintf(packages + packed, sizeof(packages) - packed, " %s",
			 fedora ? tool->fedora : tool->debian);
	}
	if (!*names)
		return 0;
	return nst_fail(-ENOENT,
			"to build a kernel takes %s, which this machine has not: %s "
			"install%s",
			names, fedora ? "dnf" : "apt-get", packages);
}

/* ---- The source ---- */

/* "linux-source-6.12" of a path or a name of a package: they compare by it. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void find_installed(char *ret_path, size_t size)
{
	glob_t found = { 0 };

	*ret_path = '\0';
	glob(SOURCES ".tar.*", 0, NULL, &found);
	glob(SOURCES "/linux-source-6.*.tar.*", GLOB_APPEND, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (!*ret_path ||
		    strverscmp(base_name(found.gl_pathv[i]), base_name(ret_path)) > 0)
			snprintf(ret_path, size, "%s", found.gl_pathv[i]);
	globfree(&found);
}

/* What the distribution would install; empty where it cannot be asked. */
static void find_installable(char *ret_name, size_t size)
{
	first_line("apt-cache pkgnames linux-source-6 2>/dev/null |"
		   " grep -x 'linux-source-6[.0-9]*' | sort -rV",
		   ret_name, size);
}

int tools_source(char *ret_path, size_t size)
{
	char newest[128];
	size_t length;

	find_installed(ret_path, size);
	find_installable(newest, sizeof(newest));
	length = strlen(newest);
	if (*ret_path && (!length || !strncmp(base_name(ret_path), newest, length) ||
			  strverscmp(base_name(ret_path), newest) > 0))
		return 0;
	if (*ret_path)
		return nst_fail(
			-ENOENT,
			"there is a newer source of the kernel than %s: apt-get "
			"install %s, or name the one to take",
			ret_path, newest);
	if (length)
		return nst_fail(-ENOENT,
				"the kernel's source is not installed: apt-get install "
				"%s",
				newest);
	return nst_fail(-ENOENT,
			"no package linux-source-6.* is installed or known here "
			"(apt-get update?); a tarball from kernel.org may be "
			"named instead: nstest kernel build TARBALL");
}
