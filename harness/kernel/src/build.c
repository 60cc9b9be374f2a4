/* SPDX-License-Identifier: MIT */
/* Building a kernel from the source package of the distribution. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <base/fail.h>
#include <base/scope.h>
#include <kernel/build.h>

#include "folder.h"
#include "recipe.h"
#include "step.h"
#include "tools.h"

/* Measured with Linux 6.12. */
enum { CPU_SECONDS = 540, DISK_MIB = 1200, LOG_LINES = 1700 };

unsigned int nst_kernel_minutes(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return (unsigned int)(CPU_SECONDS / 60 / (processors > 0 ? processors : 1)) + 1;
}

/* ---- The source ---- */

/* Only the first Makefile is read, so this takes a second and not the whole tarball. */
static int read_version(const char *tarball, char *ret, size_t size)
{
	int version = 0, patchlevel = 0, sublevel = 0;
	char command[PATH_MAX + 128], line[256];
	FILE *pipe;

	if (strchr(tarball, '\'') || access(tarball, R_OK) < 0)
		return nst_fail(-ENOENT, "%s cannot be read", tarball);
	snprintf(command, sizeof(command),
		 "tar -xOf '%s' --occurrence=1 --wildcards "
		 "--no-wildcards-match-slash '*/Makefile' 2>/dev/null",
		 tarball);
	pipe = popen(command, "re");
	if (!pipe)
		return nst_fail_errno("starting tar");
	while (fgets(line, sizeof(line), pipe)) {
		sscanf(line, "VERSION = %d", &version);
		sscanf(line, "PATCHLEVEL = %d", &patchlevel);
		sscanf(line, "SUBLEVEL = %d", &sublevel);
	}
	pclose(pipe);
	if (!version)
		return nst_fail(-EINVAL, "%s is no tarball of a kernel's source",
				tarball);
	snprintf(ret, size, "%d.%d.%d", version, patchlevel, sublevel);
	return 0;
}

/* ---- The steps ---- */

static int write_file(const struct workshop *workshop, const char *name,
		      const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", workshop->folder, name);
	file = fopen(path, "we");
	if (!file || fputs(text, file) == EOF) {
		if (file)
			fclose(file);
		return nst_fail_errno("writing %s", path);
	}
	return fclose(file) ? nst_fail_errno("writing %s", path) : 0;
}

/* Kbuild reads all Makefiles and Kconfig files, but of these drivers and architectures, which are
 * half of it, no code. */
static const char *const left_out[] = {
	"--exclude=*/drivers/gpu/*.[chS]",
	"--exclude=*/drivers/media/*.[ch]",
	"--exclude=*/drivers/infiniband/*.[ch]",
	"--exclude=*/drivers/net/ethernet/*.[ch]",
	"--exclude=*/drivers/net/wireless/*.[ch]",
	"--exclude=*/drivers/scsi/*.[ch]",
	"--exclude=*/drivers/staging/*.[ch]",
	"--exclude=*/sound/*.[ch]",
	"--exclude=*/arch/*/*.dts*",
	"--exclude=*/arch/arm*/*.[chS]",
	"--exclude=*/arch/mips/*.[chS]",
	"--exclude=*/arch/powerpc/*.[chS]",
	"--exclude=*/Documentation/*.rst",
	"--exclude=*/Documentation/*.yaml",
	"--exclude=*/Documentation/*.svg",
	"--exclude=*/tools/perf/*.[ch]",
	"--exclude=*/tools/testing/*.[ch]",
};

static int unpack(struct workshop *workshop, char *tarball)
{
	char *command[ARRAY_SIZE(left_out) + 8] = { "tar",   "-xf",
						    tarball, "--strip-components=1",
						    "-C",    "source" };
	size_t words = 6;

	for (size_t i = 0; i < ARRAY_SIZE(left_out); i++)
		command[words++] = (char *)left_out[i];
	return step_run(workshop,
			&(struct step){ .name = "unpacking", .command = command });
}

static int run_steps(struct workshop *workshop, char *tarball)
{
	char jobs[32];
	const struct step steps[] = {
		{ .name = "patching",
		  .command = (char *const[]){ "patch", "-p1", "-f", "-d", "source",
					      "--no-backup-if-mismatch", "-i",
					      "../nstest.patch", NULL } },
		{ .name = "configuring",
		  .command = (char *const[]){ "make", "-C", "source", "ARCH=um",
					      "O=../objects",
					      "KCONFIG_ALLCONFIG=../fragment",
					      "allnoconfig", NULL } },
		{ .name = "compiling",
		  .command = (char *const[]){ "make", "-C", "source", "ARCH=um",
					      "O=../objects", jobs, "linux", NULL },
		  .lines = LOG_LINES },
		{ .name = "finishing",
		  .command = (char *const[]){ "strip", "-o", "linux", "objects/linux",
					      NULL } },
	};
	int r = unpack(workshop, tarball);

	snprintf(jobs, sizeof(jobs), "-j%ld", sysconf(_SC_NPROCESSORS_ONLN));
	for (size_t i = 0; i < ARRAY_SIZE(steps) && r == 0; i++)
		r = step_run(workshop, &steps[i]);
	return r;
}

/* What is compiled must depend on nothing but source and recipe. */
static void set_environment(void)
{
	static const char *const ours[][2] = {
		{ "LC_ALL", "C" },
		{ "KBUILD_BUILD_USER", "nstest" },
		{ "KBUILD_BUILD_HOST", "nstest" },
		{ "KBUILD_BUILD_VERSION", "1" },
		{ "KBUILD_BUILD_TIMESTAMP", "Thu Jan  1 00:00:00 UTC 2026" },
	};
	static const char *const nobodys[] = { "MAKEFLAGS",     "MFLAGS",
					       "ARCH",          "CROSS_COMPILE",
					       "KBUILD_OUTPUT", "LOCALVERSION",
					       "CDPATH",        "TAR_OPTIONS",
					       "CFLAGS" };

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		setenv(ours[i][0], ours[i][1], 1);
	for (size_t i = 0; i < ARRAY_SIZE(nobodys); i++)
		unsetenv(nobodys[i]);
}

