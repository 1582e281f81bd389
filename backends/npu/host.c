/* The host side: workloads walk their loops, read what decides, and collect tasks. */
#include <inttypes.h>
#include <string.h>

#include "backends/ctext.h"
#include "backends/npu/host.h"
#include "ir/build.h"

/* ---- memory ------------------------------------------------------------------------------------------------------------------ */
static const char *pointer_of(Host *h, const NpuMem *m) {
    const char *base = host_text_of(h, m->base), *at = host_expr(h, m->offset);
    return strcmp(at, "0") == 0 ? base : arena_printf(h->arena, "%s + (%s)", base, at);
}

/* May a task have written it? Inputs of the entry are never written. */
static bool may_be_written(const Host *h, const Value *base) {
    const Func *f = h->func->func;
    for (int i = 0; i < f->nparams; i++) {
        if (f->params[i].value == base)
            return f->params[i].dir != DIR_IN || !f->exported;
    }
    return true;
}

static void get_op(Host *h, const Op *op) {
    NpuMem m = host_element_of(h, op);
    Elem elem = op->results[0]->type->elem;
    if (op_attr_bool(op, ATTR_FILL_VIEW) || (elem_is_float(elem) && elem != ELEM_F32)) {
        host_error(h, op, arena_printf(h->arena, "reading %s in a workload", elem_info(elem)->text));
        return;
    }
    const char *name = host_fresh_name(h, op->results[0]->name);
    host_line(h, "const %s %s = h.read(%s, %s)%s;", host_scalar_type(elem), name, pointer_of(h, &m),
              may_be_written(h, m.base) ? "true" : "false", elem == ELEM_BOOL ? " != 0" : "");
    host_bind(h, op->results[0], name);
}

/* A scalar into every element of a view. */
static void fill_op(Host *h, const Op *op) {
    NpuMem m = npu_mem(h->layouts, op->operands[0]);
    const char *value = host_text_of(h, op->operands[1]);
    if (!value || (elem_is_narrow_float(m.elem))) {
        host_error(h, op, "this value in a `store` of a workload");
        return;
    }
    host_line(h, "h.flush();");
    buf_indent(h->out, h->indent);
    buf_printf(h->out, "h.fill(%s, static_cast<%s>(%s), {", pointer_of(h, &m), npu_cpp_type(m.elem), value);
    for (int d = 0; d < m.rank; d++)
        buf_printf(h->out, "%sint64_t(%s)", d ? ", " : "", host_expr(h, m.dims[d]));
    buf_puts(h->out, "}, {");
    for (int d = 0; d < m.rank; d++)
        buf_printf(h->out, "%sint64_t(%s)", d ? ", " : "", host_expr(h, m.strides[d]));
    buf_puts(h->out, "});\n");
}

/* A scalar into one element. */
static void put_element(Host *h, const Op *op) {
    NpuMem m = host_element_of(h, op);
    const char *value = host_text_of(h, op->operands[1]);
    if (!value || op->noperands > 2 || elem_is_narrow_float(m.elem)) {
        host_error(h, op, "this value in a `store` of a workload");
        return;
    }
    host_line(h, "h.flush();");
    host_line(h, "h.fill(%s, static_cast<%s>(%s), {}, {});", pointer_of(h, &m), npu_cpp_type(m.elem), value);
}

static void csr_op(Host *h, const Op *op) {
    NpuMem pointers = npu_mem(h->layouts, op->operands[0]), columns = npu_mem(h->layouts, op->operands[1]);
    const char *name = op_attr_str(op, ATTR_NAME);
    host_line(h, "if (!pt_csr_check(h, \"%s\", %s, %s, %s, %s, %s))", name ? name : "csr", pointer_of(h, &pointers),
              pointer_of(h, &columns), host_expr(h, op->exprs[0]), host_expr(h, op->exprs[1]),
              host_expr(h, op->exprs[2]));
    host_line(h, "    return;");
}

static void temp_op(Host *h, const Op *op) {
    const Type *t = op->results[0]->type;
    const Expr *size = expr_const(h->layouts->module->exprs, elem_bytes(t->elem));
    for (int d = 0; d < t->rank; d++)
        size = expr_mul(h->layouts->module->exprs, size, t->dims[d]);
    const char *name = host_fresh_name(h, op->results[0]->name), *type = npu_cpp_type(t->elem);
    host_line(h, "%s *const %s = static_cast<%s *>(h.alloc(h.temps, %s));", type, name, type, host_expr(h, size));
    host_bind(h, op->results[0], name);
}

