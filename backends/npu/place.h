/* place.h - the place stage: what runs on an Ascend core, instruction by instruction, with addresses and flags.
 *
 * A PlaceUnit is one kernel: arguments, then programs that run one after another (a cube program, a vector program, ...). A program
 * has buffers (bytes in a memory of the core, `depth` copies side by side) and statements. An instruction names its operands in
 * full, so that every statement can be judged, run and printed without looking elsewhere:
 *   tile   buffer[copy]+offset, element type, layout, capacity R x C (constants), valid extents (expressions)
 *   gm     argument + element offset, shape, strides, and the box in the argument's own coordinates for disjointness
 *   scalar a number, an expression, or a scalar argument
 * Index expressions are ir/expr.h over the unit's values: index arguments, loop counters, lets.
 *
 * The text form (place_print, place_parse) re-parses exactly; README.md shows it. The table of instructions is insn.def. */
#ifndef PTOC_BACKENDS_NPU_PLACE_H
#define PTOC_BACKENDS_NPU_PLACE_H
#include "ir/base/diag.h"
#include "ir/base/vec.h"
#include "ir/ir.h"

/* ---- tables -------------------------------------------------------------------------------------------------------- */
typedef enum NpuArch { NPU_A2A3, NPU_A5, NPU_ARCH_COUNT } NpuArch;
const char *npu_arch_text(NpuArch arch); /* "npu-a2a3" */
int npu_arch_find(const char *text);     /* -1: none */

typedef enum NpuMemory {
#define NPU_MEMORY(NAME, ...) NPU_##NAME,
#include "backends/npu/memory.def"
#undef NPU_MEMORY
    NPU_MEMORY_COUNT
} NpuMemory;
typedef struct NpuMemoryInfo {
    const char *text, *tile;
    int64_t align, capacity[NPU_ARCH_COUNT];
    const char *doc;
} NpuMemoryInfo;
const NpuMemoryInfo *npu_memory_info(NpuMemory memory);

typedef enum NpuPipe {
#define NPU_PIPE(NAME, ...) NPU_PIPE_##NAME,
#include "backends/npu/pipe.def"
#undef NPU_PIPE
    NPU_PIPE_COUNT
} NpuPipe;
const char *npu_pipe_text(NpuPipe pipe);

enum { NPU_HIDDEN_BYTES = 8192 };                          /* see insn.def, .hidden */
enum { NPU_EVENTS = 8, NPU_BLOCK = 32, NPU_FRACTAL = 16 }; /* event ids of a pair of pipes; bytes; rows */

typedef enum NpuLayout { NPU_ND, NPU_DN, NPU_NZ, NPU_ZN, NPU_ZZ, NPU_LAYOUT_COUNT } NpuLayout;
typedef enum NpuRole { NPU_OUT, NPU_IN, NPU_INOUT, NPU_TMP, NPU_GM_OUT, NPU_GM_IN, NPU_SCALAR, NPU_ROLE_COUNT } NpuRole;
extern const char *const npu_layout_texts[NPU_LAYOUT_COUNT]; /* "nd", ... */
extern const char *const npu_role_texts[NPU_ROLE_COUNT];     /* "out", ... */

typedef enum NpuScratch {
    SCRATCH_NONE,
    SCRATCH_32,  /* 32 bytes */
    SCRATCH_SRC, /* as many bytes as the first `in` operand's capacity */
    SCRATCH_SUM  /* as many bytes as all `in` operands together */
} NpuScratch;

enum { NPU_MAX_OPERANDS = 6 };
typedef enum NpuElemRule {
    NPU_ELEM_T,
    NPU_ELEM_U,
    NPU_ELEM_MASK,
    NPU_ELEM_U32,
    NPU_ELEM_I32,
    NPU_ELEM_ACC,
    NPU_ELEM_INDEX,
    NPU_ELEM_ANY
} NpuElemRule;
typedef struct NpuOperandRule {
    NpuRole role;
    unsigned memories, layouts; /* bits; 0: no matter */
    NpuElemRule elem;
    char rows, cols; /* a letter, '1', or '-' */
} NpuOperandRule;
typedef enum InsnCode {
#define INSN(NAME, ...) INSN_##NAME,
#include "backends/npu/insn.def"
#undef INSN
    INSN_COUNT
} InsnCode;
typedef struct InsnInfo {
    const char *text, *operands, *a2a3, *a5, *mode, *call, *doc;
    NpuPipe pipe;
    NpuScratch scratch;
    bool inplace, hidden, reads_pad;
    int fixed, slope;
} InsnInfo;
const InsnInfo *insn_info(InsnCode code);
int insn_find(const char *text);                              /* -1: none */
int insn_operand_rules(InsnCode code, NpuOperandRule *rules); /* fills at most NPU_MAX_OPERANDS; returns how many */
bool insn_takes(InsnCode code, NpuArch arch, Elem elem);      /* may T (or U) be this type */
const char *insn_mode_cpp(InsnCode code, const char *mode, int *len); /* NULL: no such mode */
bool npu_tcvt_ok(NpuArch arch, Elem from, Elem to);

/* ---- structures ------------------------------------------------------------------------------------------------------- */
typedef enum PlaceArgKind { PLACE_ARG_TENSOR, PLACE_ARG_SCALAR, PLACE_ARG_INDEX } PlaceArgKind;
typedef struct PlaceArg {
    const char *name;
    PlaceArgKind kind;
    Elem elem;
    ParamDir dir;   /* tensors; a workspace is inout */
    bool workspace; /* made by the caller, `size` elements, contents unspecified at first */
    const Expr *size;
    Value *value; /* index arguments: the leaf of expressions */
    int same;     /* tensors: 1 + an earlier argument that a caller may give the same view for; 0: none */
    bool counter; /* index arguments: counts the rounds of a `repeat`; no caller gives it */
} PlaceArg;

