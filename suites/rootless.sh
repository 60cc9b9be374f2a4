#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a command as a user without any privilege, with ranges of ids in /etc/subuid and /etc/subgid, in
# an empty home; root only. That user exists for this command alone: all of it happens in a mount
# namespace, and nothing of it is left.
#
#	suites/rootless.sh COMMAND [ARGUMENT...]
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
user=nstest-tester uid=64907 first_sub=1640700000

if [ -z "${NSTEST_ROOTLESS-}" ]; then
	NSTEST_ROOTLESS=$(mktemp -d)
	export NSTEST_ROOTLESS
	trap 'rm -rf "$NSTEST_ROOTLESS"' EXIT
	unshare --mount --propagation private "$0" "$@"
	exit
fi
work=$NSTEST_ROOTLESS

# with_line FILE LINE: in this mount namespace, FILE has that line too.
with_line() {
	name=$(basename "$1")
	[ -e "$1" ] || return 0
	{ cat "$1" && echo "$2"; } >"$work/$name"
	chmod 644 "$work/$name"
	mount --bind "$work/$name" "$1"
}

# passable PATH: others may go through it.
passable() {
	[ -n "$(find "$1" -maxdepth 0 -perm -o=x)" ]
}

# The checkout may be where only root gets, such as /root or a fresh temporary folder: then the first
# folder on the way that lets nobody through is replaced by an empty one with the checkout in it.
reach_checkout() {
	at=
	rest=${source#/}/
	while [ -n "$rest" ]; do
		at=$at/${rest%%/*}
		rest=${rest#*/}
		passable "$at" && continue
		stage=$work/checkout
		mkdir -p "$work/layers"
		mount -t tmpfs -o mode=755 tmpfs "$work/layers"
		mkdir -p "$stage" "$work/layers/upper" "$work/layers/work"
		mount -t overlay -o "lowerdir=$source,upperdir=$work/layers/upper,workdir=$work/layers/work" \
			overlay "$stage"
		[ "$at" = "$source" ] || mount -t tmpfs -o mode=755 tmpfs "$at"
		mkdir -p "$source"
		mount --bind "$stage" "$source"
		return
	done
}

reach_checkout
with_line /etc/passwd "$user:x:$uid:$uid::$work/home:/bin/sh"
with_line /etc/group "$user:x:$uid:"
with_line /etc/subuid "$user:$first_sub:65536"
with_line /etc/subgid "$user:$first_sub:65536"
chmod 755 "$work"
mkdir "$work/home"
chown "$uid:$uid" "$work/home"
cd "$work/home"
unset NSTEST_ROOTLESS
exec setpriv --reuid "$uid" --regid "$uid" --clear-groups --inh-caps=-all \
	env -i HOME="$work/home" USER=$user LOGNAME=$user LANG="${LANG-C.UTF-8}" \
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
