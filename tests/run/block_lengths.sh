#!/usr/bin/env bash
# block_lengths.sh PTOC PROGRAM: the results are the same bits for every block length, and every length acts.
set -euo pipefail
ptoc=$(realpath "$1") program=$(realpath "$2")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
for sizes in "1 1 1" "3 5 7" "16 6 16" "49 48 65" "500 500 500"; do
    read -r n m k <<<"$sizes"
    "$ptoc" test --engine=c "$program" -DBN="$n" -DBM="$m" -DBK="$k" >log 2>&1 || { echo "$sizes"; cat log; exit 1; }
    "$ptoc" "$program" -DBN="$n" -DBM="$m" -DBK="$k" --explain-schedule -o "$n.c" >log 2>&1
    for dim in N M K S D; do
        grep -q "blocks of [0-9]* along $dim, as the schedule asks" log || { echo "$sizes: $dim"; cat log; exit 1; }
    done
done
! cmp -s 1.c 16.c
! cmp -s 3.c 49.c
