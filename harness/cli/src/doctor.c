/* SPDX-License-Identifier: MIT */
/* Which abilities nstest doctor looks for. */
#include <sched.h>

#include "doctor.h"

const struct ability first_ability = {
	"user namespaces",
	"everything, as this is not root",
	NULL,
	true,
	try_root,
	0,
	NULL,
};

const struct ability abilities[] = {
	{ "user namespaces", "running without root", NULL, false, try_user_namespace, 0,
	  NULL },
	{ "network namespaces", "everything", "a kernel with CONFIG_NET_NS", true,
	  try_namespace, CLONE_NEWNET, NULL },
	{ "mount namespaces", "everything",
	  "a container must allow mount (--security-opt seccomp=unconfined)", true,
	  try_namespace, CLONE_NEWNS, NULL },
	{ "PID namespaces", "everything", "a kernel with CONFIG_PID_NS", true,
	  try_namespace, CLONE_NEWPID, NULL },
	{ "UTS namespaces", "everything", "a kernel with CONFIG_UTS_NS", true,
	  try_namespace, CLONE_NEWUTS, NULL },
	{ "IPC namespaces", "everything", "a kernel with CONFIG_IPC_NS", true,
	  try_namespace, CLONE_NEWIPC, NULL },
	{ "own /proc", "a view of the host's own processes in it",
	  "a container must not mask /proc (--security-opt systempaths=unconfined)",
	  true, try_proc, 0, NULL },
	{ "veth", "links", "a kernel with CONFIG_VETH (modprobe veth)", true, try_link,
	  0, "veth" },
	{ "bridge", "switches", "a kernel with CONFIG_BRIDGE (modprobe bridge)", false,
	  try_link, 0, "bridge" },
	{ "sch_netem", "impairments by the kernel; the wire engine does not need it",
	  NULL, false, try_netem, 0, NULL },
	{ "nftables inet", "nft rulesets for IPv4 and IPv6 at once",
	  "a kernel with CONFIG_NF_TABLES_INET (modprobe nf_tables)", false, try_nft, 0,
	  "inet" },
	{ "nftables ip", "nft rulesets for IPv4", "a kernel with CONFIG_NF_TABLES_IPV4",
	  false, try_nft, 0, "ip" },
	{ "nftables netdev", "nft rules at an interface",
	  "a kernel with CONFIG_NF_TABLES_NETDEV", false, try_nft, 0, "netdev" },
	{ "clsact and cls_bpf", "partitions (the step cut)",
	  "a kernel with CONFIG_NET_SCH_INGRESS and CONFIG_NET_CLS_BPF", false,
	  try_partition, 0, NULL },
	{ "iptables (nft)", "rulesets of iptables-save, on nf_tables",
	  "Debian, Ubuntu: apt install iptables; Fedora: dnf install iptables-nft",
	  false, try_xtables, 0, "iptables-nft-restore" },
	{ "iptables (legacy)", "rulesets of iptables-save, on x_tables",
	  "Debian, Ubuntu: apt install iptables; Fedora: dnf install iptables-legacy; "
	  "and a "
	  "kernel with CONFIG_IP_NF_FILTER",
	  false, try_xtables, 0, "iptables-legacy-restore" },
	{ "packet sockets", "captures, and proofs of dropped packets",
	  "a kernel with CONFIG_PACKET", true, try_capture, 0, NULL },
	{ "large capture buffers", "captures of much traffic without losses",
	  "run as root, or raise sysctl net.core.rmem_max", false, try_large_buffers, 0,
	  NULL },
	{ "overlayfs", "hosts with `root: overlay`",
	  "modprobe overlay; without root: Linux 5.11 or newer", false, try_overlay, 0,
	  NULL },
	{ "ranges of user ids",
	  "without root: programs that drop privileges (nginx, dnsmasq)",
	  "Debian, Ubuntu: apt install uidmap; Fedora: dnf install shadow-utils; then "
	  "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER",
	  false, try_id_ranges, 0, NULL },
	{ "no RPS by default",
	  "some speed: packets of a flow change processors, proofs "
	  "take longer",
	  "sysctl net.core.rps_default_mask=0", false, try_rps, 0, NULL },
	{ "tshark", "looking at nstest run --live",
	  "Debian, Ubuntu: apt install tshark; Fedora: dnf install wireshark-cli",
	  false, try_program, 0, "tshark" },
	{},
};
