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
|     PT_OMP(parallel for schedule(static, 2) num_threads(pt_workers(task, 3)) if (pt_task_forks(task, B)))
$ ptoc scale.pto --schedule=free -o - | grep 'parallel for'
| /* PT_OMP(parallel for) is the pragma, and nothing where OpenMP is off. */
|     PT_OMP(parallel for schedule(dynamic) num_threads(task->run->threads) if (pt_task_forks(task, B)))
$ ptoc run scale.pto --schedule=turns --engine=c --threads=8 --compare=interp | grep Compared
| Compared with interp: every output has the same bits.

# A block length acts, or is an error.
$ printf 'schedule blocked for scaled { block(scale.N = 16); }\nschedule far for scaled { block(other.N = 16); }\n' >>scale.pto
$ printf 'kernel other(x: out f32[N]) { tl.store(x, tl.zeros([1, N], f32)); }\n' >>scale.pto
$ ptoc scale.pto --schedule=blocked -o x.c --explain-schedule 2>&1 | grep -E 'blocks:|strip:'
| scale.pto:6:5: blocks: scale, loop j: blocks of 16 along N, as the schedule asks
| scale.pto:6:5: strip: scale, loop j: blocks of 16, outside of 1 loops
$ ptoc scale.pto --schedule=far -o x.c
! ptoc: error: [E0515] directive `block(other.N = 16)` of workload `scaled`: no loop of kernel `other` runs over `N`
? 1
