# tl.paged: a wrong block table or length is an error at every --checks level.

$ cat > paged.pto <<'END'
> kernel add(k: in f32[S, 2], y: out f32[1, 2]) { tl.store(y, tl.colsum(k)); }
> workload sums(CACHE: in f32[P, R, 2], table: in i32[B, T], len: in i32[B], Y: out f32[B, 2]) {
>     parallel b in B {
>         add(tl.paged(CACHE, table = table[b, :], len = len[b]), Y[b :+ 1, :]);
>     }
> }
> example small for sums { P = 3; R = 2; B = 2; T = 2; table = [2, 0, 1, -1]; len = [3, 2]; CACHE = iota; }
> END
$ ptoc run paged.pto --engine=interp | grep Y
|   Y f32[2, 2]: 18 21 10 12
$ ptoc run paged.pto --engine=interp --set len=3,3
! paged.pto:4:13: error: [E0830] workload `sums` returned PTOC_E_BOUNDS: table[b, :]: entry 1 of the block table is -1, outside of the 3 blocks
!         add(tl.paged(CACHE, table = table[b, :], len = len[b]), Y[b :+ 1, :]);
!             ^
? 6
$ ptoc run paged.pto --engine=interp --set len=3,5
! paged.pto:4:13: error: [E0830] workload `sums` returned PTOC_E_BOUNDS: tl.paged: len = 5 rows do not fit a table of 2 blocks of 2
!         add(tl.paged(CACHE, table = table[b, :], len = len[b]), Y[b :+ 1, :]);
!             ^
? 6
$ ptoc run paged.pto --engine=interp --set len=3,-1
! paged.pto:4:13: error: [E0830] workload `sums` returned PTOC_E_BOUNDS: tl.paged: len = -1 rows do not fit a table of 2 blocks of 2
!         add(tl.paged(CACHE, table = table[b, :], len = len[b]), Y[b :+ 1, :]);
!             ^
? 6
$ ptoc run paged.pto --engine=interp --checks=none --set table=2,3,1,0
! paged.pto:4:13: error: [E0830] workload `sums` returned PTOC_E_BOUNDS: table[b, :]: entry 1 of the block table is 3, outside of the 3 blocks
!         add(tl.paged(CACHE, table = table[b, :], len = len[b]), Y[b :+ 1, :]);
!             ^
? 6
$ ptoc run paged.pto --engine=c --checks=none --set table=2,3,1,0
! ptoc: error: [E0830] workload `sums` returned PTOC_E_BOUNDS: table[b, :]: entry 1 of the block table is 3, outside of the 3 blocks
? 6
