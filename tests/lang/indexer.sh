#!/usr/bin/env bash
# indexer.sh PTOC INDEXER.PTO: the flagship with G = 4 and D = 64 on both sides of every tier's limit, on empty and negative lengths, with
# ties, NaN, infinities and negative weights: generated C gives the bits of the interpreter.
set -euo pipefail
ptoc=$(realpath "$1") sample=$(realpath "$2")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
sed '/^example/,/^}/d' "$sample" >edges.pto
cat >>edges.pto <<'EOF'

example lengths for lightning_indexer { // S1 = 1: eff_seq is act_seq
    B = 8; S1 = 1; N2 = 1; T = 3000;
    act_seq = [0, 1, 3, 255, 256, 257, 2999, 3000];
    Q = normal(seed = 1); W = uniform(-1.0, 1.0, seed = 2); K = normal(seed = 3);
}
example borders for lightning_indexer { // the first tier ends at 2048
    B = 3; S1 = 1; N2 = 2; T = 3000;
    act_seq = [2047, 2048, 2049];
    Q = normal(seed = 4); W = normal(seed = 5); K = normal(seed = 6);
}
example ties for lightning_indexer { // few different scores, weights of both signs and zero
    B = 2; S1 = 3; N2 = 1; T = 1000;
    act_seq = [1000, 2]; // lengths 998 .. 1000 and 0 .. 2
    Q = integers(-1, 2, seed = 7); W = integers(-1, 2, seed = 8); K = integers(-1, 2, seed = 9);
}
example negative for lightning_indexer { // lengths below 0 are empty
    B = 1; S1 = 4; N2 = 1; T = 1000;
    act_seq = [1];
    Q = normal(seed = 10); W = normal(seed = 11); K = normal(seed = 12);
}
example specials for lightning_indexer { // scores that are NaN, inf, -inf and 0 times inf
    B = 2; S1 = 2; N2 = 1; T = 1000;
    act_seq = [1000, 300];
    W = [1.0, -1.0, nan, 0.5, inf, 0.0, 1.0, -0.0, -inf, 1.0, 2.0, -3.0, 1.0, 1.0, 1.0, 1.0];
    Q = normal(seed = 13); K = normal(seed = 14);
}
EOF
engines="c:-O0 c:-O2 c:-O3"
[ ! -e "$(dirname "$ptoc")/ptoc-llvm.so" ] || engines="$engines llvm:-O2"
for engine in $engines; do
    "$ptoc" test -w --engine="${engine%:*}" "${engine#*:}" -D G=4 -D D=64 edges.pto >log 2>&1 && grep -q '^10 passed, 0 failed$' log || { cat log; exit 1; }
done
# A length beyond the keys that are there is an error of the run that names the task.
code=0
"$ptoc" run -w -D G=4 -D D=64 edges.pto --example=borders --dim T=1000 --engine=c >log 2>&1 || code=$?
[ "$code" -eq 6 ] && grep -q 'in a dimension of 1000' log || { cat log; echo "exit code $code"; exit 1; }
