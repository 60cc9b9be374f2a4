/* SPDX-License-Identifier: MIT */
/* Being root, in a user namespace of our own where the machine's is not ours. */
#ifndef LAB_USERNS_H
#define LAB_USERNS_H

#include <stdbool.h>

/* Whether this process may make namespaces of the other kinds, and do in them what labs need
 * (CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW). */
bool userns_may_build(void);

/* Whatever forbade it, as a sentence with the setting that does it: for an operation that
 * failed with EPERM or ENOSPC though it needs only a user namespace. */
int userns_fail_forbidden(int code);

#endif
