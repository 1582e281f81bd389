# --checks=full: iterations of which the compiler cannot show that they are independent.

$ for e in apart written read; do ptoc run disjoint.pto --example=rows_$e --checks=full --engine=interp >/dev/null; echo $?; done
| 0
| 6
| 6
! disjoint.pto:6:33: error: [E0830] workload `rows` returned PTOC_E_DISJOINT: `parallel b`: b = 2 writes what b = 0 writes: `Y[p[b], :]`
!     @disjoint parallel b in B { add_row(x = Y[q[b], :], y = Y[p[b], :]); }
!                                 ^
! disjoint.pto:6:33: error: [E0830] workload `rows` returned PTOC_E_DISJOINT: `parallel b`: b = 1 reads what b = 0 writes: `Y[q[b], :]`
!     @disjoint parallel b in B { add_row(x = Y[q[b], :], y = Y[p[b], :]); }
!                                 ^
$ for e in apart written read; do ptoc run disjoint.pto --example=rows_$e --checks=full --engine=c --threads=2 >/dev/null; echo $?; done
| 0
| 6
| 6
! ptoc: error: [E0830] workload `rows` returned PTOC_E_DISJOINT: `parallel b`: b = 2 writes what b = 0 writes: `Y[p[b], :]`
! ptoc: error: [E0830] workload `rows` returned PTOC_E_DISJOINT: `parallel b`: b = 1 reads what b = 0 writes: `Y[q[b], :]`
$ for e in apart outer inner element; do ptoc run disjoint.pto --example=ragged_$e --checks=full --engine=c --compare=interp >/dev/null; echo $?; done
| 0
| 6
| 6
| 6
! ptoc: error: [E0830] workload `ragged` returned PTOC_E_DISJOINT: `parallel b`: b = 1 writes what b = 0 writes: `Y[to[b, t], :]`
! ptoc: error: [E0830] workload `ragged` returned PTOC_E_DISJOINT: `parallel t`: t = 2 writes what t = 0 writes: `Y[to[b, t], :]`
! ptoc: error: [E0830] workload `ragged` returned PTOC_E_DISJOINT: `parallel b`: b = 1 writes what b = 0 writes: `Y[-to[b, t], t]`
$ for e in apart meet; do ptoc run disjoint.pto --example=blocks_$e --checks=full --engine=c -O0 --compare=interp >/dev/null; echo $?; done
| 0
| 6
! ptoc: error: [E0830] workload `blocks` returned PTOC_E_DISJOINT: `parallel`: statement 2 writes what statement 1 writes: `Y[to[1] :+ 4]`
$ for e in apart meet; do ptoc run disjoint.pto --example=tiers_$e --checks=full --engine=c --compare=interp >/dev/null; echo $?; done
| 0
| 6
! ptoc: error: [E0830] workload `tiers` returned PTOC_E_DISJOINT: `parallel b`: b = 2 writes what b = 1 writes: `Y[to[b], 0 :+ n[b]]`
# Behind a reshape and a block table.
$ for e in append_apart append_meet flat_apart flat_meet; do ptoc run disjoint_behind.pto --example=$e --checks=full --engine=c --threads=1 --compare=interp >/dev/null; echo $?; done
| 0
| 6
| 0
| 6
! ptoc: error: [E0830] workload `append` returned PTOC_E_DISJOINT: `parallel b`: b = 2 writes what b = 0 writes: `rows[lens[b], :]`
! ptoc: error: [E0830] workload `flat` returned PTOC_E_DISJOINT: `parallel i`: i = 4 writes what i = 2 writes: `tl.reshape(Y, [6, N])[to[i], :]`
# The default trusts the promise.
$ ptoc run disjoint.pto --example=rows_read --engine=interp | grep -c Outputs
| 1
# Where the loop itself decides which elements these are, nothing can look before it runs.
$ ptoc check disjoint_lost.pto --checks=full
! disjoint_lost.pto:6:34: warning: [W0402] cannot show that iterations of `parallel b` are independent: `Y[P[b], :]` is written and `Y[P[b], :]` is written
!         put_row(x = X[b, :], y = Y[P[b], :]);
!                                  ^~~~~~~~~~
! hint: --checks=full cannot check it: which elements these are only the run itself tells
$ ptoc check disjoint_lost.pto

