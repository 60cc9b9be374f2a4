/* SPDX-License-Identifier: MIT */
/* Of impairments as values. */
#include <nstest/impairment.h>

bool nst_impairment_is_none(const struct nst_impairment *impairment)
{
	return !impairment->delay_us && !impairment->jitter_us &&
	       !impairment->loss_ppm && impairment->loss_model == NST_LOSS_RANDOM &&
	       !impairment->duplicate_ppm && !impairment->corrupt_ppm &&
	       !impairment->reorder_ppm && !impairment->rate_bps &&
	       !impairment->limit_packets && !impairment->limit_bytes &&
	       !impairment->slot_max_us && !impairment->slot_delay_us &&
	       !impairment->slot_jitter_us && !impairment->trace_file;
}
