#!/bin/sh
# `-o DIR/`: every file compiles against the stand-ins, the orchestration runs and gives what it should, the manifest is JSON.
# usage: test.sh PTOC CXX SOURCE-DIR TARGET
set -eu
ptoc=$1 cxx=$2 root=$3 target=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$ptoc" --target="$target" "$root/tests/npu/folder/folder.pto" -o "$work/out/"
test ! -e "$work/out/folder.cpp"
# All kernels as one text, each in a namespace of its own.
{
    echo '#include <cmath>'
    echo '#include <cstdint>'
    echo '#include <pto/pto-inst.hpp>'
    echo '#include "tensor.h"'
    n=0
    for file in $(sed -n 's/^ *"file": "\(kernels[^"]*\)".*/\1/p' "$work/out/manifest.json"); do
        echo "#define kernel_entry kernel_entry_$n"
        echo "namespace kernel_$n {"
        echo "#include \"$work/out/$file\""
        echo "}"
        echo "#undef kernel_entry"
        n=$((n + 1))
    done
    echo 'void run_kernel(int func, bool cube, int64_t *args);'
    echo 'void run_kernel(int func, bool cube, int64_t *args) {'
    echo '    ptoc_stub::Launch unit(0, 1);'
    echo '    unit.core(cube ? ptoc_stub::AIC : ptoc_stub::AIV, 0, [&] {'
    echo '        switch (func) {'
    i=0
    while [ $i -lt $n ]; do
        echo "        case $i: kernel_$i::kernel_entry_$i(args); break;"
        i=$((i + 1))
    done
    echo '        }'
    echo '    });'
    echo '    unit.run();'
    echo '}'
} > "$work/all.cpp"
arch=
[ "$target" = npu-a5 ] && arch=-DPTO_NPU_ARCH_A5
"$cxx" -std=c++17 -O1 $arch -Wall -Wextra -Werror -I"$root/tests/npu_stub/include" -I"$root/tests/npu_stub/include/task_runtime" \
    "$work/all.cpp" "$work/out/orchestration/folder.cpp" "$root/tests/npu/folder/main.cpp" -o "$work/run"
"$work/run" "$work/out/manifest.json"