/* ---- calls ------------------------------------------------------------------------------------------------------------------- */
const PlaceUnit *host_unit_of(const Host *h, const Func *f) {
    for (int i = 0; i < h->program->nunits; i++) {
        if (strcmp(h->program->units[i]->name, f->name) == 0)
            return h->program->units[i];
    }
    return NULL;
}

static const char *stride_text(Host *h, const Op *call, const NpuFunc *callee, int k) {
    int slot = callee->made_up_slot.data[k];
    NpuMem m = npu_mem(h->layouts, call->operands[slot / IR_MAX_RANK]);
    return host_expr(h, m.strides[slot % IR_MAX_RANK]);
}

/* The callee's index values in the caller's terms, for sizes of workspaces. */
typedef struct SizeBinding {
    Host *h;
    const PlaceUnit *unit;
    const char *const *texts; /* by argument of the unit */
} SizeBinding;

static const char *operand_text(Host *h, const Op *call, const PlaceArg *a, const NpuFunc *callee) {
    for (int i = 0; i < callee->func->nparams; i++) {
        const Value *param = callee->func->params[i].value;
        if (a->kind == PLACE_ARG_TENSOR && param == a->value) {
            NpuMem m = npu_mem(h->layouts, call->operands[i]);
            return pointer_of(h, &m);
        }
        if (a->kind == PLACE_ARG_SCALAR && param == a->value)
            return host_text_of(h, call->operands[i]);
    }
    return NULL;
}

/* Index arguments stand in the order: integer parameters, index parameters, strides (lower.c, add_args). */
void host_index_texts(Host *h, const Op *call, const NpuFunc *callee, const char **out) {
    int n = 0;
    for (int i = 0; i < callee->func->nparams; i++) {
        const Type *t = callee->func->params[i].value->type;
        if (type_is_tile(t) && (elem_is_int(t->elem) || t->elem == ELEM_BOOL))
            out[n++] = host_text_of(h, call->operands[i]);
    }
    for (int i = 0; i < callee->func->nindex_params; i++)
        out[n++] = host_expr(h, call->exprs[i]);
    for (int i = 0; i < callee->made_up.len; i++)
        out[n++] = stride_text(h, call, callee, i);
}

static void workspaces(Host *h, const PlaceUnit *u, const char **texts) {
    ExprTable *t = h->layouts->module->exprs;
    int mark = h->values.len;
    for (int i = 0; i < u->args.len; i++) {
        if (u->args.data[i].kind == PLACE_ARG_INDEX)
            host_bind(h, u->args.data[i].value, arena_printf(h->arena, "(%s)", texts[i]));
    }
    for (int i = 0; i < u->args.len; i++) {
        const PlaceArg *a = &u->args.data[i];
        if (!a->workspace)
            continue;
        texts[i] = host_fresh_name(h, a->name);
        host_line(h, "void *const %s = h.task_workspace(%s);", texts[i],
                  host_expr(h, expr_mul_const(t, a->size, elem_bytes(a->elem))));
    }
    h->values.len = h->texts.len = h->made.len = mark;
}

static void kernel_call(Host *h, const Op *op, const NpuFunc *callee) {
    const PlaceUnit *u = host_unit_of(h, callee->func);
    if (!u)
        return;
    const char **texts = ARENA_ARRAY(h->arena, const char *, u->args.len + 1);
    const char **index = ARENA_ARRAY(h->arena, const char *, u->args.len + IR_MAX_RANK * 8);
    int next = 0;
    host_index_texts(h, op, callee, index);
    for (int i = 0; i < u->args.len; i++) {
        const PlaceArg *a = &u->args.data[i];
        if (a->kind == PLACE_ARG_INDEX)
            texts[i] = a->counter ? "0" : index[next++];
        else if (!a->workspace)
            texts[i] = a->value ? operand_text(h, op, a, callee) : "h.counting()";
    }
    host_line(h, "{");
    h->indent += 4;
    workspaces(h, u, texts);
    buf_indent(h->out, h->indent);
    buf_printf(h->out, "h.add(%d, %s_run, {", h->sites++, u->name);
    for (int i = 0; i < u->args.len; i++) {
        const PlaceArg *a = &u->args.data[i];
        const char *wrap = a->kind == PLACE_ARG_TENSOR   ? "pt_address"
                           : a->kind == PLACE_ARG_SCALAR ? "pt_bits"
                                                         : "int64_t";
        buf_printf(h->out, "%s%s(%s)", i ? ", " : "", wrap, texts[i] ? texts[i] : "0");
    }
    buf_puts(h->out, "});\n");
    host_line(h, h->loose ? "h.make_room();" : "h.flush();");
    h->indent -= 4;
    host_line(h, "}");
}

