#!/usr/bin/env bash
# inner.sh PTOC HOW PROGRAM: an inner axis of a nest, on 2 and 4 ranks; tasks are counted as on one rank; outputs may stay where they were computed.
set -euo pipefail
. "$(dirname "$0")/common.sh"
ptoc=$(realpath "$1") how=$2 program=$(realpath "$3")
need "$how"
for ranks in 2 4; do
    step shared_memory "$ptoc" run -w "--dist=$how" --ranks=$ranks --schedule=inner --example=five --compare=interp "$program"
    step loopback "$ptoc" run -w "--dist=$how" --ranks=$ranks --schedule=inner --example=five --compare=interp "$program"
    step shared_memory "$ptoc" run -w "--dist=$how" --ranks=$ranks --threads=2 --example=five --compare=interp "$program"
    grep -q 'every output has the same bits' "$dir/log"
done
"$ptoc" run -w --engine=interp --example=all "$program" | sed -n '/Total tasks/p; /Tasks by kernel/,/^$/p' >"$dir/one"
shared_memory "$ptoc" run -w "--dist=$how" --ranks=4 --example=all "$program" | sed -n '/Total tasks/p; /Tasks by kernel/,/^$/p' >"$dir/four"
cmp "$dir/one" "$dir/four"
