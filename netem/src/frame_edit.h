/* SPDX-License-Identifier: MIT */
/* Faults that change the bytes of a frame, and whether they can. nst_fault_edit(), which
 * does it, is declared in netem/fault_rules.h. */
#ifndef NETEM_FRAME_EDIT_H
#define NETEM_FRAME_EDIT_H

#include <nstest/fault.h>

#include "frame_parts.h"

/* Whether the bytes that the fault is about are there. */
bool frame_can_edit(const struct nst_fault *fault, const uint8_t *frame,
		    const struct frame_parts *parts);

#endif