# Very many accesses that cannot be told apart are one warning, soon.
$ { printf 'kernel k(x: in f32[8], o: out f32[8]) { tl.store(o, x); }\nworkload w(X: in f32[B, 8], P: in i32[B], O: out f32[B, 8])\n'; } >many.pto
$ { printf '{ parallel b in B {\n'; seq -f 'k(x = X[b, :], o = O[P[b] + %g, :]);' 1 500; printf '} }\n'; } >>many.pto
$ timeout 20 ptoc check many.pto 2>&1 | grep -c 'W0402'
| 1
# Behind block tables, whose entries are looked at first, and between the processes of a pipe.
$ for e in cached_apart cached_meet cached_wrong piped_apart piped_meet; do ptoc run -w disjoint_paged.pto --example=$e --checks=full --engine=interp >/dev/null; echo $?; done
| 0
| 6
| 6
| 0
| 6
! disjoint_paged.pto:6:9: error: [E0830] workload `cached` returned PTOC_E_DISJOINT: `parallel b`: b = 1 writes what b = 0 writes: `tl.paged(K, table = table[b, :], len = len[b])[len[b] - 1, :]`
!         put_row(x = X[b, :], y = tl.paged(K, table = table[b, :], len = len[b])[len[b] - 1, :]);
!         ^
! disjoint_paged.pto:6:34: error: [E0830] workload `cached` returned PTOC_E_BOUNDS: table[b, :]: entry 1 of the block table is 9, outside of the 4 blocks
!         put_row(x = X[b, :], y = tl.paged(K, table = table[b, :], len = len[b])[len[b] - 1, :]);
!                                  ^
! disjoint_paged.pto:23:43: error: [E0830] workload `piped` returned PTOC_E_DISJOINT: `pipe`: process 2 writes what process 1 writes: `Y[c[i], :]`
!             for i in B { receive d as s { put_row(x = s, y = Y[c[i], :]); } }
!                                           ^
$ for e in cached_apart cached_meet cached_wrong piped_apart piped_meet; do ptoc run -w disjoint_paged.pto --example=$e --checks=full --engine=c --compare=interp >/dev/null; echo $?; done
| 0
| 6
| 6
| 0
| 6
! ptoc: error: [E0830] workload `cached` returned PTOC_E_DISJOINT: `parallel b`: b = 1 writes what b = 0 writes: `tl.paged(K, table = table[b, :], len = len[b])[len[b] - 1, :]`
! ptoc: error: [E0830] workload `cached` returned PTOC_E_BOUNDS: table[b, :]: entry 1 of the block table is 9, outside of the 4 blocks
! ptoc: error: [E0830] workload `piped` returned PTOC_E_DISJOINT: `pipe`: process 2 writes what process 1 writes: `Y[c[i], :]`
$ ptoc check disjoint_paged.pto --checks=full
! disjoint_paged.pto:19:42: warning: [W0402] cannot show that the processes of `pipe { }` are independent: `Y[a[i], :]` is written and `Y[c[i], :]` is written
!                 put_row(x = X[i, :], y = Y[a[i], :]);
!                                          ^~~~~~~~~~
! disjoint_paged.pto:23:62: note: `Y[c[i], :]` is written here
!             for i in B { receive d as s { put_row(x = s, y = Y[c[i], :]); } }
!                                                              ^~~~~~~~~~
! hint: `@disjoint parallel` promises it and silences this warning; --checks=full checks it at run time
! disjoint_paged.pto:34:50: warning: [W0402] cannot show that iterations of `parallel b` are independent: `Y[to[b, t], :]` is written and `Y[to[b, t], :]` is written
!         for t in P[b] { put_row(x = X[b, :], y = Y[to[b, t], :]); }
!                                                  ^~~~~~~~~~~~~~
! hint: --checks=full cannot check it: which elements these are only the run itself tells
