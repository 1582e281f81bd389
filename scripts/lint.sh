#!/usr/bin/env bash
# lint.sh BUILD_DIR: clang-format, clang-tidy and cppcheck over the project's own C files. All three always run.
set -uo pipefail
cd "$(dirname "$0")/.."
build=$1
failures=0

mapfile -t all < <(find ir frontend passes backends runtime tests samples \( -name '*.c' -o -name '*.h' \) -type f -not -path '*/golden/*' | sort)
mapfile -t units < <(printf '%s\n' "${all[@]}" | grep -E '^(ir|frontend|passes|backends|runtime)/.*\.c$')
[ "${#units[@]}" -gt 0 ] || { echo "lint: no C files found" >&2; exit 1; }

step() { # step NAME COMMAND...
    local name=$1
    shift
    echo "== $name"
    if ! "$@"; then
        echo "== $name: FAILED"
        failures=$((failures + 1))
    fi
}
# Files that the build does not compile by themselves, each with why.
apart=(
    runtime/mpi/ranks.c # part of the program that `ptoc run` compiles for a rank: it needs MPI and the generated text
    backends/llvm/rt/runtime.c
) # the last: the runtime's headers as bitcode, by another compiler; they are seen through runtime/

run_tidy() {
    local unit checked=()
    for unit in "${units[@]}"; do
        [[ " ${apart[*]} " == *" $unit "* ]] || checked+=("$unit")
    done
    printf '%s\0' "${checked[@]}" | xargs -0 -n 8 -P "${JOBS:-2}" scripts/tidy.sh "$build"
}
run_cppcheck() {
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        --suppress=missingInclude --suppress=missingIncludeSystem --suppress=unusedFunction \
        --suppress=arrayIndexThenCheck --suppressions-list=.cppcheck-suppressions \
        -j "${JOBS:-2}" -I . -I runtime/include -D_GNU_SOURCE --library=posix "${units[@]}"
}
step clang-format clang-format --dry-run --Werror "${all[@]}"
step clang-tidy run_tidy
step cppcheck run_cppcheck
if [ "$failures" -eq 0 ]; then
    echo "ptoc: lint passed (${#all[@]} files)"
else
    echo "ptoc: lint FAILED ($failures of 3 tools)"
fi
exit "$((failures > 0))"
