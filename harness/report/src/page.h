/* SPDX-License-Identifier: MIT */
/* The files of harness/report/page, as texts. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

extern const char page_css[], page_body[];

/* Scripts, in an order in which they may stand in one function; the last is NULL. */
extern const char *const page_scripts[];

#endif
