/* SPDX-License-Identifier: MIT */
/* What is said about: impairments of links and in steps, and ramps. */
#include <criterion/criterion.h>

#include <base/scope.h>

#include "wrong.h"

#define HOSTS "hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}}\n"
#define THREE_HOSTS                                                                  \
	"hosts: {a: {address: 10.0.0.1/24}, b: {address: 10.0.0.2/24}, lan: {kind: " \
	"switch}}\n"                                                                 \
	"links: [a -- lan, b -- lan]\n"

static const struct wrong texts[] = {
	{ "unknown word",
	  TWO_HOSTS "steps:\n"
		    "  - impair: a -> b delya 20ms\n",
	  "t.yaml:4:20: \"delya\" is no impairment; did you mean \"delay\"?\n"
	  "    4 |   - impair: a -> b delya 20ms\n"
	  "      |                    ^~~~~\n" },
	{ "no unit",
	  TWO_HOSTS "steps:\n"
		    "  - impair: a -> b delay 20, loss 1%\n",
	  "t.yaml:4:26: delay: \"20\" has no unit: a time is written as 20ms, 1.5s or "
	  "300us\n"
	  "    4 |   - impair: a -> b delay 20, loss 1%\n"
	  "      |                          ^~\n" },
	{ "over 100 %",
	  TWO_HOSTS "steps:\n"
		    "  - impair: a -> b delay 20ms, loss 101%\n",
	  "t.yaml:4:37: loss: \"101%\" is too much: over 100%\n"
	  "    4 |   - impair: a -> b delay 20ms, loss 101%\n"
	  "      |                                     ^~~~\n" },
	{ "nothing behind a word",
	  TWO_HOSTS "steps:\n"
		    "  - impair: a -> b loss 1%, delay\n",
	  "t.yaml:4:29: delay: a time is missing, such as 20ms, 1.5s or 300us\n"
	  "    4 |   - impair: a -> b loss 1%, delay\n"
	  "      |                             ^~~~~\n" },
	{ "no direction",
	  TWO_HOSTS "steps:\n"
		    "  - impair: delay 20ms\n",
	  "t.yaml:4:13: no host \"delay\" (there are a, b)\n"
	  "    4 |   - impair: delay 20ms\n"
	  "      |             ^~~~~\n" },
	{ "no impairment",
	  TWO_HOSTS "steps:\n"
		    "  - impair: a -> b\n",
	  "t.yaml:4:18: what happens, as in \"delay 20ms, loss 1%\", is missing behind "
	  "this\n"
	  "    4 |   - impair: a -> b\n"
	  "      |                  ^\n" },
	{ "reorder without delay",
	  TWO_HOSTS "steps:\n"
		    "  - impair: a -> b reorder 10%\n",
	  "t.yaml:4:20: reorder: it lets packets skip the delay, and there is none\n"
	  "    4 |   - impair: a -> b reorder 10%\n"
	  "      |                    ^~~~~~~~~~~\n" },
	{ "unknown host",
	  TWO_HOSTS "steps:\n"
		    "  - impair: a -> c delay 20ms\n",
	  "t.yaml:4:18: no host \"c\" (there are a, b)\n"
	  "    4 |   - impair: a -> c delay 20ms\n"
	  "      |                  ^\n" },
	{ "not a link",
	  THREE_HOSTS "steps:\n"
		      "  - impair: a -> b delay 20ms\n",
	  "t.yaml:4:18: no link joins \"a\" and \"b\" (there is a -- lan)\n"
	  "    4 |   - impair: a -> b delay 20ms\n"
	  "      |                  ^\n" },
	{ "half of a preset",
	  TWO_HOSTS "steps:\n"
		    "  - impair: a -> b preset dsl\n",
	  "t.yaml:4:27: preset: dsl is not the same both ways: write \"dsl down\" for "
	  "what goes to the user, or \"dsl up\"\n"
	  "    4 |   - impair: a -> b preset dsl\n"
	  "      |                           ^~~\n" },
	{ "unknown preset",
	  TWO_HOSTS "steps:\n"
		    "  - impair: a -- b preset let\n",
	  "t.yaml:4:27: preset: \"let\" is not a preset; did you mean \"lte\"?\n"
	  "    4 |   - impair: a -- b preset let\n"
	  "      |                           ^~~\n" },
	{ "what follows a preset",
	  TWO_HOSTS "steps:\n"
		    "  - impair: a -- b preset lte, loss 1\n",
	  "t.yaml:4:37: loss: \"1\" has no unit: a probability is written as 1%, 0.05% "
	  "or 50ppm\n"
	  "    4 |   - impair: a -- b preset lte, loss 1\n"
	  "      |                                     ^\n" },
	{ "a file that is not there",
	  TWO_HOSTS "steps:\n"
		    "  - impair: a -> b trace no.such.file\n",
	  "t.yaml:4:20: cannot read no.such.file: No such file or directory\n"
	  "    4 |   - impair: a -> b trace no.such.file\n"
	  "      |                    ^~~~~~~~~~~~~~~~~~\n" },
};

