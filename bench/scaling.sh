#!/usr/bin/env bash
# scaling.sh PTOC [vader | tcp]...: measures what one rank costs and what two ranks say to each other, and prints the estimate of docs/distributed.md.
# scaling.sh PTOC starpu: the table there of --dist=starpu beside --dist=mpi.
set -euo pipefail
ptoc=$(realpath "$1")
shift
cd "$(dirname "$0")/programs"
seconds() { # seconds EXAMPLE RANKS BTL [HOW]: of one run, the shortest of 9, one thread a rank
    env OMPI_MCA_btl="self,$3" OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_pml=ob1 \
        "$ptoc" run -w ranks.pto --dist="${4:-mpi}" --ranks="$2" --threads=1 --repeat=9 --example="$1" |
        sed -n 's/^Time: .*, \([0-9.]*\) to .*/\1/p' | awk '{ print $1 / 1000 }'
}
if [ "${1:-}" = starpu ]; then
    for example in rows turns; do
        for ranks in 1 2; do
            echo "$example $ranks $(seconds $example $ranks vader mpi) $(seconds $example $ranks vader starpu)"
        done
    done | awk '{ printf "| %s | %d | %.1f | %.1f |\n", $1, $2, $3 * 1e3, $4 * 1e3 }'
    exit 0
fi
for btl in "${@:-vader}"; do
    one=$(seconds rows 1 $btl) none=$(seconds short 1 $btl) meets=$(seconds short 2 $btl)
    alone=$(seconds long 1 $btl) sent=$(seconds long 2 $btl)
    awk -v btl=$btl -v one="$one" -v none="$none" -v meets="$meets" -v alone="$alone" -v sent="$sent" 'BEGIN {
        n = 65536; bytes = n * 8 * 512 * 4; t = one / 512
        a = (meets - none) / 1000 / 2                    # a loop of `talk` meets once and collects once
        half = 2 * 1048576 * 4 / 2                       # each rank gets the half of the other
        b = 20 * half / (sent - alone / 2)
        printf "%s: t = %.3g us, a = %.3g us, b = %.3g GB/s\n", btl, t * 1e6, a * 1e6, b / 1e9
        printf "| ranks | compute, ms | meet and collect, ms | speed-up | parts kept: speed-up |\n"
        for (r = 1; r <= 1024; r *= 4) {
            steps = log(r) / log(2)
            compute = int((n + r - 1) / r) * t; talk = r > 1 ? 2 * steps * a : 0
            collect = r > 1 ? (r - 1) * a + bytes * (r - 1) / r / b : 0
            printf "| %d | %.3f | %.3f | %.1f | %.1f |\n", r, compute * 1e3, (talk + collect) * 1e3, n * t / (compute + talk + collect), n * t / (compute + talk)
        }
    }'
done
