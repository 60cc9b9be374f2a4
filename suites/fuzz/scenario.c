/* SPDX-License-Identifier: MIT */
/* Scenario files of any bytes: read or refused, never crashed on, never waited for.
 * What was read must be whole, and what was refused must say why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <nstest/scenario.h>

/* libfyaml 0.7.12 forgets a buffer when it gives up on some texts. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml.so";
}

/* Touches what a reader of the scenario would. */
static size_t walk(const struct nst_scenario *scenario)
{
	size_t sum = strlen(scenario->name);

	for (size_t i = 0; i < scenario->case_count; i++) {
		const struct nst_scenario_case *play = &scenario->cases[i];

		sum += strlen(play->name) + play->setup->program_count;
		for (size_t j = 0; j < play->step_count; j++)
			sum += strlen(play->steps[j].text) +
			       play->steps[j].position.line;
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct nst_scenario_options alone = { .alone = true };
	struct nst_scenario *scenario = NULL;
	struct nst_diagnostics *problems = NULL;
	volatile size_t sum = 0;

	if (nst_scenario_parse((const char *)data, size, "fuzz.yaml", &alone, &scenario,
			       &problems) == 0)
		sum = walk(scenario);
	else if (nst_diagnostics_count(problems) == 0 ||
		 !*nst_diagnostics_text(problems))
		abort();
	(void)sum;
	nst_diagnostics_free(problems);
	nst_scenario_free(scenario);
	return 0;
}
