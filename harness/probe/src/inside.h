/* SPDX-License-Identifier: MIT */
/* The probe's half in the lab process. */
#ifndef PROBE_INSIDE_H
#define PROBE_INSIDE_H

#include <lab/inside.h>

/* A struct probe_request in, a struct nst_verdict out. */
nst_inside_fn probe_inside;

#endif
