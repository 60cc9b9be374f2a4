/* SPDX-License-Identifier: MIT */
/* The machine's root, copy-on-write. */
#ifndef LAB_OVERLAY_H
#define LAB_OVERLAY_H

/* Mounts it on `stage`/root, with what is written kept in `stage`, a tmpfs. */
int overlay_mount(const char *stage);

#endif
