/* SPDX-License-Identifier: MIT */
/* Disks of hosts that are full, or can only be read: what was done is remembered in the
 * handle. */
#include "disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <base/fail.h>
#include <base/scope.h>

#include "resource_requests.h"
#include "state.h"

struct disk {
	struct disk *next;
	char *host, *path;
	bool read_only;            /* else full */
	unsigned long long size;   /* of a full one: as it was */
	struct mount_list *mounts; /* of a read-only one: those that became so */
};

/* ---- What is remembered ---- */

static void disk_free(struct disk *disk)
{
	if (!disk)
		return;
	free(disk->host);
	free(disk->path);
	free(disk->mounts);
	free(disk);
}

static struct disk *disk_new(const char *host, const char *path, bool read_only)
{
	struct disk *disk = calloc(1, sizeof(*disk));

	if (!disk)
		return NULL;
	disk->host = strdup(host);
	disk->path = strdup(path);
	disk->read_only = read_only;
	disk->mounts = read_only ? calloc(1, sizeof(*disk->mounts)) : NULL;
	if (disk->host && disk->path && (disk->mounts || !read_only))
		return disk;
	disk_free(disk);
	return NULL;
}

void disks_free(struct nst_lab *lab)
{
	struct disk *next;

	for (struct disk *disk = steal(lab->disks); disk; disk = next) {
		next = disk->next;
		disk_free(disk);
	}
}

/* Remembers it if what was done to it, `r`, went well. Takes it over. Return: r. */
static int keep(struct nst_lab *lab, struct disk *disk, int r)
{
	if (r < 0) {
		disk_free(disk);
		return r;
	}
	disk->next = lab->disks;
	lab->disks = disk;
	return 0;
}

/* Where it is, or where the end is. */
static struct disk **find(struct nst_lab *lab, const char *host, const char *path,
			  bool read_only)
{
	struct disk **at = &lab->disks;

	while (*at &&
	       ((*at)->read_only != read_only || strcmp((*at)->host, host) != 0 ||
		strcmp((*at)->path, path) != 0))
		at = &(*at)->next;
	return at;
}

static struct disk *take_out(struct disk **at)
{
	struct disk *disk = *at;

	*at = disk->next;
	return disk;
}

/* ---- Full ---- */

int disk_exhaust(struct nst_lab *lab, const char *host, const char *path)
{
	struct filling filling = { .path = path };
	struct stat outside;
	struct disk *disk;
	size_t node;
	int r = nst_plan_node(lab->plan, host, &node);

	if (r < 0)
		return r;
	if (*find(lab, host, path, false))
		return nst_fail(-EALREADY, "host \"%s\": %s is full already", host,
				path);
	disk = disk_new(host, path, false);
	if (!disk)
		return nst_fail_memory();
	filling.machines = stat(path, &outside) == 0 ? outside.st_dev : 0;
	filling.root_is_tmpfs = lab->plan->nodes[node].root == NST_ROOT_TMPFS;
	r = nst_in_host(lab, host, disk_fill, &filling, &disk->size, sizeof(disk->size),
			0);
	return keep(lab, disk, r);
}

int disk_restore(struct nst_lab *lab, const char *host, const char *path)
{
	struct disk **at = find(lab, host, path, false), *disk = *at;
	struct filling filling = { .path = path };
	int r;

	if (!disk)
		return nst_fail(-ENOENT, "host \"%s\": %s was not filled", host, path);
	filling.size = disk->size;
	r = nst_in_host(lab, host, disk_empty, &filling, NULL, 0, 0);
	disk_free(take_out(at));
	return r;
}

/* ---- Read-only ---- */

int nst_read_only(struct nst_lab *lab, const char *host, const char *path)
{
	struct disk *disk = disk_new(host, path, true);
	int r;

	if (!disk)
		return nst_fail_memory();
	r = nst_in_host(lab, host, disk_protect, (void *)path, disk->mounts,
			sizeof(*disk->mounts), 0);
	return keep(lab, disk, r);
}

int nst_writable(struct nst_lab *lab, const char *host, const char *path)
{
	struct disk **at = find(lab, host, path, true), *disk = *at;
	int r;

	if (!disk)
		return nst_fail(-ENOENT, "host \"%s\": %s was not made read-only", host,
				path);
	r = nst_in_host(lab, host, disk_unprotect, disk->mounts, NULL, 0, 0);
	disk_free(take_out(at));
	return r;
}
