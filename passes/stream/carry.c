/* carry.c - which values that a loop carries may be replaced element by element, without a copy between.
 *
 * A yielded value replaces the buffer of its argument. It may do so while it is computed if it reads, of that argument, no element but
 * the one that it then replaces, and if no other value that is yielded reads the argument. */
#include "passes/stream/stream_internal.h"

typedef enum Reads {
    READS_NONE,
    READS_SAME, /* the element at the same place only */
    READS_OTHER
} Reads;

/* What v, for which nothing is made yet, reads of the argument. Values are met again on many ways: each is looked at once. */
static Reads reads_of(Stream *s, const Value *v, const Value *argument) {
    if (v == argument)
        return READS_SAME;
    const Op *op = v->def;
    if (!op || v->id >= s->nsource || stream_avail(s, v)->kind != AVAIL_NONE)
        return READS_NONE;
    CarryNote *note = &s->carry_notes[v->id];
    if (note->argument == argument)
        return (Reads)note->reads;
    Reads most = READS_NONE;
    for (int i = 0; i < op->noperands; i++) {
        const Value *u = op->operands[i];
        Reads reads = reads_of(s, u, argument);
        bool at_same = op_code_has(op->code, EWISE) || (op->code == OP_MATMUL && i == 2);
        at_same = at_same && u->type->dims[0] == v->type->dims[0] && u->type->dims[1] == v->type->dims[1];
        if (reads == READS_SAME && !at_same)
            reads = READS_OTHER;
        most = reads > most ? reads : most;
    }
    *note = (CarryNote){argument, most};
    return most;
}

bool *carry_in_place(Stream *s, const Op *yield, const Region *from) {
    int n = yield->noperands;
    bool *in_place = ARENA_ARRAY(s->arena, bool, n + 1);
    for (int i = 0; i < n; i++) {
        const Value *argument = from->args[1 + i];
        in_place[i] = yield->operands[i] != argument && yield->operands[i]->region != from;
        for (int j = 0; j < n && in_place[i]; j++)
            in_place[i] = reads_of(s, yield->operands[j], argument) <= (j == i ? READS_SAME : READS_NONE);
    }
    return in_place;
}
