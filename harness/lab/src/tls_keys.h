/* SPDX-License-Identifier: MIT */
/* TLS keys of programs: each host has a file that SSLKEYLOGFILE of its programs names, and
 * what they write there goes into the pcapng, so that readers can decrypt. */
#ifndef LAB_TLS_KEYS_H
#define LAB_TLS_KEYS_H

#include <stddef.h>

#include "state.h"

/* In every host. Not in /tmp, where fs.protected_regular keeps others from appending. */
#define TLS_KEYS_FILE "/run/tls-keys.log"

/* In the host's mount namespace: makes it, writable by whoever a program becomes. Return: a
 * descriptor; 0 if the host has no place for it. */
int tls_keys_open(void);

/* All keys of all hosts, the caller's; NULL if there are none. */
char *tls_keys_read(const struct nst_inside *inside, size_t *ret_size);

#endif
