#!/usr/bin/env bash
# golden.sh PTOC INPUT EXPECTED: runs the passes that the input's first line names and compares the IR, or the error if there is one.
# PTOC_ACCEPT=1 writes it.
set -euo pipefail
passes=$(sed -n '1s|^// passes: ||p' "$2")
[ -n "$passes" ] || { echo "$2: the first line names no passes"; exit 1; }
out=$(mktemp)
trap 'rm -f "$out" "$out.ir"' EXIT
if "$1" opt --verify-each --passes="$passes" "$2" -o "$out.ir" 2>"$out"; then
    cat "$out.ir" >>"$out"
fi
if [ -n "${PTOC_ACCEPT:-}" ]; then
    cp "$out" "$3"
fi
diff -u "$3" "$out"
