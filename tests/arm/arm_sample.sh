#!/usr/bin/env bash
# A program as an object for aarch64: it is well formed, asks only for what it may call, and computes under qemu-user what an object of the
# same program for x86-64 computes here, bit for bit. Exit code 77: something that the test needs is not here.
# arm_sample.sh PTOC PROGRAM SOURCE_DIR
set -euo pipefail
ptoc=$(realpath "$1") program=$(realpath "$2") source=$(realpath "$3")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
skip() { echo "skipped: $*"; exit 77; }
readobj=$(command -v llvm-readobj-19 || command -v llvm-readobj) || skip "no llvm-readobj (llvm-19)"
nm=$(command -v llvm-nm-19 || command -v llvm-nm) || skip "no llvm-nm (llvm-19)"
qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64) || skip "no qemu-aarch64 (qemu-user)"
clang=$(command -v clang-19) || skip "no clang-19"
command -v ld.lld >/dev/null || skip "no ld.lld (lld)"
[ -e /usr/aarch64-linux-gnu/lib/crt1.o ] || skip "no C library for aarch64 (libc6-dev-arm64-cross)"
[ "$(uname -m)" = x86_64 ] || skip "this is no x86-64"

make_object() { # make_object MARCH OUT
    "$ptoc" -w "$program" --target=llvm -march="$1" --emit=obj="$2" 2>err || {
        # What the C backend cannot write for vectors of this width is no matter of this machine.
        ! grep -q 'E0601' err || skip "$(head -1 err)"
        cat err
        exit 1
    }
}
cd "$dir"
"$ptoc" -w "$program" --emit=c=program.c --header=program.h
awk -f "$source/tests/arm/main_of.awk" program.h >main.c
make_object armv8-a arm.o
make_object x86-64 x86.o

"$readobj" --file-headers --sections --relocs --symbols arm.o >readobj 2>&1 || { cat readobj; exit 1; }
grep -q 'Machine: EM_AARCH64' readobj
if grep -i 'warning\|error:' readobj; then exit 1; fi
for name in $("$nm" -u arm.o | awk '{ print $NF }'); do
    grep -q "^CALLEE($name)" "$source/backends/llvm/callee.def" ||
        case $name in stderr | GOMP_parallel | omp_get_max_threads) ;; *) echo "it asks for $name"; exit 1 ;; esac
done

flags="-std=c11 -w -O1 -ffp-contract=off -I."
"$clang" $flags main.c x86.o -o x86 -lm -lpthread
"$clang" --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include -fuse-ld=lld -static $flags main.c arm.o -o arm -lm -lpthread
export OMP_NUM_THREADS=2
./x86 >x86.out
"$qemu" ./arm >arm.out
diff x86.out arm.out
cat arm.out
grep -q ' 0 ' arm.out || skip "every workload refuses the data that is made up, or takes csr: no results were compared"
