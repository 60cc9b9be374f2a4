# SPDX-License-Identifier: MIT
"""Does what a page of the docs says, literally, in the current folder: docs_examples.py PAGE.

Blocks that begin with a comment of a file's name become that file; lines that begin with "$ " are run by a
shell. Exit status: 0 all commands succeeded, 1 one failed (and its words are shown), 3 a tool is missing.
"""
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys

NAME = re.compile(r"(?:#|//|/\*) ([\w./-]+\.\w+)(?: \*/)?$")


def main():
    missing = [tool for tool in ("cmake", "ctest", "curl") if not shutil.which(tool)]
    if not importlib.util.find_spec("pytest"):
        missing.append("pytest (Debian: python3-pytest)")
    if missing:
        print("not installed:", *missing)
        return 3
    page = pathlib.Path(sys.argv[1]).read_text()
    ran = 0
    for block in re.findall(r"^```\w*\n(.*?)^```$", page, re.M | re.S):
        lines = block.splitlines()
        named = NAME.match(lines[0])
        if named:
            path = pathlib.Path(named[1])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block)
        for line in lines:
            if not line.startswith("$ "):
                continue
            ran += 1
            done = subprocess.run(line[2:], shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            print(line, done.stdout, sep="\n")
            if done.returncode:
                print("exit status", done.returncode)
                return 1
    return 0 if ran else 1


sys.exit(main())
