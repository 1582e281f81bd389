#!/usr/bin/env bash
# equal.sh PTOC HOW PROGRAM [WORKLOAD AXIS]
# Every example of the program gives on 1, 2 and 4 ranks the bits of the interpreter, over shared memory and over loopback TCP. With an axis, the program
# is a sample without a schedule for ranks, and gets one.
set -euo pipefail
. "$(dirname "$0")/common.sh"
ptoc=$(realpath "$1") how=$2 program=$(realpath "$3")
need "$how"
cp -r "$(dirname "$program")/." "$dir/src"
cd "$dir/src"
program=$(basename "$program")
passed() { grep -Eq '^[1-9][0-9]* passed, 0 failed$' "$dir/log" || { echo "nothing was tested"; exit 1; }; }
if [ $# -gt 3 ]; then
    echo "schedule ranks_of_a_test for $4 { distribute($5); }" >>"$program"
    step shared_memory "$ptoc" test -w "--dist=$how" --ranks=3 --schedule=ranks_of_a_test "$program"
    passed
    exit 0
fi
for ranks in 1 2 4; do
    step shared_memory "$ptoc" test -w "--dist=$how" --ranks=$ranks "$program"
    passed
done
step loopback "$ptoc" test -w "--dist=$how" --ranks=4 "$program"
passed
