/* SPDX-License-Identifier: MIT */
/* Processors kept from sleeping while frames flow.
 *
 * To wake a sleeping processor takes 20 to 60 us, in virtual machines most of all, and a frame
 * through the engine wakes up to four. The kernel lets root ask for less (PM QoS,
 * /dev/cpu_dma_latency, Documentation/power/pm_qos_interface.rst): idle processors then poll.
 * It is asked for from the first frame until none has come for a while, so that a lab in which
 * nothing happens costs nothing.
 */
#ifndef NETEM_WIRE_AWAKE_H
#define NETEM_WIRE_AWAKE_H

#include <stdbool.h>
#include <stdint.h>

struct wire_awake {
	int fd; /* -1: not allowed, or there is no such thing */
	bool held;
	uint64_t last_frame_ns;
};

void wire_awake_open(struct wire_awake *awake);

/* Whether there is a way to ask. */
bool wire_awake_can(const struct wire_awake *awake);

void wire_awake_frame_came(struct wire_awake *awake, uint64_t now_ns);

/* When to let the processors sleep again, if no frame comes; UINT64_MAX: they may. */
uint64_t wire_awake_until(const struct wire_awake *awake);

void wire_awake_let_sleep(struct wire_awake *awake, uint64_t now_ns);

#endif
