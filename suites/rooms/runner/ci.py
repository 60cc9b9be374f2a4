# SPDX-License-Identifier: MIT
"""The examples of docs/ci: ci.py DOCS NSTEST check | run

check: linters find nothing (yamllint, shellcheck, where they are), and the schemas of ci_schemas.py hold.
run: what each engine would run is run, with what it would set, in four parts, and the parts merge to the whole.
Exit status 3: this machine cannot tell."""
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import jsonschema
    import yaml
except ImportError:
    sys.exit(3)

from ci_schemas import BAZEL, SCHEMAS

DOCS, NSTEST, WHAT = sys.argv[1:]
SHARDS = 4
SCENARIO = """\
hosts:
  a: {address: 10.0.0.1/24}
  b: {address: 10.0.0.2/24}
links:
  - a -- b
cases:
"""
# What root of a container has by default.
DOCKER = "chown dac_override fsetid fowner mknod net_raw setgid setuid setfcap setpcap net_bind_service sys_chroot " \
         "kill audit_write"


class GitHub(yaml.SafeLoader):
    """YAML 1.2, in which `on` is a word."""


GitHub.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
GitHub.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def load(name):
    with open(f"{DOCS}/{name}") as file:
        return yaml.load(file, GitHub)


# ---- What is written

def bazel():
    """BUILD files are of the grammar of Python."""
    with open(f"{DOCS}/BUILD.bazel") as file:
        statements = ast.parse(file.read()).body
    call = statements[0].value
    assert len(statements) == 1 and call.func.id == "sh_test" and not call.args, "BUILD.bazel: more than sh_test()"
    for keyword in call.keywords:
        kind = BAZEL[keyword.arg]
        assert kind is object or isinstance(ast.literal_eval(keyword.value), kind), f"BUILD.bazel: {keyword.arg}"
    names = {keyword.arg: keyword.value for keyword in call.keywords}
    for source in ast.literal_eval(names["srcs"]):
        assert os.access(f"{DOCS}/{source}", os.X_OK), f"BUILD.bazel: no {source}"


def names_hold():
    """What refers to something else in the file finds it."""
    github, gitlab, pod = load("github-actions.yaml"), load("gitlab-ci.yaml"), load("kubernetes.yaml")
    for job in github["jobs"].values():
        assert job.get("needs", "test") in github["jobs"]
    for name, job in gitlab.items():
        assert name == "stages" or job["stage"] in gitlab["stages"]
    pod = pod["spec"]["template"]["spec"]
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in pod["containers"]:
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def lint(program, *arguments):
    if shutil.which(program):
        subprocess.run([program, *arguments], check=True)


def check():
    for name, schema in SCHEMAS.items():
        jsonschema.Draft7Validator.check_schema(schema)
        jsonschema.validate(load(name), schema)
    names_hold()
    bazel()
    lint("yamllint", "--strict", "--config-data",
         "{extends: default, rules: {line-length: {max: 120}, document-start: disable, truthy: {check-keys: false}}}",
         DOCS)
    lint("shellcheck", *(f"{DOCS}/{name}" for name in sorted(os.listdir(DOCS)) if name.endswith(".sh")))


# ---- What it does

def shell(command, **variables):
    keep = {name: os.environ[name] for name in os.environ
            if not re.match("CI_|TEST_|SLURM_|JOB_|NSTEST_|GITHUB_", name)}
    path = os.getcwd() + "/bin:" + os.environ["PATH"]
    subprocess.run(["sh", "-euc", command], check=True, stdout=subprocess.DEVNULL, env={**keep, "PATH": path, **variables})


def merged(command="nstest merge shard-*.jsonl"):
    """That all is there merge itself sees to; who ran nothing would be no part."""
    shell(command)
    shell(f"test $(grep -l '\"event\": \"result\"' shard-*.jsonl | wc -l) -eq {SHARDS}")
    shell("nstest merge shard-*.jsonl | grep -qx '12 passed, 0 failed, 0 skipped'")


def run_github():
    jobs = load("github-actions.yaml")["jobs"]
    steps = [step["run"] for job in jobs.values() for step in job["steps"] if "nstest " in step.get("run", "")]
    matrix = jobs["test"]["strategy"]["matrix"]["shard"]
    assert len(matrix) == SHARDS
    for shard in matrix:
        shell(steps[0].replace("${{ matrix.shard }}", str(shard)).replace("${{ strategy.job-total }}", str(SHARDS)),
              GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY="summary.md")
    assert os.path.getsize("summary.md")
    merged(steps[1])


def run_gitlab():
    jobs = load("gitlab-ci.yaml")
    for shard in range(1, SHARDS + 1):
        for line in jobs["network tests"]["script"]:
            shell(line, CI_NODE_INDEX=str(shard), CI_NODE_TOTAL=str(jobs["network tests"]["parallel"]))
        assert os.path.getsize(jobs["network tests"]["artifacts"]["reports"]["junit"])
    merged("; ".join(jobs["report"]["script"]))


def run_kubernetes():
    job = load("kubernetes.yaml")["spec"]
    container = job["template"]["spec"]["containers"][0]
    fixed = {variable["name"]: variable["value"] for variable in container["env"]}
    for shard in range(job["completions"]):
        here = container["args"][0].replace("/results", ".").replace("/suites", "suites")
        shell(here, JOB_COMPLETION_INDEX=str(shard), **fixed)
    merged()


def run_bazel():
    for shard in range(SHARDS):
        shell(f"{DOCS}/bazel.sh -O json=shard-{shard}.jsonl suites", TEST_SHARD_INDEX=str(shard),
              TEST_TOTAL_SHARDS=str(SHARDS), TEST_SHARD_STATUS_FILE="status", XML_OUTPUT_FILE=f"test-{shard}.xml",
              TEST_UNDECLARED_OUTPUTS_DIR="undeclared")
        assert os.path.exists("status") and os.path.getsize(f"test-{shard}.xml")
    merged()


def run_slurm():
    for shard in range(SHARDS):
        shell(f"{DOCS}/slurm.sh suites", SLURM_ARRAY_TASK_ID=str(shard), SLURM_ARRAY_TASK_COUNT=str(SHARDS),
              SLURM_ARRAY_TASK_MIN="0", SLURM_ARRAY_TASK_MAX=str(SHARDS - 1), SLURM_ARRAY_TASK_STEP="1")
    merged()


def run_docker():
    """There is no Docker in a test; the capabilities that it gives are enough."""
    with open(f"{DOCS}/docker.sh") as file:
        added = re.findall(r"--cap-add (\S+)", file.read())
    assert added
    if os.geteuid() or not shutil.which("setpriv"):
        return
    for names in (DOCKER.split(), DOCKER.split() + [name.lower() for name in added]):
        shell("setpriv --bounding-set -all,+" + ",+".join(names) + " nstest run suites")


def run():
    for example in (run_github, run_gitlab, run_kubernetes, run_bazel, run_slurm, run_docker):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
            os.chdir(folder)
            os.makedirs("suites")
            os.makedirs("bin")
            os.symlink(NSTEST, "bin/nstest")
            with open("suites/some.yaml", "w") as file:
                file.write(SCENARIO)
                for number in range(12):
                    file.write(f"  case {number}:\n    - expect: a -> b tcp/80 open\n")
            example()
            os.chdir("/")


check() if WHAT == "check" else run()
