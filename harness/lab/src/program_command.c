/* SPDX-License-Identifier: MIT */
/* What a program is called, what it is run with, where it is looked for. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>
#include <base/scope.h>

#include "program_command.h"
#include "tls_keys.h"

static const char blanks[] = " \t\n";
static const char default_path[] = "/usr/local/bin:/usr/bin:/bin";
static const char *const server_folders[] = { "/usr/local/sbin", "/usr/sbin", "/sbin" };

/* Whether a word of a shell line only prepares the command: exec, or an assignment. */
static bool is_preparation(const char *word, size_t size)
{
	return (size == strlen("exec") && memcmp(word, "exec", size) == 0) ||
	       memchr(word, '=', size);
}

/* The word of a shell line that names the command, and its size. */
static const char *command_word(const char *line, size_t *ret_size)
{
	const char *word = line + strspn(line, blanks);
	size_t size = strcspn(word, blanks);
	const char *next = word + size + strspn(word + size, blanks);

	if (*next && is_preparation(word, size))
		return command_word(next, ret_size);
	*ret_size = size;
	return word;
}

char *command_name(const struct nst_start *start)
{
	const char *word = start->command ? start->command : start->argv[0];
	size_t size = strlen(word);
	const char *slash;

	if (start->command)
		word = command_word(start->command, &size);
	slash = memrchr(word, '/', size);
	if (slash && slash + 1 < word + size) {
		size -= (size_t)(slash + 1 - word);
		word = slash + 1;
	}
	return strndup(word, size);
}

/* ---- The environment ---- */

static size_t count(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

/* The variable `name` ("NAME" or "NAME=…") in `env`, or NULL. */
static char **variable(char **env, const char *name)
{
	size_t size = strcspn(name, "=");

	for (; *env; env++)
		if (strncmp(*env, name, size) == 0 && (*env)[size] == '=')
			return env;
	return NULL;
}

/* Sets a variable, "NAME=value". There is room. */
static int set(char **env, const char *assignment)
{
	char **old = variable(env, assignment);
	char *copy = strdup(assignment);

	if (!copy)
		return nst_fail_memory();
	if (old)
		free(*old);
	else
		old = env + count(env);
	*old = copy;
	return 0;
}

__attribute__((format(printf, 2, 3))) static int set_printed(char **env,
							     const char *format, ...)
{
	char *assignment AUTO_FREE = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&assignment, format, args);
	va_end(args);
	if (n < 0) {
		assignment = NULL;
		return nst_fail_memory();
	}
	return set(env, assignment);
}

/* Whether a list such as PATH has the folder. */
static bool has_folder(const char *path, const char *folder)
{
	size_t size = strlen(folder), part;

	for (;; path += part + 1) {
		part = strcspn(path, ":");
		if (part == size && strncmp(path, folder, size) == 0)
			return true;
		if (!path[part])
			return false;
	}
}

/* nginx and dnsmasq are found whoever starts them: in a host everybody is root. */
static int extend_path(char **env)
{
	char **path = variable(env, "PATH");
	int r = path ? 0 : set_printed(env, "PATH=%s", default_path);

	for (size_t i = 0; i < ARRAY_SIZE(server_folders) && r == 0; i++) {
		const char *folders = *variable(env, "PATH") + strlen("PATH=");

		if (!has_folder(folders, server_folders[i]))
			r = set_printed(env, "PATH=%s:%s", folders, server_folders[i]);
	}
	return r;
}

/* Places of the caller's that mean nothing in a host, which has a /tmp of its own. */
static bool is_of_caller(const char *variable)
{
	static const char *const names[] = { "PWD=", "OLDPWD=", "TMPDIR=" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static int fill_environment(char **env, char *const *own, const char *const *given,
			    const char *host, const char *directory)
{
	int r = set_printed(env, "PWD=%s", directory);

	for (; own && *own && r == 0; own++)
		if (strchr(*own, '=') && !is_of_caller(*own))
			r = set(env, *own);
	if (r == 0)
		r = set_printed(env, "HOSTNAME=%s", host);
	if (r == 0)
		r = set_printed(env, "SSLKEYLOGFILE=%s", TLS_KEYS_FILE);
	for (; given && *given && r == 0; given++) {
		if (!strchr(*given, '=') || **given == '=')
			return nst_fail(-EINVAL,
					"environment: \"%s\" is not NAME=value",
					*given);
		r = set(env, *given);
	}
	return r < 0 ? r : extend_path(env);
}

int command_environment(char *const *own, const char *const *given, const char *host,
			const char *directory, char ***ret_env)
{
	/* PWD, HOSTNAME, SSLKEYLOGFILE, PATH, and the NULL. */
	size_t room = count(own) + count((char *const *)given) + 5;
	char **env = calloc(room, sizeof(*env));
	int r;

	if (!env)
		return nst_fail_memory();
	r = fill_environment(env, own, given, host, directory);
	if (r < 0) {
		command_environment_free(env);
		return r;
	}
	*ret_env = env;
	return 0;
}

void command_environment_free(char **env)
{
	for (char **v = env; v && *v; v++)
		free(*v);
	free(env);
}

/* ---- Where it is ---- */

static char *join(const char *folder, size_t size, const char *file)
{
	char *path;

	if (!size) /* an empty part of PATH is the current folder */
		return strdup(file);
	return asprintf(&path, "%.*s/%s", (int)size, folder, file) < 0 ? NULL : path;
}

char **command_paths(const char *file, char *const *env)
{
	char **path = variable((char **)env, "PATH"), **list;
	const char *at = path ? *path + strlen("PATH=") : default_path;
	size_t n = 1, size;

	if (strchr(file, '/'))
		at = "";
	for (const char *c = at; *c; c++)
		n += *c == ':';
	list = calloc(n + 1, sizeof(*list));
	for (size_t i = 0; list && i < n; i++, at += size + 1) {
		size = strcspn(at, ":");
		list[i] = join(at, size, file);
		if (!list[i]) {
			command_paths_free(list);
			return NULL;
		}
	}
	return list;
}

void command_paths_free(char *const *paths)
{
	command_environment_free((char **)paths);
}
