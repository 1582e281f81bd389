#!/usr/bin/env bash
# diag_coverage.sh SOURCE_DIR: every code of diag.def is reported somewhere in the compiler, and its whole message is
# compared by a test, in which the code then stands.
set -euo pipefail
cd "$1"
failures=0 count=0
tests=$(grep -rhoE '[EWR]0[0-9]{3}' tests samples --exclude='*.sh' | sort -u)
sources=$(cat $(find ir frontend passes backends -name '*.[chly]'))
# DIAG_NAME, or the front end's short form ELAB_ERROR(elab, NAME, ...).
reported=$(grep -ohE 'DIAG_[A-Z0-9_]+|\b[A-Z]+_(ERROR|WARNING|REMARK)\([a-z_>-]+(, *[A-Z0-9_]+){1,2}' <<<"$sources" | tr ',' '\n' | sed -E 's/^DIAG_//; s/^ *//' | sort -u)
while read -r name code; do
    count=$((count + 1))
    if ! grep -qF "$code" <<<"$tests"; then
        echo "$code ($name): no test names it"
        failures=$((failures + 1))
    fi
    if ! grep -qxF "$name" <<<"$reported"; then
        echo "$code ($name): nothing reports it"
        failures=$((failures + 1))
    fi
done < <(sed -nE 's/^DIAG\(([A-Z0-9_]+), *"([EWR][0-9]{4})".*/\1 \2/p' ir/base/diag.def)
rows=$(grep -c '^DIAG(' ir/base/diag.def)
[ "$count" -eq "$rows" ] || { echo "only $count of $rows rows could be read"; failures=$((failures + 1)); }
echo "$count diagnostics, $failures wrong"
[ "$failures" -eq 0 ]
