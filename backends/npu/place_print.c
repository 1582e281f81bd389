/* The text of the place stage. */
#include <inttypes.h>
#include <string.h>

#include "backends/npu/place.h"

static void put_loc(Buf *out, Loc loc) {
    if (loc.line > 0)
        buf_printf(out, " @%d:%d:%d", loc.file, loc.line, loc.column);
}

static void put_pair(Buf *out, const char *word, const Expr *const pair[2]) {
    buf_printf(out, " %s ", word);
    expr_format(out, pair[0]);
    buf_puts(out, ", ");
    expr_format(out, pair[1]);
}

static void put_tile(Buf *out, const PlaceProgram *program, const PlaceOperand *o) {
    buf_printf(out, "%s[", program->buffers.data[o->buffer].name);
    expr_format(out, o->copy);
    buf_printf(out, "]+%" PRId64 " %s %s %" PRId64 "x%" PRId64, o->offset, elem_info(o->elem)->text,
               npu_layout_texts[o->layout], o->rows, o->cols);
    put_pair(out, "valid", o->valid);
    buf_puts(out, o->padded ? " pad" : "");
}

static void put_gm(Buf *out, const PlaceUnit *unit, const PlaceOperand *o) {
    buf_printf(out, "%s + ", unit->args.data[o->arg].name);
    expr_format(out, o->at);
    buf_printf(out, " %s %s", elem_info(o->elem)->text, npu_layout_texts[o->layout]);
    put_pair(out, "shape", o->valid);
    put_pair(out, "stride", o->stride);
    if (!o->box[0])
        return;
    put_pair(out, "box", o->box);
    buf_printf(out, " size %" PRId64 ", %" PRId64, o->box_size[0], o->box_size[1]);
}

static void put_operand(Buf *out, const PlaceUnit *unit, const PlaceProgram *program, const PlaceOperand *o) {
    buf_printf(out, " %s(", npu_role_texts[o->role]);
    switch (o->kind) {
    case PLACE_TILE: put_tile(out, program, o); break;
    case PLACE_GM: put_gm(out, unit, o); break;
    case PLACE_NUMBER: buf_printf(out, "number %a", o->number); break;
    case PLACE_EXPR:
        buf_puts(out, "expr ");
        expr_format(out, o->expr);
        break;
    case PLACE_SCALAR_ARG: buf_printf(out, "arg %s", unit->args.data[o->arg].name); break;
    }
    buf_putc(out, ')');
}

static void put_event(Buf *out, const char *word, const PlaceStmt *s) {
    buf_printf(out, "%s %s %s #%d", word, npu_pipe_text(s->src), npu_pipe_text(s->dst), s->base);
    if (s->count == 1)
        return;
    buf_puts(out, " + ");
    expr_format(out, s->phase);
    buf_printf(out, " mod %d", s->count);
}

static void put_insn(Buf *out, const PlaceUnit *unit, const PlaceProgram *program, const PlaceStmt *s) {
    buf_printf(out, "insn %s", insn_info(s->code)->text);
    if (s->mode)
        buf_printf(out, " mode %s", s->mode);
    for (int i = 0; i < s->noperands; i++)
        put_operand(out, unit, program, &s->operands[i]);
    if (s->nth > 0)
        buf_printf(out, " nth %d", s->nth);
    put_loc(out, s->loc);
}

void place_print_stmt(Buf *out, const PlaceUnit *unit, const PlaceProgram *program, const PlaceStmt *s) {
    switch (s->kind) {
    case PLACE_INSN: put_insn(out, unit, program, s); break;
    case PLACE_LET:
        buf_printf(out, "let %s = ", s->value->name);
        expr_format(out, s->expr);
        break;
    case PLACE_LOOP:
        buf_printf(out, "loop %s 0 .. ", s->value->name);
        expr_format(out, s->expr);
        buf_puts(out, " {");
        break;
    case PLACE_WHEN:
        buf_puts(out, "when ");
        expr_format(out, s->expr);
        buf_puts(out, " {");
        break;
    case PLACE_SET: put_event(out, "set", s); break;
    case PLACE_WAIT: put_event(out, "wait", s); break;
    case PLACE_BARRIER: buf_printf(out, "barrier %s", s->src == NPU_PIPE_COUNT ? "all" : npu_pipe_text(s->src)); break;
    }
}

