# Schedules and the command line.

$ printf 'schedule slow for scaled on npu-a5 { pipeline(depth = 2); }\nschedule quick for scaled { workers(2); }\n' >>scale.pto
$ ptoc run scale.pto --schedule=slo
! ptoc: error: [E0505] --schedule=slo: the program has no schedule of this name
! hint: did you mean `slow`?
? 2
$ ptoc run scale.pto --schedule=slow --engine=c
! scale.pto:26:10: error: [E0504] schedule `slow` is not `on` target `c`
! schedule slow for scaled on npu-a5 { pipeline(depth = 2); }
!          ^~~~
? 2
$ ptoc run scale.pto --schedule=slow --engine=interp | grep Schedule
|   Schedule: slow
$ ptoc run scale.pto --schedule=none --engine=c | grep Schedule
|   Schedule: none
# Directives that act on the loop over tasks; what they ask for never changes a result.
$ printf 'schedule turns for scaled { workers(3); dispatch(round_robin); timing(batched(2)); }\nschedule free for scaled { dispatch(work_steal); timing(immediate); }\n' >>scale.pto
$ ptoc scale.pto --schedule=turns -o - | grep 'parallel for'
| /* PT_OMP(parallel for) is the pragma, and nothing where OpenMP is off. */
|     PT_OMP(parallel for schedule(static, 2) num_threads(pt_workers(task, 3)) if (pt_task_pays(task, B,
$ ptoc scale.pto --schedule=free -o - | grep 'parallel for'
| /* PT_OMP(parallel for) is the pragma, and nothing where OpenMP is off. */
|     PT_OMP(parallel for schedule(dynamic) num_threads(task->run->threads) if (pt_task_pays(task, B,
$ ptoc run scale.pto --schedule=turns --engine=c --threads=8 --compare=interp | grep Compared
| Compared with interp: every output has the same bits.
# Keys, orders and windows that a parallel loop does not keep go by a plan.
$ printf 'schedule keyed for scaled { task_graph(window = 4, ready = priority(B - b)); dispatch(affinity(b %% 2)); streams(2, by = b); }\n' >>scale.pto
$ ptoc scale.pto --schedule=keyed -o - | grep -E '^    .*(const pt_plan_rules|plan_add|parallel for sch)'
|         const pt_plan_rules rules = {PT_READY_PRIORITY, 4, 1, 2}; /* order, window, worker by key, streams */
|             pt_plan_add(&plan, pt_rem_i64(b, 2), b, pt_sub_i64(B, b));
|         PT_OMP(parallel for schedule(static, 1) num_threads(plan.workers) if (plan.workers > 1))
$ ptoc run scale.pto --schedule=keyed --engine=c --threads=8 --compare=interp | grep Compared
| Compared with interp: every output has the same bits.
$ printf 'schedule both for scaled { timing(batched(2)); dispatch(hash(b)); }\n' >>scale.pto
$ ptoc scale.pto --schedule=both -o x.c
! scale.pto:31:28: error: [E0601] `timing(batched(N))` beside `task_graph`, `streams` or keys of `dispatch` is not supported yet by target `c`
! schedule both for scaled { timing(batched(2)); dispatch(hash(b)); }
!                            ^
? 1

# A key may name a loop around the parallel one; what varies inside of a task is no key of it.
$ cat >outer.pto <<'EOF'
> kernel copy(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }
> workload around(X: in f32[B, C, N], Y: out f32[B, C, N])
> {
>     for b in B { parallel c in C { copy(X[b, c :+ 1, :], Y[b, c :+ 1, :]); } }
> }
> schedule around { dispatch(affinity(tl.cdiv(b, 2))); }
> example e for around { B = 3; C = 5; N = 7; X = iota; }
> EOF
$ ptoc outer.pto -o - | grep '    pt_plan_add'
|                 pt_plan_add(&plan, pt_div_i64(pt_sub_i64(pt_add_i64(b, 2), 1), 2), 0, 0);
$ ptoc run outer.pto --engine=c --threads=3 --compare=interp | grep Compared
| Compared with interp: every output has the same bits.
$ cat >inner.pto <<'EOF'
> kernel copy(x: in f32[M, N], y: out f32[M, N]) { tl.store(y, x); }
> workload inside(X: in f32[B, C, N], L: in i32[B], Y: out f32[B, C, N])
> {
>     parallel b in B, row in L[b] { copy(X[b, row :+ 1, :], Y[b, row :+ 1, :]); }
> }
> schedule inside { streams(2, by = row); }
> EOF
$ ptoc inner.pto -w -o x.c
! inner.pto:6:19: error: [E0601] a key `row` that varies inside of one task is not supported yet by target `c`
! schedule inside { streams(2, by = row); }
!                   ^
? 1

# A block length acts, or is an error.
$ printf 'schedule blocked for scaled { block(scale.N = 16); }\nschedule far for scaled { block(other.N = 16); }\n' >>scale.pto
$ printf 'kernel other(x: out f32[N]) { tl.store(x, tl.zeros([1, N], f32)); }\n' >>scale.pto
$ ptoc scale.pto --schedule=blocked -o x.c --explain-schedule 2>&1 | grep -E 'blocks:|strip:'
| scale.pto:6:5: blocks: scale, loop j: blocks of 16 along N, as the schedule asks
| scale.pto:6:5: strip: scale, loop j: blocks of 16, outside of 1 loops
$ ptoc scale.pto --schedule=blocked -O0 -o x.c
! scale.pto:32:31: remark: [R0501] directive `block`: pass `blocks`, which carries it out, does not run; results do not change
! schedule blocked for scaled { block(scale.N = 16); }
!                               ^
$ ptoc scale.pto --schedule=far -o x.c
! scale.pto:33:27: error: [E0515] directive `block(other.N = 16)` of workload `scaled`: no loop of kernel `other` runs over `N`
! schedule far for scaled { block(other.N = 16); }
!                           ^
? 1
