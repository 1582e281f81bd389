#!/usr/bin/env bash
# reference.sh PTOC SAMPLE_DIR
# What the sample expects is what its reference computes, a program of its own that knows nothing of ptoc (Python 3; skipped without), and the report
# of every example names its tasks and its outputs.
set -euo pipefail
ptoc=$(realpath "$1") sample=$(realpath "$2")
command -v python3 >/dev/null || { echo "skipped: there is no python3"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
name=$(basename "$sample")
cp "$sample/../reference.py" "$dir"
mkdir "$dir/$name"
cp "$sample/reference.py" "$dir/$name"
(cd "$dir/$name" && PYTHONDONTWRITEBYTECODE=1 python3 reference.py)
count=0
for file in "$sample"/*.npy; do
    cmp "$file" "$dir/$name/$(basename "$file")"
    count=$((count + 1))
done
[ "$count" -eq "$(find "$dir/$name" -name '*.npy' | wc -l)" ] || { echo "the reference writes other files"; exit 1; }
program=$(echo "$sample"/*.pto)
grep -o 'expect [A-Z]* = npy("[a-z_]*.npy")' "$program" | sed 's/.*npy("//; s/")//' | sort -u >"$dir/expected"
(cd "$sample" && printf '%s\n' *.npy) | sort | cmp - "$dir/expected"
for example in $(sed -n 's/^example \([a-z_0-9]*\) for.*/\1/p' "$program"); do
    "$ptoc" run -w --engine=interp --report --example="$example" "$program" >"$dir/report"
    for part in '^  Example: '"$example" '^  Total tasks: [1-9]' '^Tasks by kernel:' '^Outputs:'; do
        grep -q "$part" "$dir/report" || { echo "$example: the report lacks $part"; cat "$dir/report"; exit 1; }
    done
done
