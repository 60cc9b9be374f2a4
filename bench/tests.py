#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a test of a C suite costs: bench/tests.py BUILD [ROUNDS].

A hundred tests by each way, all ways in turn in each round. The ways: plain Criterion with empty tests;
labs of two hosts with capture in workers of Criterion's, in forks (what nstest run does), and in a plain harness
that only forks. Without the time of the executable's own start.
"""
import os, statistics, subprocess, sys, time

build = sys.argv[1] + "/bench"
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
one = ["--filter", "*/t00"]


def seconds(command, fork):
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   env={**os.environ, "NSTEST_FORK": fork})
    return time.monotonic() - start


def test_ms(command, fork):
    """Of a hundred, without the start: each by itself."""
    return (seconds(command, fork) - seconds(command + one, fork)) * 1000 / 99


ways = {}
for jobs in "1", "2":
    ways["Criterion, empty test", jobs] = lambda j=jobs: test_ms([build + "/tests_empty", "-j" + j], "0")
    ways["lab, workers of Criterion", jobs] = lambda j=jobs: test_ms([build + "/tests_lab", "-j" + j], "0")
    ways["lab, forks (nstest run)", jobs] = lambda j=jobs: test_ms([build + "/tests_lab", "-j" + j], "1")
    ways["lab, plain fork harness", jobs] = lambda j=jobs: seconds([build + "/tests_lab", "fork", j], "0") * 10

times = {way: [] for way in ways}
for _ in range(rounds):
    for way, measure in ways.items():
        times[way].append(measure())
median = {way: statistics.median(found) for way, found in times.items()}

print(f"\na test of a C suite, two hosts with capture ({rounds} rounds of 100 tests)")
for (name, jobs), found in times.items():
    print(f"  -j{jobs}  {name:26} median {median[name, jobs]:6.2f} ms, least {min(found):6.2f} ms")


def target(what, measured, limit, unit):
    print(f"  {what}: {measured:.2f}{unit}, wanted <= {limit}{unit}: {'met' if measured <= limit else 'MISSED'}")


own = median["lab, workers of Criterion", "1"] - median["Criterion, empty test", "1"]
target("our part over an empty test of Criterion's", own, 4, " ms")
target("a whole test in a fork", median["lab, forks (nstest run)", "1"], 4, " ms")
print(f"  -j2, forks by plain fork harness: "
      f"{median['lab, forks (nstest run)', '2'] / median['lab, plain fork harness', '2']:.2f}")
print(f"  -j2, Criterion's workers by plain fork harness: "
      f"{median['lab, workers of Criterion', '2'] / median['lab, plain fork harness', '2']:.2f}")
