#!/usr/bin/env bash
# equal.sh PTOC PROGRAM [WORKLOAD AXIS]
# Every example of the program gives on 1, 2 and 4 ranks the bits of the interpreter, over shared memory and over loopback TCP. With an axis, the program
# is a sample without a schedule for ranks, and gets one.
set -euo pipefail
. "$(dirname "$0")/common.sh"
ptoc=$(realpath "$1") program=$(realpath "$2")
cp -r "$(dirname "$program")/." "$dir/src"
cd "$dir/src"
program=$(basename "$program")
passed() { grep -Eq '^[1-9][0-9]* passed, 0 failed$' "$dir/log" || { echo "nothing was tested"; exit 1; }; }
if [ $# -gt 2 ]; then
    echo "schedule ranks_of_a_test for $3 { distribute($4); }" >>"$program"
    step shared_memory "$ptoc" test -w --dist=mpi --ranks=3 --schedule=ranks_of_a_test "$program"
    passed
    exit 0
fi
for ranks in 1 2 4; do
    step shared_memory "$ptoc" test -w --dist=mpi --ranks=$ranks "$program"
    passed
done
step loopback "$ptoc" test -w --dist=mpi --ranks=4 "$program"
passed
