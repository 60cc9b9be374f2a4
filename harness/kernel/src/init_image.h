/* SPDX-License-Identifier: MIT */
/* The program guest/init.c, as bytes. */
#ifndef KERNEL_INIT_IMAGE_H
#define KERNEL_INIT_IMAGE_H

extern const char nst_init_begin[], nst_init_end[];

#endif
