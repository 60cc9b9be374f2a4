/* SPDX-License-Identifier: MIT */
/* The sentence of the last failure, one per thread. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <base/fail.h>

static _Thread_local char sentence[NST_ERROR_SIZE];

const char *nst_error(void)
{
	return sentence;
}

void nst_error_clear(void)
{
	sentence[0] = '\0';
}

/* Formats into the sentence and puts `tail` behind it, which may be the old sentence. */
__attribute__((format(printf, 2, 0))) static void set(const char *tail,
						      const char *format, va_list args)
{
	char text[NST_ERROR_SIZE];
	size_t used;
	int n = vsnprintf(text, sizeof(text), format, args);

	used = n < 0 ? 0 : (size_t)n;
	if (used < sizeof(text) && tail)
		used += (size_t)snprintf(text + used, sizeof(text) - used, ": %s",
					 tail);
	if (used >= sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	memcpy(sentence, text, sizeof(sentence));
}

int nst_fail(int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(NULL, format, args);
	va_end(args);
	return code;
}

int nst_fail_errno(const char *format, ...)
{
	int code = errno ? errno : EIO;
	va_list args;

	va_start(args, format);
	set(strerror(code), format, args);
	va_end(args);
	return -code;
}

int nst_fail_in(int code, const char *format, ...)
{
	char inner[NST_ERROR_SIZE];
	va_list args;

	memcpy(inner, sentence, sizeof(inner));
	va_start(args, format);
	set(inner, format, args);
	va_end(args);
	return code;
}

int nst_fail_memory(void)
{
	return nst_fail(-ENOMEM, "out of memory");
}
