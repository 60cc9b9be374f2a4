/* SPDX-License-Identifier: MIT */
/* See wire_awake.h. */
#include <fcntl.h>
#include <unistd.h>

#include "wire_awake.h"

enum {
	AWAKE_NS = 20 * 1000 * 1000,
	POLL = 0,             /* us of latency that are put up with */
	ANYTHING = 2000000000 /* PM_QOS_CPU_LATENCY_DEFAULT_VALUE, linux/pm_qos.h */
};

/* It ends with the descriptor, whatever becomes of the engine. */
void wire_awake_open(struct wire_awake *awake)
{
	awake->fd = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
	awake->held = false;
}

bool wire_awake_can(const struct wire_awake *awake)
{
	return awake->fd >= 0;
}

static void ask_for(struct wire_awake *awake, int32_t us)
{
	if (write(awake->fd, &us, sizeof(us)) != sizeof(us)) {
		close(awake->fd);
		awake->fd = -1;
	}
}

void wire_awake_frame_came(struct wire_awake *awake, uint64_t now_ns)
{
	awake->last_frame_ns = now_ns;
	if (awake->held || awake->fd < 0)
		return;
	awake->held = true;
	ask_for(awake, POLL);
}

uint64_t wire_awake_until(const struct wire_awake *awake)
{
	return awake->held ? awake->last_frame_ns + AWAKE_NS : UINT64_MAX;
}

void wire_awake_let_sleep(struct wire_awake *awake, uint64_t now_ns)
{
	if (now_ns < wire_awake_until(awake))
		return;
	awake->held = false;
	ask_for(awake, ANYTHING);
}
