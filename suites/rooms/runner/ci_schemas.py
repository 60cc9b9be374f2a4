# SPDX-License-Identifier: MIT
"""What we use of the files of CI engines, as JSON Schemas of our own: the vendors' are in no package. They know fewer
keys than the vendors', so that a misspelt one is noticed, but are no proof that a vendor reads what they accept."""

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT, "minItems": 1}


def mapping(required, optional=None, **more):
    return {"type": "object", "required": list(required), "additionalProperties": False,
            "properties": {**required, **(optional or {})}, **more}


def mappings_of(schema):
    return {"type": "object", "additionalProperties": schema, "minProperties": 1}


def list_of(schema):
    return {"type": "array", "items": schema, "minItems": 1}


GITHUB_STEP = {"oneOf": [
    mapping({"uses": {"type": "string", "pattern": "^[a-z0-9-]+/[a-z0-9/-]+@v[0-9]+$"}},
            {"with": {"type": "object"}, "if": TEXT, "name": TEXT}),
    mapping({"run": TEXT}, {"if": TEXT, "name": TEXT}),
]}

KUBERNETES_CONTAINER = mapping(
    {"name": TEXT, "image": TEXT},
    {"command": TEXTS, "args": TEXTS, "env": list_of(mapping({"name": TEXT, "value": TEXT})),
     "securityContext": mapping({}, {
         "seccompProfile": mapping({"type": {"enum": ["Unconfined", "RuntimeDefault", "Localhost"]}}),
         "capabilities": mapping({}, {"add": TEXTS, "drop": TEXTS})}),
     "volumeMounts": list_of(mapping({"name": TEXT, "mountPath": {"type": "string", "pattern": "^/"}}))})

SCHEMAS = {
    "github-actions.yaml": mapping({
        "name": TEXT,
        "on": {"type": "array", "items": {"enum": ["push", "pull_request", "workflow_dispatch"]}},
        "jobs": mappings_of(mapping(
            {"runs-on": TEXT, "steps": list_of(GITHUB_STEP)},
            {"strategy": mapping({"matrix": mappings_of({"type": "array", "minItems": 1})},
                                 {"fail-fast": {"type": "boolean"}}),
             "needs": TEXT, "if": TEXT})),
    }),
    "gitlab-ci.yaml": {
        "type": "object", "required": ["stages"], "properties": {"stages": TEXTS},
        "additionalProperties": mapping(
            {"stage": TEXT, "script": TEXTS},
            {"image": TEXT, "parallel": {"type": "integer", "minimum": 2, "maximum": 200},
             "when": {"enum": ["always", "on_success", "on_failure", "manual"]}, 
             "cache": mapping({"key": TEXT, "paths": TEXTS}, {"policy": {"enum": ["pull", "push", "pull-push"]}}),
             "artifacts": mapping({}, {"when": {"enum": ["always", "on_success", "on_failure"]}, "paths": TEXTS,
                                       "reports": mapping({}, {"junit": TEXT})})}),
    },
    "kubernetes.yaml": mapping({
        "apiVersion": {"const": "batch/v1"}, "kind": {"const": "Job"}, "metadata": mapping({"name": TEXT}),
        "spec": mapping({
            "completionMode": {"const": "Indexed"}, "completions": {"type": "integer", "minimum": 1},
            "template": mapping({"spec": mapping(
                {"restartPolicy": {"enum": ["Never", "OnFailure"]}, "containers": list_of(KUBERNETES_CONTAINER)},
                {"volumes": list_of(mapping(
                    {"name": TEXT, "persistentVolumeClaim": mapping({"claimName": TEXT})}))})}),
        }, {"parallelism": {"type": "integer", "minimum": 1}, "backoffLimit": {"type": "integer", "minimum": 0}}),
    }),
}

# Of Bazel's sh_test().
BAZEL = {"name": str, "srcs": list, "args": list, "data": object, "shard_count": int, "tags": list}
