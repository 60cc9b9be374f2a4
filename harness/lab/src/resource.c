/* SPDX-License-Identifier: MIT */
/* What programs run out of, as the caller sees it. */
#include <errno.h>

#include <base/fail.h>

#include "resource_requests.h"
#include "state.h"

static int fill_request(struct nst_lab *lab, const struct nst_resource *resource,
			struct resource_request *ret)
{
	*ret = (struct resource_request){ .kind = resource->kind,
					  .port = resource->port };
	if (resource->kind == NST_DESCRIPTORS)
		return nst_program_number(resource->program, &ret->program);
	return nst_plan_node(lab->plan, resource->host, &ret->node);
}

static int ask(struct nst_lab *lab, const struct nst_resource *resource,
	       nst_inside_fn *function)
{
	struct resource_request request;
	int r = fill_request(lab, resource, &request);

	return r < 0 ? r
		     : nst_lab_ask(lab, function, &request, sizeof(request), NULL, 0);
}

int nst_exhaust(struct nst_lab *lab, const struct nst_resource *resource)
{
	if (resource->kind == NST_DISK)
		return disk_exhaust(lab, resource->host, resource->path);
	return ask(lab, resource, resource_exhaust_inside);
}

int nst_restore(struct nst_lab *lab, const struct nst_resource *resource)
{
	if (resource->kind == NST_DISK)
		return disk_restore(lab, resource->host, resource->path);
	return ask(lab, resource, resource_restore_inside);
}
