#!/bin/sh
# SPDX-License-Identifier: MIT
# Slurm for real: slurmctld, slurmd and munged of this machine's packages; an array of 4 tasks runs the
# suites, and the merged result is that of a run that is not divided. All of it stands in namespaces of its own,
# with nothing but loopback: no daemon outlives the test, however it ends, and none meets another Slurm.
#
#	suites/install/slurm.sh NSTEST PATH...
#
# Exit status: 0; 1; 77 if this machine has no Slurm or the caller is not root.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
for program in slurmctld slurmd sbatch munged; do
	command -v "$program" >/dev/null || { echo "skipped: there is no $program"; exit 77; }
done
[ "$(id -u)" -eq 0 ] || { echo "skipped: slurmd wants root"; exit 77; }

if [ "$1" != --inside ]; then
	work=$(mktemp -d /var/tmp/nstest-slurm-XXXXXX)
	unshare --pid --fork --kill-child --mount-proc --net --uts --ipc "$0" --inside "$work" "$@" &
	trap 'kill -9 $! 2>/dev/null || true; rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT TERM
	wait $! && exit || exit
fi
work=$2
nstest=$3
shift 3
hostname node
# Slurm listens on no family of which the machine has addresses of its loopback only.
ip address add 192.0.2.1/32 dev lo
ip link set lo up
chmod 755 "$work"
cd "$work"

mkdir munge state spool bin
head -c 1024 /dev/urandom >munge/key
chmod 400 munge/key
chmod 700 munge state spool
# munged trusts only folders that nobody else may write to: /var/tmp is sticky, which it accepts by --force.
munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge/socket" \
	--pid-file="$work/munge/pid" --log-file="$work/munge/log" --seed-file="$work/munge/seed" >munge.out 2>&1 &

cat >slurm.conf <<EOF
ClusterName=nstest
SlurmctldHost=node(127.0.0.1)
SlurmUser=root
SlurmctldPort=46817
SlurmdPort=46818
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket=$work/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
NodeName=node NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOF
export SLURM_CONF="$work/slurm.conf"

# await COMMAND...: up to 30 s.
await() {
	timeout 30 sh -c 'until "$@" >/dev/null 2>&1; do sleep 0.1; done' sh "$@" && return
	echo "failed: $* did not come true in 30 s"
	tail -n 20 "$work"/*.log "$work"/munge/log "$work"/*.out 2>/dev/null || true
	exit 1
}
await test -S munge/socket
slurmctld -D >slurmctld.out 2>&1 &
await scontrol ping
slurmd -D -N node >slurmd.out 2>&1 &
await sh -c "sinfo -h -o %T | grep -q idle"

ln -s "$nstest" bin/nstest
PATH=$work/bin:$PATH
export PATH
timeout 300 sbatch --wait --array=0-3 "$here/docs/ci/slurm.sh" "$@" || { cat shard-*.log; exit 1; }
ls shard-0.jsonl shard-1.jsonl shard-2.jsonl shard-3.jsonl >/dev/null
nstest merge -v shard-*.jsonl >merged.txt
nstest run -v --out whole "$@" >whole.txt

# "ok      suite / case" without what it took; the order is another one.
cases() {
	sed -n 's/^\(\(ok\|not ok\|error\|skip\|flaky\)  .* \/ .*\)/\1/p' "$1" | sed 's/  ([^)]*)$//' | sort
}
cases merged.txt >merged
cases whole.txt >whole-cases
diff merged whole-cases
[ "$(tail -n 1 merged.txt)" = "$(tail -n 1 whole.txt)" ]
for shard in 0 1 2 3; do
	grep -q '"result": ' "shard-$shard.jsonl" || { echo "failed: shard $shard ran nothing"; exit 1; }
done
tail -n 1 merged.txt