static void workload_call(Host *h, const Op *op, const NpuFunc *callee) {
    host_line(h, "h.flush();");
    buf_indent(h->out, h->indent);
    buf_printf(h->out, "workload_%s(h", callee->func->name);
    for (int i = 0; i < callee->func->nindex_params; i++)
        buf_printf(h->out, ", %s", host_expr(h, op->exprs[i]));
    for (int i = 0; i < callee->func->nparams; i++) {
        NpuMem m = {0};
        bool memory = type_is_memory(callee->func->params[i].value->type);
        if (memory)
            m = npu_mem(h->layouts, op->operands[i]);
        buf_printf(h->out, ", %s", memory ? pointer_of(h, &m) : host_text_of(h, op->operands[i]));
    }
    for (int i = 0; i < callee->made_up.len; i++)
        buf_printf(h->out, ", %s", stride_text(h, op, callee, i));
    buf_puts(h->out, ");\n");
    host_line(h, "h.flush();");
    host_line(h, "if (h.status)");
    host_line(h, "    return;");
}

static void call_op(Host *h, const Op *op) {
    const NpuFunc *callee = npu_func(h->layouts, module_find(h->layouts->module, op_attr_str(op, ATTR_CALLEE)));
    if (callee->func->kind == FUNC_KERNEL)
        kernel_call(h, op, callee);
    else
        workload_call(h, op, callee);
}

/* ---- control ------------------------------------------------------------------------------------------------------------------ */
static void put_region(void *user, const Region *r);

static void nested(Host *h, const Region *r) { host_nested(h, r, put_region, h); }

bool host_has_code(const Region *r, OpCode code) {
    for (const Op *op = r->first; op; op = op->next) {
        if (op->code == code)
            return true;
        for (int i = 0; i < op->nregions; i++) {
            if (host_has_code(op->regions[i], code))
                return true;
        }
    }
    return false;
}

static void loop_op(Host *h, const Op *op) {
    bool before = h->loose, parallel = op->code == OP_PARALLEL;
    const char *i = host_fresh_name(h, op->regions[0]->args[0]->name);
    if (op->noperands > 0) {
        host_error(h, op, "a loop with carried values in a workload");
        return;
    }
    if (!h->loose)
        host_line(h, "h.flush();");
    h->loose = parallel && !host_has_code(op->regions[0], OP_FOR) && (before || parallel);
    host_line(h, "for (int64_t %s = %s; %s < %s && !h.status; %s += %s) {", i, host_expr(h, op->exprs[0]), i,
              host_expr(h, op->exprs[1]), i, host_expr(h, op->exprs[2]));
    host_bind(h, op->regions[0]->args[0], i);
    nested(h, op->regions[0]);
    host_line(h, "}");
    h->loose = before;
    if (!h->loose)
        host_line(h, "h.flush();");
}

static void if_op(Host *h, const Op *op) {
    if (op->nresults > 0) {
        host_error(h, op, "`if` with results in a workload");
        return;
    }
    host_line(h, "if (%s) {", host_text_of(h, op->operands[0]));
    nested(h, op->regions[0]);
    if (op->regions[1]->first && op->regions[1]->first->code != OP_YIELD) {
        host_line(h, "} else {");
        nested(h, op->regions[1]);
    }
    host_line(h, "}");
}

/* ---- pipes --------------------------------------------------------------------------------------------------------------------- */
static void process_op(Host *h, const Op *op) {
    const char *name = op_attr_str(op, ATTR_NAME), *around = h->pipe;
    bool loose = h->loose;
    h->loose = false;
    host_line(h, "%s.add(\"%s\", [&](PtProcess &process) {", around, name ? name : "?");
    h->indent += 4;
    host_line(h, "(void)process;");
    h->indent -= 4;
    nested(h, op->regions[0]);
    host_line(h, "    h.flush();");
    host_line(h, "});");
    h->loose = loose;
}

