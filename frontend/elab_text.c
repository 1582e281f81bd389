/* Words for messages: places, types, values; and the notes that lead from an inlined func to its use. */
#include <ctype.h>
#include <string.h>

#include "frontend/elab_internal.h"

Diag *elab_reported(Elab *e, Diag *d) {
    if (diag_count(e->dc) == e->count_before)
        return NULL;
    for (const ElabInline *in = e->inlining; in; in = in->outer)
        diag_note(d, in->span, "in this use of func `%s`", in->name);
    return d;
}

Loc elab_loc(Elab *e, Span span) {
    if (span.file < 0)
        return LOC_NONE;
    Loc loc = {.file = e->loc_file[span.file], .line = 0, .column = 0};
    source_position(source_get(diag_source_map(e->dc), span.file), span.begin, &loc.line, &loc.column);
    return loc;
}

void elab_at(Elab *e, Span span) { e->b.loc = elab_loc(e, span); }

const char *elab_source_text(Elab *e, Span span) {
    if (span.file < 0)
        return "";
    const char *text = source_get(diag_source_map(e->dc), span.file)->text;
    Buf out = {0};
    bool gap = false;
    for (uint32_t i = span.begin; i < span.end; i++) {
        if (isspace((unsigned char)text[i])) {
            gap = out.len > 0;
            continue;
        }
        if (gap)
            buf_putc(&out, ' ');
        gap = false;
        buf_putc(&out, text[i]);
    }
    const char *result = arena_strdup(e->arena, buf_text(&out));
    buf_free(&out);
    return result;
}

const char *elab_expr_text(Elab *e, const Expr *x) {
    Buf out = {0};
    expr_format(&out, x);
    const char *result = arena_strdup(e->arena, buf_text(&out));
    buf_free(&out);
    return result;
}

const char *elab_type_text(Elab *e, const Type *t) {
    Buf out = {0};
    buf_puts(&out, t->kind == TYPE_CSR ? "csr" : elem_info(t->elem)->text);
    for (int i = 0; i < t->rank; i++) {
        buf_puts(&out, i ? ", " : "[");
        expr_format(&out, t->dims[i]);
    }
    buf_puts(&out, t->rank ? "]" : "");
    const char *result = arena_strdup(e->arena, buf_text(&out));
    buf_free(&out);
    return result;
}

static const char *article(const char *word) { return strchr("aefi", word[0]) && word[0] ? "an" : "a"; }

const char *elab_value_text(Elab *e, const ElabValue *v) {
    const char *elem = v->kind == EV_TILE || v->kind == EV_ELEM ? elem_info(v->elem)->text : "";
    switch (v->kind) {
    case EV_POISON: return "a value with a mistake";
    case EV_NUMBER: return arena_printf(e->arena, "the constant %s", elab_number_text(e, v->number));
    case EV_INDEX: return "an index scalar";
    case EV_TILE:
        if (v->scalar)
            return arena_printf(e->arena, "%s %s scalar", article(elem), elem);
        return arena_printf(e->arena, "the tile %s", elab_type_text(e, v->value->type));
    case EV_VIEW:
        return arena_printf(e->arena, "the %s %s", v->view->type->kind == TYPE_CSR ? "matrix" : "view",
                            elab_type_text(e, v->view->type));
    case EV_ELEM: return arena_printf(e->arena, "the element type %s", elem);
    case EV_VOID: return "no value";
    }
    return "";
}

const char *elab_binding_text(Elab *e, const Binding *b) {
    static const char *const words[] = {
        [BIND_VALUE] = "value",       [BIND_INDEX] = "index",     [BIND_PARAM] = "parameter", [BIND_TEMP] = "temp",
        [BIND_VAR] = "var",           [BIND_CONST] = "const",     [BIND_FUNC] = "func",       [BIND_KERNEL] = "kernel",
        [BIND_WORKLOAD] = "workload", [BIND_CHANNEL] = "channel",
    };
    return arena_printf(e->arena, "the %s `%s`", words[b->kind], b->name);
}
