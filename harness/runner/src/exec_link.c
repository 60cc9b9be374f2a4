/* SPDX-License-Identifier: MIT */
/* down, up, cut, mend: what is done to links. */
#include "step.h"

int exec_down(struct live_case *live, const struct nst_step *step)
{
	int r = nst_link_down(live->lab, step->link.a, step->link.b);

	return r < 0 ? r : STEP_HELD;
}

int exec_up(struct live_case *live, const struct nst_step *step)
{
	int r = nst_link_up(live->lab, step->link.a, step->link.b);

	return r < 0 ? r : STEP_HELD;
}

int exec_cut(struct live_case *live, const struct nst_step *step)
{
	const struct nst_cut_step *cut = &step->cut;
	int r = cut->one_way ? nst_cut_from(live->lab, cut->one, cut->other)
			     : nst_cut(live->lab, cut->one, cut->other);

	return r < 0 ? r : STEP_HELD;
}

int exec_mend(struct live_case *live, const struct nst_step *step)
{
	int r = nst_mend(live->lab, step->cut.one, step->cut.other);

	return r < 0 ? r : STEP_HELD;
}
