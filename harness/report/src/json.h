/* SPDX-License-Identifier: MIT */
/* Results as JSON objects; json.c. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <base/markup.h>
#include <report/result.h>

enum json_extent {
	JSON_PLAIN,
	JSON_WITH_DETAILS, /* what only the HTML report shows, too */
};

/* {"event": "result", …: all but the closing brace. */
void json_result(FILE *out, const struct nst_result *result, enum json_extent extent);

/* The whole object, with the members that every result of ours has. */
void json_complete_result(FILE *out, const struct nst_result *result,
			  enum json_extent extent);

#endif
