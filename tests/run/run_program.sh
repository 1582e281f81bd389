#!/usr/bin/env bash
# run_program.sh PTOC PROGRAM [EXTRA]
# Tests every example of a program on every engine at -O0 and -O2; interprets its smallest example after every pass; reads the IR of
# every stage back. EXTRA is more text for the program, such as a smaller example.
set -euo pipefail
ptoc=$(realpath "$1") program=$(realpath "$2") extra=${3:+$(realpath "$3")}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp -r "$(dirname "$program")/." "$dir/src"
cd "$dir/src"
program=$(basename "$program")

step() { # step COMMAND...: its output is shown when it fails
    "$@" >"$dir/log" 2>&1 || { echo "failed: $*"; cat "$dir/log"; exit 1; }
}
if [ -n "$extra" ]; then
    # The program's own examples are too large for this test: they are left out.
    sed '/^example/,/^}/d' "$program" >"$dir/src/with_extra.pto"
    cat "$extra" >>with_extra.pto
    program=with_extra.pto
fi
export CXX=nonesuch # tests/npu runs the kernels of NPUs
step "$ptoc" test "$program"
grep -Eq '^[1-9][0-9]* passed, 0 failed$' "$dir/log" || { echo "nothing was tested"; exit 1; }
step "$ptoc" test -O0 --engine=c "$program"
step "$ptoc" test -O3 --engine=c "$program"
if [ -e "$(dirname "$ptoc")/ptoc-llvm.so" ]; then
    step "$ptoc" test -O0 --engine=llvm "$program"
    step "$ptoc" test -O3 --engine=llvm "$program"
fi
step "$ptoc" "$program" --check-each --verify-each --dump-dir="$dir/dump" -o "$dir/out.c"
step "$ptoc" -O0 "$program" --check-each --verify-each --dump-dir="$dir/dump0" -o "$dir/out0.c"
count=0
for file in "$dir"/dump*/*.ptoir; do
    step "$ptoc" opt "$file" -o "$dir/again.ptoir"
    cmp "$file" "$dir/again.ptoir"
    count=$((count + 1))
done
[ "$count" -ge 5 ] || { echo "only $count dumps"; exit 1; }
