# SPDX-License-Identifier: MIT
"""When a kernel timer fires: kernel/time/timer.c, calc_wheel_index() and calc_index().

Timers that are far away wait in coarser buckets, and so a timeout is up to an eighth late; how
much depends on the jiffy in which it began. With this, what a kernel does is known to the jiffy.
"""
HZ = 100  # arch/um/Kconfig
LEVELS = 8  # LVL_DEPTH for HZ <= 100
INITIAL = -300 * HZ  # include/linux/jiffies.h, INITIAL_JIFFIES


def jiffies(seconds):
    """Of CLOCK_MONOTONIC, which begins with jiffies; a time that fires() told is the beginning of one."""
    return INITIAL + int(seconds * HZ + 0.001)


def fires(began, timeout):
    """When a timer of so many seconds fires, both in seconds of CLOCK_MONOTONIC."""
    now = jiffies(began)
    delta = round(timeout * HZ)
    level = 0
    while level < LEVELS - 1 and delta >= 63 << (3 * level):
        level += 1
    bucket = (((now + delta) >> (3 * level)) + 1) << (3 * level)
    return (bucket - INITIAL) / HZ
