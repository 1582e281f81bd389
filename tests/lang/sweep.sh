#!/usr/bin/env bash
# sweep.sh PTOC [ELEMENT...]: every operation on every element type where it makes sense, on shapes with tails, on random ones and on
# extent 0, with ordinary and with special values: generated C gives the bits of the interpreter.
# Each element type is one program, compiled once for each compiler and level. Left alone, all cases of a type run at -O0 and a sample of
# them at one higher level of the other compiler; compilers, levels, ptoc's levels and the number of threads take turns over the types.
# PTOC_SWEEP   `full`, or a list like "gcc:0 clang:3:2" (compiler, level, ptoc's level, which takes turns when it is left out): all cases
#              with each of them, with 1 and 2 threads where there is OpenMP; `full` is every compiler at every level; `llvm`: the engine
#              llvm in place of compilers
# PTOC_SWEEP_SEED   a number; another one gives other random shapes and places of values (default 1)
set -euo pipefail
ptoc=$(realpath "$1")
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
all=(bool i8 i16 i32 i64 u8 u16 u32 u64 f16 bf16 f32 f64 f8e4m3 f8e5m2)
[ $# -gt 0 ] || set -- "${all[@]}"

is_float() { case $1 in f16 | bf16 | f32 | f64 | f8*) true ;; *) false ;; esac }
is_int() { case $1 in i* | u*) true ;; *) false ;; esac }
declare -A bits=([bool]=1 [i8]=8 [i16]=16 [i32]=32 [i64]=64 [u8]=8 [u16]=16 [u32]=32 [u64]=64 [f16]=16 [bf16]=16 [f32]=32 [f64]=64
    [f8e4m3]=8 [f8e5m2]=8)

