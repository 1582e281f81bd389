/* c_block.h - blocks in C: a value of m rows and n lanes is m * n / L named variables, each a vector of L lanes or (n = 1) a
 * scalar. Only backends/c/c_block*.c and c_island.c include it. */
#ifndef PTOC_BACKENDS_C_C_BLOCK_H
#define PTOC_BACKENDS_C_C_BLOCK_H
#include "backends/c/c_internal.h"

/* How a block of an element type lies in variables. */
typedef struct CShape {
    Elem elem;
    int rows, lanes;
    int per;            /* lanes of one variable; 1: scalars */
    int vecs;           /* variables of a row */
    const char *suffix; /* of the functions: "f32x8"; of scalars the carrier's: "f32" */
    const char *type;   /* "pt_f32x8", "float" */
} CShape;

CShape c_shape(CGen *gen, Elem elem, int64_t rows, int64_t lanes);
CShape c_shape_of(CGen *gen, const Type *tile);
const char *c_mask_suffix(CGen *gen); /* of 32-bit lanes: "m32x8" */

/* One variable of a block, or the text in its place. */
struct CAtom {
    CSym sym;
    const char *text; /* NULL: it has a name */
    CSymList uses;
    bool is_atom, reads;
    bool waits; /* text becomes a variable at its first use: a stretched column takes a register no sooner */
};
struct CBlock {
    CShape shape;
    const CFn *fn; /* where the atoms hold */
    CAtom *atoms;  /* [row * vecs + vector] */
};

/* The variable of the value at a row and a vector of `want`: stretched where the value is narrower. */
const char *c_block_text(CFn *fn, const Value *v, const CShape *want, int row, int vec);
const char *c_block_atom_text(CFn *fn, const Value *v, int number);
const char *c_block_scalar(CFn *fn, const Value *v, int row); /* of a column or a scalar */
/* The result of op at a row and a vector. */
void c_set_atom(CFn *fn, const Op *op, int row, int vec, const char *text, bool reads, int from);
CBlock *c_block_define(CFn *fn, const Value *v);                                   /* its atoms are set next */
CSym c_block_name(CFn *fn, const Value *v, const CShape *shape, int row, int vec); /* declares one */
const char *c_format(CFn *fn, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void c_block_get(CFn *fn, const Op *op);
void c_block_put(CFn *fn, const Op *op);
void c_block_step(CFn *fn, const Op *op);
void c_block_fin(CFn *fn, const Op *op);

/* ---- accumulators in memory (c_op_acc.c) ---- */
typedef enum StateKind { STATE_VALUE, STATE_LANES, STATE_ARG, STATE_TOPK } StateKind;
StateKind c_acc_kind(const Op *acc);
const Expr *c_acc_offset(CGen *gen, const Op *acc, const Expr *const *point); /* in states */
/* The state at a point and, if given, a lane further on. */
const char *c_acc_state(CFn *fn, const Op *acc, const Expr *const *point, const char *lane);
const char *c_acc_pointer(CFn *fn, const Op *acc, const Expr *at); /* to the state at an offset */
const char *c_acc_init_text(CFn *fn, const Op *acc);
/* What one step is made of; NULL: from the op. */
typedef struct CStepTexts {
    const char *state, *x, *y;
    const Expr *position;
    const char *lane; /* added to the position */
} CStepTexts;
const char *c_acc_step_text(CFn *fn, const Op *step, const CStepTexts *of);
const Expr *c_step_position(const Op *step);               /* NULL: the monoid wants none */
void c_acc_line(CFn *fn, const Op *acc, const char *text); /* a line that changes its state */
const char *c_acc_finish_state(CFn *fn, const Op *acc, const char *state);
const Expr *c_fin_divisor(const Op *fin); /* NULL: it is no mean */
bool c_fin_rounds(const Op *fin);
const char *c_acc_fin_tail(CFn *fn, const Op *fin, const char *text); /* mean and rounding of a finished state */
bool c_product_is_exact(const Op *step);

/* ---- accumulators in registers (c_block_regs.c, c_block_acc.c) ---- */
typedef enum RegsForm {
    REGS_NONE,     /* stays in memory */
    REGS_SPREAD,   /* a variable for each accumulator, or for each vector of them */
    REGS_PARTIALS, /* the 16 partials of each row */
    REGS_TOTAL,    /* integer sums of each lane, brought together at the end */
    REGS_EXTREME,  /* max, min of each lane, brought together at the end */
    REGS_ARG       /* the same with positions */
} RegsForm;
struct CRegs {
    RegsForm form;
    const Op *acc;
    const Expr *const *point;
    const Expr *count; /* spread lanes that are valid; NULL: all */
    CShape shape;      /* of the state; spread: as many lanes as there are accumulators */
    int parts;         /* variables of a row */
    CSym *state;       /* [row * parts + part] */
    CSym *beside;      /* of each row: the flag of an extreme, the positions; NULL: none */
    bool whole;        /* there is no state in memory */
};
Monoid c_acc_monoid(const Op *acc);
/* How a step can be done on registers. */
CRegs c_regs_of_step(CFn *fn, const Op *step);
bool c_regs_serve(CFn *fn, const CRegs *regs, const Op *use); /* a step or fin at their point and of their form */
void c_regs_open(CFn *fn, CRegs *regs);                       /* declares and loads them */
void c_regs_close(CFn *fn, CRegs *regs);                      /* stores them */
const char *c_regs_total_text(CFn *fn, const CRegs *regs, int row);
const char *c_regs_extreme_text(CFn *fn, const CRegs *regs, int row); /* the extreme of a row's lanes */
bool c_regs_hold(CFn *fn, const Op *acc);                             /* for all of its life, if that is possible */
/* Around a loop: accumulators from outside are held in registers where all that is done to them inside allows it. */
typedef VEC(CRegs *) CRegsList;
CRegsList c_regs_enter(CFn *fn, const Region *body);
void c_regs_leave(CFn *fn, CRegsList *held);
bool c_is_captured(const CFn *fn, const Value *v);
#endif