Test(scenario_wrong, impairments_as_texts)
{
	check_wrong(texts, ARRAY_SIZE(texts));
}

static const struct wrong mappings[] = {
	{ "key",
	  TWO_HOSTS "steps:\n"
		    "  - impair: {a -> b: {dealy: 20ms}}\n",
	  "t.yaml:4:23: unknown key \"dealy\"; did you mean \"delay\"?\n"
	  "    4 |   - impair: {a -> b: {dealy: 20ms}}\n"
	  "      |                       ^~~~~\n" },
	{ "value",
	  TWO_HOSTS "steps:\n"
		    "  - impair: {a -> b: {delay: 20ms, loss: 1}}\n",
	  "t.yaml:4:42: loss: \"1\" has no unit: a probability is written as 1%, 0.05% "
	  "or 50ppm\n"
	  "    4 |   - impair: {a -> b: {delay: 20ms, loss: 1}}\n"
	  "      |                                          ^\n" },
	{ "value in its middle",
	  TWO_HOSTS "steps:\n"
		    "  - impair: {a -> b: {delay: 20ms ±5 normal}}\n",
	  "t.yaml:4:36: delay: \"5\" has no unit: a time is written as 20ms, 1.5s or "
	  "300us\n"
	  "    4 |   - impair: {a -> b: {delay: 20ms ±5 normal}}\n"
	  "      |                                    ^\n" },
	{ "what does not go together",
	  TWO_HOSTS "steps:\n"
		    "  - impair: {a -> b: {reorder: 1%}}\n",
	  "t.yaml:4:14: reorder: it lets packets skip the delay, and there is none\n"
	  "    4 |   - impair: {a -> b: {reorder: 1%}}\n"
	  "      |              ^~~~~~\n" },
	{ "direction twice",
	  TWO_HOSTS "steps:\n"
		    "  - impair: {a -> b: {delay: 1ms}, a -- b: none}\n",
	  "t.yaml:4:36: this direction is there twice\n"
	  "    4 |   - impair: {a -> b: {delay: 1ms}, a -- b: none}\n"
	  "      |                                    ^~~~~~\n" },
	{ "no direction",
	  TWO_HOSTS "steps:\n"
		    "  - impair: {delay: 20ms}\n",
	  "t.yaml:4:14: no host \"delay\" (there are a, b)\n"
	  "    4 |   - impair: {delay: 20ms}\n"
	  "      |              ^~~~~\n" },
	{ "empty",
	  TWO_HOSTS "steps:\n"
		    "  - impair: {}\n",
	  "t.yaml:4:13: a direction is missing, as in {a -> b: {delay: 20ms}}\n"
	  "    4 |   - impair: {}\n"
	  "      |             ^\n" },
	{ "ecn",
	  TWO_HOSTS "steps:\n"
		    "  - impair: {a -> b: {loss: 1%, ecn: yes}}\n",
	  "t.yaml:4:38: true or false belongs here\n"
	  "    4 |   - impair: {a -> b: {loss: 1%, ecn: yes}}\n"
	  "      |                                      ^~~\n" },
};

Test(scenario_wrong, impairments_as_mappings)
{
	check_wrong(mappings, ARRAY_SIZE(mappings));
}

