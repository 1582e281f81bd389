# csr matrices: generated, from lists and files, and checked at entry.

$ cat > csr.pto <<'END'
> // Adds the rows of X that each row of the matrix names; the weight of an entry is its position in the row.
> kernel add(w: f32, x: in f32[1, D], y: inout f32[1, D]) { tl.store(y, tl.load(y) + x * w); }
>
> workload spread(m: in csr[R, C], X: in f32[C, D], Y: inout f32[R, D]) {
>     parallel r in R {
>         for (p, c) in m[r] {
>             add(w = tl.cast(p + 1, f32), x = X[c :+ 1, :], y = Y[r :+ 1, :]);
>         }
>     }
> }
>
> // A workload that passes its matrix on.
> workload outer(m: in csr[R, C], X: in f32[C, D], Y: inout f32[R, D]) { spread(m, X, Y); }
>
> example generated for spread { R = 4; C = 5; D = 2; m = random_csr(per_row = 3, seed = 7); X = iota; Y = zeros; }
> example passed_on for outer { R = 4; C = 5; D = 2; m = random_csr(per_row = 3, seed = 7); X = iota; Y = zeros; }
> example too_many for outer { R = 1; C = 2; D = 1; m = random_csr(per_row = 3, seed = 7); X = iota; Y = zeros; }
> END
$ ptoc run csr.pto --engine=interp --example=generated | sed 's/[0-9.]* ms/T ms/'
| Configuration:
|   Workload: spread (csr.pto)
|   Example: generated
|   Engine: interp
|   R: 4
|   C: 5
|   D: 2
|   m_nnz: 12
|   m_ptr: [0, 3, 6, 9, 12]
|   m_idx: [0, 3, 4, 0, 3, 4, 2, 3, 4, 0, 1, 4]
|   X: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
|   Total tasks: 12
|
| Tasks by kernel:
|   add: 12 tasks (100.0%)
|
| Time: T ms
|
| Outputs:
|   Y f32[4, 2]: 36 42 36 42 40 46 28 34
$ ptoc run csr.pto --engine=interp --example=passed_on | sed -n '/Outputs/,$p'
| Outputs:
|   Y f32[4, 2]: 36 42 36 42 40 46 28 34
$ ptoc run csr.pto --example=too_many
! csr.pto:17:55: error: [E0538] 3 columns in each row of `m`, which has 2 columns
! example too_many for outer { R = 1; C = 2; D = 1; m = random_csr(per_row = 3, seed = 7); X = iota; Y = zeros; }
!                                                       ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
? 1
$ ptoc run csr.pto --engine=c --compare=interp --workload=spread --example=none --dim R=2 --dim C=3 --dim D=1 --set m_ptr=0,2,3 --set m_idx=2,0,1 --set X=1,10,100 --set Y=0,0 | sed -n '/Outputs/,$p'
| Outputs:
|   Y f32[2, 1]: 102 10
|
| Compared with interp: every output has the same bits.
$ ptoc run csr.pto --engine=c --compare=interp --workload=spread --dim R=2 --dim D=1 --set m_ptr=0,2,1 --set m_idx=0,1,2
! ptoc: error: [E0830] workload `spread` returned PTOC_E_ARGUMENT: m_ptr[2] is 1, less than 2 before it
? 6
$ ptoc run csr.pto --engine=interp --workload=spread --dim R=2 --dim D=1 --set m_ptr=1,2,3 --set m_idx=0,1,2
! csr.pto:4:17: error: [E0830] workload `spread` returned PTOC_E_ARGUMENT: m_ptr[0] is 1, expected 0
! workload spread(m: in csr[R, C], X: in f32[C, D], Y: inout f32[R, D]) {
!                 ^
? 6
$ ptoc run csr.pto --engine=interp --workload=spread --dim R=2 --dim D=1 --set m_ptr=0,2,3 --set m_idx=0,5,2
! csr.pto:4:17: error: [E0830] workload `spread` returned PTOC_E_BOUNDS: m_idx[1] is 5, outside of the 5 columns
! workload spread(m: in csr[R, C], X: in f32[C, D], Y: inout f32[R, D]) {
!                 ^
? 6
$ ptoc run csr.pto --engine=interp --workload=spread --dim R=2 --dim D=1 --set m_ptr=0,2,3 --set m_idx=4,4,2
! csr.pto:4:17: error: [E0830] workload `spread` returned PTOC_E_ARGUMENT: row 0 of m holds column 4 twice
! workload spread(m: in csr[R, C], X: in f32[C, D], Y: inout f32[R, D]) {
!                 ^
? 6
$ ptoc run csr.pto --engine=interp --workload=spread --dim R=2 --dim D=1 --set m_ptr=0,2,4 --set m_idx=4,3,2
! csr.pto:4:17: error: [E0830] workload `spread` returned PTOC_E_ARGUMENT: m_ptr[2] is 4, but m_idx has 3 entries
! workload spread(m: in csr[R, C], X: in f32[C, D], Y: inout f32[R, D]) {
!                 ^
? 6
$ ptoc run csr.pto --workload=spread --example=none --dim R=2 --dim C=3 --dim D=1 --set m_ptr=0,2,3
! ptoc: error: [E0530] tensor `m_idx` of workload `spread` has no value: bind it in an example or by --in m_idx=FILE.npy
! ptoc: error: [E0530] tensor `X` of workload `spread` has no value: bind it in an example or by --in X=FILE.npy
! ptoc: error: [E0530] tensor `Y` of workload `spread` has no value: bind it in an example or by --in Y=FILE.npy
? 1
$ ptoc run csr.pto --workload=spread --dim m_nnz=4
! ptoc: error: [E0531] --dim m_nnz: workload `spread` has no symbol `m_nnz`
! hint: it has R, C, D
? 2
$ ptoc csr.pto -o - | sed -n '/^typedef struct spread_args/,/^}/p'
| typedef struct spread_args {
|     int64_t R, C, D;
|     const int32_t *m_ptr; /* in i32[R + 1] */
|     const int32_t *m_idx; /* in i32[m_nnz] */
|     const float *X; /* in f32[C, D] */
|     float *Y; /* inout f32[R, D] */
| } spread_args;
# An array that a run writes is one it can read: R comes from the row pointers, the entries from the columns.
$ ptoc run csr.pto --engine=interp --example=generated --out m_ptr=p.npy --out m_idx=i.npy --out X=x.npy > a.txt
$ ptoc run csr.pto --engine=interp --workload=spread --example=none --dim C=5 --in m_ptr=p.npy --in m_idx=i.npy --in X=x.npy --set Y=0,0,0,0,0,0,0,0 > b.txt; grep -h ' Y ' a.txt b.txt
|   Y f32[4, 2]: 36 42 36 42 40 46 28 34
|   Y f32[4, 2]: 36 42 36 42 40 46 28 34
