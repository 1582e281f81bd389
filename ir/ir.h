/* ir.h - the intermediate representation: one data structure for every stage.
 *
 * A Module holds functions: kernels (maths on tiles) and workloads (loops that launch kernels). A function has a
 * body Region: a list of Ops. An Op has operand Values, result Values, index expressions (Expr, expr.h), attributes
 * (attr.def), nested regions and a source place. Values are defined once: by an op, or as a function or region
 * argument.
 *
 * Types (interned: equal types are the same pointer):
 *   TILE    rank-2 value, elem[rows, cols]; a scalar is [1,1]; index-typed scalars (symbols, loop indices) have elem
 *           INDEX
 *   TENSOR  memory with a row-major (or, if strided, explicitly strided) layout: workload parameters and temps
 *   VIEW    part of a tensor, any strides, rank 0 to 8: kernel parameters and results of `view`
 *   BUFFER  scratch of the block stage (rank 0 to 8)
 *   ACC     accumulator state of the block stage, one per point of its extents (rank 0: one)
 *   CSR     sparse 0/1 matrix [R, C], in the front end only: in a function it is two tensors and an index parameter
 * Extents are expressions over values that dominate the place of use.
 *
 * Functions: index parameters first (const parameters and symbols; all of type index[1,1]), then value parameters in
 * source order. A `call` gives the index parameters as expressions and the others as operands: nothing is bound
 * implicitly. The extents of a view operand equal the callee's parameter extents after substitution (the front end
 * checked it or emitted check ops). The entry point's index parameters are its symbols in order of first appearance.
 *
 * Run-time checks are explicit `check` ops made by the front end (level entry or full); passes remove those that are
 * proved. `check` with level full is only made when --checks=full; with --checks=none none are made. The interpreter
 * is memory-safe always.
 *
 * Everything lives in the module's arena; ops are unlinked, never freed. */
#ifndef PTOC_IR_IR_H
#define PTOC_IR_IR_H
#include <stdbool.h>
#include <stdint.h>
#include "ir/base/arena.h"
#include "ir/base/diag.h"
#include "ir/base/str.h"
#include "ir/base/vec.h"
#include "ir/expr.h"

#define IR_MAX_RANK 8
enum { IR_BLOCK_ROWS = 16, IR_BLOCK_LANES = 64 }; /* most of a block value */

/* ---- tables ----------------------------------------------------------------------------------------------------- */
typedef enum Elem {
#define ELEM(NAME, text, cls, bits, ctype, carrier, doc) ELEM_##NAME,
#include "ir/type.def"
#undef ELEM
    ELEM_COUNT
} Elem;
typedef enum ElemClass { ELEM_CLASS_BOOL, ELEM_CLASS_SINT, ELEM_CLASS_UINT, ELEM_CLASS_FLOAT } ElemClass;
typedef struct ElemInfo {
    const char *text;
    ElemClass cls;
    int bits;
    const char *ctype;   /* C type in memory */
    const char *carrier; /* suffix of runtime functions: f32, i8, ... */
    const char *doc;
} ElemInfo;
const ElemInfo *elem_info(Elem elem);
int elem_find(const char *text); /* -1: none */
int elem_bytes(Elem elem);
bool elem_is_float(Elem elem);
bool elem_is_narrow_float(Elem elem); /* f16, bf16, f8: carried in f32 */
bool elem_is_int(Elem elem);          /* signed or unsigned, index too; not bool */
bool elem_is_signed(Elem elem);
Elem elem_accumulator(Elem elem);     /* f32 for narrow floats and f32; else itself */
bool elem_widens(Elem from, Elem to); /* every value of `from` is a value of `to` (the same type too) */

typedef enum Monoid {
    MONOID_NONE,
#define MONOID(NAME, text, cls, doc) MONOID_##NAME,
#include "ir/monoid.def"
#undef MONOID
    MONOID_COUNT
} Monoid;
typedef enum MonoidClass { MONOID_CLASS_NONE, MONOID_CLASS_EXACT, MONOID_CLASS_SEQ, MONOID_CLASS_LANES16 } MonoidClass;
const char *monoid_text(Monoid monoid);
int monoid_find(const char *text);
MonoidClass monoid_class(Monoid monoid);
bool monoid_wants_position(Monoid monoid); /* step takes the position of the value among those that are reduced */

