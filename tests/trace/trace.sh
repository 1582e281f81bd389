#!/bin/sh
# trace.sh PTOC FILE.pto ENGINE RUN_OPTIONS... -- CHECK_OPTIONS... - runs the program with --trace and checks the file. 77: skipped.
set -eu
ptoc=$1 program=$2 engine=$3
here=$(dirname "$0")
shift 3
command -v python3 >/dev/null || { echo "skipped: python3 reads the trace, and is not here"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
run=
while [ "$1" != -- ]; do
    run="$run $1"
    shift
done
shift
# shellcheck disable=SC2086
"$ptoc" run "$program" --engine="$engine" --trace="$folder/trace.json" $run >"$folder/report" 2>"$folder/messages" || {
    cat "$folder/messages"
    exit 1
}
python3 "$here/check_trace.py" "$folder/trace.json" "$@"
