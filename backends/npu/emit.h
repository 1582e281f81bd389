/* emit.h - C++ for PTO-ISA from a module at the tile stage.
 *
 * One text: the kernels of every program, how they are launched, and for each exported workload NAME
 *     struct NAME_args { symbols, scalars, pointers into device memory };
 *     int NAME(const NAME_args *args, void *stream);   0, or a negative PTOC_E_ code
 * It depends on the module and the options alone. What the target cannot do is reported (E06xx), and nothing is promised then. */
#ifndef PTOC_BACKENDS_NPU_EMIT_H
#define PTOC_BACKENDS_NPU_EMIT_H
#include "backends/npu/layout.h"
#include "backends/npu/place.h"
#include "ir/base/buf.h"

enum { NPU_CUBE_CORES = 24 }; /* of a device; each has two vector cores */

typedef struct NpuOptions {
    NpuArch arch;
    const char *version;       /* NULL: left out of the banner */
    const char *source_name;   /* NULL: the module's name */
    const char *symbol_prefix; /* before every external name; NULL: none */
} NpuOptions;

/* Units with addresses and flags, one for each kernel that is reached. */
typedef struct NpuProgram {
    PlaceUnit **units;
    int nunits;
} NpuProgram;
bool npu_compile(Arena *arena, const NpuLayouts *layouts, NpuArch arch, DiagContext *dc, NpuProgram *out);
bool npu_emit(Arena *arena, const Module *module, const NpuOptions *options, DiagContext *dc, Buf *out);
void npu_emit_program(Arena *arena, const PlaceUnit *unit, const PlaceProgram *program, Buf *out);
void npu_emit_unit(Arena *arena, const PlaceUnit *unit, Buf *out); /* emit_kernel.c: the kernels of one unit */
/* tasks.c: the programs of a unit over tables of tasks, and in which order they run. */
void npu_emit_tasks(Arena *arena, const PlaceUnit *unit, Buf *out);
/* host.c: workloads, and the launch of kernels. */
bool npu_emit_host(Arena *arena, const NpuLayouts *layouts, const NpuProgram *program, const NpuOptions *options,
                   DiagContext *dc, Buf *out);
/* prelude.c, prelude_host.c: each ends with NULL */
extern const char *const npu_prelude_device[],
    *const npu_prelude_host[], *const npu_prelude_csr[], *const npu_prelude_orch[], *const npu_prelude_pipe[];
/* An expression as C++; min and max are pt_min and pt_max. */
void npu_put_expr(Buf *out, const Expr *e);
const char *npu_cpp_type(Elem elem);
#endif