typedef struct PlaceBuffer {
    const char *name;
    NpuMemory memory;
    int64_t size; /* of one copy, a multiple of the memory's alignment */
    int depth;
    int64_t base;     /* -1: not placed yet */
    const char *what; /* for people: "e = exp(x - max)" */
    Loc loc;
} PlaceBuffer;

typedef enum PlaceOperandKind { PLACE_TILE, PLACE_GM, PLACE_NUMBER, PLACE_EXPR, PLACE_SCALAR_ARG } PlaceOperandKind;
typedef struct PlaceOperand {
    PlaceOperandKind kind;
    NpuRole role;
    Elem elem;
    NpuLayout layout;
    /* tile */
    int buffer;         /* index into the program's buffers */
    const Expr *copy;   /* 0 <= copy < depth */
    int64_t offset;     /* bytes into the copy */
    int64_t rows, cols; /* capacity */
    bool padded;        /* the C++ type has the pad value -inf (the least number of an integer type) */
    /* gm, and a scalar argument */
    int arg;
    const Expr *at;        /* element offset */
    const Expr *stride[2]; /* elements */
    const Expr *box[2];    /* first row and column in the argument's coordinates; NULL: anywhere */
    int64_t box_size[2];   /* upper bounds */
    /* tile and gm */
    const Expr *valid[2];
    /* number, expression */
    double number;
    const Expr *expr;
} PlaceOperand;

typedef struct PlaceStmt PlaceStmt;
typedef VEC(PlaceStmt *) PlaceBlock;
typedef enum PlaceStmtKind {
    PLACE_INSN,
    PLACE_LET,
    PLACE_LOOP,
    PLACE_WHEN,
    PLACE_SET,
    PLACE_WAIT,
    PLACE_BARRIER
} PlaceStmtKind;
struct PlaceStmt {
    PlaceStmtKind kind;
    Loc loc;
    /* insn */
    InsnCode code;
    PlaceOperand operands[NPU_MAX_OPERANDS];
    int noperands;
    const char *mode; /* NULL: none */
    int nth;          /* place in the order that the kernel's meaning asks for, from 1 on; 0: none is known */
    /* let, loop: the value; let: what it is; loop: how often (negative counts as 0); when: runs if >= 1. A when holds instructions
     * only: sets, waits and barriers are never under a condition. */
    Value *value;
    const Expr *expr;
    PlaceBlock body;
    /* set, wait: from `src` to `dst`, event id base + (phase mod count); barrier: of src, NPU_PIPE_COUNT: of all pipes */
    NpuPipe src, dst;
    int base, count;
    const Expr *phase; /* an expression of loop counters, >= 0 */
};

/* A truth value in memory, written by an earlier program, that decides whether a program runs. */
typedef struct PlaceFlag {
    int arg;
    bool set; /* runs where it is set, else where it is not */
} PlaceFlag;

typedef struct PlaceProgram {
    const char *name;
    bool cube;                /* runs on the cube core; else on a vector core */
    VEC(const Expr *) guards; /* it runs for a task only if each is >= 0 */
    VEC(PlaceFlag) flags;
    VEC(PlaceBuffer) buffers;
    PlaceBlock body;
} PlaceProgram;

/* The programs of a unit run one after another, each for all tasks; a `repeat` runs its steps for counter = 0, 1, .. as often as the task
 * with most rounds needs. Programs inside have a guard that leaves out the tasks with fewer. */
typedef struct PlaceStep PlaceStep;
typedef VEC(PlaceStep *) PlaceSteps;
struct PlaceStep {
    int program; /* -1: a repeat */
    int counter; /* the argument */
    const Expr *trips;
    PlaceSteps body;
};

typedef struct PlaceUnit {
    Arena *arena;
    StrTab *strings;
    ExprTable *exprs;
    NpuArch arch;
    const char *name; /* of the kernel */
    const char *const *sources;
    int nsources;
    VEC(PlaceArg) args;
    VEC(const Expr *) assumes; /* of index arguments: each is >= 0 wherever the kernel is called */
    VEC(PlaceProgram *) programs;
    PlaceSteps steps;
} PlaceUnit;

/* Tensors that may be one: their first argument. And does any of them take writes? */
int place_arg_root(const PlaceUnit *unit, int arg);
bool place_arg_changes(const PlaceUnit *unit, int arg);
/* Bytes of the operand's capacity; rows times columns times element, fractals being full. */
int64_t place_operand_bytes(const PlaceOperand *o);
bool place_operand_is_memory(const PlaceOperand *o); /* tile or gm */
bool place_role_reads(NpuRole role);
bool place_role_writes(NpuRole role); /* `tmp` is both: contents are unspecified before and after */

/* ---- text --------------------------------------------------------------------------------------------------------------- */
void place_print_unit(Buf *out, const PlaceUnit *unit);
void place_print_stmt(Buf *out, const PlaceUnit *unit, const PlaceProgram *program,
                      const PlaceStmt *stmt); /* one line, no newline */
/* Reads the text of source `source` of the diagnostics' source map: one unit. Reports E0702 .. and returns NULL on errors. */
PlaceUnit *place_parse(Arena *arena, StrTab *strings, DiagContext *dc, int source);
#endif
