/* SPDX-License-Identifier: MIT */
/* Which commands bring an ability that nstest doctor misses. */
#include "doctor.h"

const struct fix fixes[] = {
	{ "user namespaces", "",
	  "sysctl -w user.max_user_namespaces=15000; test ! -e "
	  "/proc/sys/kernel/unprivileged_userns_clone || sysctl -w "
	  "kernel.unprivileged_userns_clone=1; test ! -e "
	  "/proc/sys/kernel/apparmor_restrict_unprivileged_userns "
	  "|| sysctl -w "
	  "kernel.apparmor_restrict_unprivileged_userns=0" },
	{ "veth", "", "modprobe veth" },
	{ "bridge", "", "modprobe bridge" },
	{ "sch_netem", "fedora",
	  "dnf install -y kernel-modules-extra && modprobe "
	  "sch_netem" },
	{ "sch_netem", "", "modprobe sch_netem" },
	{ "nftables inet", "", "modprobe nf_tables" },
	{ "nftables ip", "", "modprobe nf_tables" },
	{ "nftables netdev", "", "modprobe nf_tables" },
	{ "clsact and cls_bpf", "", "modprobe sch_ingress && modprobe cls_bpf" },
	{ "iptables (nft)", "debian", "apt-get install -y iptables" },
	{ "iptables (nft)", "fedora", "dnf install -y iptables-nft" },
	{ "iptables (legacy)", "debian",
	  "apt-get install -y iptables && modprobe "
	  "iptable_filter" },
	{ "iptables (legacy)", "fedora",
	  "dnf install -y iptables-legacy && modprobe "
	  "iptable_filter" },
	{ "large capture buffers", "", "sysctl -w net.core.rmem_max=33554432" },
	{ "overlayfs", "", "modprobe overlay" },
	{ "ranges of user ids", "debian",
	  "apt-get install -y uidmap && usermod --add-subuids 100000-165535 "
	  "--add-subgids 100000-165535 \"${SUDO_USER:-$USER}\"" },
	{ "ranges of user ids", "fedora",
	  "dnf install -y shadow-utils && usermod --add-subuids 100000-165535 "
	  "--add-subgids 100000-165535 \"${SUDO_USER:-$USER}\"" },
	{ "no RPS by default", "", "sysctl -w net.core.rps_default_mask=0" },
	{ "tshark", "debian", "apt-get install -y tshark" },
	{ "tshark", "fedora", "dnf install -y wireshark-cli" },
	{},
};
