/* SPDX-License-Identifier: MIT */
/* Who impaired the links of a lab. */
#include <base/scope.h>
#include <evidence/engines.h>
#include <nstest/impair.h>
#include <report/result.h>

static void add_engine(char **text, enum nst_engine engine,
		       const struct nst_link_report *links, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (links[i].engine.engine == engine) {
			nst_text_set(text, "%s%s%s", *text ? *text : "",
				     *text ? ", " : "", nst_engine_name(engine));
			return;
		}
}

int nst_engines_of(struct nst_lab *lab, char **text)
{
	AUTO_FREE struct nst_link_report *links = NULL;
	size_t count = 0;
	int r = nst_link_reports(lab, &links, &count, NULL, NULL);

	if (r < 0)
		return r;
	add_engine(text, NST_ENGINE_KERNEL, links, count);
	add_engine(text, NST_ENGINE_WIRE, links, count);
	return 0;
}
