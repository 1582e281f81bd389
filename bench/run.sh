#!/usr/bin/env bash
# run.sh PTOC WORK_DIR [--gains] [bench_run options]: generates, compiles and times everything. Peers and compilers that are missing are
# left out. --gains times what ptoc writes with and without each pass instead, and prints a table of what each is worth.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
ptoc=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
shift 2
gains=
if [ "${1:-}" = --gains ]; then
    gains=1
    shift
fi
export OMP_WAIT_POLICY=passive KMP_BLOCKTIME=0 # two OpenMP runtimes share the process: neither may spin while the other works

clang=
for name in clang-19 clang; do
    if [ -z "$clang" ] && command -v "$name" >/dev/null; then clang=$name; fi
done

# ptoc writes for the machine that it is timed on, as -march=native tells the C compilers to. The probe does likewise.
march=$(gcc -march=native -dM -E -x c /dev/null |
    awk '/__AVX512F__/ {v = 4} /__AVX2__/ {if (v < 3) v = 3} END {if (v) print "-march=x86-64-v" v}')

compile() { # compile COMPILER NAME.c LIBRARY
    "$1" -std=c11 -O3 -march=native -fopenmp -ffp-contract=off -fPIC -shared "$2" -o "$3" -lm
}
# The passes that can be left out, and first "nothing": the same program once more, whose gain is the noise of the run.
passes=nothing
if [ -n "$gains" ]; then
    passes="$passes $("$ptoc" --print=passes | awk '/^[a-z]/ && !/mandatory/ {print $1}' | tr '\n' ' ')"
fi
generate_without() { # generate_without NAME FILE [ptoc options]: one library for each pass that changes something
    local name=$1 file=$2
    shift 2
    cp "$out/$name.ptoc-gcc.so" "$out/$name.without-nothing.so"
    for pass in ${passes#nothing}; do
        local lib=$out/$name.without-$pass
        rm -f "$lib.so"
        "$ptoc" ${march:+"$march"} "$@" -fno-"$pass" "$file" -o "$lib.c" -w
        cmp -s "$out/$name.c" "$lib.c" || compile gcc "$lib.c" "$lib.so"
    done
}
generate() { # generate NAME FILE [ptoc options]
    local name=$1 file=$2
    shift 2
    "$ptoc" ${march:+"$march"} "$@" "$file" -o "$out/$name.c" -w
    compile gcc "$out/$name.c" "$out/$name.ptoc-gcc.so"
    if [ -n "$gains" ]; then
        generate_without "$name" "$file" "$@"
    elif [ -n "$clang" ]; then
        compile "$clang" "$out/$name.c" "$out/$name.ptoc-clang.so" ||
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
plain=
for option in "$@"; do
    [ "$option" != --plain ] || plain=1
done
indexer=$root/samples/lightning_indexer/indexer.pto
# Without the sample's schedule, which pins each batch to one worker: the longest of four then decides, and not the kernel.
if [ -z "$plain" ]; then
    generate indexer_g8 "$indexer" -D G=8 --schedule=none
    generate indexer_g64 "$indexer" -D G=64 --schedule=none
fi
# The kernels against plain C are timed alone, and ranks.pto is for scaling.sh.
for name in $([ -n "$plain" ] && echo kernels || echo attention gemm rows topk); do
    generate "$name" "$here/programs/$name.pto"
done
cxx=(g++ -std=c++17 -O3 -march=native -fopenmp -fPIC -shared -I "$root/runtime/include")
if [ -n "$gains" ]; then
    set -- --gains="${passes// /,}" "$@"
else
    [ -n "$plain" ] || peer openblas "${cxx[@]}" "$here/peer_openblas.cpp" -lopenblas
    [ -n "$plain" ] || peer onednn "${cxx[@]}" "$here/peer_onednn.cpp" -ldnnl
    [ -z "$plain" ] || peer plain gcc -std=gnu11 -O3 -march=native -fopenmp-simd -fPIC -shared -I "$root/runtime/include" "$here/peer_plain.c" -lm
    # PyTorch brings threads of its own into the OpenMP that gcc's code uses: while it is in the process, that code's times jump.
    rm -f "$out/peer.torch.so"
    [ -z "${WITH_TORCH:-}" ] || peer torch "${cxx[@]}" -O1 "$here/peer_torch.cpp" -ltorch_cpu -lc10
fi
gcc -std=gnu11 -O3 -march=native -ffp-contract=fast -fopenmp -I "$root/runtime/include" -c "$here/probe.c" -o "$out/probe.o"
gcc -std=gnu11 -O2 -Wall -Wextra -I "$root/runtime/include" "$here"/{main,cases,cases_plain,chart,gains,place}.c "$out/probe.o" \
    -fopenmp -ldl -lm -o "$out/bench_run"
"$out/bench_run" "$out" "$@"
