#!/usr/bin/env bash
# tree_rules.sh SOURCE_DIR: rules of HACKING.md that a text search can hold, over C sources and headers of the project.
set -euo pipefail
cd "$1"
mapfile -t files < <(find ir frontend passes backends runtime tests samples -name '*.[chly]' 2>/dev/null | sort)
[ "${#files[@]}" -gt 0 ] || { echo "no files found"; exit 1; }
failures=0
refuse() { # refuse WHY PATTERN FILE...
    local why=$1 pattern=$2 hits
    shift 2
    [ $# -gt 0 ] || return 0
    hits=$(grep -nHE -- "$pattern" "$@" || true)
    if [ -n "$hits" ]; then
        printf '%s:\n%s\n' "$why" "$hits"
        failures=$((failures + 1))
    fi
}
pick() { printf '%s\n' "${files[@]}" | grep -E "$1" | grep -vE "${2:-^$}" || true; }

refuse 'includes are written from the root of the tree' '^[[:space:]]*#[[:space:]]*include[[:space:]]+"\.\.' "${files[@]}"
refuse 'leftover notes to oneself' "\\b(TO""DO|FIX""ME|HA""CK|XX""X)\\b" "${files[@]}"
refuse 'lines longer than 140 bytes' '^.{141,}$' "${files[@]}"
refuse 'space at the end of a line' '[[:space:]]+$' "${files[@]}"

mapfile -t compiler < <(pick '^(ir|frontend|passes|backends)/.*\.[chly]$' '^ir/base/(arena|buf)\.c$|^backends/llvm/rt/')
refuse 'malloc and free live in ir/base/arena.c and ir/base/buf.c' \
    '(^|[^_[:alnum:].>])(malloc|calloc|realloc|free)[[:space:]]*\(' "${compiler[@]}"
mapfile -t no_exit < <(pick '^(ir|frontend|passes|backends)/.*\.c$' '^ir/base/arena\.c$|/main\.c$')
refuse 'only main exits' '(^|[^_[:alnum:]])(exit|abort|_Exit)[[:space:]]*\(' "${no_exit[@]}"
mapfile -t below < <(pick '^(ir|passes|backends|frontend/[^/]*)\.[chly]$|^frontend/[^/]*\.[chly]$')
refuse 'only the driver sees the driver' '#[[:space:]]*include[[:space:]]+"frontend/driver/' "${below[@]}"

for file in "${files[@]}"; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 800 ]; then
        echo "$file: $lines lines; split a file before 800"
        failures=$((failures + 1))
    fi
    if [ "${file##*.}" = h ] && ! grep -qE '^#ifndef PTOC_' "$file"; then
        echo "$file: no include guard PTOC_..."
        failures=$((failures + 1))
    fi
done
echo "${#files[@]} files, $failures rules broken"
[ "$failures" -eq 0 ]
