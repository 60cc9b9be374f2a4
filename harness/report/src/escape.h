/* SPDX-License-Identifier: MIT */
/* Anybody's text in other people's formats: bytes that are no UTF-8 become U+FFFD. */
#ifndef REPORT_ESCAPE_H
#define REPORT_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

#include <report/json.h>
#include <report/result.h>

/* How many bytes of `text` are its first character of UTF-8; 0: they are none. */
size_t utf8_character(const char *text, size_t size);

/* For text between tags, and for the value of an attribute, where a newline must be an
 * entity. What XML 1.0 cannot hold is shown as \x1b. */
void escape_xml(FILE *out, const char *text);
void escape_attribute(FILE *out, const char *text);

/* {"event": "result", …: all but the closing brace. */
void json_result(FILE *out, const struct nst_result *result);

/* The whole object, with the members that every result of ours has. */
void json_complete_result(FILE *out, const struct nst_result *result);

#endif
