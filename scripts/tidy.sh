#!/usr/bin/env bash
# tidy.sh BUILD_DIR FILE...: clang-tidy over files that the build compiles. A file that passed is read again only when something that
# decides changed: its text, a header of the project that it includes, its command, the checks, or clang-tidy. BUILD_DIR/tidy remembers.
set -uo pipefail
build=$1
shift
list=$build/compile_commands.json
mkdir -p "$build/tidy"
[ -s "$list" ] || { echo "tidy: $list is missing; configure the build first" >&2; exit 1; }
rules=$(clang-tidy --version | cat - .clang-tidy | sha256sum)

command_of() { # command_of FILE: the line of the build's list, as the shell reads it
    awk -v file="/$1\"" '/"command":/ { command = $0 } /"file":/ && index($0, file) { print command; exit }' "$list" |
        sed -e 's/^ *"command": "//' -e 's/",$//' -e 's/\\\(["\\]\)/\1/g'
}
key_of() { # key_of FILE COMMAND
    local headers
    headers=$(cd "$build" && eval "${2/ -o * -c / } -MM" | tr -d '\\\n' | cut -d: -f2-) || return 1
    { echo "$rules $2"; cd "$build" && sha256sum $headers; } | sha256sum | cut -d' ' -f1
}
status=0
for file; do
    command=$(command_of "$file")
    # A file without a command would be read with another file's options, or not at all.
    [ -n "$command" ] || { echo "tidy: $file is not compiled by $build" >&2; status=1; continue; }
    stamp=$build/tidy/${file//\//+}
    key=$(key_of "$file" "$command") || { status=1; continue; }
    [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$key" ] || continue
    # What it says on stderr is kept but for the counts: a crash must show.
    if clang-tidy -p "$build" --quiet "$file" 2> >(grep -vE '^([0-9]+ warnings?( and [0-9]+ errors?)? generated|Suppressed [0-9]+)' >&2); then
        echo "$key" >"$stamp"
    else
        status=1
    fi
done
exit "$status"
