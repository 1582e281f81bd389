/* dir.h - a folder of files instead of one: a kernel a file, an orchestration for each exported workload, a manifest.
 *
 * The kernels have the entry `kernel_entry(int64_t *args)` of the task runtime `simpler`: addresses of tensors, then scalars. */
#ifndef PTOC_BACKENDS_NPU_DIR_H
#define PTOC_BACKENDS_NPU_DIR_H
#include "backends/npu/host.h"

typedef struct NpuFile {
    const char *path; /* in the folder */
    Buf text;
} NpuFile;
typedef struct NpuFiles {
    VEC(NpuFile *) all;
} NpuFiles;
bool npu_emit_dir(Arena *arena, const Module *module, const NpuOptions *options, DiagContext *dc, NpuFiles *files);

enum { NPU_TASK_TENSORS = 32, NPU_TASK_SCALARS = 16, NPU_TENSOR_RANK = 5 }; /* the most that a task takes */

/* How a program uses an argument of its unit. */
typedef enum ArgUse { ARG_UNUSED = 0, ARG_READ = 1, ARG_WRITTEN = 2 } ArgUse;
ArgUse npu_arg_use(const PlaceUnit *unit, const PlaceProgram *program, int arg);
const char *npu_data_type(Elem elem); /* of a tensor of the runtime */

/* orch.c: the text of one workload's orchestration; func ids count the programs of all units in order. */
bool npu_emit_orchestration(Host *h, const NpuFunc *entry);
int npu_func_id(const NpuProgram *program, const PlaceUnit *unit, int nth);
/* manifest.c */
void npu_put_manifest(Buf *out, const NpuLayouts *layouts, const NpuProgram *program, const NpuOptions *options);
#endif
