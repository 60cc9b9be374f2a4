/* SPDX-License-Identifier: MIT */
/* Checksums of frames: the Internet checksum (RFC 1071) of IPv4, TCP, UDP, ICMP, ICMPv6. */
#ifndef NETEM_FRAME_SUM_H
#define NETEM_FRAME_SUM_H

#include "frame_parts.h"

/* Makes all of them right that cover bytes that are there: of a fragment or of a packet that
 * ends behind the frame, only IPv4's own. UDP over IPv4 without a checksum stays without. */
void frame_sums_fix(uint8_t *frame, const struct frame_parts *parts);

/* The checksum at `sum`, after the 16-bit word of its header that was `before` has become
 * `after`: RFC 1624. A wrong one stays as wrong as it was. */
void frame_sum_update(uint8_t *sum, uint16_t before, uint16_t after);

#endif