typedef enum Stage {
#define STAGE(NAME, text, doc) STAGE_##NAME,
#include "ir/stage.def"
#undef STAGE
    STAGE_COUNT
} Stage;
const char *stage_text(Stage stage);
int stage_find(const char *text);

typedef enum AttrKey {
#define ATTR(NAME, text, kind, doc) ATTR_##NAME,
#include "ir/attr.def"
#undef ATTR
    ATTR_COUNT
} AttrKey;
typedef enum AttrKind {
    ATTR_KIND_BOOL,
    ATTR_KIND_INT,
    ATTR_KIND_FLOAT,
    ATTR_KIND_ELEM,
    ATTR_KIND_STR,
    ATTR_KIND_WORD
} AttrKind;
const char *attr_text(AttrKey key);
AttrKind attr_kind(AttrKey key);
int attr_find(const char *text);

typedef enum OpCode {
#define OP(NAME, ...) OP_##NAME,
#define CEXPR(expr)
#include "ir/op.def"
#undef OP
#undef CEXPR
    OP_COUNT
} OpCode;

typedef enum ResultRule {
    RES_NONE,           /* no result */
    RES_SAME,           /* type of operand 0 */
    RES_BROADCAST,      /* operands' common element type, broadcast extents */
    RES_BROADCAST_BOOL, /* bool, broadcast extents */
    RES_SELECT,         /* operands 1 and 2 broadcast with operand 0's extents */
    RES_TRANS,          /* extents swapped */
    RES_ROW,            /* [M,1] */
    RES_ROW_I32,
    RES_COL, /* [1,N] */
    RES_COL_I32,
    RES_EXPLICIT /* the builder is told */
} ResultRule;
typedef enum ElemSet {
    ELEMS_ANY,
    ELEMS_NUMBER,
    ELEMS_FLOAT,
    ELEMS_INT,
    ELEMS_BOOL,
    ELEMS_INT_BOOL,
    ELEMS_MATMUL
} ElemSet;
bool elem_in_set(Elem elem, ElemSet set);

/* Element types in lanes. A vector of 32-bit lanes holds f32 (and the narrow floats as f32), i32, u32, a mask, or small
 * integers as i32; one of f64 has half as many lanes. Integers of 64 bits stay scalars. */
typedef enum LaneSet {
    LANES_NONE = 0,
    LANES_F32 = 1 << 0,
    LANES_F64 = 1 << 1,
    LANES_INT = 1 << 2,
    LANES_SMALL = 1 << 3, /* i8, i16, u8, u16 */
    LANES_BOOL = 1 << 4,
    LANES_FLOAT = LANES_F32 | LANES_F64,
    LANES_NUMBER = LANES_FLOAT | LANES_INT,
    LANES_ORDERED = LANES_NUMBER | LANES_SMALL,
    LANES_BITS = LANES_INT | LANES_SMALL | LANES_BOOL,
    LANES_ALL = LANES_ORDERED | LANES_BOOL
} LaneSet;
LaneSet elem_lanes(Elem elem); /* the one class of it, or NONE */

typedef enum OpTrait {
    LANG = 1 << 0,      /* callable as tl.<name> */
    LANG_ONLY = 1 << 1, /* expanded by the front end, never in the IR */
    PURE = 1 << 2,      /* no effect; may be removed, merged, moved */
    EWISE = 1 << 3,     /* element (i, j) depends on the operands' elements at (i, j) (after broadcast) only */
    COMMUTES = 1 << 4,
    ROUNDS = 1 << 5, /* on narrow floats the carrier's result is rounded to the type */
    COSTLY = 1 << 6, /* tens of instructions an element: keep rather than recompute */
    SHAPE = 1 << 7,  /* moves elements only */
    REDUCE_OP = 1 << 8,
    SCAN_OP = 1 << 9,
    CONTRACT = 1 << 10,
    ORDER = 1 << 11,
    READS = 1 << 12,  /* reads memory */
    WRITES = 1 << 13, /* writes memory */
    ALLOCATES = 1 << 14,
    EFFECT = 1 << 15, /* checks, prints: stays, in order */
    CONTROL = 1 << 16,
    TERMINATOR = 1 << 17,
    SELECT = 1 << 18, /* has selectors (view) */
    BLOCK_ONLY = 1 << 19
} OpTrait;

