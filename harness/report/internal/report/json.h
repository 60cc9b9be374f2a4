/* SPDX-License-Identifier: MIT */
/* Texts in JSON. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <stddef.h>
#include <stdio.h>

/* "text", quotes included. Bytes that are no UTF-8 become U+FFFD; '<' is written \u003c,
 * so that it may stand in HTML. */
void nst_json_text(FILE *out, const char *text, size_t size);

/* "name": "text" of a C string; NULL is "". */
void nst_json_pair(FILE *out, const char *name, const char *text);

#endif
