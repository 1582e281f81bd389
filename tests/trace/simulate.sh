#!/bin/sh
# simulate.sh PTOC FILE.pto ENGINE THREADS PERCENT - the simulation of a run on as many cores as it had is as long as the run itself.
set -eu
line=$("$1" run "$2" --engine="$3" --threads="$4" --simulate=cores:"$4" 2>/dev/null | grep 'this run:')
echo "$line"
echo "$line" | sed 's/.*this run: \([0-9.]*\) ms.*cores: \([0-9.]*\) ms.*/\1 \2/' |
    awk -v percent="$5" '{ apart = 100 * ($1 - $2) / $1; if (apart < -1 || apart > percent) { print apart " percent apart"; exit 1 } }'
