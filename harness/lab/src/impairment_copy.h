/* SPDX-License-Identifier: MIT */
/* Impairments that own their texts. */
#ifndef LAB_IMPAIRMENT_COPY_H
#define LAB_IMPAIRMENT_COPY_H

#include <nstest/impairment.h>

/* Files that are there get an absolute path: the lab process is elsewhere. */
int impairment_copy(const struct nst_impairment *impairment,
		    struct nst_impairment *ret_copy);
void impairment_release(struct nst_impairment *impairment);

#endif
