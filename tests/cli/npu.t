# Kernels for NPUs: what is written, and what is refused.

$ ptoc scale.pto --target=npu-a2a3 -o - | grep -c '^AICORE void .*_v0('
| 1
$ ptoc scale.pto --target=npu-a2a3 && ls scale.cpp && ptoc scale.pto --target=npu-a2a3 -o again.cpp && cmp scale.cpp again.cpp
| scale.cpp
$ ptoc scale.pto --target=npu-a5 --emit=npu=five.cpp && head -1 five.cpp
| // scale.pto for npu-a5, written by ptoc 0.1.0.
$ ptoc scale.pto --target=npu-a5 --emit=c
! ptoc: error: [E0835] --emit=c is not made for the target `npu-a5`
? 2
$ ptoc scale.pto --emit=npu
! ptoc: error: [E0835] --emit=npu is not made for the target `c`
? 2
$ ptoc scale.pto --target=npu-a5 --passes=tier,stream
! ptoc: error: [E0834] NPU kernels are made of IR at stage `tile`, but the passes end at stage `block`
? 2

# Operations and types that there is no instruction for.
$ printf 'kernel k(x: in f64[M, N], y: out f64[M, N]) { tl.store(y, x + x); }\nworkload w(X: in f64[M, N], Y: out f64[M, N]) { k(x = X, y = Y); }\n' >wide.pto
$ ptoc wide.pto --target=npu-a2a3 -o wide.cpp
! wide.pto:1:59: error: [E0601] `load` of f64 (instruction tload) is not supported yet by target `npu-a2a3`
! kernel k(x: in f64[M, N], y: out f64[M, N]) { tl.store(y, x + x); }
!                                                           ^
? 1
$ ls wide.cpp
! ls: cannot access 'wide.cpp': No such file or directory
? 2

# Nothing is made smaller than a block.
$ { printf 'kernel k(x: in f32[128, M, N], y: out f32[M, N]) { tl.store(y, x[0, :, :]'; seq -f ' * x[%g, :, :]' 1 127 | tr -d '\n'; printf '); }\n'; } >big.pto
$ printf 'workload w(X: in f32[128, M, N], Y: out f32[M, N]) { k(x = X, y = Y); }\n' >>big.pto
$ ptoc big.pto --target=npu-a2a3 2>&1 | head -1 | cut -c14-
| error: [E0603] kernel `k`: the vector program does not fit the unified buffer of a vector core of `npu-a2a3` (256.0 KiB of 184.0 KiB)

# How long kernels run by the cost table, as text and as pictures.
$ printf 'kernel k(x: in f32[64, 64], y: out f32[64, 64]) { tl.store(y, x * 2.0); }\nworkload w(X: in f32[64, 64], Y: out f32[64, 64]) { k(x = X, y = Y); }\n' >double.pto
$ ptoc double.pto --target=npu-a2a3 --estimate | sed 's/[0-9]* cycles.*/N cycles/; s/busy.*/busy/'
| kernel k on npu-a2a3: one task
|   k_v0, vector: N cycles
|     MTE2  busy
|     V     busy
|     MTE3  busy
$ ptoc double.pto --target=npu-a2a3 --emit=html && grep -c '<svg' double.html && grep -c '</svg>' double.html
| 2
| 2
$ ptoc double.pto --estimate
! ptoc: error: [E0835] --emit=estimate is not made for the target `c`
? 2