typedef struct OpInfo {
    const char *name;
    const char *sig;
    ResultRule result;
    ElemSet elems;
    unsigned traits;
    const char *map;
    Monoid monoid;
    unsigned lanes; /* LaneSet */
    const char *doc;
} OpInfo;
const OpInfo *op_info(OpCode code);
int op_find(const char *name); /* -1: none */
static inline bool op_code_has(OpCode code, unsigned trait) { return (op_info(code)->traits & trait) != 0; }
/* Whether the op has a lane form on operands of one and results of another element type (get, put, step: the type in
 * memory, or what is stepped, for both). Islands, loops and other ops without values of their own have none to ask for. */
bool op_lanes_ok(OpCode code, Elem operand, Elem result);
/* Listings for `ptoc --print=ops` and the reference: markdown tables. */
void ops_print_table(Buf *out);
void types_print_table(Buf *out);

/* ---- types ------------------------------------------------------------------------------------------------------ */
typedef enum TypeKind { TYPE_TILE, TYPE_TENSOR, TYPE_VIEW, TYPE_BUFFER, TYPE_ACC, TYPE_CSR } TypeKind;
typedef struct Type {
    TypeKind kind;
    Elem elem;
    bool strided; /* TENSOR: explicit strides from the caller */
    int rank;     /* TILE: 2 */
    const Expr *dims[IR_MAX_RANK];
} Type;
static inline bool type_is_tile(const Type *t) { return t->kind == TYPE_TILE; }
bool type_is_scalar(const Type *t);                            /* TILE with constant extents 1, 1 */
bool type_is_index(const Type *t);                             /* scalar of elem INDEX */
bool type_is_memory(const Type *t);                            /* TENSOR, VIEW or BUFFER */
bool type_block(const Type *t, int64_t *rows, int64_t *lanes); /* false: not a tile of constant extents */
/* The dimension of an accumulator that a block's rows (lanes) walk; -1: there is one accumulator for all of them. */
int acc_rows_dim(const Type *acc);
int acc_lanes_dim(const Type *acc);

/* ---- values and ops --------------------------------------------------------------------------------------------- */
typedef struct Op Op;
typedef struct Region Region;
typedef struct Func Func;
typedef struct Module Module;

/* Place in a source file: file is an index into Module.sources, lines and columns from 1; line 0: no place. */
typedef struct Loc {
    int file, line, column;
} Loc;
#define LOC_NONE ((Loc){0, 0, 0})

struct Value {
    const Type *type;
    Op *def;          /* defining op, or NULL for an argument */
    Region *region;   /* region whose argument it is, or NULL (function parameters belong to the body region) */
    int index;        /* number among the op's results or the region's arguments */
    const char *name; /* source name or NULL */
    uint32_t id;      /* creation number within the module */
};

typedef enum SelKind { SEL_INDEX, SEL_RANGE, SEL_BLOCK, SEL_FULL } SelKind;

typedef struct Attr {
    AttrKey key;
    union {
        bool b;
        int64_t i;
        double f;
        Elem elem;
        const char *s; /* STR and WORD, interned in the module's string table */
    };
} Attr;

struct Op {
    OpCode code;
    Loc loc;
    Value **operands;
    int noperands;
    Value **results;
    int nresults;
    const Expr **exprs; /* view: per selector INDEX 1, RANGE 2 (a, b), BLOCK 2 (lo, len), FULL 0 */
    int nexprs;
    Attr *attrs;
    int nattrs;
    SelKind sels[IR_MAX_RANK]; /* view only, one per dimension of operand 0 */
    int nsels;
    Region **regions;
    int nregions;
    Region *parent;
    Op *prev, *next;
};

struct Region {
    Value **args;
    int nargs;
    Op *first, *last;
    Op *parent_op; /* NULL: the body of func */
    Func *func;
};

