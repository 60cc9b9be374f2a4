/* SPDX-License-Identifier: MIT */
/* What makes a kernel ours: harness/kernel/recipe, as text in the program. */
#ifndef KERNEL_RECIPE_H
#define KERNEL_RECIPE_H

extern const char recipe_fragment[], recipe_patch[];

#endif
