# Virtual time with a table of costs, which no machine disturbs.

$ printf '# microseconds\nscale 100\n' >cost.txt
$ ptoc run scale.pto --engine=interp --example=wide --dim B=5 --simulate=cores:2 --cost=cost.txt | sed -n '/^Simulation/,$p'
| Simulation on 2 cores, times of the cost table:
|   5 tasks in 1 level, 0.500 ms of work
|   critical path: 0.100 ms; the longest task: scale [b=0], 0.100 ms
|   schedule                                makespan utilisation   speed-up
|   as written                              0.300 ms       83.3%      1.67x
|   any free worker, ready = fifo           0.300 ms       83.3%      1.67x
|   any free worker, ready = lifo           0.300 ms       83.3%      1.67x
|   any free worker, longest first          0.300 ms       83.3%      1.67x
|   dispatch(round_robin)                   0.300 ms       83.3%      1.67x
|   dispatch(affinity(b))                   0.300 ms       83.3%      1.67x
$ printf 'scale 8 1\n' >other.txt && ptoc run scale.pto --engine=interp --simulate=cores:2 --cost=other.txt
! ptoc: error: [E0845] cost table `other.txt`: it has no cost of kernel `scale`, tier 0
? 3
$ printf 'scale quick\n' >bad.txt && ptoc run scale.pto --engine=interp --simulate=cores:2 --cost=bad.txt
! ptoc: error: [E0845] cost table `bad.txt`: line 1: expected KERNEL [TIER] MICROSECONDS
? 3
$ ptoc run scale.pto --engine=interp --simulate=cores:2 --cost=none.txt
! ptoc: error: [E0845] cost table `none.txt`: No such file or directory
? 3
$ ptoc run scale.pto --engine=interp --simulate=24
! ptoc: error: [E0804] option `--simulate`: expected cores:N with N from 1 to 65536, found `24`
? 2
$ ptoc run scale.pto --engine=interp --cost=cost.txt
! ptoc: error: [E0805] option `--cost` has no meaning for `ptoc run` without `--simulate`
? 2

# The tasks of the example as a graph.
$ ptoc scale.pto --emit=dot=- | sed -n 3,8p
|   subgraph "cluster_tasks_scaled" {
|     label="tasks of scaled, example tiny: 2 tasks, 1 level, 0 dependences";
|     node [style="rounded,filled"];
|     t0_0 [fillcolor="#cfe3f7", label="scale [b=0]"];
|     t0_1 [fillcolor="#cfe3f7", label="scale [b=1]"];
|   }
