# ptoc run.

$ ptoc run scale.pto --engine=interp | sed 's/[0-9.]* ms/T ms/'
| Configuration:
|   Workload: scaled (scale.pto)
|   Example: tiny
|   Engine: interp
|   B: 2
|   M: 1
|   N: 3
|   X: [0, 1, 2, 3, 4, 5]
|   Total tasks: 2
|
| Tasks by kernel:
|   scale: 2 tasks (100.0%)
|
| Time: T ms
|
| Outputs:
|   Y i32[2, 1, 3]: 0 3 6 9 12 15
$ ptoc run scale.pto --engine=c --threads=2 --repeat=3 --compare=interp --report | sed 's/(cc)/(CC)/; s/[0-9.]* ms/T ms/; s/(median of 3, .*)/(median of 3)/'
| Configuration:
|   Workload: scaled (scale.pto)
|   Example: tiny
|   Engine: c (CC), 2 threads
|   B: 2
|   M: 1
|   N: 3
|   X: [0, 1, 2, 3, 4, 5]
|   Total tasks: 2
|
| Tasks by kernel:
|   scale: 2 tasks (100.0%)
|
| Time: T ms (median of 3)
|   run 1: T ms
|   run 2: T ms
|   run 3: T ms
|
| Outputs:
|   Y i32[2, 1, 3]: 0 3 6 9 12 15
|
| Compared with interp: every output has the same bits.
$ ptoc run tiers.pto --engine=interp | sed 's/[0-9.]* ms/T ms/'
| Configuration:
|   Workload: totals (tiers.pto)
|   Example: small
|   Engine: interp
|   B: 3
|   T: 8
|   len: [2, 4, 8]
|   s: 1
|   Total tasks: 3
|
| Tier distribution:
|   4: 2 tasks (66.7%)
|   1K: 1 task (33.3%)
|
| Tasks by kernel:
|   total: 3 tasks (100.0%)
|     4: 2 tasks (66.7%)
|     1K: 1 task (33.3%)
|
| Time: T ms
|
| Outputs:
|   Y f32[3, 1]: 2 4 8
$ ptoc run tiers.pto --engine=c --compare=interp --set s=0.5 --set len=8,0,3 | sed -n '/Tier dist/,/^$/p; /Outputs/,$p'
| Tier distribution:
|   4: 2 tasks (66.7%)
|   1K: 1 task (33.3%)
|
| Outputs:
|   Y f32[3, 1]: 4 0 1.5
|
| Compared with interp: every output has the same bits.
$ ptoc run scale.pto -D FACTOR=5 --example=wide | grep 'Y '
|   Y i32[1, 2, 40]: 100 375 320 220 210 150 245 325 ...
$ ptoc run - --engine=interp <scale.pto | head -2
| Configuration:
|   Workload: scaled (<stdin>)

# Without an example everything comes from the command line; shapes of files bind symbols.
$ ptoc run two.pto --workload=first --out Y=y.npy >/dev/null && od -An -tx2 -j128 y.npy
|  4000 4000
$ ptoc run two.pto --workload=second --example=none --in X=y.npy --in Y=y.npy --out Y=z.npy | grep 'Y f16'
|   Y f16[1, 2]: 4 4
$ ptoc run two.pto --workload=second --example=none --dim N=3 --set X=1,2,3 --set Y=0.5,0.5,0.5 | grep 'Y f16'
|   Y f16[1, 3]: 1.5 2.5 3.5

