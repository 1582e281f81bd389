#!/usr/bin/env bash
# docs.sh [--update] PTOC SOURCE_DIR: the operation reference is what the table says, programs in the documentation compile, and links lead somewhere.
# --update writes the tables of docs/ anew.
set -euo pipefail
update=
if [ "$1" = --update ]; then
    update=1
    shift
fi
ptoc=$(realpath "$1")
cd "$2"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0
fail() {
    echo "$*"
    failures=$((failures + 1))
}

"$ptoc" --print=ops >"$dir/ops"
if [ -n "$update" ]; then
    { sed '/^| operation/,$d' docs/operations.md && cat "$dir/ops"; } >"$dir/operations.md"
    cp "$dir/operations.md" docs/operations.md
    "$ptoc" --help=markdown >docs/options.md
fi
sed -n '/^| operation/,$p' docs/operations.md | cmp -s - "$dir/ops" || fail "docs/operations.md: ptoc --print=ops says something else"
"$ptoc" --help=markdown | cmp -s - docs/options.md || fail "docs/options.md: ptoc --help=markdown says something else"

count=0
for page in README.md docs/*.md; do
    # Each block of a page goes to a file of its own.
    awk -v dir="$dir" -v page="$(basename "$page" .md)" '/^```pto$/ { n++; inside = 1; next } /^```/ { inside = 0 }
        inside { print > (dir "/" page n ".pto") }' "$page"
done
for program in "$dir"/*.pto; do
    count=$((count + 1))
    "$ptoc" test --engine=interp "$program" >"$dir/log" 2>&1 || { fail "$(basename "$program") does not pass"; cat "$dir/log"; }
done
[ "$count" -ge 2 ] || fail "only $count programs found in the documentation"

while read -r page; do
    while read -r link; do
        [ -e "$(dirname "$page")/$link" ] || fail "$page: there is no $link"
    done < <(grep -oE '\]\([^)# ]+[)#]' "$page" | sed 's/^](//; s/.$//' | grep -v -e '^https*:' -e '^[.]*$' || true)
done < <(git ls-files '*.md' 2>/dev/null || find . -name '*.md' -not -path './build/*')
[ "$failures" -eq 0 ]
