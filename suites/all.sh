#!/bin/sh
# SPDX-License-Identifier: MIT
# Every test there is; ./bootstrap test has built and installed what it needs.
#
# The last line is the sum of all: "N passed, N failed, N skipped". Exit status: 0 if none failed.
set -eu
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

# stage TITLE COMMAND...: runs it and adds what its last line of that form counts.
stage() {
	printf '\n==== %s\n' "$1"
	title=$1
	shift
	{ "$@" 2>&1 && echo 0 >"$log.status" || echo $? >"$log.status"; } | tee "$log"
	status=$(cat "$log.status")
	rm -f "$log.status"
	# shellcheck disable=SC2046 # three words are wanted
	set -- $(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped.*/\1 \2 \3/p' \
		"$log" | tail -n 1)
	passed=$((passed + ${1:-0})) failed=$((failed + ${2:-0})) skipped=$((skipped + ${3:-0}))
	# A stage that could not count must not count as passed.
	if [ $# -eq 0 ] || { [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; }; then
		echo "failed: $title ended with status $status"
		failed=$((failed + 1))
	fi
}

# one COMMAND...: a command that is a test by itself.
one() {
	if "$@"; then
		echo "1 passed, 0 failed, 0 skipped"
	else
		echo "0 passed, 1 failed, 0 skipped"
	fi
}

# Each fuzz target on its corpus and a while of mutations, of another seed each day.
fuzz() {
	good=0 bad=0
	for target in build-asan/fuzz/fuzz_*; do
		if "$target" -t 10 -n 1000000 -s "$(date +%Y%m%d)"; then
			good=$((good + 1))
		else
			bad=$((bad + 1))
		fi
	done
	echo "$good passed, $bad failed, 0 skipped"
}

# Random labs and rules whose verdicts are known, idle and under every kind of load.
truths() {
	good=0 bad=0
	for load in idle cpu flood rps queue wire delay jitter loss; do
		if build/bench/truth 2000 "$(date +%Y%m%d)" "$load"; then
			good=$((good + 1))
		else
			bad=$((bad + 1))
		fi
	done
	echo "$good passed, $bad failed, 0 skipped"
}

# Exit status 77: this machine has no Slurm (Debian: slurmctld slurmd slurm-client munge).
slurm() {
	suites/install/slurm.sh "$PWD/build/nstest" "$PWD/suites/tutorial" \
		"$PWD/build/suites/suite_tutorial" && status=0 || status=$?
	case $status in
	0) echo "1 passed, 0 failed, 0 skipped" ;;
	77) echo "0 passed, 0 failed, 1 skipped" ;;
	*) echo "0 passed, 1 failed, 0 skipped" ;;
	esac
}

# Folders of scenario files: those below rooms, fuzz and install are looked into by tests.
scenarios() {
	for folder in suites/*/; do
		case $folder in
		*/rooms/ | */fuzz/ | */install/ | */virtual/) ;;
		*) echo "$PWD/${folder%/}" ;;
		esac
	done
}

# With a kernel that was built before (nstest kernel build: five minutes, too long for each run); else skipped.
virtual() {
	if build/nstest kernel path >/dev/null; then
		build/nstest run --virtual suites/virtual
	else
		build/nstest run suites/virtual
	fi
}

build_asan() {
	cmake --preset asan >/dev/null && cmake --build --preset asan
}

# Scenarios only: Criterion does not run under ThreadSanitizer.
build_tsan() {
	cmake --preset tsan >/dev/null && cmake --build --preset tsan --target nstest-cli
}

# shellcheck disable=SC2046 # words are wanted
stage "all suites, as $(id -un)" build/nstest run $(scenarios) build/suites/suite_*
if [ "$(id -u)" -eq 0 ]; then
	# shellcheck disable=SC2046
	stage "all suites, without root" suites/rootless.sh "$PWD/build/nstest" run $(scenarios) \
		"$PWD"/build/suites/suite_*
fi
stage "a month in virtual time" virtual
stage "verdicts against known truths" truths
stage "rules that decide against known ones" one build/bench/ruling 500 "$(date +%Y%m%d)"
stage "impairments: both engines do what is asked, and the same" build/conformance
stage "from outside, installed" one suites/install/check.sh
stage "an array of Slurm" slurm
stage "a build with AddressSanitizer and UndefinedBehaviorSanitizer" one build_asan
# shellcheck disable=SC2046
stage "suites, sanitized" build-asan/nstest run $(scenarios) build-asan/suites/suite_*
stage "fuzz targets, sanitized" fuzz
stage "a build with ThreadSanitizer" one build_tsan
# shellcheck disable=SC2046
stage "scenarios, with ThreadSanitizer" build-tsan/nstest run $(scenarios)

printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
