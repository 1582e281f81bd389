#!/usr/bin/env bash
# diag_coverage.sh SOURCE_DIR: every code of diag.def is reported somewhere in the compiler, and its whole message is
# compared by a test, in which the code then stands.
set -euo pipefail
cd "$1"
failures=0 count=0
tests=$(cat $(find tests samples -type f ! -name '*.sh'))
sources=$(cat $(find ir frontend passes backends -name '*.[chly]'))
while read -r name code; do
    count=$((count + 1))
    if ! grep -qF "$code" <<<"$tests"; then
        echo "$code ($name): no test names it"
        failures=$((failures + 1))
    fi
    if ! grep -qwF "DIAG_$name" <<<"$sources"; then
        echo "$code ($name): nothing reports it"
        failures=$((failures + 1))
    fi
done < <(sed -nE 's/^DIAG\(([A-Z0-9_]+), *"([EWR][0-9]{4})".*/\1 \2/p' ir/base/diag.def)
rows=$(grep -c '^DIAG(' ir/base/diag.def)
[ "$count" -eq "$rows" ] || { echo "only $count of $rows rows could be read"; failures=$((failures + 1)); }
echo "$count diagnostics, $failures wrong"
[ "$failures" -eq 0 ]
