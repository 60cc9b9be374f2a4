/* SPDX-License-Identifier: MIT */
/* A verdict as it travels: the fields before the ladder, the ladder's text, the rest with
 * as many pieces of evidence as there are. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <base/fail.h>

#include <probe/parcel.h>

enum {
	LADDER_AT = offsetof(struct nst_verdict, ladder),
	REST_AT = offsetof(struct nst_verdict, evidence_count),
	EVIDENCE_AT = offsetof(struct nst_verdict, evidence),
};

int parcel_pack(const struct nst_verdict *verdict, struct nst_message *reply)
{
	size_t ladder = strlen(verdict->ladder) + 1;
	size_t rest = EVIDENCE_AT - REST_AT +
		      verdict->evidence_count * sizeof(verdict->evidence[0]);
	char *bytes = malloc(LADDER_AT + ladder + rest);

	if (!bytes)
		return nst_fail_memory();
	memcpy(bytes, verdict, LADDER_AT + ladder);
	memcpy(bytes + LADDER_AT + ladder, (const char *)verdict + REST_AT, rest);
	reply->data = bytes;
	reply->size = LADDER_AT + ladder + rest;
	return 0;
}

int parcel_unpack(const struct nst_message *reply, struct nst_verdict *ret_verdict)
{
	const char *bytes = reply->data;
	const char *end = reply->size > LADDER_AT ? memchr(bytes + LADDER_AT, 0,
							   reply->size - LADDER_AT)
						  : NULL;
	size_t head = end ? (size_t)(end + 1 - bytes) : 0;
	size_t rest = reply->size - head;

	if (!end || head > REST_AT || rest < EVIDENCE_AT - REST_AT ||
	    rest > sizeof(*ret_verdict) - REST_AT)
		return nst_fail(-EPROTO, "a verdict of %zu bytes is none", reply->size);
	memset(ret_verdict, 0, sizeof(*ret_verdict));
	memcpy(ret_verdict, bytes, head);
	memcpy((char *)ret_verdict + REST_AT, end + 1, rest);
	return 0;
}
