#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the runner adds to a case, and how long 1,000 cases of two hosts take: runner.py NSTEST

A case's own time is from building its lab to its result, which is the library's work. All else of a run,
the teardown of labs included, is the runner's.
"""
import json
import os
import subprocess
import sys
import tempfile

CASES = 1000
nstest = os.path.abspath(sys.argv[1])


def run(folder, *options):
    out = os.path.join(folder, "out.jsonl")
    subprocess.run([nstest, "run", "--out", folder, "-O", "json=" + out, *options, "many.yaml"], cwd=folder,
                   stdout=subprocess.DEVNULL, check=True)
    with open(out) as lines:
        events = [json.loads(line) for line in lines]
    inside = sum(event["duration_us"] for event in events if event["event"] == "result")
    return inside, events[-1]["duration_us"]


with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
    with open(os.path.join(folder, "many.yaml"), "w") as file:
        file.write("hosts:\n  a: {address: 10.0.0.1/24}\n  b: {address: 10.0.0.2/24}\nlinks:\n  - a -- b\ncases:\n")
        for number in range(CASES):
            file.write(f"  c{number}:\n    - expect: a -> b tcp/80 open\n")
    inside, whole = run(folder, "-j1")
    print(f"\nrunner: {(whole - inside) / CASES / 1000:.2f} ms a case beside the case itself, wanted <= 0.5 ms")
    _, whole = run(folder, "-j2")
    print(f"runner: {CASES} cases of two hosts, two workers: {whole / 1e6:.1f} s, wanted <= 8 s")
