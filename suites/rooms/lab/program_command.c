/* SPDX-License-Identifier: MIT */
/* What a program is called, what it is run with, where it is looked for. Pure. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

#include "program_command.h"

static void expect_name(const char *command, const char *expected)
{
	char *name = command_name(&(struct nst_start){ .command = command });

	cr_expect_str_eq(name, expected, "\"%s\" is called \"%s\"", command, name);
	free(name);
}

Test(command, is_named_after_its_first_word)
{
	expect_name("nginx -g 'daemon off;'", "nginx");
	expect_name("  /usr/sbin/nginx", "nginx");
	expect_name("exec python3 -m http.server", "python3");
	expect_name("LANG=C exec ./server", "server");
	expect_name("exec", "exec");
	expect_name("/", "/");
}

Test(command, with_an_argv_may_have_blanks_in_its_name)
{
	const char *const argv[] = { "/opt/my server", "x", NULL };
	char *name = command_name(&(struct nst_start){ .argv = argv });

	cr_expect_str_eq(name, "my server");
	free(name);
}

static const char *value(char **env, const char *name)
{
	for (; *env; env++)
		if (strncmp(*env, name, strlen(name)) == 0 &&
		    (*env)[strlen(name)] == '=')
			return *env + strlen(name) + 1;
	return "(unset)";
}

static size_t count(char **env)
{
	size_t n = 0;

	while (env[n])
		n++;
	return n;
}

Test(environment, is_the_callers_with_what_was_given)
{
	char *const own[] = { "A=1",       "B=2",         "PWD=/elsewhere",
			      "OLDPWD=/x", "HOSTNAME=me", "PATH=/usr/sbin:/opt",
			      NULL };
	const char *const given[] = { "B=3", "C=", "A=4", NULL };
	char **env;

	cr_assert_eq(command_environment(own, given, "web", "/srv", &env), 0);

	cr_expect_str_eq(env[0], "PWD=/srv");
	cr_expect_str_eq(value(env, "A"), "4");
	cr_expect_str_eq(value(env, "B"), "3");
	cr_expect_str_eq(value(env, "C"), "");
	cr_expect_str_eq(value(env, "HOSTNAME"), "web");
	cr_expect_str_eq(value(env, "OLDPWD"), "(unset)");
	cr_expect_str_eq(value(env, "PATH"), "/usr/sbin:/opt:/usr/local/sbin:/sbin");
	cr_expect_str_eq(value(env, "SSLKEYLOGFILE"), "/run/tls-keys.log");
	cr_expect_eq(count(env), 7);
	command_environment_free(env);
}

Test(environment, may_be_empty)
{
	char **env;

	cr_assert_eq(command_environment(NULL, NULL, "web", "/", &env), 0);

	cr_expect_str_eq(
		value(env, "PATH"),
		"/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin");
	cr_expect_eq(count(env), 4);
	command_environment_free(env);
}

Test(environment, refuses_what_is_no_assignment)
{
	const char *const bad[][2] = { { "FOO" }, { "=x" } };
	char **env;

	for (size_t i = 0; i < 2; i++)
		cr_expect_eq(command_environment(NULL, bad[i], "web", "/", &env),
			     -EINVAL);
	cr_expect_str_eq(nst_error(), "environment: \"=x\" is not NAME=value");
}

Test(command, is_looked_for_in_each_folder_of_path)
{
	char *const env[] = { "PWD=/", "PATH=/a::/b", NULL };
	char **paths = command_paths("tool", env);

	cr_expect_str_eq(paths[0], "/a/tool");
	cr_expect_str_eq(paths[1], "tool");
	cr_expect_str_eq(paths[2], "/b/tool");
	cr_expect_null(paths[3]);
	command_paths_free(paths);
}

Test(command, with_a_folder_is_looked_for_there_only)
{
	char *const env[] = { "PATH=/a:/b", NULL };
	char **paths = command_paths("./tool", env);

	cr_expect_str_eq(paths[0], "./tool");
	cr_expect_null(paths[1]);
	command_paths_free(paths);
}
