/* SPDX-License-Identifier: MIT */
/* Included files with another text than they have on disk. */
#ifndef FIREWALL_NFT_VIEW_H
#define FIREWALL_NFT_VIEW_H

#include <nstest/ruleset.h>

/* In the caller: a memfd of them, to travel; -errno. */
int view_pack(const struct nst_ruleset_file *files);

/* In a thread of the lab process that ends soon: from now on it has a mount namespace of its own, in which
 * each of them has that text. 0; or -errno and the sentence. */
int view_enter(int fd);

#endif
