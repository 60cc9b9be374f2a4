/* SPDX-License-Identifier: MIT */
/* The program guest/init.c, which the build has put into the file INIT_IMAGE. */
#include "init_image.h"

__asm__(".section .rodata\n"
	".global nst_init_begin, nst_init_end\n"
	"nst_init_begin:\n"
	".incbin \"" INIT_IMAGE "\"\n"
	"nst_init_end:\n"
	".byte 0\n"
	".previous\n");
