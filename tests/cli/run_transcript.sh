#!/usr/bin/env bash
# run_transcript.sh [--update] PTOC DATA_DIR TRANSCRIPT
# A transcript is a session at the shell:
#   # a comment
#   $ a command, run in a scratch folder that holds copies of the files in data/
#   > a line of its here-document
#   | what it prints on standard output
#   ! what it prints on standard error
#   ? its exit code when that is not 0
# The commands are run again and the transcript they give must be the same. --update writes it in place of the old one.
set -euo pipefail
update=
if [ "$1" = --update ]; then
    update=1
    shift
fi
ptoc=$(realpath "$1") data=$(realpath "$2") transcript=$(realpath "$3")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/work" "$dir/bin"
cp -r "$data"/. "$dir/work"
ln -s "$ptoc" "$dir/bin/ptoc"
cd "$dir/work"
export PATH="$dir/bin:$PATH" TERM=dumb LC_ALL=C TMPDIR="$dir"
unset CC
export CXX=nonesuch # engines that need C++ are asked for by name
export XDG_CACHE_HOME="$dir/cache"
# So is LLVM, which not every build has.
case ${transcript##*/} in llvm*.t) ;; *) export PTOC_LLVM_MODULE= ;; esac

run() { # run COMMAND: its part of the transcript
    local code=0
    bash -c "$1" >"$dir/out" 2>"$dir/err" </dev/null || code=$?
    # A last line without its newline gets one here.
    sed -e '$a\' "$dir/out" | sed -e 's/^/| /; s/ $//'
    sed -e '$a\' "$dir/err" | sed -e 's/^/! /; s/ $//'
    [ "$code" -eq 0 ] || echo "? $code"
}

command=
flush() {
    [ -z "$command" ] || run "$command"
    command=
}
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    '$ '*)
        flush
        echo "$line"
        command=${line#\$ }
        ;;
    '> '* | '>')
        echo "$line"
        line=${line#>}
        command+=$'\n'${line# }
        ;;
    '#'* | '')
        flush
        echo "$line"
        ;;
    esac
done <"$transcript" >"$dir/new"
flush >>"$dir/new"

if cmp -s "$transcript" "$dir/new"; then
    exit 0
elif [ -n "$update" ]; then
    cp "$dir/new" "$transcript"
else
    diff -u --label expected --label found "$transcript" "$dir/new"
    exit 1
fi
