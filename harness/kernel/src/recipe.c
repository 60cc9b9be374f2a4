/* SPDX-License-Identifier: MIT */
/* The files of harness/kernel/recipe: the assembler puts them in as they are. The program hands
 * them to make(1) and patch(1), and is made of them no more than of any other input. */
#include "recipe.h"

#define RECIPE(name, file)                             \
	__asm__(".pushsection .rodata\n"               \
		".global " #name "\n" #name ":\n"      \
		".incbin \"" RECIPE_FOLDER file "\"\n" \
		".byte 0\n"                            \
		".popsection\n")

RECIPE(recipe_fragment, "/fragment");
RECIPE(recipe_patch, "/nstest.patch");
