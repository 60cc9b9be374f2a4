/* SPDX-License-Identifier: MIT */
/* Numbered frames, sent at A, and what became of each. */
#ifndef TRAIN_H
#define TRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "cable.h"
#include "seen.h"

struct train {
	uint32_t count;    /* frames */
	uint32_t size;     /* of each, Ethernet header included; at least 64 */
	uint32_t burst;    /* frames sent at once */
	uint32_t pause_us; /* from burst to burst */
	bool ect;          /* ECN-capable */
};

/* Sends and waits until the engine holds nothing. Before frame `turn` goes, `impairment` comes
 * into force (0: never). Return: 0; -errno with a sentence. */
int train_run(const struct train *train, struct cable *cable, uint32_t turn,
	      const struct nst_impairment *impairment, struct seen *ret_seen);

#endif
