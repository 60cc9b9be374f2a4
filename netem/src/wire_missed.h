/* SPDX-License-Identifier: MIT */
/* Frames that the engine never got to read, told by direction. */
#ifndef NETEM_WIRE_MISSED_H
#define NETEM_WIRE_MISSED_H

#include "wire_engine.h"

/* Sets `missed` and `unplanned` of all directions. Costs nothing as long as nothing was
 * missed; the kernel only counts what the socket had no room for, so the interfaces
 * are asked how many frames came in at each. While frames come in, a direction may be
 * blamed for those that are just on their way. */
void wire_count_missed(struct wire_engine *engine);

#endif