static void put_block(Buf *out, const PlaceUnit *unit, const PlaceProgram *program, const PlaceBlock *block,
                      int indent) {
    for (int i = 0; i < block->len; i++) {
        const PlaceStmt *s = block->data[i];
        buf_indent(out, indent);
        place_print_stmt(out, unit, program, s);
        buf_putc(out, '\n');
        if (s->kind == PLACE_LOOP || s->kind == PLACE_WHEN) {
            put_block(out, unit, program, &s->body, indent + 2);
            buf_indent(out, indent);
            buf_puts(out, "}\n");
        }
    }
}

static void put_arg(Buf *out, const PlaceUnit *unit, const PlaceArg *a) {
    static const char *const dirs[] = {[DIR_NONE] = "none", [DIR_IN] = "in", [DIR_OUT] = "out", [DIR_INOUT] = "inout"};
    if (a->kind == PLACE_ARG_INDEX) {
        buf_printf(out, "arg %s %s\n", a->name, a->counter ? "counter" : "index");
    } else if (a->kind == PLACE_ARG_SCALAR) {
        buf_printf(out, "arg %s scalar %s\n", a->name, elem_info(a->elem)->text);
    } else if (a->workspace) {
        buf_printf(out, "arg %s workspace %s ", a->name, elem_info(a->elem)->text);
        expr_format(out, a->size);
        buf_putc(out, '\n');
    } else {
        buf_printf(out, "arg %s tensor %s %s", a->name, elem_info(a->elem)->text, dirs[a->dir]);
        if (a->same > 0)
            buf_printf(out, " same %s", unit->args.data[a->same - 1].name);
        buf_putc(out, '\n');
    }
}

static void put_program(Buf *out, const PlaceUnit *unit, const PlaceProgram *p) {
    buf_printf(out, "program %s %s {\n", p->name, p->cube ? "cube" : "vector");
    for (int i = 0; i < p->buffers.len; i++) {
        const PlaceBuffer *b = &p->buffers.data[i];
        buf_printf(out, "  buffer %s %s %" PRId64 " x %d", b->name, npu_memory_info(b->memory)->text, b->size,
                   b->depth);
        if (b->base >= 0)
            buf_printf(out, " @%" PRId64, b->base);
        buf_putc(out, ' ');
        buf_put_c_string(out, b->what ? b->what : "");
        put_loc(out, b->loc);
        buf_putc(out, '\n');
    }
    for (int i = 0; i < p->guards.len; i++) {
        buf_puts(out, "  guard ");
        expr_format(out, p->guards.data[i]);
        buf_putc(out, '\n');
    }
    for (int i = 0; i < p->flags.len; i++)
        buf_printf(out, "  flag %s %s\n", unit->args.data[p->flags.data[i].arg].name,
                   p->flags.data[i].set ? "set" : "clear");
    put_block(out, unit, p, &p->body, 2);
    buf_puts(out, "}\n");
}

static void put_steps(Buf *out, const PlaceUnit *unit, const PlaceSteps *steps) {
    for (int i = 0; i < steps->len; i++) {
        const PlaceStep *s = steps->data[i];
        if (s->program >= 0) {
            put_program(out, unit, unit->programs.data[s->program]);
            continue;
        }
        buf_printf(out, "repeat %s 0 .. ", unit->args.data[s->counter].name);
        expr_format(out, s->trips);
        buf_puts(out, " {\n");
        put_steps(out, unit, &s->body);
        buf_puts(out, "}\n");
    }
}

void place_print_unit(Buf *out, const PlaceUnit *unit) {
    buf_printf(out, "unit %s target %s\n", unit->name, npu_arch_text(unit->arch));
    for (int i = 0; i < unit->nsources; i++) {
        buf_printf(out, "source %d ", i);
        buf_put_c_string(out, unit->sources[i]);
        buf_putc(out, '\n');
    }
    for (int i = 0; i < unit->args.len; i++) /* index arguments first: sizes are made of them */
        if (unit->args.data[i].kind == PLACE_ARG_INDEX)
            put_arg(out, unit, &unit->args.data[i]);
    for (int i = 0; i < unit->args.len; i++)
        if (unit->args.data[i].kind != PLACE_ARG_INDEX)
            put_arg(out, unit, &unit->args.data[i]);
    for (int i = 0; i < unit->assumes.len; i++) {
        buf_puts(out, "assume ");
        expr_format(out, unit->assumes.data[i]);
        buf_putc(out, '\n');
    }
    put_steps(out, unit, &unit->steps);
}