/* Processes take turns on the host: one that waits for a slot lets another one go on. */
static void pipe_op(Host *h, const Op *op) {
    const char *before = h->pipe;
    int mark = h->values.len;
    h->pipe = host_fresh_name(h, "pipe");
    host_line(h, "h.flush();");
    host_line(h, "{");
    h->indent += 4;
    buf_indent(h->out, h->indent);
    buf_printf(h->out, "PtPipe %s(h, {", h->pipe);
    for (int i = 0; i < op->nexprs; i++)
        buf_printf(h->out, "%s%s", i ? ", " : "", host_expr(h, op->exprs[i]));
    buf_puts(h->out, "});\n");
    for (const Op *p = op->regions[0]->first; p && !h->failed; p = p->next) {
        if (p->code == OP_PROCESS)
            process_op(h, p);
    }
    host_line(h, "%s.run();", h->pipe);
    host_line(h, "if (h.status)");
    host_line(h, "    return;");
    h->indent -= 4;
    host_line(h, "}");
    h->values.len = h->texts.len = h->made.len = mark;
    h->pipe = before;
}

static void transfer_op(Host *h, const Op *op) {
    bool send = op->code == OP_SEND;
    const char *slot = host_fresh_name(h, op->regions[0]->args[0]->name), *k = host_expr(h, op->exprs[0]);
    host_line(h, "{");
    h->indent += 4;
    host_line(h, "const int64_t %s = process.begin(%s, %s);", slot, k, send ? "true" : "false");
    host_line(h, "if (%s < 0)", slot);
    host_line(h, "    return;");
    host_bind(h, op->regions[0]->args[0], slot);
    h->indent -= 4;
    nested(h, op->regions[0]);
    h->indent += 4;
    host_line(h, "h.flush();");
    host_line(h, "process.end(%s, %s, %s);", k, slot, send ? "true" : "false");
    h->indent -= 4;
    host_line(h, "}");
}

/* The message of a check with {0}, {1} filled in. */
static void put_failure(Host *h, const Op *op, int first) {
    const char *text = op_attr_str(op, ATTR_TEXT);
    Buf quoted = {0};
    buf_put_c_string(&quoted, text ? text : "");
    host_line(h, "pt_failure(h, PTOC_E_%s, %s, {", op_attr_str(op, ATTR_CODE), buf_text(&quoted));
    for (int i = first; i < op->nexprs; i++)
        host_line(h, "    int64_t(%s)%s", host_expr(h, op->exprs[i]), i + 1 < op->nexprs ? "," : "");
    host_line(h, "});");
    host_line(h, "return;");
    buf_free(&quoted);
}

static void check_op(Host *h, const Op *op) {
    host_line(h, "if (%s < 0) {", host_expr(h, op->exprs[0]));
    h->indent += 4;
    put_failure(h, op, 1);
    h->indent -= 4;
    host_line(h, "}");
}

static void put_op(Host *h, const Op *op) {
    switch ((int)op->code) { /* what may stand in a workload */
    case OP_PARALLEL:
    case OP_FOR: loop_op(h, op); break;
    case OP_CONCURRENT:
        host_line(h, "{");
        nested(h, op->regions[0]);
        host_line(h, "}");
        break;
    case OP_IF: if_op(h, op); break;
    case OP_SWITCH: host_switch(h, op, put_region, h); break;
    case OP_CALL: call_op(h, op); break;
    case OP_GET: get_op(h, op); break;
    case OP_PUT: put_element(h, op); break;
    case OP_CSR: csr_op(h, op); break;
    case OP_PIPE: pipe_op(h, op); break;
    case OP_SEND:
    case OP_RECEIVE: transfer_op(h, op); break;
    case OP_TALLY: break;
    case OP_TEMP: temp_op(h, op); break;
    case OP_FILL: fill_op(h, op); break;
    case OP_CHECK: check_op(h, op); break;
    case OP_FAIL: put_failure(h, op, 0); break;
    case OP_VIEW:
    case OP_RESHAPE_VIEW:
    case OP_ASSUME:
    case OP_YIELD: break;
    default: host_scalar_op(h, op); break;
    }
}

static void put_region(void *user, const Region *r) {
    Host *h = user;
    for (const Op *op = r->first; op && !h->failed; op = op->next)
        put_op(h, op);
}

/* ---- functions ---------------------------------------------------------------------------------------------------------------- */
static void put_param(Host *h, const Value *v, const char *name) {
    if (type_is_memory(v->type))
        buf_printf(h->out, ", %s *%s", npu_cpp_type(v->type->elem), name);
    else
        buf_printf(h->out, ", %s %s", host_scalar_type(v->type->elem), name);
}

