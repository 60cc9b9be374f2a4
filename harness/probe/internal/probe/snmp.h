/* SPDX-License-Identifier: MIT */
/* The kernel's counters as /proc/net has them. Pure. */
#ifndef PROBE_SNMP_H
#define PROBE_SNMP_H

#include <stdbool.h>
#include <stdint.h>

/* Finds `name` in the table `group` ("Tcp:") of /proc/net/snmp or netstat or, with an
 * empty `group`, in lines of /proc/net/snmp6 ("Name   7\n"). */
bool counters_find(const char *text, const char *group, const char *name,
		   uint64_t *ret_value);

#endif
