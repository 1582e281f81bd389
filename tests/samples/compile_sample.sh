#!/usr/bin/env bash
# compile_sample.sh PTOC PROGRAM
# What is generated from a program compiles without a word: with every compiler that is here, for this machine with OpenMP, for a plain
# one without, with all checks and without any, against the runtime's headers, and the header as C++.
set -euo pipefail
ptoc=$(realpath "$1") program=$(realpath "$2")
runtime=$(realpath "$(dirname "$0")/../../runtime/include")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

silent() { # silent COMMAND...: it succeeds and prints nothing
    "$@" >log 2>&1 || { echo "failed: $*"; cat log; exit 1; }
    [ ! -s log ] || { echo "not silent: $*"; cat log; exit 1; }
}
silent "$ptoc" -w "$program" -o a.c --header=a.h
silent "$ptoc" -w "$program" -O0 --checks=full -o full.c
silent "$ptoc" -w "$program" --checks=none --runtime=external --symbol-prefix=p_ -o external.c
printf '#include "a.h"\n#include "a.h"\nint main() { return 0; }\n' >header.cc

plain=()
case $(uname -m) in x86_64 | amd64) plain=(-march=x86-64 -mno-avx) ;; esac
flags=(-std=c11 -Wall -Wextra -Werror -ffp-contract=off -c -o out.o)
count=0
for cc in gcc clang; do
    command -v "$cc" >/dev/null || continue
    silent "$cc" "${flags[@]}" -O3 -march=native -fopenmp a.c
    silent "$cc" "${flags[@]}" -O3 "${plain[@]}" -fno-openmp a.c
    silent "$cc" "${flags[@]}" -O1 -fopenmp full.c
    silent "$cc" "${flags[@]}" -O1 -I "$runtime" external.c
    count=$((count + 1))
done
for cxx in g++ clang++; do
    command -v "$cxx" >/dev/null || continue
    silent "$cxx" -std=c++11 -Wall -Wextra -Wpedantic -Werror -c -o out.o header.cc
done
[ "$count" -gt 0 ] || { echo "no C compiler was tried"; exit 1; }
