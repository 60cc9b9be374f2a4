/* SPDX-License-Identifier: MIT */
/* Anybody's text in other people's formats: bytes that are no UTF-8 become U+FFFD. */
#ifndef BASE_MARKUP_H
#define BASE_MARKUP_H

#include <stddef.h>
#include <stdio.h>

/* How many bytes of `text` are its first character of UTF-8; 0: they are none. */
size_t nst_utf8_character(const char *text, size_t size);

/* For text between tags of XML or HTML, and for the value of an attribute, where a newline must
 * be an entity. What XML 1.0 cannot hold is shown as \x1b. */
void nst_escape_xml(FILE *out, const char *text);
void nst_escape_attribute(FILE *out, const char *text);

/* For text between single quotes of a shell, which takes all but these as they are. */
void nst_quote_shell(FILE *out, const char *text);

/* "text", quotes included. '<' is written \u003c, so that it may stand in HTML. */
void nst_json_text(FILE *out, const char *text, size_t size);

/* "name": "text" of a C string; NULL is "". */
void nst_json_pair(FILE *out, const char *name, const char *text);

#endif
