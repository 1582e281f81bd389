#!/usr/bin/env bash
# killed.sh PTOC HOW PROGRAM: a rank that is killed ends the job within 5 s, with a code other than 0 and no output file.
set -euo pipefail
. "$(dirname "$0")/common.sh"
ptoc=$(realpath "$1") how=$2 program=$(realpath "$3")
need "$how"
export OMPI_MCA_btl=self,vader
fail() {
    echo "$*"
    cat "$dir/log"
    exit 1
}
kill_one() { # sets `took`, in ms
    "$ptoc" run -w "--dist=$how" --ranks=4 --example=turning --repeat=1000000 --set rounds=100000 "$program" --out Y="$dir/y.npy" \
        >"$dir/log" 2>&1 &
    local job=$! mpirun victim='' begin code=0
    while kill -0 "$job" 2>/dev/null; do
        mpirun=$(pgrep -x -P "$job" mpirun || true)
        [ -z "$mpirun" ] || victim=$(pgrep -P "$mpirun" -f program.so | tail -n 1 || true)
        [ -z "$victim" ] || [ "$(pgrep -P "$mpirun" -f -c program.so)" -lt 4 ] || break
        sleep 0.1
    done
    [ -n "$victim" ] || fail "no rank was started"
    sleep 1 # into the run
    begin=$(date +%s%N)
    kill -KILL "$victim"
    wait "$job" || code=$?
    took=$((($(date +%s%N) - begin) / 1000000))
    echo "returned $code after $took ms"
    [ "$code" -ne 0 ] || fail "success"
    [ ! -e "$dir/y.npy" ] || fail "an output of a job that did not end"
    grep -q 'E0843' "$dir/log" || fail "no message"
}
# A machine that is busy with other things may need more than one try.
for try in 1 2 3; do
    kill_one
    [ "$took" -gt 5000 ] || exit 0
done
fail "never within 5 s ($try tries)"
