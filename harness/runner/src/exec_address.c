/* SPDX-License-Identifier: MIT */
/* address, mtu: what changes in a network while it is used. */
#include "step.h"

int exec_address(struct live_case *live, const struct nst_step *step)
{
	int r = nst_address_change(live->lab, &step->address);

	return r < 0 ? r : STEP_HELD;
}

int exec_mtu(struct live_case *live, const struct nst_step *step)
{
	int r = nst_link_mtu(live->lab, step->mtu.a, step->mtu.b, step->mtu.bytes);

	return r < 0 ? r : STEP_HELD;
}
