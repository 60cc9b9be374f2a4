/* SPDX-License-Identifier: MIT */
/* What the kernel's traces say, decoded: pure parts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <base/scope.h>

#include "target.h"
#include "trace.h"

Test(trace, a_line_of_the_legacy_log_is_understood)
{
	struct trace_event event = { .kind = TRACE_RETURN };

	cr_assert(trace_decode_prefix("TRACE: filter:INPUT:rule:3 ", &event));
	cr_expect(eq(int, event.kind, TRACE_RULE));
	cr_expect(eq(str, event.table, "filter"));
	cr_expect(eq(str, event.chain, "INPUT"));
	cr_expect(eq(u32, event.number, 3));
	cr_assert(trace_decode_prefix("TRACE: nat:PREROUTING:policy:1 ", &event));
	cr_expect(eq(int, event.kind, TRACE_POLICY));
	cr_assert(trace_decode_prefix("TRACE: raw:X-1:return:12 ", &event));
	cr_expect(eq(int, event.kind, TRACE_RETURN));
}

Test(trace, another_line_of_the_log_is_none)
{
	static const char *const lines[] = {
		"",
		"IN dropped ",
		"TRACE: filter:INPUT:rule: ",
		"TRACE: filter:INPUT:what:3 ",
		"TRACE: filter:INPUT ",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct trace_event event = { .kind = TRACE_RULE };

		cr_expect(not(trace_decode_prefix(lines[i], &event)), "%s", lines[i]);
	}
}

Test(trace, targets_of_rules)
{
	static const struct {
		const char *text;
		enum nst_fate fate;
		bool goes;
	} rows[] = {
		{ "-A INPUT -s 10.0.0.1/32 -j DROP", NST_FATE_DROPPED, false },
		{ "-A INPUT -j REJECT --reject-with tcp-reset", NST_FATE_DROPPED,
		  false },
		{ "-A INPUT -j ACCEPT", NST_FATE_ACCEPTED, false },
		{ "-A INPUT --jump ACCEPT", NST_FATE_ACCEPTED, false },
		{ "-A PREROUTING -j DNAT --to 10.0.0.1", NST_FATE_ACCEPTED, false },
		{ "-A INPUT -j ACCEPTED", NST_FATE_UNKNOWN, false },
		{ "-A INPUT -j LOG --log-prefix DROP", NST_FATE_UNKNOWN, false },
		{ "-A INPUT -g DROP-IT", NST_FATE_UNKNOWN, true },
		{ "-A INPUT -p tcp", NST_FATE_UNKNOWN, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool goes = false;

		cr_expect(eq(int, target_fate(target_of(rows[i].text, &goes)),
			     rows[i].fate),
			  "%s", rows[i].text);
		cr_expect(eq(int, goes, rows[i].goes), "%s", rows[i].text);
	}
}
