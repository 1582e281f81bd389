/* Instructions bear numbers in the order of the kernel. Two that share memory, which one of them writes, stand in that order; all others
 * may change places. Without it a read of what an earlier round left, or two updates of one value exchanged, would pass as a program. */
#include "backends/npu/verify/internal.h"

typedef struct Sequence {
    Verify *v;
    VEC(const PlaceStmt *) insns; /* as in the text */
} Sequence;

static void collect(Sequence *s, const PlaceBlock *block) {
    for (int i = 0; i < block->len; i++) {
        const PlaceStmt *stmt = block->data[i];
        if (stmt->kind == PLACE_INSN && stmt->nth > 0)
            VEC_PUSH(s->v->arena, &s->insns, stmt);
        collect(s, &stmt->body);
    }
}

static bool share_buffers(const Verify *v, const PlaceOperand *a, const PlaceOperand *b) {
    const PlaceBuffer *x = &v->program->buffers.data[a->buffer], *y = &v->program->buffers.data[b->buffer];
    return x->memory == y->memory && x->base < y->base + y->size * y->depth && y->base < x->base + x->size * x->depth;
}

static bool conflict(const Verify *v, const PlaceOperand *a, const PlaceOperand *b) {
    if (!place_operand_is_memory(a) || a->kind != b->kind ||
        (!place_role_writes(a->role) && !place_role_writes(b->role)))
        return false;
    return a->kind == PLACE_TILE ? share_buffers(v, a, b)
                                 : place_arg_root(v->unit, a->arg) == place_arg_root(v->unit, b->arg);
}

static void check_pair(Verify *v, const PlaceStmt *early, const PlaceStmt *late) {
    for (int i = 0; i < early->noperands; i++) {
        for (int k = 0; k < late->noperands; k++) {
            if (conflict(v, &early->operands[i], &late->operands[k]))
                pv_fail(v, DIAG_PLACE_VALUE, early, "comes before `%s`, which the kernel puts ahead of it",
                        pv_stmt_text(v, late));
        }
    }
}

void pv_sequence(Verify *v) {
    Sequence s = {.v = v};
    collect(&s, &v->program->body);
    for (int i = 0; i < s.insns.len; i++) {
        for (int k = i + 1; k < s.insns.len && !v->failed; k++) {
            if (s.insns.data[k]->nth <= s.insns.data[i]->nth)
                check_pair(v, s.insns.data[i], s.insns.data[k]);
        }
    }
}
