/* SPDX-License-Identifier: MIT */
/* The files of harness/report/page: the assembler puts them in as they are. */
#include <stddef.h>

#include "page.h"

#define PAGE(name, file)                            \
	__asm__(".pushsection .rodata\n"            \
		".global " #name "\n"               \
		#name ":\n"                         \
		".incbin \"" PAGE_FOLDER file "\"\n" \
		".byte 0\n"                         \
		".popsection\n")

PAGE(page_css, "/report.css");
PAGE(page_body, "/body.html");
PAGE(js_base, "/base.js");
PAGE(js_case, "/case.js");
PAGE(js_network, "/network.js");
PAGE(js_timeline, "/timeline.js");
PAGE(js_plots, "/plots.js");
PAGE(js_measures, "/measures.js");
PAGE(js_packets, "/packets.js");
PAGE(js_logs, "/logs.js");
PAGE(js_rules, "/rules.js");
PAGE(js_page, "/page.js");

extern const char js_base[], js_case[], js_network[], js_timeline[], js_plots[], js_measures[], js_packets[], js_logs[], js_rules[], js_page[];

const char *const page_scripts[] = {
	js_base, js_case, js_network, js_timeline, js_plots, js_measures, js_packets, js_logs, js_rules, js_page, NULL,
};
