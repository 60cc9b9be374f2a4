/* SPDX-License-Identifier: MIT */
/* Which kernels there are, what a build says that cannot be, and what it leaves. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <base/fail.h>
#include <kernel/build.h>

#include "folder.h"
#include "step.h"
#include "tools.h"

static char cache[64], kernels[128];

static void make_cache(void)
{
	strcpy(cache, "/tmp/nstest-kernel-XXXXXX");
	cr_assert(mkdtemp(cache) != NULL);
	setenv("XDG_CACHE_HOME", cache, 1);
	snprintf(kernels, sizeof(kernels), "%s/nstest/kernels", cache);
	cr_assert(eq(int, folder_make(kernels), 0));
}

static void remove_cache(void)
{
	cr_expect(eq(int, folder_remove(cache), 0));
}

TestSuite(kernel, .init = make_cache, .fini = remove_cache);

static void write_text(const char *folder, const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	cr_assert(file != NULL);
	fputs(text, file);
	fclose(file);
}

/* Something that has the place of a kernel. */
static void put_kernel(const char *name)
{
	char folder[256];

	snprintf(folder, sizeof(folder), "%s/%s", kernels, name);
	cr_assert(eq(int, mkdir(folder, 0755), 0));
	write_text(folder, "linux", "ELF");
}

static bool is_there(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", kernels, name);
	return access(path, F_OK) == 0;
}

static size_t count_files(void)
{
	struct nst_kernel *list = NULL;
	size_t count;

	cr_assert(eq(int, nst_kernel_list(&list, &count), 0));
	free(list);
	return count;
}

/* ---- Which there are ---- */

Test(kernel, is_found_by_what_it_was_built_from)
{
	struct nst_kernel kernel;
	char name[96];

	nst_kernel_name("6.12.5", name, sizeof(name));
	put_kernel(name);

	cr_assert(eq(int, nst_kernel_find(&kernel), 0));
	cr_expect(eq(str, kernel.name, name));
	cr_expect(eq(str, kernel.version, "6.12.5"));
	cr_expect(kernel.current);
	cr_expect(eq(int, (int)kernel.bytes, 3));
	cr_expect(eq(int, access(kernel.path, R_OK), 0));
}

Test(kernel, of_another_recipe_is_listed_but_not_found)
{
	struct nst_kernel kernel;

	put_kernel("6.12.5-0123456789ab");

	cr_expect(eq(sz, count_files(), 1));
	cr_expect(eq(int, nst_kernel_find(&kernel), -ENOENT));
	cr_expect(strstr(nst_error(), "6.12.5-0123456789ab was built for another "
				      "nstest: nstest kernel build") != NULL,
		  "%s", nst_error());
}

Test(kernel, comes_newest_first)
{
	char newer[96], older[96];
	struct nst_kernel kernel;

	nst_kernel_name("6.9.30", older, sizeof(older));
	nst_kernel_name("6.12.5", newer, sizeof(newer));
	put_kernel(older);
	put_kernel(newer);

	cr_assert(eq(int, nst_kernel_find(&kernel), 0));
	cr_expect(eq(str, kernel.name, newer));
}

Test(kernel, is_no_folder_without_a_program)
{
	char name[96], path[256];

	nst_kernel_name("6.12.5", name, sizeof(name));
	snprintf(path, sizeof(path), "%s/%s", kernels, name);
	cr_assert(eq(int, mkdir(path, 0755), 0));
	put_kernel(".building-x");
	put_kernel("nohash");

	cr_expect(eq(sz, count_files(), 0));
}

Test(kernel, has_nowhere_to_be_without_a_home)
{
	char folder[NST_KERNEL_FOLDER];

	setenv("XDG_CACHE_HOME", "relative", 1);
	setenv("HOME", "/home/somebody", 1);
	cr_expect(eq(int, nst_kernel_folder(folder), 0));
	cr_expect(eq(str, folder, "/home/somebody/.cache/nstest/kernels"));
	unsetenv("HOME");
	cr_expect(eq(int, nst_kernel_folder(folder), -ENOENT));
}

/* ---- Cleaning ---- */

Test(kernel, stays_when_others_are_cleaned_away)
{
	char name[96];

	nst_kernel_name("6.12.5", name, sizeof(name));
	put_kernel(name);
	put_kernel("6.12.5-0123456789ab");
	put_kernel(".building-killed");

	cr_expect(eq(int, nst_kernel_clean(false), 1));
	cr_expect(is_there(name));
	cr_expect(not(is_there("6.12.5-0123456789ab")));
	cr_expect(not(is_there(".building-killed")));
	cr_expect(eq(int, nst_kernel_clean(true), 1));
	cr_expect(not(is_there(name)));
}

Test(kernel, is_not_cleaned_away_while_somebody_builds)
{
	int lock;

	put_kernel(".building-now");
	cr_assert(eq(int, folder_lock(kernels, &lock), 0));

	cr_expect(eq(int, nst_kernel_clean(true), -EBUSY));
	cr_expect(is_there(".building-now"));
	close(lock);
	cr_expect(eq(int, nst_kernel_clean(true), 0));
	cr_expect(not(is_there(".building-now")));
}

/* ---- Builds that fail ---- */

