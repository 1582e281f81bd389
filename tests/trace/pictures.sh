#!/bin/sh
# pictures.sh PTOC FILE.pto TASKS EDGES - the graph as dot and as a page, which a browser shows whole. 77: skipped.
set -eu
ptoc=$1 program=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$ptoc" "$program" --emit=dot="$folder/x.dot",html="$folder/x.html" 2>"$folder/messages" || { cat "$folder/messages"; exit 1; }
# shellcheck disable=SC2016
for what in 'fillcolor="#:'"$3" '^    t0_[0-9]* -> t0_:'"$4"; do
    found=$(grep -c "${what%:*}" "$folder/x.dot")
    [ "$found" = "${what##*:}" ] || { echo "${what%:*}: $found in the dot file"; exit 1; }
done
if command -v dot >/dev/null; then
    dot -Tsvg "$folder/x.dot" -o "$folder/x.svg"
fi
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    echo "skipped: chromium shows the page, and is not here"
    exit 77
}
"$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$folder/profile" --dump-dom "file://$folder/x.html" \
    >"$folder/dom" 2>"$folder/log" || { cat "$folder/log"; exit 1; }
boxes=$(grep -o '<rect class="task"' "$folder/dom" | wc -l) edges=$(grep -o '<path class="edge"' "$folder/dom" | wc -l)
[ "$boxes" = "$3" ] && [ "$edges" = "$4" ] || { echo "$boxes boxes and $edges edges in the page"; exit 1; }
"$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$folder/profile" --screenshot="$folder/x.png" \
    --window-size=1200,1600 "file://$folder/x.html" >"$folder/log" 2>&1
[ "$(wc -c <"$folder/x.png")" -gt 20000 ] || { echo "the picture is empty"; exit 1; }
