/* SPDX-License-Identifier: MIT */
/* Impairments and the directions of links, as links and steps have them. */
#ifndef SCENARIO_IMPAIR_H
#define SCENARIO_IMPAIR_H

#include "steps.h"

/* "a -> b", or "a -- b": both ways. Each end is "host" or "host:eth0". */
struct link_direction {
	const char *from, *to;
	bool both;
	size_t interface; /* of the plan, by which `from` sends; SIZE_MAX: there is no plan */
};

/* Which half of a preset is meant where it is not said: that is, where both directions of
 * "a -- b" are impaired alike. There, the first named is the user. */
enum preset_half { HALF_SAID, HALF_DOWN, HALF_UP };

/* Complains if no link joins the two. `both_fine`: "a -- b" may be written. */
bool need_direction(struct sentence *sentence, bool both_fine,
		    struct link_direction *ret);

/* Its link is impairable in the case that is being read: it may become this, or get faults. */
void make_impairable(struct reader *reader, const struct link_direction *direction,
		     const struct nst_impairment *impairment);
void make_faulted(struct reader *reader, const struct link_direction *direction);

/* "delay 20ms, loss 1%" or {delay: 20ms, loss: 1%}, or "none". */
bool read_impairment(struct reader *reader, const struct node *node,
		     enum preset_half half, struct nst_impairment *ret);

/* What a sentence ends with. */
bool rest_is_impairment(struct sentence *sentence, enum preset_half half,
			struct nst_impairment *ret);

/* Whether a mapping's keys are directions, such as "a -> b". */
bool has_directions(const struct node *mapping);

/* impair: of a link whose ends are known. */
bool read_link_impairments(struct reader *reader, struct link_spec *link);

/* Where the directions of a step come from: one, or two. */
struct impair_directions {
	struct nst_impair_direction *items;
	size_t count;
};

/* Adds "a -> b", or both of "a -- b", with impairments yet to be filled in. */
void add_directions(struct reader *reader, const struct link_direction *direction,
		    struct impair_directions *to);

extern const struct table impairment_table;
extern const struct type type_impairment;  /* of the schema, and of ramp */
extern const struct type type_link_impair; /* const struct node * */
extern const struct type type_engine;      /* enum nst_engine */

#endif
