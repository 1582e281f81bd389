/* Names, expressions and scalars of what runs on the host. */
#include "backends/npu/host.h"

#include <inttypes.h>
#include <string.h>

#include "backends/ctext.h"
#include "ir/build.h"

void host_error(Host *h, const Op *op, const char *what) {
    if (!h->failed)
        diag_report(h->dc, DIAG_UNSUPPORTED_CONSTRUCT,
                    module_span(h->layouts->module, h->dc, op ? op->loc : h->func->func->loc), what,
                    npu_arch_text(h->options->arch));
    h->failed = true;
}

void host_line(Host *h, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    buf_vline(h->out, h->indent, fmt, ap);
    va_end(ap);
}

/* ---- names and expressions ------------------------------------------------------------------------------------------------ */
static const char *const reserved[] = {"h", "args", "stream", "half", "pto", NULL};

const char *host_fresh_name(Host *h, const char *wanted) {
    const char *base =
        wanted ? ctext_plain_name(h->arena, reserved, wanted) : arena_printf(h->arena, "v%d", h->numbered++);
    const char *name = base;
    for (int n = 2;; n++) {
        bool taken = false;
        for (int i = 0; i < h->names.len; i++)
            taken |= strcmp(h->names.data[i], name) == 0;
        if (!taken)
            break;
        name = arena_printf(h->arena, "%s_%d", base, n);
    }
    VEC_PUSH(h->arena, &h->names, name);
    return name;
}

void host_bind(Host *h, const Value *v, const char *text) {
    Value *leaf = ARENA_NEW(h->arena, Value);
    leaf->name = text;
    leaf->type = v->type;
    leaf->id = ((Module *)h->layouts->module)->next_value_id++;
    VEC_PUSH(h->arena, &h->values, v);
    VEC_PUSH(h->arena, &h->texts, text);
    VEC_PUSH(h->arena, &h->made, leaf);
}

const char *host_text_of(const Host *h, const Value *v) {
    for (int i = h->values.len - 1; i >= 0; i--) {
        if (h->values.data[i] == v)
            return h->texts.data[i];
    }
    return NULL;
}

static const Expr *leaf(void *user, Value *v) {
    const Host *h = user;
    for (int i = h->values.len - 1; i >= 0; i--) {
        if (h->values.data[i] == v)
            return expr_value(h->layouts->module->exprs, h->made.data[i]);
    }
    return NULL;
}

const char *host_expr(Host *h, const Expr *e) {
    Buf text = {0};
    npu_put_expr(&text, expr_substitute(h->layouts->module->exprs, e, leaf, h));
    const char *s = arena_strdup(h->arena, buf_text(&text));
    buf_free(&text);
    return s;
}

/* ---- scalars ----------------------------------------------------------------------------------------------------------------- */
static const char *binary_sign(OpCode code) {
    static const struct {
        OpCode code;
        const char *sign;
    } rows[] = {{OP_ADD, "+"}, {OP_SUB, "-"}, {OP_MUL, "*"}, {OP_EQ, "=="}, {OP_NE, "!="}, {OP_LT, "<"},
                {OP_LE, "<="}, {OP_GT, ">"},  {OP_GE, ">="}, {OP_AND, "&"}, {OP_OR, "|"},  {OP_XOR, "^"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code == code)
            return rows[i].sign;
    }
    return NULL;
}

const char *host_scalar_type(Elem elem) { return elem == ELEM_BOOL ? "bool" : npu_cpp_type(elem); }

void host_scalar_op(Host *h, const Op *op) {
    if (op->nresults != 1) {
        host_error(h, op, arena_printf(h->arena, "`%s` in a workload", op_info(op->code)->name));
        return;
    }
    const Value *r = op->results[0];
    const char *a = op->noperands > 0 ? host_text_of(h, op->operands[0]) : "",
               *b = op->noperands > 1 ? host_text_of(h, op->operands[1]) : "";
    const char *sign = binary_sign(op->code), *text = NULL;
    if (op->code == OP_INDEX)
        text = host_expr(h, op->exprs[0]);
    else if (op->code == OP_CONST && op_attr(op, ATTR_FLOAT))
        text = arena_printf(h->arena, "%a", op_attr(op, ATTR_FLOAT)->f);
    else if (op->code == OP_CONST)
        text = arena_printf(h->arena, "%" PRId64, op_attr_int(op, ATTR_INT, 0));
    else if (!type_is_scalar(r->type) || !a || !b)
        text = NULL;
    else if (sign)
        text = arena_printf(h->arena, "%s %s %s", a, sign, b);
    else if (op->code == OP_NOT && r->type->elem == ELEM_BOOL)
        text = arena_printf(h->arena, "!%s", a);
    else if (op->code == OP_CAST && !elem_is_narrow_float(r->type->elem))
        text = a;
    if (!text) {
        host_error(h, op, arena_printf(h->arena, "`%s` in a workload", op_info(op->code)->name));
        return;
    }
    const char *name = host_fresh_name(h, r->name);
    host_line(h, "const %s %s = static_cast<%s>(%s);", host_scalar_type(r->type->elem), name,
              host_scalar_type(r->type->elem), text);
    host_bind(h, r, name);
}

/* ---- control -------------------------------------------------------------------------------------------------------------- */
NpuMem host_element_of(Host *h, const Op *op) {
    NpuMem m = npu_mem(h->layouts, op->operands[0]);
    ExprTable *t = h->layouts->module->exprs;
    for (int d = 0; d < m.rank; d++) {
        m.offset = expr_add(t, m.offset, expr_mul(t, op->exprs[d], m.strides[d]));
        if (m.boxed)
            m.origin[m.of[d]] = expr_add(t, m.origin[m.of[d]], op->exprs[d]);
        m.dims[d] = expr_const(t, 1);
    }
    return m;
}

void host_nested(Host *h, const Region *r, HostRegionFn *put, void *user) {
    int mark = h->values.len;
    h->indent += 4;
    put(user, r);
    h->indent -= 4;
    h->values.len = h->texts.len = h->made.len = mark;
}

void host_switch(Host *h, const Op *op, HostRegionFn *put, void *user) {
    const char *x = host_expr(h, op->exprs[0]);
    for (int r = 0; r < op->nregions; r++) {
        if (r + 1 < op->nexprs)
            host_line(h, "%sif (%s <= %s) {", r ? "} else " : "", x, host_expr(h, op->exprs[r + 1]));
        else
            host_line(h, "} else {");
        host_nested(h, op->regions[r], put, user);
    }
    host_line(h, "}");
}
