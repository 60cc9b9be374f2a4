/* SPDX-License-Identifier: MIT */
/* The files of harness/report/page, as texts. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

extern const char page_css[], page_js[], page_body[];

#endif
