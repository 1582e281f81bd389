/* target.h - what code can be generated for, and which operation each target can do. The tables are target.def and the
 * backends' columns of ir/op.def. */
#ifndef PTOC_BACKENDS_TARGET_H
#define PTOC_BACKENDS_TARGET_H
#include <stdbool.h>
#include "ir/base/buf.h"
#include "ir/ir.h"
#include "ir/vector.h"

typedef enum TargetId {
#define TARGET(NAME, ...) TARGET_##NAME,
#define ARCH(NAME, ...)
#include "backends/target.def"
#undef TARGET
#undef ARCH
    TARGET_COUNT
} TargetId;

typedef enum ArchId {
#define TARGET(NAME, ...)
#define ARCH(NAME, ...) ARCH_##NAME,
#include "backends/target.def"
#undef TARGET
#undef ARCH
    ARCH_COUNT
} ArchId;

typedef struct ArchInfo {
    const char *name; /* -march=NAME; NULL: not by name */
    VectorFacts vector;
    const char *doc;
} ArchInfo;

typedef struct TargetInfo {
    const char *name;   /* --target=NAME */
    const char *suffix; /* of the output file: ".c" */
    bool present;       /* this version generates code for it */
    ArchId arch;        /* unless -march= says otherwise */
    const char *doc;
} TargetInfo;

const TargetInfo *target_info(TargetId id);
int target_find(const char *name); /* -1: none */
const ArchInfo *arch_info(ArchId id);
int arch_find(const char *name); /* -1: none */
const char *arch_host(void);     /* the widest row whose code this machine runs */
bool arch_runs_here(const char *name);

/* NULL when the target can do the operation, else why not. Operations that never stand in the IR are asked by what the
 * front end expands them into, and are always possible where those are. */
const char *target_op_gap(TargetId id, OpCode code);

void target_print_table(Buf *out);        /* --print=targets */
void target_print_capabilities(Buf *out); /* --capabilities: operations x targets, then the gaps' reasons */
#endif
