#!/usr/bin/env bash
# failures.sh PTOC HOW PROGRAM: a failure on any rank is that of the job, with the message of one process; nothing is written.
set -euo pipefail
. "$(dirname "$0")/common.sh"
ptoc=$(realpath "$1") how=$2 program=$(realpath "$3")
need "$how"
for example in last some passed late; do
    for ranks in 1 4; do
        code=0
        shared_memory "$ptoc" run -w "--dist=$how" --ranks=$ranks --example=$example "$program" --out Y="$dir/y.npy" >"$dir/out" 2>"$dir/ranks" || code=$?
        [ "$code" -eq 6 ] || { echo "$example on $ranks: returned $code"; cat "$dir/ranks"; exit 1; }
        "$ptoc" run -w --engine=c --schedule=none --example=$example "$program" >"$dir/out" 2>"$dir/one" && exit 1
        cmp "$dir/one" "$dir/ranks"
        [ ! -e "$dir/y.npy" ] || { echo "an output of a failed run"; exit 1; }
    done
done
