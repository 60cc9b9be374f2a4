/* SPDX-License-Identifier: MIT */
/* Which kernels there are. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <base/fail.h>
#include <base/scope.h>
#include <kernel/cache.h>

#include "folder.h"
#include "recipe.h"

/* FNV-1a of 64 bits; the strings' ends count. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3U;
	while (*text++);
	return hash;
}

void nst_kernel_name(const char *version, char *ret_name, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325U;

	hash = hash_text(hash, version);
	hash = hash_text(hash, recipe_patch);
	hash = hash_text(hash, recipe_fragment);
	snprintf(ret_name, size, "%s-%012" PRIx64, version, hash >> 16);
}

int nst_kernel_folder(char ret_path[NST_KERNEL_FOLDER])
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int printed;

	/* The XDG specification: a relative path is to be ignored. */
	if (cache && *cache == '/')
		printed = snprintf(ret_path, NST_KERNEL_FOLDER, "%s/nstest/kernels",
				   cache);
	else if (home && *home == '/')
		printed = snprintf(ret_path, NST_KERNEL_FOLDER,
				   "%s/.cache/nstest/kernels", home);
	else
		return nst_fail(-ENOENT, "neither HOME nor XDG_CACHE_HOME says where "
					 "kernels are kept");
	if (printed >= NST_KERNEL_FOLDER)
		return nst_fail(-ENAMETOOLONG, "the path of the folder of kernels");
	return 0;
}

/* A folder that is a kernel: "VERSION-HASH" with a program in it. */
static bool read_kernel(const char *folder, const char *name, struct nst_kernel *ret)
{
	const char *hash = strrchr(name, '-');
	char current[sizeof(ret->name)];
	struct stat about;

	if (*name == '.' || !hash || hash == name ||
	    (size_t)(hash - name) >= sizeof(ret->version) ||
	    strlen(name) >= sizeof(ret->name))
		return false;
	*ret = (struct nst_kernel){ 0 };
	memcpy(ret->version, name, (size_t)(hash - name));
	strcpy(ret->name, name);
	snprintf(ret->path, sizeof(ret->path), "%.1023s/%s/linux", folder, name);
	if (stat(ret->path, &about) < 0 || !S_ISREG(about.st_mode))
		return false;
	ret->bytes = about.st_size;
	nst_kernel_name(ret->version, current, sizeof(current));
	ret->current = !strcmp(current, name);
	return true;
}

static int compare(const void *left, const void *right)
{
	const struct nst_kernel *a = left, *b = right;

	if (a->current != b->current)
		return a->current ? -1 : 1;
	return strverscmp(b->name, a->name);
}

int nst_kernel_list(struct nst_kernel **ret, size_t *ret_count)
{
	struct nst_kernel *kernels AUTO_FREE = NULL, *more;
	char folder[NST_KERNEL_FOLDER];
	struct dirent *entry;
	size_t count = 0;
	DIR *stream;
	int r = nst_kernel_folder(folder);

	if (r < 0)
		return r;
	stream = opendir(folder);
	if (!stream && errno != ENOENT)
		return nst_fail_errno("reading %s", folder);
	while (stream && (entry = readdir(stream)) && r == 0) {
		more = reallocarray(kernels, count + 1, sizeof(*kernels));
		if (!more) {
			r = nst_fail_memory();
			break;
		}
		kernels = more;
		count += read_kernel(folder, entry->d_name, &kernels[count]);
	}
	if (stream)
		closedir(stream);
	if (r < 0)
		return r;
	if (count)
		qsort(kernels, count, sizeof(*kernels), compare);
	*ret = steal(kernels);
	*ret_count = count;
	return 0;
}

int nst_kernel_find(struct nst_kernel *ret)
{
	struct nst_kernel *kernels AUTO_FREE = NULL;
	size_t count;
	int r = nst_kernel_list(&kernels, &count);

	if (r < 0)
		return r;
	if (!count)
		return nst_fail(-ENOENT, "no kernel has been built yet: nstest kernel "
					 "build");
	if (!kernels[0].current)
		return nst_fail(-ENOENT,
				"kernel %s was built for another nstest: nstest kernel "
				"build",
				kernels[0].name);
	*ret = kernels[0];
	return 0;
}

int nst_kernel_clean(bool all)
{
	struct nst_kernel *kernels AUTO_FREE = NULL;
	int lock AUTO_CLOSE = -1;
	char folder[NST_KERNEL_FOLDER], path[PATH_MAX];
	size_t count;
	int r, gone = 0;

	r = nst_kernel_folder(folder);
	if (r < 0)
		return r;
	if (access(folder, F_OK) < 0 && errno == ENOENT)
		return 0;
	r = folder_lock(folder, &lock);
	if (r == 0)
		r = folder_sweep(folder);
	if (r == 0)
		r = nst_kernel_list(&kernels, &count);
	for (size_t i = 0; r == 0 && i < count; i++) {
		if (kernels[i].current && !all)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, kernels[i].name);
		r = folder_remove(path);
		gone += r == 0;
	}
	return r < 0 ? r : gone;
}
