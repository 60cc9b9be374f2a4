/* SPDX-License-Identifier: MIT */
/* What a guest kernel meets, and does, on the machine. */
#ifndef RUNNER_GUEST_WORLD_H
#define RUNNER_GUEST_WORLD_H

/* An environment without what says who runs this, where and how, in a fixed order: on virtual time
 * runs shall not differ by it. The array is malloc'd, its texts are not; NULL: no memory. */
char **guest_environment(char *const *environment);

/* What a guest on virtual time has at NST_JOB_HERE: the folder of the project in which we are
 * (nstest.yaml, .git), or our own. Malloc'd; NULL: not known. */
char *guest_here(void);

/* Where our folder is in the guest, `here` being at NST_JOB_HERE; NULL: where it is. Malloc'd. */
char *guest_folder(const char *here);

/* How often the kernel whose processes' PID 1 has this pidfd has waited for anything. */
unsigned long long guest_switches(int pidfd);

#endif
