/* Schedules: the choice for a target, and every directive. */
#include "elab_kit.h"
#include "frontend/elab.h"

typedef struct Case {
    const char *name, *source, *messages;
    const char *schedule, *target; /* NULL: not given */
} Case;

/* clang-format off */
static const Case cases[] = {
    {"names",
     "workload w(X: out f32[B]) { tl.store(X, 0.0); }\n"
     "schedule v { workers(2); }\n"
     "schedule s for ww { workers(2); }\n"
     "schedule t for w on cc, npu-a5 { workers(2); }\n"
     "schedule u for w on gpu { workers(2); }\n",
     "2:10: error: [E0501] schedule `v`: there is no workload `v`\n"
     "hint: write `schedule v for WORKLOAD { }`\n"
     "3:16: error: [E0501] schedule `s`: there is no workload `ww`\n"
     "hint: did you mean `w`?\n"
     "4:21: error: [E0502] schedule `t`: unknown target `cc`\n"
     "hint: did you mean `c`?\n"
     "5:21: error: [E0502] schedule `u`: unknown target `gpu`\n"
     "hint: targets are c, llvm, npu-a2a3 and npu-a5\n", NULL, NULL},
    {"unknown directive",
     "workload w(X: out f32[B]) { }\n"
     "schedule w { worker(2); frobnicate(); }\n",
     "2:14: error: [E0506] unknown directive `worker`\n"
     "hint: did you mean `workers`?\n"
     "2:25: error: [E0506] unknown directive `frobnicate`\n", NULL, NULL},
    {"counts",
     "const C = 2;\n"
     "kernel k(x: out f32[N]) { tl.store(x, tl.zeros([1, N], f32)); }\n"
     "workload w(X: out f32[B], n: i32, f: f32) {\n"
     "    parallel i in B { tl.store(X[i], 0.0); }\n"
     "    for j in 3 { }\n"
     "}\n"
     "schedule s0 for w on npu-a5 { workers(0); }\n"
     "schedule s1 for w on npu-a5 { workers(2.5); }\n"
     "schedule s2 for w on npu-a5 { workers(n); }\n"
     "schedule s3 for w on npu-a5 { workers(C); }\n"
     "schedule s4 for w on npu-a5 { workers(); }\n"
     "schedule s5 for w on npu-a5 { workers(2, 3); }\n"
     "schedule s6 for w on npu-a5 { workers(n = 2); }\n",
     "7:39: error: [E0509] directive `workers`: expected a constant integer from 1 on, found `0`\n"
     "8:39: error: [E0509] directive `workers`: expected a constant integer from 1 on, found `2.5`\n"
     "9:39: error: [E0201] unknown name `n`\n"
     "11:31: error: [E0507] directive `workers` is written like workers(4)\n"
     "12:42: error: [E0507] directive `workers` is written like workers(4)\n"
     "13:39: error: [E0507] directive `workers` is written like workers(4)\n", NULL, NULL},
    {"task graphs",
     "const C = 2;\n"
     "kernel k(x: out f32[N]) { tl.store(x, tl.zeros([1, N], f32)); }\n"
     "workload w(X: out f32[B], n: i32, f: f32) {\n"
     "    parallel i in B { tl.store(X[i], 0.0); }\n"
     "    for j in 3 { }\n"
     "}\n"
     "schedule s0 for w on npu-a5 { task_graph(window = 8, window = 9); }\n"
     "schedule s1 for w on npu-a5 { task_graph(ready = lifi); }\n"
     "schedule s2 for w on npu-a5 { task_graph(ready = priority); }\n"
     "schedule s3 for w on npu-a5 { task_graph(ready = priority(f)); }\n"
     "schedule s4 for w on npu-a5 { task_graph(ready = fifo(2)); }\n"
     "schedule s5 for w on npu-a5 { task_graph(); }\n"
     "schedule s6 for w on npu-a5 { task_graph(start = threshold(0)); }\n"
     "schedule s7 for w on npu-a5 { task_graph(window = 2K, ready = priority(-(i + 1) * C % tl.cdiv(B, 2)), "
     "start = all); }\n",
     "7:54: error: [E0507] directive `task_graph` is written like task_graph(window = 8K, ready = fifo, start = "
     "eager)\n"
     "8:50: error: [E0509] directive `task_graph`: expected fifo, lifo or priority(expression), found `lifi`\n"
     "9:50: error: [E0509] directive `task_graph`: expected fifo, lifo or priority(expression), found `priority`\n"
     "10:59: error: [E0510] directive `task_graph`: `f` is no loop index, constant, symbol or integer parameter "
     "of workload `w`\n"
     "11:50: error: [E0509] directive `task_graph`: expected fifo, lifo or priority(expression), found `fifo(2)`\n"
     "12:31: error: [E0507] directive `task_graph` is written like task_graph(window = 8K, ready = fifo, start "
     "= eager)\n"
     "13:60: error: [E0509] directive `task_graph`: expected a constant integer from 1 on, found `0`\n", NULL, NULL},
    {"dispatch and streams",
     "const C = 2;\n"
     "kernel k(x: out f32[N]) { tl.store(x, tl.zeros([1, N], f32)); }\n"
     "workload w(X: out f32[B], n: i32, f: f32) {\n"
     "    parallel i in B { tl.store(X[i], 0.0); }\n"
     "    for j in 3 { }\n"
     "}\n"
     "schedule s0 for w on npu-a5 { dispatch(affinity(bb)); }\n"
     "schedule s1 for w on npu-a5 { dispatch(hash(X[0])); }\n"
     "schedule s2 for w on npu-a5 { dispatch(robin); }\n"
     "schedule s3 for w on npu-a5 { streams(C, by = i % C + n); }\n"
     "schedule s4 for w on npu-a5 { streams(2); }\n"
     "schedule s5 for w on npu-a5 { streams(2, by = i == 2); }\n"
     "schedule s6 for w on npu-a5 { streams(2, by = !i); }\n"
     "schedule s7 for w on npu-a5 { timing(batched(0)); }\n"
     "schedule s8 for w on npu-a5 { timing(later); }\n",
     "7:49: error: [E0510] directive `dispatch`: `bb` is no loop index, constant, symbol or integer parameter "
     "of workload `w`\n"
     "8:45: error: [E0509] directive `dispatch`: expected an integer expression, found `X[0]`\n"
     "9:40: error: [E0509] directive `dispatch`: expected round_robin, affinity(expression), hash(expression) "
     "or work_steal, found `robin`\n"
     "11:31: error: [E0507] directive `streams` is written like streams(2, by = batch % 2)\n"
     "12:47: error: [E0509] directive `streams`: expected an integer expression, found `i == 2`\n"
     "13:47: error: [E0509] directive `streams`: expected an integer expression, found `!i`\n"
     "14:46: error: [E0509] directive `timing`: expected a constant integer from 1 on, found `0`\n"
     "15:38: error: [E0509] directive `timing`: expected immediate or batched(N), found `later`\n", NULL, NULL},
    {"blocks and axes",
     "const C = 2;\n"
     "kernel k(x: out f32[N]) { tl.store(x, tl.zeros([1, N], f32)); }\n"
     "workload w(X: out f32[B], n: i32, f: f32) {\n"
     "    parallel i in B { tl.store(X[i], 0.0); }\n"
     "    for j in 3 { }\n"
     "}\n"
     "schedule s0 for w on npu-a5 { block(kk.N = 2); }\n"
     "schedule s1 for w on npu-a5 { block(k.M = 2); }\n"
     "schedule s2 for w on npu-a5 { block(k.N = 0); }\n"
     "schedule s3 for w on npu-a5 { block(N = 3); }\n"
     "schedule s4 for w on npu-a5 { batch(j); }\n"
     "schedule s5 for w on npu-a5 { batch(none); batch(i); }\n"
     "schedule s6 for w on npu-a5 { batch(3); }\n"
     "schedule s7 for w on npu-a5 { distribute(B); }\n"
     "schedule s8 for w on npu-a5 { distribute(ii); }\n"
     "schedule s9 for w on npu-a5 { trace(off); }\n"
     "schedule s10 for w on npu-a5 { pipeline(2); }\n"
     "schedule s11 for w on npu-a5 { pipeline(depth = 2); }\n",
     "7:37: error: [E0511] directive `block`: there is no kernel `kk`\n"
     "hint: did you mean `k`?\n"
     "8:39: error: [E0512] directive `block`: kernel `k` has no symbolic dimension `M`\n"
     "9:43: error: [E0509] directive `block`: expected a constant integer from 1 on, found `0`\n"
     "10:37: error: [E0507] directive `block` is written like block(kernel.DIM = 128)\n"
     "11:37: error: [E0510] directive `batch`: `j` is no index of a `parallel` of workload `w`\n"
     "13:37: error: [E0509] directive `batch`: expected a loop index, found `3`\n"
     "14:42: error: [E0510] directive `distribute`: `B` is no index of a `parallel` of workload `w`\n"
     "15:42: error: [E0510] directive `distribute`: `ii` is no index of a `parallel` of workload `w`\n"
     "hint: did you mean `i`?\n"
     "16:37: error: [E0509] directive `trace`: expected on, found `off`\n"
     "17:41: error: [E0507] directive `pipeline` is written like pipeline(depth = 2)\n", NULL, NULL},
    {"twice",
     "workload w(X: out f32[B]) { tl.store(X, 0.0); }\n"
     "schedule w on llvm { workers(2); batch(none); batch(none); workers(3); }\n",
     "2:60: error: [E0508] directive `workers` stands twice in one schedule\n"
     "2:22: note: the first is here\n", NULL, NULL},
    {"several fit",
     "workload w(X: out f32[B]) { tl.store(X, 0.0); }\n"
     "schedule a for w { workers(2); }\n"
     "schedule b for w on c { workers(3); }\n"
     "schedule d for w on llvm { workers(3); }\n",
     "3:10: error: [E0503] workload `w`: the schedules `a`, `b` all fit target `c`\n"
     "hint: choose one with --schedule=NAME, or name one of them like the workload\n", NULL, NULL},
    {"several fit, one is asked for",
     "workload w(X: out f32[B]) { tl.store(X, 0.0); }\n"
     "schedule a for w { workers(2); }\n"
     "schedule b for w on c { trace(on); }\n",
     "", "b", NULL},
    {"several fit, none is asked for",
     "workload w(X: out f32[B]) { tl.store(X, 0.0); }\n"
     "schedule a for w { workers(2); }\n"
     "schedule b for w on c { workers(3); }\n",
     "", "none", NULL},
    {"several fit, one has the name",
     "workload w(X: out f32[B]) { tl.store(X, 0.0); }\n"
     "schedule a for w { workers(2); }\n"
     "schedule w on llvm, c { trace(on); }\n",
     "", NULL, NULL},
    {"not on the target",
     "workload w(X: out f32[B]) { tl.store(X, 0.0); }\n"
     "schedule a for w on llvm { workers(2); }\n",
     "2:10: error: [E0504] schedule `a` is not `on` target `c`\n", "a", NULL},
    {"unknown to the program",
     "workload w(X: out f32[B]) { tl.store(X, 0.0); }\n"
     "schedule fast for w on llvm { workers(2); }\n",
     "error: [E0505] --schedule=fasd: the program has no schedule of this name\n"
     "hint: did you mean `fast`?\n", "fasd", NULL},
    {"distribute",
     "workload w(X: out f32[B]) { parallel i in B { tl.store(X[i], 0.0); } }\n"
     "schedule w { distribute(i); }\n",
     "2:14: error: [E0513] directive `distribute` cannot act on target `c`\n"
     "hint: it acts with --dist=mpi or --dist=starpu\n", NULL, NULL},
    {"another target",
     "workload w(X: out f32[B]) { parallel i in B { tl.store(X[i], 0.0); } }\n"
     "schedule w { workers(2); task_graph(window = 3); batch(i); }\n"
     "schedule v for w on c { task_graph(ready = lifo); }\n",
     "2:14: error: [E0513] directive `workers` cannot act on target `npu-a5`\n"
     "hint: give the schedule an `on` list without `npu-a5`, or choose --schedule=none\n"
     "2:26: remark: [R0501] directive `task_graph`: the window is rounded up to a power of two\n", NULL, "npu-a5"},
    {"NPU task graphs",
     "workload w(X: out f32[B]) { parallel i in B { tl.store(X[i], 0.0); } }\n"
     "schedule w { task_graph(window = 4, ready = lifo); }\n",
     "2:14: error: [E0513] directive `task_graph` cannot act on target `npu-a2a3`\n"
     "hint: give the schedule an `on` list without `npu-a2a3`, or choose --schedule=none\n", NULL, "npu-a2a3"},
    {"remarks",
     "kernel k(x: out f32[N]) { tl.store(x, tl.zeros([1, N], f32)); }\n"
     "workload w(X: out f32[B]) { parallel i in B { k(X[i :+ 1]); } }\n"
     "schedule w { workers(2); block(k.N = 4); batch(i); pipeline(depth = 2); trace(on); timing(immediate); }\n",
     "3:52: remark: [R0501] directive `pipeline`: the compiler chooses by itself in this version; results do "
     "not change\n", NULL, NULL},
};
/* clang-format on */

static void check_case(const Case *c) {
    Kit kit;
    kit_open(&kit);
    kit.options.schedule = c->schedule;
    kit.options.target = c->target;
    kit_load(&kit, c->source);
    CU_ASSERT(kit_same(c->name, c->messages, kit_messages(&kit)));
    CU_ASSERT_EQUAL(kit.program->module == NULL, diag_error_count(kit.dc) > 0);
    kit_close(&kit);
}

static void test_messages(void) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i]);
}

void test_schedule_register(void);
void test_schedule_register(void) {
    CU_pSuite suite = CU_add_suite("schedule", NULL, NULL);
    CU_add_test(suite, "messages", test_messages);
}
