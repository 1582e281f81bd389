#!/usr/bin/env bash
# run-tests.sh BUILD_DIR: every test of a build, two at a time, and a closing summary.
set -euo pipefail
build=$1
# Both at full strength: a leak in the compiler and undefined arithmetic in generated code are errors.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
start=$(date +%s)
status=0
ctest --test-dir "$build" --output-on-failure --no-tests=error -j"${JOBS:-2}" || status=$?
seconds=$(($(date +%s) - start))
count=$(ctest --test-dir "$build" -N | sed -n 's/^Total Tests: //p')
echo
if [ "$status" -eq 0 ]; then
    echo "ptoc: all $count tests passed in ${seconds}s ($build)"
else
    echo "ptoc: some of $count tests FAILED, ${seconds}s ($build); the list is above"
fi
exit "$status"