# ---- programs ---------------------------------------------------------------------------------------------------------
number=0 stride=1 phase=0 seed=${PTOC_SWEEP_SEED:-1}
# case_of OUT-ELEMENT OUT-EXTENTS EXPRESSION [STATEMENTS]: a kernel with x, y of [M, N], z of [N, M], c (bool) of [M, N], v of [N] and
# i (positions) of [N], a workload that calls it, and five examples. Of every `stride` cases one is written.
case_of() {
    local b m n
    number=$((number + 1))
    [ $(((number + phase) % stride)) -eq 0 ] || return 0
    printf 'kernel k%d(x: in %s[M, N], y: in %s[M, N], z: in %s[N, M], c: in bool[M, N], v: in %s[N], i: in i32[N], r: out %s[%s])\n{\n    %stl.store(r, %s);\n}\n' \
        $number "$E" "$E" "$E" "$E" "$1" "$2" "${4:-}" "$3"
    printf 'workload w%d(X: in %s[B, M, N], Y: in %s[B, M, N], Z: in %s[B, N, M], C: in bool[B, M, N], V: in %s[N], I: in i32[N], R: out %s[B, %s])\n' \
        $number "$E" "$E" "$E" "$E" "$1" "$2"
    printf '{\n    parallel b in B {\n        k%d(x = X[b, :, :], y = Y[b, :, :], z = Z[b, :, :], c = C[b, :, :], v = V, i = I, r = R[b, :, :]);\n    }\n}\n' $number
    printf 'example tails%d for w%d { B = 3; M = 5; N = 37; X = %s; Y = %s; Z = %s; C = integers(0, 2, seed = 3); V = %s; I = integers(-2, 40, seed = 4); }\n' \
        $number $number "$ordinary" "$ordinary2" "$ordinary2" "$ordinary2"
    printf 'example one%d for w%d { B = 1; M = 1; N = 17; X = %s; Y = %s; Z = %s; C = ones; V = %s; I = iota; }\n' \
        $number $number "$ordinary" "$ordinary2" "$ordinary2" "$ordinary2"
    RANDOM=$((seed * 1009 + number))
    b=$((1 + RANDOM % 4)) m=$((1 + RANDOM % 12)) n=$((6 + RANDOM % 70))
    printf 'example random%d for w%d { B = %d; M = %d; N = %d; X = %s; Y = %s; Z = %s; C = integers(0, 2, seed = 6); V = %s; I = integers(-2, %d, seed = 7); }\n' \
        $number $number $b $m $n "$ordinary2" "$ordinary" "$ordinary2" "$ordinary" $((n + 3))
    printf 'example special%d for w%d { B = 1; M = 2; N = 8; X = %s; Y = %s; Z = %s; C = integers(0, 2, seed = 5); V = %s; I = [0, 0, 3, -1, 8, 7, 1, 3]; }\n' \
        $number $number "$special" "$special2" "$special" "$special_row"
    printf 'example empty%d for w%d { B = 2; M = 3; N = 0; X = zeros; Y = zeros; Z = zeros; C = zeros; V = zeros; I = zeros; }\n\n' $number $number
}
data() { # data ELEMENT: the values of its examples
    local half
    case $1 in
    bool) ordinary="integers(0, 2, seed = 1)" ordinary2="integers(0, 2, seed = 2)" half="false, true, true, false, true, false, false, true" ;;
    u*) ordinary="integers(0, 250, seed = 1)" ordinary2="integers(0, 12, seed = 2)" half="0, 1, 2, 255, 254, 128, 127, 3" ;;
    i8) ordinary="integers(-128, 128, seed = 1)" ordinary2="integers(-9, 10, seed = 2)" half="0, 1, -1, -128, 127, 2, -2, 64" ;;
    i*) ordinary="integers(-20000, 20000, seed = 1)" ordinary2="integers(-9, 10, seed = 2)" half="0, 1, -1, -32768, 32767, 2, -2, 255" ;;
    f8*) ordinary="normal(seed = 1)" ordinary2="uniform(-4.0, 4.0, seed = 2)" half="0.0, -0.0, 1.0, -1.5, nan, 448.0, 0.015625, 2.0" ;;
    *) ordinary="normal(seed = 1)" ordinary2="uniform(-4.0, 4.0, seed = 2)" half="0.0, -0.0, nan, inf, -inf, 1.0, -1.5, 60000.0" ;;
    esac
    special="[$half, $half]" special_row="[$half]"
    special2="[$(sed -E 's/^([^,]*), (.*)$/\2, \1/' <<<"$half"), $(sed -E 's/^([^,]*), ([^,]*), ([^,]*), (.*)$/\4, \3, \2, \1/' <<<"$half")]"
}
elementwise() {
    local op
    for op in eq ne; do case_of bool "M, N" "tl.$op(x, y)"; done
    for op in eq ne; do case_of "$E" "M, N" "tl.where(tl.$op(x, y), y, x)"; done
    case_of "$E" "M, N" "tl.where(c, x, y)"
    if [ "$E" != bool ]; then
        for op in lt le gt ge; do case_of bool "M, N" "tl.$op(x, y)"; done
        for op in add sub mul div rem maximum minimum; do case_of "$E" "M, N" "tl.$op(x, y)"; done
        for op in neg abs relu sign; do case_of "$E" "M, N" "tl.$op(x)"; done
        case_of "$E" "M, N" "tl.clamp(x, y, v)"
        case_of "$E" "M, N" "x * v - y"
        case_of "$E" "M, N" "tl.colmin(y) - (x + tl.rowmax(x))"
        case_of "$E" "M, N" "tl.where(x > tl.rowmean(y), x, 3 - y)"
    fi
    if is_float "$E"; then
        for op in exp exp2 log log2 log1p sqrt rsqrt recip sigmoid tanh silu gelu erf sin cos floor ceil round; do
            case_of "$E" "M, N" "tl.$op(x)"
        done
        case_of "$E" "M, N" "tl.pow(x, y)"
        case_of bool "M, N" "tl.isnan(x)"
    else
        for op in and or xor; do case_of "$E" "M, N" "tl.$op(x, y)"; done
        case_of "$E" "M, N" "tl.not(x)"
        if is_int "$E"; then
            for op in shl shr; do case_of "$E" "M, N" "tl.$op(x, y)"; done
        fi
    fi
}
reductions() {
    local op axis
    for op in sum max min mean prod; do
        case_of "$E" "M, 1" "tl.row$op(x)"
        case_of "$E" "1, N" "tl.col$op(x)"
    done
    case_of "$E" "M, 1" "tl.sum(tl.max(x, axis = 0) + x, axis = 1)"
    for op in argmax argmin; do
        case_of i32 "M, 1" "tl.row$op(x)"
        case_of i32 "1, N" "tl.col$op(x)"
    done
    for axis in 0 1; do
        case_of "$E" "M, N" "tl.cumsum(x, axis = $axis)"
        case_of "$E" "M, N" "tl.cummax(x, axis = $axis)"
    done
}
orders() {
    case_of "$E" "M, 5" "a" "let a, _ = tl.topk(x, 5); "
    case_of i32 "M, 5" "a" "let _, a = tl.topk(x, 5, largest = false); "
    case_of i32 "M, 5" "a" "let _, a = tl.topk(x, 5, sorted = false); "
    case_of i32 "M, 5" "a" "let _, a = tl.topk(x, 5, pad_to = 8); "
    case_of "$E" "M, N" "a" "let a, _ = tl.sort(x); "
    case_of i32 "M, N" "a" "let _, a = tl.sort(x, descending = true); "
    case_of i32 "M, N" "tl.argsort(x)"
    case_of i32 "M, 6" "n" "let a, p = tl.topk(x, 4); let b, q = tl.topk(y, 3); let m, n = tl.merge_topk(a, p, b, q, 6); "
    case_of "$E" "M, 6" "m" "let a, p = tl.topk(x, 4); let b, q = tl.topk(y, 3); let m, n = tl.merge_topk(a, p, b, q, 6); "
}
products() {
    local of=$1
    case_of "$of" "M, M" "tl.matmul(x, z)"
    case_of "$of" "M, M" "tl.matmul(x, y, trans_b = true)"
    case_of "$of" "N, N" "tl.matmul(x, y, trans_a = true)"
    case_of "$of" "N, N" "tl.matmul(x, z, trans_a = true, trans_b = true)"
    case_of "$of" "M, M" "tl.matmul(x, y, trans_b = true, acc = tl.full([M, M], 3, $of))"
    ! is_float "$E" || case_of "$E" "M, M" "tl.matmul(x, z, out = $E)"
}
shapes() {
    local one=1
    [ "$E" != bool ] || one=true
    case_of "$E" "N, M" "tl.trans(x)"
    case_of "$E" "N, M" "tl.reshape(x, [N, M])"
    case_of "$E" "M, N" "tl.broadcast(v, [M, N])"
    case_of "$E" "M, N" "tl.slice(tl.concat(x, y), 0 :+ M, N :+ N)"
    case_of "$E" "2 * M, N" "tl.concat(x, y, axis = 0)"
    case_of "$E" "M, N" "tl.full([M, N], $one, $E)"
    case_of "$E" "M, N" "tl.zeros([M, N], $E)"
    case_of i32 "M, N" "tl.row_index(x) * 100 + tl.col_index(x)"
    case_of bool "M, N" "tl.causal_mask(x, 2)"
    case_of "$E" "M, 6" "tl.load(x[:, 3 :+ 6], fill = $one)"
    case_of "$E" "M, N" "x" "tl.store(r, y); tl.store(r, x, mask = c); tl.store(r[0 : 1, :], y[0 : 1, :]); "
    case_of "$E" "M, N" "tl.gather(x, i, axis = 1, fill = $one)"
    case_of "$E" "N, M" "tl.gather(z, i)"
    case_of "$E" "M, N" "tl.gather(x, tl.col_index(x) * 2 - tl.row_index(x), axis = 1)"
    case_of "$E" "N, M" "z" "tl.store(r, z); tl.scatter(r, tl.where(i < N, i, -1), z); "
}
casts() {
    local to round
    for to in "${all[@]}"; do
        case_of "$to" "M, N" "tl.cast(x, $to)"
        case_of "$to" "M, N" "tl.cast(x, $to, sat = true)"
        [ "${bits[$to]}" -ne "${bits[$E]}" ] || [ "$E" = bool ] || case_of "$to" "M, N" "tl.bitcast(x, $to)"
    done
    for round in floor ceil trunc; do
        for to in i32 u8 f16 bf16 f8e4m3; do case_of "$to" "M, N" "tl.cast(x, $to, round = $round)"; done
    done
}
composites() {
    case_of "$E" "M, N" "tl.softmax(x)"
    case_of "$E" "M, N" "tl.rmsnorm(x, v, 1e-6)"
    case_of "$E" "M, N" "tl.layernorm(x, v, v, 1e-6)"
    case_of "$E" "M, 1" "tl.absmax_row(x)"
    case_of i8 "M, N" "tl.quant(x, i8, tl.full([M, 1], 0.5, $E))"
    case_of f32 "M, N" "tl.dequant(tl.quant(x, i8, tl.full([M, 1], 0.5, $E)), tl.full([M, 1], 0.5, f32))"
}
program() {
    E=$1 number=0
    data "$E"
    casts
    elementwise
    shapes
    [ "$E" != bool ] || return 0
    reductions
    orders
    case $E in
    f8* | f16 | bf16 | f32) products f32 ;;
    f64) products f64 ;;
    i8 | u8) products i32 ;;
    esac
    ! is_float "$E" || composites
}

