#!/bin/sh
# island_test.sh EMIT_TOOL PROGRAM FUNCTION COMPILER...: in the machine code of an island every product stays in registers: no
# instruction between its first and last fused multiply-add touches the stack.
set -eu
tool=$1 program=$2 function=$3
shift 3
command -v objdump >/dev/null && command -v "$1" >/dev/null || exit 77
dir=$(mktemp -d "$PWD/islandXXXXXX")
trap 'rm -r "$dir"' EXIT
cd "$dir"
echo 'int main(void) { return 0; }' >t_island.c
"$@" -march=x86-64-v3 -c t_island.c -o t_island.o 2>/dev/null || exit 77
"$tool" print "$program" >t_island.c
"$@" -std=c11 -O3 -march=x86-64-v3 -ffp-contract=off -c t_island.c -o t_island.o
objdump -d --no-show-raw-insn t_island.o | awk -v name="<$function" '
    index($0, name) && /:$/ { inside = 1; next }
    inside && /^$/ { inside = 0 }
    !inside { next }
    /vfmadd/ { for (i = 0; i < n; i++) bad = bad held[i] "\n"; n = 0; products++; next }
    products && /\(%rsp|\(%rbp/ { held[n++] = $0 }
    END {
        if (products < 12) { print "only " products + 0 " products in " name; exit 1 }
        if (bad != "") { print "the stack is used between products:"; printf "%s", bad; exit 1 }
    }'
