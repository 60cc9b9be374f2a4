#!/bin/sh
# SPDX-License-Identifier: MIT
# What udhcpc calls: the interface gets the address of the lease, and loses it with that.
# shellcheck disable=SC2154 # it sets them
case $1 in
deconfig) ip address flush dev "$interface" && ip link set "$interface" up ;;
bound) ip address add "$ip/24" dev "$interface" ;;
esac
echo "$1 $ip"
