# Names that C cannot have, or that another entry point brings.

$ sed 's/scaled/double/' scale.pto | ptoc - -o x.c
! ptoc: error: [E0602] the workload `double` cannot be the C function `double`: C or one of its headers uses that name
? 1
$ printf 'kernel k(x: in f32[1, N], y: out f32[1, N]) { tl.store(y, x); }\n' >k.pto
$ for w in malloc ptoc_run w w_args; do printf 'workload %s(X: in f32[1, N], Y: out f32[1, N]) { k(x = X, y = Y); }\n' $w; done >>k.pto
$ ptoc k.pto -o x.c
! ptoc: error: [E0602] the workload `malloc` cannot be the C function `malloc`: the C library has a function of that name
! ptoc: error: [E0602] the workload `ptoc_run` cannot be the C function `ptoc_run`: names that begin with `pt_` or `ptoc_` belong to the runtime
! ptoc: error: [E0602] the workload `w_args` cannot be the C function `w_args`: another workload X gives the file the names X, X_args and X_workspace_size
? 1
$ test -e x.c || echo nothing was written
| nothing was written
$ ptoc k.pto --symbol-prefix=9 -o x.c
! ptoc: error: [E0804] option `--symbol-prefix`: expected letters, digits and `_`, no digit first, found `9`
? 2
$ ptoc scale.pto --symbol-prefix=my_ -o - | grep -o "int my_[a-z_]*(" | sort -u
| int my_scaled(

# The file's own functions give way.
$ printf 'kernel k(x: in f32[1, N], y: out f32[1, N]) { tl.store(y, x); }\n' >k.pto
$ for w in w kernel_k workload_w workload_w_task entry_check_w counted_tasks; do printf 'workload %s(X: in f32[B, N], Y: out f32[B, N]) { parallel b in B { k(x = X[b :+ 1, :], y = Y[b :+ 1, :]); } }\n' $w; done >>k.pto
$ printf 'kernel main(double: in f32[1, N], task: out f32[1, N]) { let NULL = double; let pt_x = NULL + 1.0; tl.store(task, pt_x); }\n' >>k.pto
$ printf 'workload z(int: in f32[1, float], run: out f32[1, float]) { main(double = int, task = run); }\n' >>k.pto
$ ptoc k.pto -o k.c && cc -std=c11 -Wall -Wextra -Werror -fopenmp -ffp-contract=off -c k.c -o k.o && echo compiled
| compiled
