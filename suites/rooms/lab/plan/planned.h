/* SPDX-License-Identifier: MIT */
/* What the tests of the plan share: plans, and parts of them as text to compare. */
#ifndef PLANNED_H
#define PLANNED_H

#include <lab/plan.h>

/* The plan; a failure fails the test with its sentence. */
struct nst_plan *plan_of(const struct nst_host *hosts, const struct nst_link *links);

/* The sentence with which such a plan fails; "" if it does not. */
const char *complaint_of(const struct nst_host *hosts, const struct nst_link *links);

size_t node_of(const struct nst_plan *plan, const char *name);
const struct nst_interface *interface_of(const struct nst_plan *plan,
					 const char *where);

/* "default via 10.0.0.1 eth0, 10.2.0.0/24 via 10.0.0.3 eth0". Valid until the next
 * call. */
const char *routes_of(const struct nst_plan *plan, const char *host);

/* "a:eth0 > r:eth0, r:eth1 > b:eth0". Valid until the next call. */
const char *path_of(const struct nst_plan *plan, const char *from, const char *to);

#endif
