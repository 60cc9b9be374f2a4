/* SPDX-License-Identifier: MIT */
/* A verdict as it travels: without the empty part of its ladder and evidence, which is most
 * of its 11 KiB. */
#ifndef PROBE_PARCEL_H
#define PROBE_PARCEL_H

#include <lab/inside.h>
#include <nstest/probe.h>

/* Fills a reply. Returns 0 or -ENOMEM. */
int parcel_pack(const struct nst_verdict *verdict, struct nst_message *reply);

/* Takes it apart again. -EPROTO if it is none. */
int parcel_unpack(const struct nst_message *reply, struct nst_verdict *ret_verdict);

#endif
