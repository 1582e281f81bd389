#!/usr/bin/env bash
# Everything of the library test under valgrind: no memory that is read before it was written or after it was freed, and none lost.
# valgrind.sh LIBRARY_TEST
set -euo pipefail
command -v valgrind >/dev/null || { echo "skipped: no valgrind"; exit 77; }
ulimit -v 4000000 # KiB: a loop that keeps what it made does not fit
exec valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect,possible \
    --errors-for-leak-kinds=definite,indirect --num-callers=30 "$1" 2 1
