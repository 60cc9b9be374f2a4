#!/bin/sh
# As ufw does it: chains of its own around those of the user, by iptables-restore and ip6tables-restore.
set -e

WEB_PORTS=80,443
ipset -exist create ufw-banned hash:ip timeout 600
ipset -exist add ufw-banned 192.0.2.66

iptables-restore -n <<EOF
*filter
:ufw-before-input - [0:0]
:ufw-user-input - [0:0]
:ufw-user-limit - [0:0]
:ufw-after-input - [0:0]
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -m set --match-set ufw-banned src -j DROP
-A ufw-before-input -p icmp --icmp-type echo-request -j ACCEPT
-A ufw-before-input -j ufw-user-input
-A ufw-user-input -p tcp --dport 22 -m conntrack --ctstate NEW -m recent --set
-A ufw-user-input -p tcp --dport 22 -m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6 -j ufw-user-limit
-A ufw-user-input -p tcp --dport 22 -j ACCEPT
-A ufw-user-input -p tcp -m multiport --dports $WEB_PORTS -j ACCEPT
-A ufw-user-limit -j REJECT --reject-with icmp-port-unreachable
-A ufw-after-input -p udp --dport 137 -j DROP
COMMIT
EOF

ip6tables-restore -n <<'EOF'
*filter
:ufw6-user-input - [0:0]
-A ufw6-user-input -p ipv6-icmp -j ACCEPT
-A ufw6-user-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw6-user-input -p tcp --dport 443 -j ACCEPT
COMMIT
EOF

iptables -P INPUT DROP
iptables -A INPUT -j ufw-before-input
iptables -A INPUT -j ufw-after-input
ip6tables -P INPUT DROP
ip6tables -A INPUT -j ufw6-user-input