static int build_from(const char *tarball)
{
	struct nst_kernel kernel;

	return nst_kernel_build(&(struct nst_kernel_build){ .source = tarball },
				&kernel);
}

/* A tarball of one file, linux/Makefile. */
static const char *make_tarball(const char *makefile)
{
	static char path[256];
	char command[1024];

	snprintf(path, sizeof(path), "%s/linux.tar.gz", cache);
	snprintf(command, sizeof(command),
		 "mkdir %s/linux && printf '%s' >%s/linux/Makefile && "
		 "tar -C %s -czf %s linux && rm -r %s/linux",
		 cache, makefile, cache, cache, path, cache);
	cr_assert(eq(int, system(command), 0));
	return path;
}

static void skip_without_tools(const char *tarball)
{
	if (tools_check(tarball) < 0)
		cr_skip_test("%s", nst_error());
}

Test(kernel, is_not_built_of_what_is_no_kernel)
{
	cr_expect(eq(int, build_from(make_tarball("all:\\n")), -EINVAL));
	cr_expect(strstr(nst_error(), "is no tarball of a kernel's source") != NULL);
	cr_expect(eq(int, build_from("/nonexistent.tar.xz"), -ENOENT));
}

Test(kernel, tells_why_its_patch_failed_and_leaves_nothing)
{
	const char *tarball =
		make_tarball("VERSION = 6\\nPATCHLEVEL = 99\\nSUBLEVEL = 1\\n");

	skip_without_tools(tarball);

	cr_expect(eq(int, build_from(tarball), -EIO));
	cr_expect(strstr(nst_error(), "patching failed") != NULL, "%s", nst_error());
	cr_expect(strstr(nst_error(), "arch/um/") != NULL, "%s", nst_error());
	cr_expect(eq(int, nst_kernel_clean(true), 0));
	cr_expect(eq(int,
		     system("test $(ls -A \"$XDG_CACHE_HOME/nstest/kernels\" | "
			    "wc -l) -eq 1"),
		     0),
		  "only the lock is there");
}

Test(kernel, names_all_tools_that_are_missing)
{
	setenv("PATH", "/nonexistent", 1);

	cr_expect(eq(int, tools_check("linux.tar.xz"), -ENOENT));
	cr_expect(strstr(nst_error(), "gcc, libc.a, make, flex, bison, bc, patch") !=
			  NULL,
		  "%s", nst_error());
	cr_expect(strstr(nst_error(), "xz") != NULL);
	cr_expect(strstr(nst_error(), "zstd") == NULL, "another tarball needs it");
	cr_expect(strstr(nst_error(), "install gcc") != NULL);
}

/* ---- Steps ---- */

static int take(char *const *command, struct workshop *workshop)
{
	const struct step step = { .name = "compiling", .command = command };

	snprintf(workshop->folder, sizeof(workshop->folder), "%s", kernels);
	cr_assert(eq(int, workshop_open(workshop), 0));
	return step_run(workshop, &step);
}

Test(kernel, step_that_fails_tells_why_not_what_came_last)
{
	static const struct nst_kernel_progress silent = { 0 };
	struct workshop workshop = { .progress = &silent };
	char script[] = "echo a.c:3: error: no such thing; seq 100; exit 2";
	int r = take((char *const[]){ "sh", "-c", script, NULL }, &workshop);

	workshop_close(&workshop);
	cr_expect(eq(int, r, -EIO));
	cr_expect(eq(str, (char *)nst_error(),
		     "compiling failed:\n  a.c:3: error: no such thing"));
}

Test(kernel, step_that_says_nothing_shows_its_last_lines)
{
	static const struct nst_kernel_progress silent = { 0 };
	struct workshop workshop = { .progress = &silent };
	int r = take((char *const[]){ "sh", "-c", "seq 100; exit 2", NULL }, &workshop);

	workshop_close(&workshop);
	cr_expect(eq(int, r, -EIO));
	cr_expect(eq(str, (char *)nst_error(),
		     "compiling failed:\n  97\n  98\n  99\n  100"));
}

static void *interrupt(void *workshop)
{
	struct stat about;

	/* Until the command runs. */
	do
		cr_assert(fstat(((struct workshop *)workshop)->log, &about) == 0);
	while (about.st_size == 0);
	kill(getpid(), SIGTERM);
	return NULL;
}

Test(kernel, step_ends_with_all_it_started_when_it_is_interrupted)
{
	static const struct nst_kernel_progress silent = { 0 };
	struct workshop workshop = { .progress = &silent };
	const struct step step = {
		.name = "compiling",
		.command = (char *const[]){ "sh", "-c", "echo; sleep 1000 | cat", NULL }
	};
	int held[2];
	char byte;
	pthread_t thread;

	snprintf(workshop.folder, sizeof(workshop.folder), "%s", kernels);
	cr_assert(eq(int, workshop_open(&workshop), 0));
	cr_assert(eq(int, pipe(held), 0)); /* all that is started has its end, too */
	cr_assert(eq(int, pthread_create(&thread, NULL, interrupt, &workshop), 0));

	cr_expect(eq(int, step_run(&workshop, &step), -EINTR));
	pthread_join(thread, NULL);
	close(held[1]);
	cr_expect(eq(int, (int)read(held[0], &byte, 1), 0), "nobody has it any more");
	workshop_close(&workshop);
}
