/* SPDX-License-Identifier: MIT */
/* What nstest doctor knows of. */
#include <string.h>

#include <criterion/criterion.h>

#include "doctor.h"

Test(doctor, fixes_are_of_things_that_can_be_missing)
{
	for (const struct fix *fix = fixes; fix->ability; fix++) {
		const struct ability *ability = abilities;

		while (ability->name && strcmp(ability->name, fix->ability))
			ability++;
		cr_expect_not_null(ability->name, "%s", fix->ability);
	}
}
