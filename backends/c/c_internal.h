/* c_internal.h - what the parts of the C backend share.
 *
 * The order of work: c_layout.c goes over the calls from the entry points down and settles where every memory value's elements
 * are (strides as expressions, known ones folded into the callee); then every function's body becomes lines of text, callees
 * first (c_func.c, c_op_*.c), so that a call knows which parameters its callee really uses; then c_entry.c adds what stands
 * around: the entry points with their checks, the workspace query, the header. */
#ifndef PTOC_BACKENDS_C_C_INTERNAL_H
#define PTOC_BACKENDS_C_C_INTERNAL_H
#include "backends/c/c_emit.h"
#include "backends/ctext.h"
#include "ir/facts.h"
#include "ir/walk.h"

/* Where the elements of a memory value are. Strides and offset count elements and are expressions of the value's function;
 * strides that only the caller knows are leaves made up for them (CGen.made_up). */
typedef struct CMem {
    Value *base; /* parameter, temp or buffer whose pointer the offset is added to */
    const Expr *offset;
    Elem elem;
    bool carried; /* holds carriers (f16 as float), not elements as memory has them */
    bool scalar;  /* a buffer that is one variable */
    int rank;
    const Expr *strides[IR_MAX_RANK];
    const Value *root; /* tensor of an entry point, or temp, if it is known which; else NULL */
} CMem;

typedef struct CFn CFn;
typedef struct CAtom CAtom;   /* c_block.h */
typedef struct CWork CWork;   /* what a function has to do (c_work.c) */
typedef struct CBlock CBlock; /* variables of a value of several rows or lanes */
typedef struct CRegs CRegs;   /* accumulators held in variables (c_block_regs.c) */

/* What is known about a value while its function is written. Indexed by Value.id. */
typedef struct CVal {
    int operand_uses, expr_uses;
    Op *user;      /* of the last operand use */
    const CFn *fn; /* where sym holds */
    CSym sym;
    const char *text; /* pasted in place of a name; NULL: it has a name */
    CSymList text_uses;
    bool text_is_atom;
    bool text_reads; /* memory: must not move over a write */
    CMem *mem;
    int lane_uses; /* operand uses by ops on several lanes */
    bool shared;   /* named in an island that it does not belong to */
    CBlock *block;
    CRegs *regs; /* of an accumulator, while it is held so */
} CVal;

/* One parameter of a generated function. */
typedef struct CParam {
    Value *value;
    CSym sym;
    const char *type; /* "const uint16_t *" */
    int atom;         /* of a block: its number + 1 */
} CParam;

typedef struct CFuncInfo {
    const Func *func;
    bool reachable;
    const char *c_name;
    const char *check_name, *scratch_name; /* of an exported one: what its entry point calls first */
    VEC(Op *) calls;                       /* of it, in reachable functions */
    VEC(Value *) stride_values;            /* made up: Value.index is param * IR_MAX_RANK + dim */
    bool *param_restrict;
    /* known once it is written */
    VEC(CParam) params; /* in C order, only the used ones */
    bool uses_task;
    bool can_fail;
    int islands; /* so far */
    /* scratch bounds over its index parameters; NULL: not bounded (c_workspace.c) */
    const Expr *own_bytes;  /* of the call itself */
    const Expr *task_bytes; /* of one task of its parallel axes, for each thread */
} CFuncInfo;

/* An island that was printed: an equal one lends its name. */
typedef struct CIsland {
    const char *name, *signature; /* the signature without the name */
    size_t body, length;          /* where the rest stands in CGen.functions */
    uint64_t hash;                /* of the rest */
    int next;                     /* of its bucket, from 1; 0: the last one */
} CIsland;
enum { ISLAND_BUCKETS = 1024 };

/* A kernel at a tier. */
typedef struct CCounted {
    const char *kernel;
    int64_t tier;
    int next; /* of its bucket, from 1; 0: the last one */
} CCounted;
enum { COUNTED_BUCKETS = 256 };

/* Where events of a trace come from: "indexer:28", "batch,seq_pos". */
typedef struct CTraceLabel {
    const char *name, *axes;
} CTraceLabel;

