# Distributed code: what goes with it, and what cannot be distributed.

$ ptoc check ranks.pto
! ranks.pto:6:17: error: [E0513] directive `distribute` cannot act on target `c`
! schedule good { distribute(b); }
!                 ^~~~~~~~~~~~~~
! hint: it acts with --dist=mpi or --dist=starpu
? 1
$ ptoc check ranks.pto --dist=mpi
$ ptoc ranks.pto --dist=mpi -o - | grep -c -e '#include <mpi.h>' -e MPI_Allgatherv
| 2
$ ptoc ranks.pto --schedule=none -o - | grep -c -e MPI_ -e mpi.h -e pt_dist
| 0
? 1
$ ptoc ranks.pto --dist=starpu -o - | grep -c -e 'pkg-config --cflags starpumpi-1.3' -e '#include <mpi.h>' -e '#include <starpu_mpi.h>' -e 'starpu_mpi_task_insert(MPI'
| 5
# Which places of a tensor a chunk waits for.
$ printf 'kernel add(x: in f32[M, C], y: in f32[M, C], z: out f32[M, C]) { tl.store(z, x + y); }\nworkload near(X: inout f32[N, C], Y: out f32[N, C])\n{\n    parallel i in N { add(x = X[i :+ 1, :], y = X[i :+ 1, :], z = Y[i :+ 1, :]); }\n    parallel i :+ m in 4 .. N - 4 step 4 { add(x = Y[i - 4 :+ m, :], y = Y[N - 4 - i :+ m, :], z = X[i :+ m, :]); }\n    parallel i in N / 2, k in 2 { add(x = X[2 * i + 1 - k :+ 1, :], y = X[N / 2 :+ 1, :], z = Y[2 * i + k :+ 1, :]); }\n}\nschedule near { distribute(i); }\n' >near.pto && ptoc near.pto -w --dist=starpu -o - | grep -A2 '[(]&chunks, [XY],' | grep -o '[a-z_]*(&chunks, [XY].*'; rm near.pto
| pt_chunks_own(&chunks, Y, sizeof *Y, 1, N, pt_elements(1, C), 0, 1);
| pt_chunks_need(&chunks, X, sizeof *X, 1, N, pt_elements(1, C), begin, end);
| pt_chunks_own(&chunks, X, sizeof *X, 1, N, pt_elements(1, C), 0, 1);
| pt_chunks_need(&chunks, Y, sizeof *Y, 1, N, pt_elements(1, C), begin - 4, end - 4);
| pt_chunks_need(&chunks, Y, sizeof *Y, 1, N, pt_elements(1, C), -pt_maximum_i64(-4, end - N + 3),
| pt_chunks_own(&chunks, Y, sizeof *Y, 1, N, pt_elements(1, C), 0, 2);
| pt_chunks_need(&chunks, X, sizeof *X, 1, N, pt_elements(1, C), 2 * begin, 2 * end);
| pt_chunks_need(&chunks, X, sizeof *X, 1, N, pt_elements(1, C), N / 2, (N / 2) + 1);
$ ptoc check ranks_placed.pto --dist=mpi
$ ptoc check ranks_placed.pto --dist=starpu
! ranks_placed.pto:9:5: error: [E0513] directive `workers` cannot act on target `c --dist=starpu`
!     workers(2);
!     ^~~~~~~~~~~
! hint: StarPU orders and places the chunks of a distributed loop itself; --dist=mpi leaves that to the schedule
! ranks_placed.pto:10:5: error: [E0513] directive `streams` cannot act on target `c --dist=starpu`
!     streams(2, by = b);
!     ^~~~~~~~~~~~~~~~~~~
! hint: StarPU orders and places the chunks of a distributed loop itself; --dist=mpi leaves that to the schedule
! ranks_placed.pto:11:5: error: [E0513] directive `task_graph` cannot act on target `c --dist=starpu`
!     task_graph(window = 4);
!     ^~~~~~~~~~~~~~~~~~~~~~~
! hint: StarPU orders and places the chunks of a distributed loop itself; --dist=mpi leaves that to the schedule
! ranks_placed.pto:12:5: error: [E0513] directive `timing` cannot act on target `c --dist=starpu`
!     timing(batched(2));
!     ^~~~~~~~~~~~~~~~~~~
! hint: StarPU orders and places the chunks of a distributed loop itself; --dist=mpi leaves that to the schedule
! ranks_placed.pto:13:5: error: [E0513] directive `dispatch` cannot act on target `c --dist=starpu`
!     dispatch(hash(b));
!     ^~~~~~~~~~~~~~~~~~
! hint: StarPU orders and places the chunks of a distributed loop itself; --dist=mpi leaves that to the schedule
? 1
$ ptoc check scale.pto --dist=starpu
! scale.pto:9:10: warning: [W0502] --dist=starpu: workload `scaled` has no `distribute(axis)`: every rank does everything
! workload scaled(X: in i32[B, M, N], Y: out i32[B, M, N])
!          ^~~~~~
$ ptoc check scale.pto --dist=mpi
! scale.pto:9:10: warning: [W0502] --dist=mpi: workload `scaled` has no `distribute(axis)`: every rank does everything
! workload scaled(X: in i32[B, M, N], Y: out i32[B, M, N])
!          ^~~~~~
$ ptoc ranks.pto --dist=mpi --target=llvm
! ptoc: error: [E0841] --dist=mpi does not go with `--target=llvm`
? 2
$ ptoc run ranks.pto --dist=mpi --engine=interp
! ptoc: error: [E0841] --dist=mpi does not go with `--engine=interp`
? 2
$ ptoc run ranks.pto --ranks=2
! ptoc: error: [E0805] option `--ranks` has no meaning for `ptoc run` without `--dist`
! hint: write `--dist=mpi`, too
? 2
$ ptoc run ranks.pto --dist=mpi --trace=t.json
! ptoc: error: [E0841] --dist=mpi does not go with `--trace=t.json`
? 2
# A stand-in for mpirun, so that this holds without MPI.
$ mkdir fake && printf '#!/bin/sh\necho "a rank died" >&2\nexit 3\n' >fake/mpirun && chmod +x fake/mpirun
$ PATH=$PWD/fake:$PATH MPICC=nonesuch ptoc run ranks.pto --dist=mpi
! ptoc: error: [E0842] MPI cannot be used: $MPICC is `nonesuch`
? 3
$ PATH=$PWD/fake:$PATH MPICC=true ptoc run ranks.pto --dist=mpi --out Y=y.npy; ls y.npy
! ptoc: error: [E0843] the job of 2 ranks ended early: mpirun returned 3
! a rank died
! ls: cannot access 'y.npy': No such file or directory
? 2
$ printf '#!/bin/sh\nexit 1\n' >fake/pkg-config && chmod +x fake/pkg-config
$ PATH=$PWD/fake:$PATH MPICC=true ptoc run ranks.pto --dist=starpu
! ptoc: error: [E0846] StarPU cannot be used: pkg-config knows no starpumpi-1.3
? 3
$ ptoc check ranks_not.pto --dist=starpu 2>&1 | grep -c -e E0516 -e E0517
| 7
$ ptoc check ranks_not.pto --dist=mpi
! ranks_not.pto:4:62: error: [E0517] `distribute(b)`: `Y[AT[b] :+ 1, :]`: a block of iterations must write a block of one dimension, and this cannot be shown
!     @disjoint parallel b in B { double(x = X[b :+ 1, :], y = Y[AT[b] :+ 1, :]); }
!                                                              ^~~~~~~~~~~~~~~~
! ranks_not.pto:6:22: note: it is asked for here
! schedule scattered { distribute(b); }
!                      ^~~~~~~~~~~~~~
! ranks_not.pto:9:52: error: [E0517] `distribute(b)`: `Y[B - 1 - b :+ 1, :]`: a block of iterations must write a block of one dimension, and this cannot be shown
!     parallel b in B { double(x = X[b :+ 1, :], y = Y[B - 1 - b :+ 1, :]); }
!                                                    ^~~~~~~~~~~~~~~~~~~~
! ranks_not.pto:11:21: note: it is asked for here
! schedule reversed { distribute(b); }
!                     ^~~~~~~~~~~~~~
! ranks_not.pto:14:52: error: [E0517] `distribute(b)`: `Y[b :+ 1, :]`: a `@strided` tensor cannot be put together from the parts of ranks
!     parallel b in B { double(x = X[b :+ 1, :], y = Y[b :+ 1, :]); }
!                                                    ^~~~~~~~~~~~
! ranks_not.pto:16:19: note: it is asked for here
! schedule spread { distribute(b); }
!                   ^~~~~~~~~~~~~~
! ranks_not.pto:19:22: error: [E0516] `distribute(t)`: this loop has bounds that depend on the parallel loop around it
!     parallel b in B, t in L[b] { double(x = X[b :+ 1, t :+ 1], y = Y[b :+ 1, t :+ 1]); }
!                      ^
! ranks_not.pto:21:19: note: it is asked for here
! schedule ragged { distribute(t); }
!                   ^~~~~~~~~~~~~~
! ranks_not.pto:25:18: error: [E0516] `distribute(b)`: this loop stands inside of tasks that run side by side, where ranks cannot wait for each other
!         parallel b in B { double(x = X[0, b :+ 1, :], y = Y[0, b :+ 1, :]); }
!                  ^
! ranks_not.pto:29:19: note: it is asked for here
! schedule within { distribute(b); }
!                   ^~~~~~~~~~~~~~
! ranks_not.pto:33:20: error: [E0517] `distribute(n)`: `X[b :+ 1, :]`: beside the loop over the axis a parallel loop may only read what that loop does not write
!         double(x = X[b :+ 1, :], y = Z[b :+ 1, :]);
!                    ^~~~~~~~~~~~
! ranks_not.pto:37:19: note: it is asked for here
! schedule beside { distribute(n); }
!                   ^~~~~~~~~~~~~~
! ranks_not.pto:40:14: error: [E0516] `distribute(p)`: this loop belongs to a workload that tasks of another one call
!     parallel p in N { double(x = X[p :+ 1, :], y = Y[p :+ 1, :]); }
!              ^
! ranks_not.pto:42:17: note: it is asked for here
! schedule part { distribute(p); }
!                 ^~~~~~~~~~~~~~
? 1
