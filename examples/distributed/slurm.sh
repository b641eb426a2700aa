#!/bin/bash
# One worker on each node: `sbatch examples/distributed/slurm.sh`, from the folder in which runs are kept, which all nodes see.
# TensorFlow's channel is neither encrypted nor authenticated: only where a firewall keeps others out of the nodes' network.
#SBATCH --job-name=understory
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --time=01:00:00
#SBATCH --requeue
set -eu

PORT=$((20000 + SLURM_JOB_ID % 10000))
WORKERS=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed "s/.*/\"&:$PORT\"/" | paste -sd,)
RESUME=$(test -e runs/distributed/checkpoints/last.safetensors && echo --resume || true)
export WORKERS RESUME

# --kill-on-bad-exit: where one worker ends, the others do; a job that is queued again goes on from the last checkpoint.
srun --kill-on-bad-exit=1 bash -ec '
  export TF_CONFIG="{\"cluster\":{\"worker\":[$WORKERS]},\"task\":{\"type\":\"worker\",\"index\":$SLURM_PROCID}}"
  exec npx understory train examples/distributed/config.yaml --trust-network $RESUME
'
