/* SPDX-License-Identifier: MIT */
/* What hosts know of their neighbours, where a link was down. */
#ifndef LAB_NEIGHBOURS_H
#define LAB_NEIGHBOURS_H

#include "state.h"

/* Has the host forget neighbours behind the interface that it asked for in vain: else what
 * is sent next waits for the next try, or is told that there is no such host. */
int neighbours_forget_unresolved(struct nst_inside *inside,
				 const struct nst_interface *interface);

#endif
