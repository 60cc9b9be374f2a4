#!/bin/sh
# Docker: docs/ci/docker.sh IMAGE [PATH...]. Docker's default seccomp profile forbids namespaces and its
# masked /proc forbids to mount a fresh one; these options allow both. With --user nothing but
# seccomp and /proc is needed, and the capabilities can go.
set -eu
image=$1
shift
exec docker run --rm --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined \
	--security-opt apparmor=unconfined --security-opt systempaths=unconfined \
	--volume "$PWD:/work" --workdir /work "$image" nstest run "$@"