typedef struct CGen {
    const Module *module;
    const CEmitOptions *options;
    DiagContext *dc;
    Arena *arena; /* what is allocated while a function is written is gone behind it */
    Arena *keep;  /* for the whole file */
    ExprTable *exprs;
    CVal *vals;
    uint32_t nvals, vals_cap;
    CFuncInfo *funcs;
    int nfuncs;
    StrTab *names;            /* taken in the one name space of C */
    const char *counted_name; /* of the table of what is counted */
    const char *trace_name;   /* of the table of labels */
    VEC(CTraceLabel) trace_labels;
    bool traces;       /* c_trace.c */
    CFuncInfo **order; /* reachable ones, callees first */
    int norder;
    CTextStyle style;
    VEC(CCounted) counted; /* what pt_task_count counts */
    int counted_buckets[COUNTED_BUCKETS];
    bool uses_topk, uses_print, uses_math, uses_reduce, uses_csr, uses_pipe, uses_plan, uses_dist, uses_chunks;
    bool uses_lanes, uses_lane_math, uses_lane_topk, uses_pack;
    int lanes;            /* of a vector of 32-bit elements */
    VEC(CIsland) islands; /* printed so far */
    int island_buckets[ISLAND_BUCKETS];
    const char *lane_suffixes[ELEM_COUNT], *lane_types[ELEM_COUNT]; /* of vectors; NULL: not asked for yet */
    const CWork **work; /* of functions, by position; NULL: not asked for yet */
    bool failed;
    Buf functions; /* finished functions */
} CGen;

/* An index expression that a region writes `count` times, for the first time in `first` (c_share.c). */
typedef struct CShare {
    const Expr *e;
    int count;
    const Op *first;
    const char *wish; /* for its name, or NULL */
} CShare;
typedef VEC(CShare) CShares;

typedef struct CShared {
    const Expr *e;
    CSym sym;
} CShared;

/* A C function being written. */
struct CFn {
    CGen *gen;
    CFuncInfo *info;
    CFn *outer; /* of a task function: the function around it */
    CText *text;
    const Region *root; /* its body */
    CSym task;          /* the parameter of that name */
    CSym status;        /* of the last call that can fail; CSYM_NONE until there is one */
    const char *c_name;
    const char *last_call; /* that can fail, and the line where its status is asked for */
    int last_call_line;
    bool can_fail;
    int task_functions; /* so far */
    bool is_island;
    int row;             /* of the columns being written */
    int64_t tier;        /* limit of the tier around, 0: none */
    const char *chunks;  /* of the distributed loop that is being written */
    const Expr *subject; /* of the tiers around, where it has a name */
    CSym subject_sym;
    CSym counter;      /* of the call that comes next, in a program that records, where its tier is found at run time */
    const Op *tier_op; /* the same of a tier that is chosen at run time */
    VEC(CShared) shared;  /* index expressions that have a name here */
    VEC(CParam) captured; /* task function: what it takes from the function around it */
    VEC(CVal) saved;      /* their state there */
};

/* ---- amounts of work (c_work.c) ---- */
const CWork *c_work_of(CGen *gen, const Func *f);
/* Operations of one iteration of the axes from `axis` to that of `body`, as a double; NULL: not known at this place. */
const char *c_work_text(CFn *fn, const Op *axis, const Region *body);

/* ---- values and expressions (c_value.c) ---- */
CVal *c_val(CGen *gen, const Value *v);
const char *c_carrier_type(Elem elem); /* C type of a value in hand */
const char *c_memory_type(const CMem *mem);
const char *c_operand(CFn *fn, const Value *v); /* may stand anywhere between commas or after = */
const char *c_atom(CFn *fn, const Value *v);    /* may be an operand of anything */
CShares c_shares_of(CFn *fn, const Region *region);
void c_share_before(CFn *fn, const CShares *shares, const Op *op); /* gives names to what op is the first to write */
CSym c_shared(const CFn *fn, const Expr *e);                       /* its name, or CSYM_NONE */
const char *c_expr(CFn *fn, const Expr *e);                        /* int64_t valued, between commas */
const char *c_expr_atom(CFn *fn, const Expr *e);
const char *c_name(CFn *fn, const Value *v); /* of a value that has one */
const char *c_int_literal(Arena *arena, Elem elem, int64_t v);
const char *c_float_literal(Arena *arena, Elem elem, double v);
void c_define_name(CFn *fn, const Value *v, const char *otherwise); /* declares its symbol */
/* The result of op is `text` (from pending use number `from` on): pasted into its only user or made a variable. */
void c_set_result(CFn *fn, const Op *op, const char *text, bool is_atom, bool reads, int from);
int c_uses_mark(const CFn *fn);
bool c_can_move(CFn *fn, const Op *op, bool reads); /* the result's text to its only user */
bool c_can_paste(CFn *fn, const Op *op, const char *text, bool reads);
bool c_operands_read(CFn *fn, const Op *op); /* pasted text among them reads memory */
enum { C_PASTE_WIDTH = 64 };                 /* longer texts get a name */

