# SPDX-License-Identifier: MIT
"""Validates scenario files against docs/scenario.schema.json.

Those of suites/ and the examples of docs/scenario.md must pass; each of a few wrong ones must not.
Exit status: 0 all is well, 1 not, 3 the Python modules are missing.
"""
import json
import pathlib
import re
import sys

try:
    import jsonschema
    import yaml
except ImportError:
    sys.exit(3)


class Loader(yaml.SafeLoader):
    """As YAML 1.2 has it: `on` and `yes` are texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))

WRONG = [
    "hots: {}",
    "hosts: {a: {adress: 10.0.0.1/24}}",
    "hosts: {a: {kind: ruoter}}",
    "links: [a b]",
    "links: [{mtu: 1400}]",
    "timeout: 5",
    "cases: {one: {}}",
    "steps: [exepct: a -> b tcp/80 open]",
    "steps: [{down: a -- b, up: a -- b}]",
    "steps: [expect: a b tcp/80 open]",
    "steps: [run: {on: a}]",
    "steps: [packets: {count: many}]",
    "steps: [run: {on: a, command: x, status: 256}]",
    "hosts: {a: {run: {command: x, ready: soon}}}",
]


def right(root):
    for path in sorted((root / "suites").rglob("*.yaml")):
        if "wrong" not in path.stem and "corpus" not in path.parts:
            yield str(path.relative_to(root)), path.read_text()
    docs = (root / "docs" / "scenario.md").read_text()
    for i, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", docs, re.S | re.M)):
        yield f"docs/scenario.md, example {i + 1}", block


def main():
    root = pathlib.Path(sys.argv[1])
    schema = json.loads((root / "docs" / "scenario.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    failed = False
    for name, text in right(root):
        for error in validator.iter_errors(yaml.load(text, Loader)):
            print(f"{name}: {list(error.absolute_path)}: {error.message[:200]}")
            failed = True
    for text in WRONG:
        if validator.is_valid(yaml.load(text, Loader)):
            print(f"accepted, but wrong: {text}")
            failed = True
    return 1 if failed else 0


sys.exit(main())
