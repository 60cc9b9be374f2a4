/* SPDX-License-Identifier: MIT */
/* What travels between resource.c in the caller and resource_inside.c in the lab process. */
#ifndef LAB_RESOURCE_REQUESTS_H
#define LAB_RESOURCE_REQUESTS_H

#include <lab/inside.h>
#include <nstest/resource.h>

struct resource_request {
	enum nst_resource_kind kind; /* never NST_DISK: disk.c */
	size_t node;
	unsigned short port;
	size_t program; /* its id */
};

nst_inside_fn resource_exhaust_inside;
nst_inside_fn resource_restore_inside;

/* ---- disk.c: in the caller ---- */

int disk_exhaust(struct nst_lab *lab, const char *host, const char *path);
int disk_restore(struct nst_lab *lab, const char *host, const char *path);

#endif