typedef enum ParamDir { DIR_NONE /* scalar */, DIR_IN, DIR_OUT, DIR_INOUT } ParamDir;
typedef struct Param {
    Value *value;
    ParamDir dir;
    bool is_const;        /* index parameter declared `const` */
    bool is_entries;      /* index parameter: the entries of a csr matrix r, which is the tensors r_ptr and r_idx */
    bool has_default;     /* scalar with a default */
    double default_float; /* of the scalar's type, by class */
    int64_t default_int;
} Param;

/* A schedule directive that applies to a workload, as text: ("task_graph", "window = 8192, ready = fifo"). */
typedef struct Directive {
    const char *name, *args;
    Loc loc;
} Directive;

typedef enum FuncKind { FUNC_KERNEL, FUNC_WORKLOAD } FuncKind;
struct Func {
    FuncKind kind;
    const char *name;   /* interned, unique in the module, a C identifier; a tier clone is NAME__CONST_VALUE */
    const char *origin; /* source name, for reports: clones keep it */
    bool exported;      /* workload with an entry point (all workloads of the main file that are not called only) */
    Loc loc;
    Module *module;
    int position;        /* in module->funcs */
    Param *index_params; /* const parameters and symbols */
    int nindex_params;
    Param *params;
    int nparams;
    Region *body; /* its args: index parameters, then parameters */
    VEC(Directive) directives;
};

struct Module {
    Arena *arena;
    StrTab *strings;
    ExprTable *exprs;
    const char *name;
    Stage stage;
    VEC(const char *) sources;
    VEC(Func *) funcs; /* build_func adds, module_keep_funcs removes */
    struct FuncIndex *index;
    struct TypeTable *types;
    uint32_t next_value_id;
};

/* The parameter r_idx of a csr matrix by the index parameter that counts its entries; r_ptr is the one before; -1: none. */
int func_csr_columns(const Func *f, int index_param);

Module *module_create(Arena *arena, StrTab *strings, const char *name);
Func *module_find(const Module *module, const char *name);
/* Where a place of the module stands in the sources that dc knows; SPAN_NONE where they are not among them. */
Span module_span(const Module *module, DiagContext *dc, Loc loc);
/* Removes the functions for which keep[position] is false. */
void module_keep_funcs(Module *module, const bool *keep);
int module_add_source(Module *module, const char *path); /* returns the number; same path, same number */

/* ---- types: constructors (interned) ----------------------------------------------------------------------------- */
const Type *type_get(Module *m, TypeKind kind, Elem elem, int rank, const Expr *const *dims, bool strided);
const Type *type_tile(Module *m, Elem elem, const Expr *rows, const Expr *cols);
const Type *type_scalar(Module *m, Elem elem);
const Type *type_index(Module *m);
static inline const Expr *type_rows(const Type *t) { return t->dims[0]; }
static inline const Expr *type_cols(const Type *t) { return t->dims[1]; }

/* ---- attributes ------------------------------------------------------------------------------------------------- */
const Attr *op_attr(const Op *op, AttrKey key); /* NULL: absent */
bool op_attr_bool(const Op *op, AttrKey key);   /* absent: false */
bool op_has_lanes(const Op *op);                /* op_lanes_ok of its operands and results */
int64_t op_attr_int(const Op *op, AttrKey key, int64_t absent);
const char *op_attr_str(const Op *op, AttrKey key); /* absent: NULL */
bool op_attr_is(const Op *op, AttrKey key, const char *word);
bool attr_equals(const Attr *a, const Attr *b);
/* Block stage: the index of the expression that counts the valid lanes (attribute part), or -1. */
int op_part_expr(const Op *op);
void op_set_bool(Module *m, Op *op, AttrKey key, bool b); /* false removes the attribute: text form has no false ones */
void op_set_int(Module *m, Op *op, AttrKey key, int64_t i);
void op_set_float(Module *m, Op *op, AttrKey key, double f);
void op_set_str(Module *m, Op *op, AttrKey key, const char *s); /* NULL removes the attribute */
void op_remove_attr(Op *op, AttrKey key);
#endif
