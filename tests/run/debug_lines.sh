#!/usr/bin/env bash
# -g: a debugger stops an object of the target llvm at a line of the program and names it. Exit code 77: gdb is not here.
# debug_lines.sh PTOC
set -euo pipefail
ptoc=$(realpath "$1")
command -v gdb >/dev/null || { echo "skipped: no gdb"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >lines.pto <<'END'
kernel scale(x: in i32[M, N], y: out i32[M, N])
{
    tl.store(y, x * 3);
}

workload scaled(X: in i32[B, M, N], Y: out i32[B, M, N])
{
    parallel b in B {
        scale(X[b, :, :], Y[b, :, :]);
    }
}
END
cat >main.c <<'END'
#include "lines.h"
int main(void)
{
    int32_t x[6] = {0, 1, 2, 3, 4, 5}, y[6];
    scaled_args args = {.B = 2, .M = 1, .N = 3, .X = x, .Y = y};
    return scaled(&args, 0) || y[5] != 15;
}
END
for level in 0 2; do
    "$ptoc" lines.pto --target=llvm -march=x86-64 -O$level -g --emit=obj=lines.o --header=lines.h
    cc -g main.c lines.o -o main -lm -lpthread
    ./main
    gdb -nx -batch -ex 'set debuginfod enabled off' -ex 'set breakpoint pending off' -ex 'break lines.pto:3' -ex run -ex backtrace ./main \
        >log 2>&1 || { cat log; exit 1; }
    grep -Eq '^Breakpoint 1, .*lines\.pto:3$' log && grep -Eq '^#[0-9]+ .* main .*main\.c:6$' log &&
        grep -q '^3[[:space:]]*tl\.store(y, x \* 3);' log || { echo "-O$level:"; cat log; exit 1; }
done
