# SPDX-License-Identifier: MIT
"""Checks result lines against docs/results.schema.json.

check_lines.py SCHEMA LINES: exit status 0 all is well, 1 not, 3 the Python module is missing.
"""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(3)

with open(sys.argv[1]) as schema:
    validator = jsonschema.Draft7Validator(json.load(schema))
with open(sys.argv[2]) as lines:
    events = [json.loads(line) for line in lines]
wrong = [error.message for event in events for error in validator.iter_errors(event)]
print("\n".join(wrong))
sys.exit(1 if wrong or not events else 0)