static void put_signature(Host *h, const NpuFunc *f, bool bound) {
    const Func *func = f->func;
    buf_printf(h->out, "static void workload_%s(PtHost &h", func->name);
    for (int i = 0; i < func->nindex_params; i++) {
        const char *name = host_fresh_name(h, func->index_params[i].value->name);
        if (bound)
            host_bind(h, func->index_params[i].value, name);
        buf_printf(h->out, ", int64_t %s", name);
    }
    for (int i = 0; i < func->nparams; i++) {
        const char *name = host_fresh_name(h, func->params[i].value->name);
        if (bound)
            host_bind(h, func->params[i].value, name);
        put_param(h, func->params[i].value, name);
    }
    for (int i = 0; i < f->made_up.len; i++) {
        const char *name = host_fresh_name(h, f->made_up.data[i]->name);
        if (bound)
            host_bind(h, f->made_up.data[i], name);
        buf_printf(h->out, ", int64_t %s", name);
    }
    buf_putc(h->out, ')');
}

void host_start_function(Host *h, const NpuFunc *f) {
    h->func = f;
    h->values.len = h->texts.len = h->made.len = h->names.len = 0;
    h->numbered = 0;
}

static void put_workload(Host *h, const NpuFunc *f) {
    host_start_function(h, f);
    put_signature(h, f, true);
    buf_puts(h->out, " {\n");
    h->indent = 4;
    h->loose = false;
    for (int i = 0; i < h->names.len; i++)
        host_line(h, "(void)%s;", h->names.data[i]);
    put_region(h, f->func->body);
    host_line(h, "h.flush();");
    buf_puts(h->out, "}\n\n");
}

static void put_args_struct(Host *h, const NpuFunc *f, const char *prefix) {
    const Func *func = f->func;
    host_start_function(h, f);
    buf_printf(h->out, "struct %s%s_args {\n", prefix, func->name);
    for (int i = 0; i < func->nindex_params; i++) {
        if (!func->index_params[i].is_entries)
            buf_printf(h->out, "    int64_t %s;\n", func->index_params[i].value->name);
    }
    for (int i = 0; i < func->nparams; i++) {
        const Param *p = &func->params[i];
        const char *type = type_is_memory(p->value->type) ? npu_cpp_type(p->value->type->elem)
                                                          : host_scalar_type(p->value->type->elem);
        buf_printf(h->out, "    %s%s %s%s;\n", p->dir == DIR_IN ? "const " : "", type,
                   type_is_memory(p->value->type) ? "*" : "", p->value->name);
        if (p->value->type->strided)
            buf_printf(h->out, "    int64_t %s_stride[%d];\n", p->value->name, p->value->type->rank);
    }
    buf_puts(h->out, "};\n");
}

/* The entries of a csr matrix are the last of its row pointers. */
static void put_index_argument(Host *h, const Func *func, int i) {
    if (!func->index_params[i].is_entries) {
        buf_printf(h->out, ", args->%s", func->index_params[i].value->name);
        return;
    }
    const Value *pointers = func->params[func_csr_columns(func, i) - 1].value;
    for (int k = 0; k < func->nindex_params; k++)
        host_bind(h, func->index_params[k].value,
                  arena_printf(h->arena, "args->%s", func->index_params[k].value->name));
    const Expr *rows = expr_add_const(h->layouts->module->exprs, pointers->type->dims[0], -1);
    buf_printf(h->out, ", h.read(args->%s + (%s), false)", pointers->name, host_expr(h, rows));
}

/* A tensor's first byte and how many it has; with strides, up to its last element. */
static const char *stretch(Host *h, const Param *p) {
    ExprTable *t = h->layouts->module->exprs;
    const Type *type = p->value->type;
    const Expr *n = expr_const(t, 1);
    for (int d = 0; d < type->rank; d++)
        n = expr_mul(t, n, type->dims[d]);
    const char *name = p->value->name, *count = host_expr(h, n);
    if (type->strided) {
        count = "1";
        for (int d = 0; d < type->rank; d++)
            count = arena_printf(h->arena, "%s + (%s - 1) * args->%s_stride[%d]", count, host_expr(h, type->dims[d]),
                                 name, d);
    }
    return arena_printf(h->arena, "args->%s, %d * (%s)", name, elem_bytes(type->elem), count);
}

