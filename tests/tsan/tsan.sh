#!/bin/sh
# tsan.sh PTOC PROGRAM SCHEDULE...: the C of PROGRAM under each schedule has no data race that ThreadSanitizer sees. Only libomp tells
# the sanitizer (by archer) what its barriers order, so that is the OpenMP here. 77: skipped.
set -eu
ptoc=$1 program=$2
shift 2
main_of=$(cd "$(dirname "$0")/../arm" && pwd)/main_of.awk
skip() { echo "skipped: $*"; exit 77; }
for clang in clang-19 clang clang-14 none; do
    command -v "$clang" >/dev/null || continue
    [ ! -e "$("$clang" -print-file-name=libclang_rt.tsan-x86_64.a)" ] || break
    [ ! -e "$("$clang" -print-resource-dir)/lib/linux/libclang_rt.tsan-x86_64.a" ] || break
done
[ "$clang" != none ] && command -v "$clang" >/dev/null || skip "no clang"
archer=$(ls /usr/lib/llvm-*/lib/libarcher.so 2>/dev/null | tail -1)
[ -n "$archer" ] || skip "no libarcher (libomp-19-dev)"
lib=$(dirname "$archer")
dir=$(mktemp -d "$PWD/tsanXXXXXX")
trap 'rm -r "$dir"' EXIT
cd "$dir"
export OMP_TOOL_LIBRARIES="$archer" TSAN_OPTIONS="ignore_noninstrumented_modules=1 exitcode=66" OMP_NUM_THREADS=4
build() { "$clang" -std=c11 -w -g -O1 -ffp-contract=off -fopenmp -fsanitize=thread -I. "$@" -L"$lib" -Wl,-rpath,"$lib" -lm -lpthread; }

# The tool itself: silent where a barrier orders, and not where nothing does.
for planted in 0 1; do
    cat >probe.c <<EOF
int main(void) {
    static volatile int shared;
    int own[64] = {0}, all = 0;
    #pragma omp parallel for schedule(static, 1) num_threads(4)
    for (int i = 0; i < 64; i++) { own[i] = i; if ($planted) shared = i; }
    for (int i = 0; i < 64; i++) all += own[i];
    return all + shared < 0;
}
EOF
    build probe.c -o probe 2>err || skip "no program with the sanitizer: $(head -1 err)"
    status=0
    ./probe >out 2>&1 || status=$?
    [ $((planted * 66)) = "$status" ] || skip "the sanitizer does not know what this OpenMP orders (status $status)"
done

for schedule; do
    "$ptoc" -w "$program" --schedule="$schedule" --emit=c=program.c --header=program.h
    awk -f "$main_of" program.h >main.c
    build main.c program.c -o program
    ./program >out 2>&1 || { echo "schedule $schedule"; head -60 out; exit 1; }
    if grep 'WARNING: ThreadSanitizer' out; then exit 1; fi
    [ "$schedule" != "$1" ] || cp out first
    diff first out || { echo "schedule $schedule: other results"; exit 1; }
done
cat first
grep -q ' 0 ' first || { echo "every workload refuses the data: nothing ran"; exit 1; }
