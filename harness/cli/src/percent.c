/* SPDX-License-Identifier: MIT */
/* Percentages on the command line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

#include "percent.h"

int percent_read(const char *option, const char *text, unsigned int *ret_hundredths)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || !strchr("0123456789", *text) || (*end && strcmp(end, "%")) ||
	    !(value >= 0 && value <= 100))
		return nst_fail(-EINVAL, "%s: \"%s\" is no number from 0 to 100",
				option, text);
	*ret_hundredths = (unsigned int)(value * 100 + 0.5);
	return 0;
}
