/* print_impl.h - shared by print.c and print_expr.c only. */
#ifndef PTOC_IR_PRINT_IMPL_H
#define PTOC_IR_PRINT_IMPL_H
#include "ir/base/buf.h"
#include "ir/ir.h"

/* How a value is spelled, and where in the text it is defined. */
typedef struct ValueText {
    const char *base; /* NULL: only the number */
    uint32_t number;  /* suffix: 0 is none; or the number itself */
    uint32_t place;   /* from 1; 0: not defined in what is printed */
} ValueText;

typedef struct NameCount {
    const char *name; /* interned in the printer's own table */
    uint32_t func, count;
} NameCount;

typedef struct Printer {
    Buf *out;
    Arena *arena; /* for the time of the printing */
    const Module *module;
    StrTab *strings;
    ValueText *values; /* by Value.id */
    uint32_t nvalues;
    NameCount *names; /* open addressing, a power of two */
    uint32_t nnames, names_used;
    uint32_t func;     /* number of the function that is printed */
    uint32_t numbered; /* values without names so far */
    uint32_t place;
    int indent;
} Printer;

void print_value(Printer *p, const Value *v);
void print_expr(Printer *p, const Expr *e);
#endif
