#!/bin/sh
# SPDX-License-Identifier: MIT
# One case as one does it by hand with a tutorial's commands: two named network namespaces, a veth pair
# moved into them, IPv4 and IPv6 addresses, one question over TCP answered, the end.
#
#	tutorial.sh http    the tutorial's programs: python3 -m http.server, asked with curl
#	tutorial.sh lean    the cheapest there are instead: busybox nc at both ends
set -eu
one=bench1-$$ two=bench2-$$
server=

finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	ip netns del "$one" 2>/dev/null || true
	ip netns del "$two" 2>/dev/null || true
}
trap finish EXIT

# host NAMESPACE INTERFACE NUMBER
host() {
	ip link set "$2" netns "$1"
	ip netns exec "$1" ip addr add "192.168.0.$3/24" dev "$2"
	ip netns exec "$1" ip -6 addr add "fd00::$3/64" dev "$2" nodad
	ip netns exec "$1" ip link set lo up
	ip netns exec "$1" ip link set "$2" up
}

serve() {
	case $how in
	http) exec ip netns exec "$two" python3 -m http.server 8080 >/dev/null 2>&1 ;;
	lean) exec ip netns exec "$two" busybox nc -ll -p 8080 -e cat ;;
	esac
}

ask() {
	case $how in
	http) ip netns exec "$one" curl -s -o /dev/null http://192.168.0.2:8080/ ;;
	lean) echo hello | ip netns exec "$one" busybox nc 192.168.0.2 8080 2>/dev/null |
		grep -q hello ;;
	esac
}

how=${1:-http}
ip netns add "$one"
ip netns add "$two"
ip link add "va$$" type veth peer name "vb$$"
host "$one" "va$$" 1
host "$two" "vb$$" 2
serve &
server=$!
until ask; do
	:
done
