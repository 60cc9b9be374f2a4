/* SPDX-License-Identifier: MIT */
/* A line of text that grows piece by piece and knows how long it would have become. */
#ifndef CAPTURE_TEXT_H
#define CAPTURE_TEXT_H

#include <stdarg.h>
#include <stdio.h>

struct text {
	char *at;
	size_t size, used; /* used may exceed size, as with snprintf() */
};

__attribute__((format(printf, 2, 3))) static inline void put(struct text *text,
							     const char *format, ...)
{
	size_t left = text->used < text->size ? text->size - text->used : 0;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(left ? text->at + text->used : NULL, left, format, args);
	va_end(args);
	if (n > 0)
		text->used += (size_t)n;
}

#endif
