/* SPDX-License-Identifier: MIT */
/* Which part of the cases is this machine's. */
#ifndef RUNNER_SHARD_H
#define RUNNER_SHARD_H

#include <stddef.h>
#include <stdint.h>

#include <runner/run.h>

/* Gives each of `count` units to one of `shards`: the longest first, each to the one
 * that has the least so far. Weight 0: not known, an average one. The same weights
 * give the same answer on every machine. ret[i] is from 0 on. Return: 0; -ENOMEM. */
int shard_assign(const uint64_t *weights, size_t count, unsigned int shards,
		 unsigned int *ret);

#endif
