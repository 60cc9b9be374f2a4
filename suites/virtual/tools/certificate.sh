#!/bin/sh
# SPDX-License-Identifier: MIT
# certificate.sh AGE DAYS: a self-signed certificate for "server" that was made AGE days ago for DAYS days.
set -e
cd /run
: >index
openssl req -newkey rsa:2048 -nodes -keyout server.key -subj /CN=server -addext subjectAltName=DNS:server -out server.csr 2>/dev/null
printf '%s\n' '[ca]' 'default_ca = own' '[own]' 'database = index' 'rand_serial = yes' 'default_md = sha256' \
	'policy = any' 'copy_extensions = copy' 'new_certs_dir = .' '[any]' 'commonName = supplied' >ca.conf
day() {
	date -u -d "$1 days" +%Y%m%d%H%M%SZ
}
openssl ca -config ca.conf -batch -selfsign -keyfile server.key -in server.csr -out server.pem -notext \
	-startdate "$(day "-$1")" -enddate "$(day "$(($2 - $1))")" 2>/dev/null
openssl x509 -in server.pem -noout -dates
