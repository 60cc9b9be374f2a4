/* SPDX-License-Identifier: MIT */
/* Mount calls that the headers of glibc before 2.36 do not have (include/uapi/linux/
 * mount.h, fcntl.h). */
#ifndef LAB_MOUNT_CALLS_H
#define LAB_MOUNT_CALLS_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE         1
#define OPEN_TREE_CLOEXEC       O_CLOEXEC
#define MOVE_MOUNT_F_EMPTY_PATH 4
#define MOUNT_ATTR_RDONLY       1
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef SYS_open_tree
#define SYS_open_tree  428
#define SYS_move_mount 429
#endif
#ifndef FSPICK_CLOEXEC
#define FSPICK_CLOEXEC           1
#define FSCONFIG_SET_STRING      1
#define FSCONFIG_CMD_RECONFIGURE 7
#endif
#ifndef SYS_fspick
#define SYS_fsconfig 431
#define SYS_fspick   433
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* struct mount_attr. */
struct mount_attributes {
	uint64_t attr_set, attr_clr, propagation, userns_fd;
};

#endif
