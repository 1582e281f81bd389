#!/usr/bin/env bash
# object_sample.sh PTOC PROGRAM
# The object of a program is made without a word, for machines with few and with many lanes, with all checks and without any, and takes the
# place of the C file: it has the same names for callers, and asks only for what compiled code may call.
set -euo pipefail
ptoc=$(realpath "$1") program=$(realpath "$2") backends=$(realpath "$(dirname "$0")/../../backends")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

silent() { # silent COMMAND...: it succeeds and prints nothing
    "$@" >log 2>&1 || { echo "failed: $*"; cat log; exit 1; }
    [ ! -s log ] || { echo "not silent: $*"; cat log; exit 1; }
}
silent "$ptoc" -w "$program" --target=llvm -o a.o
silent "$ptoc" -w "$program" --target=llvm -march=x86-64 -O0 --checks=full -o full.o
silent "$ptoc" -w "$program" --target=llvm -march=x86-64-v4 -O1 --checks=none -o wide.o
command -v nm >/dev/null || { echo "no nm: names are not compared"; exit 0; }
for object in a full wide; do
    nm -u $object.o | awk '{ print $NF }' | while read -r name; do
        grep -qrh "^CALLEE($name)" "$backends" --include=callee.def ||
            case $name in _GLOBAL_OFFSET_TABLE_ | stderr | GOMP_parallel | omp_get_max_threads) ;; *) echo "$object.o asks for $name"; exit 1 ;; esac
    done
    nm -g --defined-only $object.o | awk '{ print $NF }' | sort >$object.names
    cmp a.names $object.names
done
silent "$ptoc" -w "$program" --header=a.h -o a.c
for name in $(cat a.names); do grep -q "\b$name(" a.h || { echo "$name is not in the header"; exit 1; }; done