# What can be wrong with it.
$ ptoc run two.pto
! ptoc: error: [E0819] `two.pto` has 2 workloads: choose one by --workload or --example
? 2
$ ptoc run two.pto --workload=frist
! ptoc: error: [E0820] there is no workload `frist`
! hint: did you mean `first`?
? 2
$ ptoc run two.pto --example=on
! ptoc: error: [E0820] there is no example `on`
! hint: did you mean `one`?
? 2
$ ptoc run two.pto --workload=first --example=two
! ptoc: error: [E0821] example `two` is for workload `second`, not for `first`
? 2
$ ptoc run scale.pto --out Z=z.npy
! ptoc: error: [E0820] there is no tensor `Z`
! hint: there are `X`, `Y`
? 2
$ ptoc run scale.pto --dim B
! ptoc: error: [E0822] option `--dim`: expected NAME=N, found `B`
? 2
$ ptoc run scale.pto -D FACTOR
! ptoc: error: [E0822] option `-D`: expected NAME=VALUE, found `FACTOR`
? 2
$ ptoc run scale.pto -D FACTR=1
! ptoc: error: [E0208] -D FACTR: the program has no constant of this name
! hint: did you mean `FACTOR`?
? 2
$ ptoc run scale.pto --dim Q=1
! ptoc: error: [E0531] --dim Q: workload `scaled` has no symbol `Q`
! hint: it has B, M, N
? 2
$ ptoc run two.pto --workload=first --in X=y.npy --dim N=7
! ptoc: error: [E0533] symbol `N`: --dim N=7 says 7, --in X=y.npy says 2
? 2
$ ptoc run scale.pto --example=none --dim B=1 --dim M=1
! ptoc: error: [E0530] symbol `N` of workload `scaled` has no value: bind it in an example or by --dim N=VALUE
! ptoc: error: [E0530] tensor `X` of workload `scaled` has no value: bind it in an example or by --in X=FILE.npy
? 1
$ ptoc run scale.pto --in X=missing.npy
! ptoc: error: [E0535] tensor `X`: missing.npy: No such file or directory
? 3
$ ptoc run two.pto --workload=first --in X=y.npy --set Y=1
! ptoc: error: [E0532] --set Y: 1 values: expected 2
? 2
$ ptoc run scale.pto --schedule=fast
! ptoc: error: [E0505] --schedule=fast: the program has no schedule of this name
? 2
$ ptoc run empty.pto
! ptoc: error: [E0814] `empty.pto` has no kernel and no workload: there is nothing to compile
? 1
$ printf 'kernel k(y: out f32[1, 1]) { tl.store(y, tl.zeros([1, 1], f32)); }\n' >k.pto && ptoc run k.pto
! ptoc: error: [E0824] `k.pto` has no workload to run
? 1

# A run-time error: 6, and no output.
$ ptoc run tiers.pto --engine=interp --dim T=2000 --set len=2,4,2000 --out Y=no.npy; [ -e no.npy ] || echo no output
| no output
! tiers.pto:12:14: error: [E0830] workload `totals` returned PTOC_E_TIER: n = 2000 is above the last tier 1024 (b = 2)
!         tier n <= CAP in [4, 1K] {
!              ^
$ ptoc run tiers.pto --engine=c --dim T=2000 --set len=2,4,2000
! ptoc: error: [E0830] workload `totals` returned PTOC_E_TIER: n = 2000 is above the last tier 1024 (b = 2)
? 6

# An expectation that is not met.
$ sed 's/12, 15/12, 16/' scale.pto >off.pto && ptoc run off.pto --engine=interp
! off.pto:19:16: error: [E0829] example `tiny`: `Y`[1, 0, 2] is 15 with interp, expected 16
!     expect Y = [0, 3, 6, 9, 12, 16];
!                ^~~~~~~~~~~~~~~~~~~~
? 5
$ sed 's/12, 15\]/12, 16] within 0.5/' scale.pto >off.pto && ptoc run off.pto --engine=c
! off.pto:19:16: error: [E0829] example `tiny`: `Y`[1, 0, 2] is 15 with c, expected 16 within 0.5
!     expect Y = [0, 3, 6, 9, 12, 16] within 0.5;
!                ^~~~~~~~~~~~~~~~~~~~
? 5

# Every message on standard error, the trace and the times.
$ ptoc run scale.pto --trace=t.json >/dev/null && grep -c '"ph": "X"' t.json >/dev/null && head -1 t.json
| {"displayTimeUnit": "ns", "traceEvents": [
$ ptoc run scale.pto --engine=interp --time-report 2>&1 >/dev/null | sed 's/^ *[0-9.]* ms *[0-9.]*%/T/'
| Time:
| T  read and check
| T  make the data
| T  interpret
| T  total
