# SPDX-License-Identifier: MIT
# The YAML of docs/ci is what its CI reads: each file parses, has the keys that its CI asks for and no
# unknown one on top. Prints every nstest command in it, a line each, for the caller to try.
import sys
import yaml

KNOWN = {
    "github-actions.yaml": {
        "": {"name", "on", True, "jobs"},
        "jobs.*": {"runs-on", "strategy", "steps", "needs", "if"},
        "jobs.*.strategy": {"fail-fast", "matrix"},
        "jobs.*.steps.*": {"uses", "with", "run", "if", "name"},
    },
    "gitlab-ci.yaml": {
        "*": {"stage", "image", "parallel", "script", "artifacts", "when", "variables"},
        "*.artifacts": {"when", "paths", "reports"},
    },
    "kubernetes.yaml": {
        "": {"apiVersion", "kind", "metadata", "spec"},
        "spec": {"completionMode", "completions", "parallelism", "backoffLimit", "template"},
        "spec.template.spec": {"restartPolicy", "containers", "volumes"},
        "spec.template.spec.containers.*": {"name", "image", "command", "args", "env", "securityContext",
                                            "volumeMounts"},
    },
}


def find(node, path):
    if not path:
        return [node]
    head, _, rest = path.partition(".")
    if head == "*":
        below = node if isinstance(node, list) else [v for v in node.values() if isinstance(v, dict)]
    else:
        below = [node[head]] if head in node else []
    return [found for one in below for found in find(one, rest)]


def texts(node):
    if isinstance(node, str):
        yield node
    elif isinstance(node, (list, dict)):
        for one in node.values() if isinstance(node, dict) else node:
            yield from texts(one)


folder = sys.argv[1]
for name, places in KNOWN.items():
    with open(f"{folder}/{name}") as file:
        document = yaml.safe_load(file)
    for place, known in places.items():
        found = find(document, place)
        assert found, f"{name}: nothing at {place}"
        for node in found:
            unknown = set(node) - known if isinstance(node, dict) else {"no mapping"}
            assert not unknown, f"{name}: {place} has {unknown}"
    for text in texts(document):
        if text.startswith(("nstest run", "nstest merge")):
            print(" ".join(text.split()))
