#!/usr/bin/env bash
# diag_coverage.sh SOURCE_DIR: every code of diag.def is reported somewhere in the compiler, and a test names it and
# holds its whole message.
set -euo pipefail
cd "$1"
failures=0 count=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tests=$(grep -rhoE '[EWR]0[0-9]{3}' tests samples --exclude='*.sh' | sort -u)
sources=$(cat $(find ir frontend passes backends -name '*.[chly]'))
# DIAG_NAME, or the front end's short form ELAB_ERROR(elab, NAME, ...).
reported=$(grep -ohE 'DIAG_[A-Z0-9_]+|\b[A-Z]+_(ERROR|WARNING|REMARK)\([a-z_>-]+(, *[A-Z0-9_]+){1,2}' <<<"$sources" | tr ',' '\n' | sed -E 's/^DIAG_//; s/^ *//' | sort -u)
# Literals of C that stand side by side are one.
joined() { sed -zE 's/"[[:space:]]*\n[[:space:]]*"//g'; }
{
    find tests -name '*.[ch]' -exec cat {} + | joined | sed 's/\\"/"/g'
    find tests samples -type f ! -name '*.[ch]' ! -name '*.sh' -exec cat {} +
} >"$dir/tests.txt"
# The text of a message as a pattern: what printf fills in may be anything.
pattern() { # pattern TEXT
    sed -E 's/\\"/"/g; s/\\\\/\\/g; s/%[-0-9.]*(ll|z|l)?[a-zA-Z]/\x01/g; s/%%/%/g; s/[][\\.*^$+?(){}|]/\\&/g; s/\x01/.*/g' <<<"$1"
}
wrong() { # wrong WHAT
    echo "$code ($name): $1"
    failures=$((failures + 1))
}
while IFS=$'\t' read -r name code text; do
    count=$((count + 1))
    grep -qF "$code" <<<"$tests" || wrong "no test names it"
    grep -qxF "$name" <<<"$reported" || wrong "nothing reports it"
    grep -aqE -- "$(pattern "$text")" "$dir/tests.txt" || wrong "no test has its message: $text"
done < <(joined <ir/base/diag.def | sed -zE 's/,[[:space:]]*\n[[:space:]]+"/, "/g' |
    sed -nE 's/^DIAG\(([A-Z0-9_]+), *"([EWR][0-9]{4})", *DIAG_[A-Z]+, *"(([^"\\]|\\.)*)".*/\1\t\2\t\3/p')
rows=$(grep -c '^DIAG(' ir/base/diag.def)
[ "$count" -eq "$rows" ] || { echo "only $count of $rows rows could be read"; failures=$((failures + 1)); }
echo "$count diagnostics, $failures wrong"
[ "$failures" -eq 0 ]
