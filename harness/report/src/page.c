/* SPDX-License-Identifier: MIT */
/* The files of harness/report/page: the assembler puts them in as they are. */
#include "page.h"

#define PAGE(name, file)                            \
	__asm__(".pushsection .rodata\n"            \
		".global " #name "\n"               \
		#name ":\n"                         \
		".incbin \"" PAGE_FOLDER file "\"\n" \
		".byte 0\n"                         \
		".popsection\n")

PAGE(page_css, "/report.css");
PAGE(page_js, "/report.js");
PAGE(page_body, "/body.html");
