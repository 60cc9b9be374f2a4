/* SPDX-License-Identifier: MIT */
/* Impairments that own their texts. */
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

#include "impairment_copy.h"

/* Names of the machine's own tables stay names. */
static int copy_path(const char *path, const char **ret)
{
	*ret = NULL;
	if (!path)
		return 0;
	*ret = realpath(path, NULL);
	if (!*ret)
		*ret = strdup(path);
	return *ret ? 0 : nst_fail_memory();
}

int impairment_copy(const struct nst_impairment *impairment,
		    struct nst_impairment *ret_copy)
{
	int r;

	*ret_copy = *impairment;
	ret_copy->trace_file = ret_copy->slot_distribution_file = NULL;
	r = copy_path(impairment->distribution_file, &ret_copy->distribution_file);
	if (r == 0)
		r = copy_path(impairment->slot_distribution_file,
			      &ret_copy->slot_distribution_file);
	return r < 0 ? r : copy_path(impairment->trace_file, &ret_copy->trace_file);
}

void impairment_release(struct nst_impairment *impairment)
{
	free((char *)impairment->distribution_file);
	free((char *)impairment->slot_distribution_file);
	free((char *)impairment->trace_file);
}
