# Schedules and the command line.

$ printf 'schedule slow for scaled on npu-a5 { pipeline(depth = 2); }\nschedule quick for scaled { workers(2); }\n' >>scale.pto
$ ptoc run scale.pto --schedule=slo
! scale.pto:27:29: remark: [R0501] directive `workers`: the number of threads is that of the run's options in this version
! schedule quick for scaled { workers(2); }
!                             ^~~~~~~~~~~
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
