#!/bin/sh
# Slurm: sbatch --wait --array=0-3 docs/ci/slurm.sh [PATH...], then nstest merge shard-*.jsonl.
# Each task finds its shard by SLURM_ARRAY_TASK_ID and what goes with it.
#SBATCH --job-name=network-tests
#SBATCH --output=shard-%a.log
exec nstest run --out "nstest-out/shard-$SLURM_ARRAY_TASK_ID" --history nstest-out/history.jsonl \
	-O "json=shard-$SLURM_ARRAY_TASK_ID.jsonl" "$@"
