/* SPDX-License-Identifier: MIT */
/* What a kernel cannot do that a rule asks for. */
#ifndef FIREWALL_LACK_H
#define FIREWALL_LACK_H

#include <stdbool.h>
#include <stddef.h>

struct nft_ctx;

/* Looks at the words of the refused line `said` shows, asks the kernel whether it knows
 * what they need, by trying it without doing it, and writes "nft_queue
 * (CONFIG_NFT_QUEUE)". `script` is all of the rules. The context is one of the host's.
 * False: it lacks nothing that is known here. */
bool lack_find(struct nft_ctx *context, const char *said, const char *script, char *ret,
	       size_t size);

#endif
