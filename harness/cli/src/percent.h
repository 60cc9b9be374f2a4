/* SPDX-License-Identifier: MIT */
/* Percentages on the command line. */
#ifndef CLI_PERCENT_H
#define CLI_PERCENT_H

/* "90", "99.5", "100%" in hundredths of a percent. -EINVAL and a sentence that names the
 * option. */
int percent_read(const char *option, const char *text, unsigned int *ret_hundredths);

#endif
