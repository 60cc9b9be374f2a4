/* SPDX-License-Identifier: MIT */
/* The entry. Apart from the room, so that its tests can have a main() of their own. */
#include "src/main.h"

int main(int argc, char **argv)
{
	return nstest_main(argc, argv);
}