/* Leaves linux, config and log in the workshop's folder. */
static int keep_results(const struct workshop *workshop)
{
	char from[PATH_MAX], to[PATH_MAX];
	static const char *const gone[] = { "source", "objects" };
	int r = 0;

	snprintf(from, sizeof(from), "%s/objects/.config", workshop->folder);
	snprintf(to, sizeof(to), "%s/config", workshop->folder);
	if (rename(from, to) < 0)
		return nst_fail_errno("moving %s to %s", from, to);
	for (size_t i = 0; i < ARRAY_SIZE(gone) && r == 0; i++) {
		snprintf(from, sizeof(from), "%s/%s", workshop->folder, gone[i]);
		r = folder_remove(from);
	}
	return r;
}

static int make_kernel(struct workshop *workshop, char *tarball)
{
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/source", workshop->folder);
	if (mkdir(path, 0777) < 0)
		return nst_fail_errno("making the folder %s", path);
	snprintf(path, sizeof(path), "%s/objects", workshop->folder);
	if (mkdir(path, 0777) < 0)
		return nst_fail_errno("making the folder %s", path);
	r = write_file(workshop, "fragment", recipe_fragment);
	if (r == 0)
		r = write_file(workshop, "nstest.patch", recipe_patch);
	if (r == 0)
		r = workshop_open(workshop);
	if (r == 0)
		r = run_steps(workshop, tarball);
	if (r == 0)
		r = keep_results(workshop);
	return r;
}

/* ---- Its place ---- */

static int check_room(const char *folder)
{
	struct statvfs about;
	unsigned long long free_mib;

	if (statvfs(folder, &about) < 0)
		return nst_fail_errno("looking at %s", folder);
	free_mib = (unsigned long long)about.f_bavail * about.f_frsize >> 20;
	if (free_mib < DISK_MIB)
		return nst_fail(-ENOSPC,
				"to build a kernel takes %d MiB in %s, where %llu MiB "
				"are free (XDG_CACHE_HOME names another place)",
				DISK_MIB, folder, free_mib);
	return 0;
}

static bool find_by_name(const char *name, struct nst_kernel *ret)
{
	struct nst_kernel *kernels AUTO_FREE = NULL;
	size_t count = 0;

	if (nst_kernel_list(&kernels, &count) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!strcmp(kernels[i].name, name)) {
			*ret = kernels[i];
			return true;
		}
	return false;
}

/* The unfinished folder becomes the kernel's, in place of one of the same name. */
static int put_in_place(const char *unfinished, const char *folder, const char *name)
{
	char place[PATH_MAX];

	snprintf(place, sizeof(place), "%.1023s/%s", folder, name);
	if (access(place, F_OK) == 0) {
		int r = folder_remove(place);

		if (r < 0)
			return r;
	}
	if (rename(unfinished, place) < 0)
		return nst_fail_errno("moving %s to %s", unfinished, place);
	return 0;
}

/* Removes what there is, and keeps the sentence. That takes some seconds, which are not to be
 * interrupted: the signals are still taken. */
static void give_up(const struct workshop *workshop, int code)
{
	char sentence[NST_ERROR_SIZE];

	snprintf(sentence, sizeof(sentence), "%s", nst_error());
	if (workshop->progress->report)
		workshop->progress->report("removing what was built", 0,
					   workshop->progress->context);
	folder_remove(workshop->folder);
	nst_fail(code, "%s", sentence);
}

static int build_in(const char *folder, char *tarball, const char *name,
		    const struct nst_kernel_progress *progress)
{
	struct workshop workshop = { .log = -1, .signals = -1, .progress = progress };
	int r = check_room(folder);

	if (r < 0)
		return r;
	snprintf(workshop.folder, sizeof(workshop.folder),
		 "%.1023s/" FOLDER_UNFINISHED "XXXXXX", folder);
	if (!mkdtemp(workshop.folder))
		return nst_fail_errno("making a folder in %s", folder);
	chmod(workshop.folder, 0755);
	set_environment();
	r = make_kernel(&workshop, tarball);
	if (r == 0)
		r = put_in_place(workshop.folder, folder, name);
	if (r < 0)
		give_up(&workshop, r);
	workshop_close(&workshop);
	return r;
}

int nst_kernel_build(const struct nst_kernel_build *options, struct nst_kernel *ret)
{
	char folder[NST_KERNEL_FOLDER], tarball[PATH_MAX], version[64], name[96];
	int lock AUTO_CLOSE = -1;
	int r;

	r = nst_kernel_folder(folder);
	if (r == 0 && !options->source)
		r = tools_source(tarball, sizeof(tarball));
	else if (r == 0 && !realpath(options->source, tarball))
		r = nst_fail_errno("%s", options->source);
	if (r == 0)
		r = read_version(tarball, version, sizeof(version));
	if (r < 0)
		return r;
	nst_kernel_name(version, name, sizeof(name));
	if (!options->again && find_by_name(name, ret))
		return 1;
	r = tools_check(tarball);
	if (r == 0)
		r = folder_make(folder);
	if (r == 0)
		r = folder_lock(folder, &lock);
	if (r == 0)
		r = folder_sweep(folder);
	if (r == 0)
		r = build_in(folder, tarball, name, &options->progress);
	if (r < 0)
		return r;
	return find_by_name(name, ret) ? 0 : nst_fail(-EIO, "%s is not there", name);
}
