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
