/* SPDX-License-Identifier: MIT */
/* A variable of the environment that is set in a guest kernel on virtual time, where waiting costs
 * nothing but what is done meanwhile. */
#ifndef BASE_VIRTUAL_H
#define BASE_VIRTUAL_H

#define NST_VIRTUAL_TIME "NSTEST_VIRTUAL_TIME"

#endif
