/* SPDX-License-Identifier: MIT */
/**
 * One unit per quantity, everywhere: times in microseconds or milliseconds as the name
 * says, probabilities in parts per million, rates in bits per second, sizes in bytes.
 * At a call site the unit is written: .delay_us = NST_MS(20), .loss_ppm = NST_PERCENT(1).
 */
#ifndef NSTEST_UNITS_H
#define NSTEST_UNITS_H

/** To microseconds. */
#define NST_US(n) (n)
#define NST_MS(n) ((n)*1000LL)
#define NST_S(n) ((n)*1000000LL)

/** To parts per million; a fraction such as NST_PERCENT(0.1) is fine. */
#define NST_PERCENT(n) ((unsigned int)((n)*10000))

/** To bits per second. */
#define NST_KBIT(n) ((n)*1000ULL)
#define NST_MBIT(n) ((n)*1000000ULL)
#define NST_GBIT(n) ((n)*1000000000ULL)

/** To bytes. */
#define NST_KIB(n) ((n)*1024ULL)
#define NST_MIB(n) ((n)*1048576ULL)

#endif
