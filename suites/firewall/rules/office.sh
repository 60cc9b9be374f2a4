#!/bin/bash
# The firewall of a small office, as a script: a blocklist, services by server, and who may do what.
set -eu

WAN=wan0
LAN=lan0
BLOCKED="198.51.100.0/24 203.0.113.66"
ADMINS="10.0.0.10 10.0.0.11"

fw() {
	iptables "$@"
}

ipset create blocked hash:net counters
for net in $BLOCKED; do
	ipset add blocked "$net"
done
ipset create services hash:ip,port
ipset restore <<EOF
add services 10.0.0.80,tcp:80
add services 10.0.0.80,tcp:443
add services 10.0.0.53,udp:53
EOF
ipset create admins hash:ip
for host in $ADMINS; do
	ipset add admins "$host"
done

fw -P INPUT DROP
fw -P FORWARD DROP

fw -N from-outside
fw -A from-outside -m set --match-set blocked src -j DROP
fw -A from-outside -m set --match-set services dst,dst -j ACCEPT
fw -A from-outside -j REJECT --reject-with icmp-admin-prohibited

fw -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
fw -A INPUT -i "$LAN" -p tcp --dport 22 -m set --match-set admins src -j ACCEPT
for protocol in tcp udp; do
	fw -A INPUT -i "$LAN" -p "$protocol" --dport 53 -j ACCEPT
done

fw -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
fw -A FORWARD -i "$WAN" -o "$LAN" -j from-outside
fw -A FORWARD -i "$LAN" -o "$WAN" -p tcp --dport 25 -j REJECT
fw -A FORWARD -i "$LAN" -o "$WAN" -j ACCEPT
