/* SPDX-License-Identifier: MIT */
/* exhaust, restore, read-only, writable: what programs run out of. */
#include <errno.h>

#include <base/fail.h>

#include "step.h"

static int change(struct live_case *live, const struct nst_resource_step *step,
		  int (*act)(struct nst_lab *, const struct nst_resource *))
{
	struct nst_resource resource = { .kind = step->kind,
					 .host = step->host,
					 .port = step->port,
					 .path = step->path };
	int r;

	if (step->program)
		resource.program =
			nst_program_find(live->lab, step->host, step->program);
	if (step->program && !resource.program)
		return nst_fail(-ENOENT, "no program %s was started on %s so far",
				step->program, step->host);
	r = act(live->lab, &resource);
	return r < 0 ? r : STEP_HELD;
}

int exec_exhaust(struct live_case *live, const struct nst_step *step)
{
	return change(live, &step->resource, nst_exhaust);
}

int exec_restore(struct live_case *live, const struct nst_step *step)
{
	return change(live, &step->resource, nst_restore);
}

int exec_read_only(struct live_case *live, const struct nst_step *step)
{
	int r = nst_read_only(live->lab, step->mount.host, step->mount.path);

	return r < 0 ? r : STEP_HELD;
}

int exec_writable(struct live_case *live, const struct nst_step *step)
{
	int r = nst_writable(live->lab, step->mount.host, step->mount.path);

	return r < 0 ? r : STEP_HELD;
}
