/* SPDX-License-Identifier: MIT */
/* Faults that answer a frame with forged ones, and whether they can. nst_fault_forge(),
 * which does it, is declared in netem/fault_rules.h. */
#ifndef NETEM_FRAME_FORGE_H
#define NETEM_FRAME_FORGE_H

#include <nstest/fault.h>

#include "frame_parts.h"

/* Whether there is a connection to reset, or an error to be told. */
bool frame_can_forge(const struct nst_fault *fault, const uint8_t *frame,
		     const struct frame_parts *parts);

#endif