static const struct wrong links[] = {
	{ "text", HOSTS "links: [{link: a -- b, impair: dely 20ms}]\n",
	  "t.yaml:2:32: \"dely\" is no impairment; did you mean \"delay\"?\n"
	  "    2 | links: [{link: a -- b, impair: dely 20ms}]\n"
	  "      |                                ^~~~\n" },
	{ "another link's direction",
	  HOSTS "links: [{link: a -- b, impair: {b -> b: {delay: 1ms}}}]\n",
	  "t.yaml:2:33: this link joins a and b\n"
	  "    2 | links: [{link: a -- b, impair: {b -> b: {delay: 1ms}}}]\n"
	  "      |                                 ^\n" },
	{ "direction twice",
	  HOSTS "links: [{link: a -- b, impair: {a -> b: none, a -- b: none}}]\n",
	  "t.yaml:2:47: this direction is there twice\n"
	  "    2 | links: [{link: a -- b, impair: {a -> b: none, a -- b: none}}]\n"
	  "      |                                               ^~~~~~\n" },
	{ "engine", HOSTS "links: [{link: a -- b, engine: kernal}]\n",
	  "t.yaml:2:32: no engine \"kernal\"; did you mean \"kernel\"?\n"
	  "    2 | links: [{link: a -- b, engine: kernal}]\n"
	  "      |                                ^~~~~~\n" },
	{ "impairable", HOSTS "links: [{link: a -- b, impairable: 1}]\n",
	  "t.yaml:2:36: true or false belongs here\n"
	  "    2 | links: [{link: a -- b, impairable: 1}]\n"
	  "      |                                    ^\n" },
};

Test(scenario_wrong, impaired_links)
{
	check_wrong(links, ARRAY_SIZE(links));
}

static const struct wrong ramps[] = {
	{ "no on",
	  TWO_HOSTS "steps:\n"
		    "  - ramp: {from: loss 0%, to: loss 1%, over: 1s}\n",
	  "t.yaml:4:5: \"on\" is missing here\n"
	  "    4 |   - ramp: {from: loss 0%, to: loss 1%, over: 1s}\n"
	  "      |     ^~~~\n" },
	{ "longer than its steps",
	  TWO_HOSTS "steps:\n"
		    "  - ramp: {on: a -> b, from: none, to: loss 1%, over: 50ms}\n",
	  "t.yaml:4:49: a ramp takes at least one \"every\", which is 100 ms\n"
	  "    4 |   - ramp: {on: a -> b, from: none, to: loss 1%, over: 50ms}\n"
	  "      |                                                 ^~~~\n" },
	{ "another model",
	  TWO_HOSTS
	  "steps:\n"
	  "  - ramp: {on: a -> b, from: loss 1%, to: loss gemodel 1% 10%, over: 1s}\n",
	  "t.yaml:4:39: the model of loss cannot change gradually: it must be the same "
	  "as in \"from\"\n"
	  "    4 |   - ramp: {on: a -> b, from: loss 1%, to: loss gemodel 1% 10%, "
	  "over: 1s}\n"
	  "      |                                       ^~\n" },
	{ "another distribution",
	  TWO_HOSTS "steps:\n"
		    "  - ramp: {on: a -> b, from: delay 9ms ±1ms, to: delay 9ms ±2ms "
		    "pareto, over: 1s}\n",
	  "t.yaml:4:46: the distribution of the delay cannot change gradually: it must "
	  "be the same as in \"from\"\n"
	  "    4 |   - ramp: {on: a -> b, from: delay 9ms ±1ms, to: delay 9ms ±2ms "
	  "pareto, over: 1s}\n"
	  "      |                                              ^~\n" },
	{ "wrong end",
	  TWO_HOSTS "steps:\n"
		    "  - ramp: {on: a -> b, from: none, to: loss, over: 1s}\n",
	  "t.yaml:4:40: loss: a probability is missing, such as 1%, 0.05% or 50ppm\n"
	  "    4 |   - ramp: {on: a -> b, from: none, to: loss, over: 1s}\n"
	  "      |                                        ^~~~\n" },
};

Test(scenario_wrong, ramps)
{
	check_wrong(ramps, ARRAY_SIZE(ramps));
}