/* ---- memory (c_memory.c) ---- */
CMem *c_mem(CGen *gen, const Value *v);
const char *c_pointer(CFn *fn, const Value *v);                              /* to its first element */
const char *c_subscript(CFn *fn, const CMem *mem, const Expr *const *index); /* "k[128 * j + d]" or a scalar's name */
const char *c_load_text(CFn *fn, const CMem *mem, const char *element);
const char *c_store_text(CFn *fn, const CMem *mem, const char *value);
bool c_needs_conversion(Elem elem);
const char *c_inside_text(CFn *fn, const Type *type, const Expr *const *index);
bool c_is_read_only(CGen *gen, const CMem *mem);
CMem *c_mem_contiguous(CGen *gen, Value *v, const Type *type);
CMem *c_mem_view(CGen *gen, const Op *op); /* of op view or reshape_view, from its base's */

/* ---- layout over calls (c_layout.c) ---- */
void c_layout(CGen *gen);
CFuncInfo *c_func_info(CGen *gen, const Func *func);
bool c_is_made_up(const Value *v);

/* ---- functions (c_func.c) ---- */
void c_emit_function(CGen *gen, CFuncInfo *info);
void c_emit_region(CFn *fn, const Region *region); /* its ops, in a scope of names and scratch of their own */
typedef struct CTaskFn {
    CFn *fn;
    const char *name;
} CTaskFn;
CTaskFn c_emit_task_function(CFn *outer, const Op *parallel, const Region *body);
void c_emit_island(CFn *outer, const Op *island);
const char *c_param_type(CGen *gen, const Value *v, bool is_restrict); /* with the space or star before the name */
const char *c_call_text(CFn *fn, const char *name, const char *task, const char *const *args, int n);
void c_error(CGen *gen, const char *what); /* E0601: not supported by target `c` */
void c_error_at(CGen *gen, Loc loc, const char *what);
void c_return_failure(CFn *fn, const char *call); /* return its status when it is not PTOC_OK */

/* ---- operations: one emitter each; the table is in c_ops.c ---- */
typedef void (*CEmitFn)(CFn *fn, const Op *op);
CEmitFn c_op_emitter(OpCode code);      /* NULL: it has none */
const char *c_op_template(OpCode code); /* CEXPR column of op.def */
void c_emit_op(CFn *fn, const Op *op);
void c_emit_ewise(CFn *fn, const Op *op);
void c_emit_cast(CFn *fn, const Op *op);
void c_emit_bitcast(CFn *fn, const Op *op);
void c_emit_const(CFn *fn, const Op *op);
void c_emit_index(CFn *fn, const Op *op);
void c_emit_view(CFn *fn, const Op *op);
void c_emit_get(CFn *fn, const Op *op);
void c_emit_put(CFn *fn, const Op *op);
void c_emit_fill(CFn *fn, const Op *op);
void c_emit_temp(CFn *fn, const Op *op);
void c_emit_buffer(CFn *fn, const Op *op);
void c_emit_acc(CFn *fn, const Op *op);
void c_emit_step(CFn *fn, const Op *op);
void c_emit_fin(CFn *fn, const Op *op);
void c_emit_topk_fin(CFn *fn, const Op *op);
void c_emit_loop(CFn *fn, const Op *op);
void c_emit_parallel(CFn *fn, const Op *op);
void c_emit_concurrent(CFn *fn, const Op *op);
void c_emit_pipe(CFn *fn, const Op *op);
void c_emit_transfer(CFn *fn, const Op *op); /* send and receive */
void c_emit_if(CFn *fn, const Op *op);
void c_emit_tier(CFn *fn, const Op *op);
const char *c_counter(CFn *fn, const Op *tally); /* the number that its tasks are counted under */
void c_emit_switch(CFn *fn, const Op *op);
void c_emit_yield(CFn *fn, const Op *op);
void c_emit_call(CFn *fn, const Op *op);
void c_emit_tally(CFn *fn, const Op *op);
bool c_is_single_part(const Op *op);
void c_emit_single_part(CFn *fn, const Op *op, CEmitFn emit);
void c_emit_check(CFn *fn, const Op *op);
void c_emit_fail(CFn *fn, const Op *op);
void c_emit_csr(CFn *fn, const Op *op);
void c_emit_share(CFn *fn, const Op *op);
void c_emit_join(CFn *fn, const Op *op);
void c_emit_collect(CFn *fn, const Op *op);
void c_emit_spread(CFn *fn, const Op *op);
void c_emit_own(CFn *fn, const Op *op);
void c_emit_need(CFn *fn, const Op *op);
void c_emit_settle(CFn *fn, const Op *op);
void c_emit_assert(CFn *fn, const Op *op);
void c_emit_assume(CFn *fn, const Op *op);
void c_emit_print(CFn *fn, const Op *op);
void c_emit_prefetch(CFn *fn, const Op *op);
void c_emit_pack(CFn *fn, const Op *op);
void c_check_divisor(CFn *fn, const Op *op);