/* What is written overlaps no other tensor: proofs rely on it. */
static void put_alias_checks(Host *h, const Func *func) {
    int mark = h->values.len;
    for (int i = 0; i < func->nindex_params; i++) {
        if (!func->index_params[i].is_entries)
            host_bind(h, func->index_params[i].value,
                      arena_printf(h->arena, "args->%s", func->index_params[i].value->name));
    }
    for (int a = 0; a < func->nparams; a++) {
        for (int b = 0; b < func->nparams; b++) {
            const Param *x = &func->params[a], *y = &func->params[b];
            bool counted = !type_is_memory(x->value->type) || !type_is_memory(y->value->type) ||
                           x->value->type->kind == TYPE_CSR || y->value->type->kind == TYPE_CSR;
            bool entries = false;
            for (int i = 0; i < func->nindex_params; i++)
                entries |= func->index_params[i].is_entries &&
                           (func_csr_columns(func, i) == a || func_csr_columns(func, i) == b);
            if (counted || entries || x->dir == DIR_IN || a == b || (y->dir != DIR_IN && b < a))
                continue;
            host_line(h, "if (pt_overlap(%s, %s))", stretch(h, x), stretch(h, y));
            host_line(h, "    return h.fail(PTOC_E_ALIAS, \"%s: %s and %s overlap\");", func->name, x->value->name,
                      y->value->name);
        }
    }
    h->values.len = h->texts.len = h->made.len = mark;
}

static void put_entry(Host *h, const NpuFunc *f) {
    const Func *func = f->func;
    const char *prefix = h->options->symbol_prefix ? h->options->symbol_prefix : "";
    put_args_struct(h, f, prefix);
    buf_printf(h->out, "extern \"C\" int %s%s(const %s%s_args *args, void *stream) {\n", prefix, func->name, prefix,
               func->name);
    h->indent = 4;
    host_line(h, "PtHost h(stream);");
    put_alias_checks(h, func);
    buf_indent(h->out, 4);
    buf_printf(h->out, "workload_%s(h", func->name);
    for (int i = 0; i < func->nindex_params; i++)
        put_index_argument(h, func, i);
    for (int i = 0; i < func->nparams; i++) {
        const Param *p = &func->params[i];
        bool constant = p->dir == DIR_IN && type_is_memory(p->value->type);
        if (constant)
            buf_printf(h->out, ", const_cast<%s *>(args->%s)", npu_cpp_type(p->value->type->elem), p->value->name);
        else
            buf_printf(h->out, ", args->%s", p->value->name);
    }
    for (int i = 0; i < f->made_up.len; i++) {
        int slot = f->made_up_slot.data[i];
        buf_printf(h->out, ", args->%s_stride[%d]", func->params[slot / IR_MAX_RANK].value->name, slot % IR_MAX_RANK);
    }
    buf_puts(h->out, ");\n");
    host_line(h, "return h.status;");
    buf_puts(h->out, "}\n\n");
}

static void put_lines(Buf *out, const char *const *lines) {
    for (; *lines; lines++)
        buf_printf(out, "%s\n", *lines);
}

static bool any_has_code(const NpuLayouts *layouts, OpCode code) {
    for (int i = 0; i < layouts->norder; i++) {
        const Func *f = layouts->order[i]->func;
        if (f->kind == FUNC_WORKLOAD && host_has_code(f->body, code))
            return true;
    }
    return false;
}

bool npu_emit_host(Arena *arena, const NpuLayouts *layouts, const NpuProgram *program, const NpuOptions *options,
                   DiagContext *dc, Buf *out) {
    Host h = {.arena = arena, .layouts = layouts, .program = program, .options = options, .dc = dc, .out = out};
    buf_putc(out, '\n');
    put_lines(out, npu_prelude_host);
    if (any_has_code(layouts, OP_CSR))
        put_lines(out, npu_prelude_csr);
    if (any_has_code(layouts, OP_PIPE))
        put_lines(out, npu_prelude_pipe);
    buf_puts(out, "\n// ---- kernels over tables of tasks ----\n");
    for (int i = 0; i < program->nunits; i++)
        npu_emit_tasks(arena, program->units[i], out);
    for (int i = layouts->norder - 1; i >= 0; i--) { /* callees first */
        if (layouts->order[i]->func->kind == FUNC_WORKLOAD)
            put_workload(&h, layouts->order[i]);
    }
    for (int i = 0; i < layouts->nfuncs; i++) {
        if (layouts->funcs[i].func->exported)
            put_entry(&h, &layouts->funcs[i]);
    }
    return !h.failed;
}