# ---- running ------------------------------------------------------------------------------------------------------------
# compiler COMMAND LEVEL: ./cc for $CC: this level in place of ptoc's own, OpenMP where it links, and no source twice.
compiler() {
    local plain=""
    has_openmp "$1" || plain=yes
    cat >cc <<EOF
#!/usr/bin/env bash
set -euo pipefail
plain=$plain out= source= last=
for word; do
    [ "\$last" != -o ] || out=\$word
    case \$word in *.c) source=\$word ;; esac
    last=\$word
done
kept=$dir/$1.$2.\$(cksum <"\${source:-/dev/null}" | tr ' ' .)
if [ -n "\$source" ] && [ -f "\$kept" ]; then exec cp "\$kept" "\$out"; fi
words=("\${@/#-O3/-O$2}")
[ -z "\$plain" ] || words=("\${words[@]/#-fopenmp/-fno-openmp}")
$1 "\${words[@]}"
if [ -n "\$source" ]; then cp "\$out" "\$kept"; fi
EOF
    chmod +x cc
}
declare -A openmp=()
has_openmp() { # has_openmp COMMAND
    if [ -z "${openmp[$1]:-}" ]; then
        echo 'int main(void) { return 0; }' >openmp.c
        openmp[$1]=$("$1" -fopenmp openmp.c -o openmp.out 2>openmp.log && echo yes || echo no)
    fi
    [ "${openmp[$1]}" = yes ]
}
failures=0
run() { # run ELEMENT CC LEVEL PTOC_LEVEL THREADS
    local what="$1: $2 -O$3, ptoc -O$4, $5 threads, seed $seed" code
    if [ "$2" = llvm ]; then
        "$ptoc" test -w --engine=llvm --no-cache "-O$3" --threads="$5" "$1.pto" >log 2>&1 && code=0 || code=$?
    else
        compiler "$2" "$3"
        CC=$dir/cc "$ptoc" test -w --engine=c "-O$4" --threads="$5" "$1.pto" >log 2>&1 && code=0 || code=$?
    fi
    if [ "$code" -eq 0 ] && grep -Eq '^[1-9][0-9]* passed, 0 failed$' log; then
        echo "$what: $(tail -n 1 log)"
    else
        echo "$what: FAILED"
        grep -v '^ok' log | head -40
        failures=$((failures + 1))
    fi
}
write() { # write ELEMENT STRIDE: its program
    stride=$2 phase=$at
    program "$1" >"$1.pto"
}
compilers=()
for cc in gcc clang; do ! command -v "$cc" >/dev/null || compilers+=("$cc"); done
[ ${#compilers[@]} -gt 0 ] || { echo "no C compiler is here"; exit 1; }
position() { # position ELEMENT: sets `at` to its number in the list
    for at in "${!all[@]}"; do [ "${all[at]}" != "$1" ] || return 0; done
    echo "there is no element type $1"
    exit 1
}
everything() { # everything ELEMENT COMPILER:LEVEL...: the whole product
    local element=$1 pair cc level own
    shift
    write "$element" 1
    for pair; do
        IFS=: read -r cc level own <<<"$pair"
        own=${own:-$(((level + at) % 4))}
        run "$element" "$cc" "$level" "$own" 1
        [ "$cc" != llvm ] || continue
        ! has_openmp "$cc" || run "$element" "$cc" "$level" "$own" 2
    done
}
turns() { # turns ELEMENT: what every run of the tests does
    write "$1" 1
    run "$1" "${compilers[(at + 1) % ${#compilers[@]}]}" 0 $(((at + 2) % 4)) $((at / 2 % 2 + 1))
    write "$1" 16
    run "$1" "${compilers[at % ${#compilers[@]}]}" $((at % 3 + 1)) $(((at + 3) % 4)) 2
}
sample() { # sample ELEMENT: the engine llvm on all cases without optimisation, and on every fourth with it
    write "$1" 1
    run "$1" llvm 0 0 1
    write "$1" 4
    run "$1" llvm 2 2 2
}
pairs=()
case ${PTOC_SWEEP:-} in
llvm) ;;
full) for cc in "${compilers[@]}"; do for level in 0 1 2 3; do pairs+=("$cc:$level"); done; done ;;
*) read -ra pairs <<<"${PTOC_SWEEP:-}" ;;
esac
for element; do
    position "$element"
    if [ "${PTOC_SWEEP:-}" = llvm ]; then sample "$element"
    elif [ ${#pairs[@]} -gt 0 ]; then everything "$element" "${pairs[@]}"; else turns "$element"; fi
done
[ "$failures" -eq 0 ]