/* ---- blocks: ops on values of several rows or lanes (c_block.c) ---- */
bool c_is_block_op(const Op *op);
bool c_is_lane_op(const Op *op); /* on several lanes */
void c_emit_block(CFn *fn, const Op *op);
const char *c_block_operand(CFn *fn, const Value *v, bool atom); /* of a block in the row that is being written */
bool c_block_reads(const CBlock *block);                         /* pasted text of it reads memory */
void c_capture_block(CFn *fn, const Value *v);                   /* of the function around an island */
void c_emit_iota(CFn *fn, const Op *op);
const char *c_ewise_text(CFn *fn, const Op *op, bool *is_atom);
const char *c_cast_text(CFn *fn, const Op *op, bool *is_atom);
const char *c_round_mode(const Op *cast);

/* ---- loops (c_op_control.c) ---- */
const char *c_bound_text(CFn *fn,
                         const Op *loop); /* the end of its range, computed before it where that costs something */
void c_open_for_to(CFn *fn, const Op *loop, const char *end); /* declares the index and opens `for (..) {` */

/* ---- failure (c_op_check.c) ---- */
/* "return pt_task_fail(..)": code is the part behind PTOC_E_; {0} in text stands for values[0]. */
const char *c_fail_text(CFn *fn, const char *code, const char *text, const Expr *const *values, int n);
const char *c_string(Arena *arena, const char *text, bool is_format);

/* ---- scratch (c_op_buffer.c) ---- */
bool c_wants_scratch(const Op *op);
bool c_acc_on_stack(const Op *op); /* c_op_acc.c */
const char *c_acc_param_type(CGen *gen,
                             const Op *acc); /* of its states; with `(`: behind the name comes `)[PT_LANES]` */
const Expr *c_acc_bytes(CGen *gen, const Op *op);
const Expr *c_scratch_bytes(CGen *gen, const Op *op); /* what an op that wants scratch takes at most */
/* sym = scratch for `count` elements of `type`, or return. */
void c_take_scratch(CFn *fn, CSym sym, const char *type, const char *count);
const char *c_count_text(CFn *fn, const Type *type);             /* number of elements */
const char *c_alignment(CFn *fn, const Value *v, int64_t count); /* of a local array of so many elements, or "" */
bool c_const_count(const Type *type, int64_t *count);
void c_workspace(CGen *gen); /* c_workspace.c: fills own_bytes and task_bytes */

/* ---- csr matrices (c_csr.c) ---- */
const char *c_entries_text(CGen *gen, const Func *f,
                           int index_param); /* at an entry point: how many entries there are */
void c_put_entries_function(CFn *fn, const Func *f, int index_param);

/* ---- around (c_entry.c, c_header.c, c_runtime.c, c_names.c) ---- */
void c_emit_entry(CGen *gen, CFuncInfo *info, Buf *out);
void c_put_entry_prototypes(CGen *gen, const CFuncInfo *info, Buf *out);
void c_put_args_struct(CGen *gen, const CFuncInfo *info, Buf *out);
const char *c_external_name(CGen *gen, const Func *func);
const char *c_field_name(CGen *gen, const Value *v);
void c_put_header(CGen *gen, Buf *out);
const char *c_source_name(const CGen *gen);                        /* for banners, without folders */
void c_put_runtime(CGen *gen, const char *const *texts, Buf *out); /* what the program's texts need; NULL ends them */
void c_put_public_runtime(CGen *gen, Buf *out);                    /* what callers see */
void c_take_external_names(CGen *gen);                             /* before all private ones; reports E0602 */
const char *c_private_name(CGen *gen, const char *wanted);         /* the wanted name, or it with more underscores */
extern const char *const c_reserved_names[]; /* keywords of C and C++, macros and types: no variable's name */
extern const char *const c_library_names[];  /* functions of the C library: no external name */
#endif
