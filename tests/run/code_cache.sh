#!/usr/bin/env bash
# The cache of compiled code: hit, miss, damage, other options, size, folders that are not ours, processes at the same time.
# code_cache.sh PTOC PROGRAM EXAMPLE
set -euo pipefail
ptoc=$(realpath "$1") program=$(realpath "$2") example=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export XDG_CACHE_HOME="$dir/cache"
unset PTOC_CACHE_SIZE PTOC_LLVM_MODULE
cache=$XDG_CACHE_HOME/ptoc

run() { # run [OPTION...]: its report without times is that of the first run
    "$ptoc" run "$program" --example="$example" --engine=llvm --compare=interp --time-report "$@" >out 2>err ||
        { cat err; exit 1; }
    sed '/Time:/d' out >plain
    [ -e first ] || cp plain first
    diff first plain
}
expect() { # expect found|not|no: what the last run said of the cache
    case $1 in
    found) grep -q "found in the cache" err ;;
    not) grep -q "not in the cache" err && grep -q "store in the cache" err ;;
    no) if grep -q "the cache" err; then false; fi ;;
    esac || { echo "expected: $1"; cat err; exit 1; }
}
entries() { [ "$(find "$cache" -type f | wc -l)" -eq "$1" ] || { echo "not $1 entries:"; ls -l "$cache"; exit 1; }; }

run --no-cache
expect no
[ ! -e "$cache" ] || { echo "--no-cache makes a folder"; exit 1; }
run
expect not
entries 1
[ "$(stat -c %a "$cache")" = 700 ]
run
expect found
if grep -q "load LLVM" err; then echo "LLVM is loaded for code of the cache"; exit 1; fi
run -O1
expect not
entries 2

# Damage: any byte, and the end.
for file in "$cache"/*; do printf X | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") - 100)) conv=notrunc status=none; done
run
expect not
run
expect found
for file in "$cache"/*; do truncate -s -1 "$file"; done
run
expect not
run
expect found
for file in "$cache"/*; do : >"$file"; done
run
expect not

# The size: room for two entries, and the one whose last use is longest ago goes.
rm -r "$cache"
run -O0
touch -d '2 hours ago' "$cache"/*
run -O1
touch -d '1 hour ago' "$(ls -t "$cache"/* | head -1)"
size=$(du -cb "$cache"/* | tail -1 | cut -f1)
run -O0
expect found
PTOC_CACHE_SIZE=$((size + 100)) run -O2
run -O1
expect not
PTOC_CACHE_SIZE=1 run -O3
run -O3
expect not

# Folders that others may write to are no cache; neither is a relative path.
chmod 777 "$cache"
run
expect not
run
expect not
XDG_CACHE_HOME=relative HOME='' run
[ ! -e relative ]
chmod 700 "$cache"

# Many at once, and every one gets the results.
rm -r "$cache"
pids=
for i in 1 2 3 4; do
    "$ptoc" run "$program" --example="$example" --engine=llvm --compare=interp >"many$i" 2>&1 &
    pids="$pids $!"
done
for pid in $pids; do wait "$pid"; done
entries 1
run
expect found
