#!/bin/sh
# The module of LLVM from outside: the kinds of output by their first bytes, an object for another machine, and the whole text of the
# errors of a program without the module and of code for another machine.
# llvm_module.sh PTOC PROGRAM WORKLOAD-EXAMPLE
set -u
ptoc=$1 program=$2 example=$3
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
bad=0

fail() {
    echo "llvm_module: $*" >&2
    bad=1
}

# starts KIND HEX [OPTION...]: the output begins with these bytes.
starts() {
    kind=$1 bytes=$2
    shift 2
    "$ptoc" "$program" --target=llvm --emit="$kind" "$@" -o "$dir/out" || fail "--emit=$kind $* fails"
    found=$(od -An -v -tx1 -N "$((${#bytes} / 2))" "$dir/out" | tr -d ' \n')
    [ "$found" = "$bytes" ] || fail "--emit=$kind $*: starts with $found, not $bytes"
}

# machine HEX: the field e_machine of the object written last.
machine() {
    found=$(od -An -v -tx1 -j 18 -N 2 "$dir/out" | tr -d ' \n')
    [ "$found" = "$1" ] || fail "the object is for machine $found, not $1"
}

# refuses STATUS TEXT COMMAND...
refuses() {
    status=$1 text=$2
    shift 2
    said=$("$@" 2>&1 >/dev/null)
    rc=$?
    [ $rc -eq "$status" ] || fail "status $rc, not $status: $*"
    [ "$said" = "$text" ] || fail "said \"$said\", not \"$text\""
}

starts llvm-ir 3b204d6f64756c65 # ; Module
starts bc 4243c0de
starts asm 092e74657874 -march=x86-64 # .text
starts obj 7f454c460201 -march=x86-64
machine 3e00
starts obj 7f454c460201 -march=armv8-a
machine b700

cp "$ptoc" "$dir/ptoc"
refuses 3 "ptoc: error: [E0838] LLVM cannot be used: there is no ptoc-llvm.so beside this program or in its folder of libraries" \
    "$dir/ptoc" run "$program" --example="$example" --engine=llvm

# A module that is there and does not load: auto goes on and says so, an engine that was named does not.
echo "no library" >"$dir/bad.so"
refuses 3 "ptoc: error: [E0838] LLVM cannot be used: $dir/bad.so: file too short" \
    env PTOC_LLVM_MODULE="$dir/bad.so" "$ptoc" run "$program" --example="$example" --engine=llvm --no-cache
refuses 0 "ptoc: remark: [R0801] the engine llvm is left out: LLVM cannot be used: $dir/bad.so: file too short" \
    env PTOC_LLVM_MODULE="$dir/bad.so" "$ptoc" run "$program" --example="$example" --no-cache
refuses 0 "ptoc: remark: [R0801] the engine llvm is left out: LLVM cannot be used: $dir/bad.so: file too short" \
    env PTOC_LLVM_MODULE="$dir/bad.so" CC=nonesuch "$ptoc" run "$program" --example="$example" --no-cache --compare=interp
refuses 0 "ptoc: remark: [R0801] the engine llvm is left out: LLVM cannot be used: $dir/bad.so: file too short" \
    env PTOC_LLVM_MODULE="$dir/bad.so" "$ptoc" test "$program" --no-cache

case $(uname -m) in
x86_64)
    other=armv8-a
    host=$("$ptoc" run "$program" --example="$example" --engine=llvm -march=$other 2>&1 | sed -n 's/.*, but for \(x86-64[-v2-4]*\)$/\1/p')
    refuses 2 "ptoc: error: [E0840] this machine does not run code for -march=$other, but for ${host:-x86-64}" \
        "$ptoc" run "$program" --example="$example" --engine=llvm -march=$other
    ;;
esac
exit $bad
