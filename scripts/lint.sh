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
run_tidy() {
    printf '%s\0' "${units[@]}" | xargs -0 -n 4 -P "${JOBS:-2}" clang-tidy -p "$build" --quiet 2>/dev/null
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
