#!/usr/bin/env bash
# run.sh PTOC WORK_DIR [bench_run options]: generates, compiles and times everything. Peers and compilers that are missing are left out.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
ptoc=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
shift 2
export OMP_WAIT_POLICY=passive KMP_BLOCKTIME=0 # two OpenMP runtimes share the process: neither may spin while the other works

clang=
for name in clang-19 clang; do
    if [ -z "$clang" ] && command -v "$name" >/dev/null; then clang=$name; fi
done

# ptoc writes for the machine that it is timed on, as -march=native tells the C compilers to. The probe does likewise.
march=$(gcc -march=native -dM -E -x c /dev/null |
    awk '/__AVX512F__/ {v = 4} /__AVX2__/ {if (v < 3) v = 3} END {if (v) print "-march=x86-64-v" v}')

generate() { # generate NAME FILE [ptoc options]
    local name=$1 file=$2
    shift 2
    "$ptoc" ${march:+"$march"} "$@" "$file" -o "$out/$name.c" -w
    gcc -std=c11 -O3 -march=native -fopenmp -ffp-contract=off -fPIC -shared "$out/$name.c" -o "$out/$name.ptoc-gcc.so" -lm
    if [ -n "$clang" ]; then
        "$clang" -std=c11 -O3 -march=native -fopenmp -ffp-contract=off -fPIC -shared "$out/$name.c" -o "$out/$name.ptoc-clang.so" -lm ||
            echo "bench: $clang cannot compile $name.c: left out" >&2
    fi
}
peer() { # peer NAME COMMAND...: a peer whose library is not installed is left out
    local name=$1
    shift
    if ! "$@" -o "$out/peer.$name.so" 2>"$out/$name.log"; then
        rm -f "$out/peer.$name.so"
        echo "bench: no $name here: left out (see $out/$name.log)" >&2
    fi
}
indexer=$root/samples/lightning_indexer/indexer.pto
# Without the sample's schedule, which pins each batch to one worker: the longest of four then decides, and not the kernel.
generate indexer_g8 "$indexer" -D G=8 --schedule=none
generate indexer_g64 "$indexer" -D G=64 --schedule=none
for program in "$here"/programs/*.pto; do
    generate "$(basename "$program" .pto)" "$program"
done
cxx=(g++ -std=c++17 -O3 -march=native -fopenmp -fPIC -shared -I "$root/runtime/include")
peer openblas "${cxx[@]}" "$here/peer_openblas.cpp" -lopenblas
peer onednn "${cxx[@]}" "$here/peer_onednn.cpp" -ldnnl
peer torch "${cxx[@]}" -O1 "$here/peer_torch.cpp" -ltorch_cpu -lc10
gcc -std=gnu11 -O3 -march=native -ffp-contract=fast -fopenmp -I "$root/runtime/include" -c "$here/probe.c" -o "$out/probe.o"
gcc -std=gnu11 -O2 -Wall -Wextra -I "$root/runtime/include" "$here/main.c" "$here/cases.c" "$here/chart.c" "$here/place.c" "$out/probe.o" -fopenmp \
    -ldl -lm -o "$out/bench_run"
"$out/bench_run" "$out" "$@"
