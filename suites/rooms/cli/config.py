# SPDX-License-Identifier: MIT
# What the schema of nstest.yaml says of right and wrong settings: config.py SCHEMA
import json
import sys

try:
    import jsonschema
    import yaml
except ImportError:
    sys.exit(3)

RIGHT = [
    "paths: [suites]\njobs: 4\nretries: 1\noutput: [junit=report.xml]\nenv: {LANG: C, LEVEL: 3}",
    "paths: suites\noutput: html\nverbose: true\nengine: wire\ntimeout: 500ms\nseed: 7",
    "min-rule-coverage: 80\nshard: 1/2",
]
WRONG = [
    "job: 3", "jobs: 0", "jobs: many", "verbose: maybe", "engine: netem", "timeout: 10", "output: [xml]",
    "output: xml=report.xml", "env: [A]", "[jobs]", "help: true",
]

with open(sys.argv[1]) as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
mistaken = [text for text in RIGHT if not validator.is_valid(yaml.safe_load(text))]
mistaken += [text for text in WRONG if validator.is_valid(yaml.safe_load(text))]
for name, about in schema["properties"].items():
    if not about.get("description"):
        mistaken.append(name + " is not explained")
print("\n".join(mistaken))
sys.exit(bool(mistaken))
