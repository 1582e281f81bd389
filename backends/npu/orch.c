/* The orchestration of a workload for the task runtime `simpler`: tasks are submitted in the order of the text, with the regions of
 * tensors that they read and write, and the runtime finds which wait for which. It does not see that a write must wait for reads before
 * it, so what is written again later is read as inout. A scope a round of an innermost parallel loop keeps its task window small. */
#include <inttypes.h>
#include <string.h>

#include "backends/npu/dir.h"
#include "ir/walk.h"

typedef struct Orch {
    Host *h;
    UseCounts uses;
    VEC(const Op *) loops; /* around, that run in order */
    const char *condition; /* of the tasks that are submitted; NULL: none */
} Orch;

static void put_region(void *user, const Region *r);

static void nested(Orch *o, const Region *r) { host_nested(o->h, r, put_region, o); }

/* ---- tensors --------------------------------------------------------------------------------------------------------------- */
static const char *list_of(Host *h, const Expr *const *e, int n) {
    Buf text = {0};
    for (int i = 0; i < n; i++)
        buf_printf(&text, "%s%s", i ? ", " : "", host_expr(h, e[i]));
    const char *s = arena_strdup(h->arena, buf_text(&text));
    buf_free(&text);
    return s;
}

/* The part of a tensor that a view is: a box, without the dimensions that are dropped; else a stretch of its elements. */
static const char *tensor_text(Host *h, const NpuMem *m) {
    ExprTable *t = h->layouts->module->exprs;
    const char *base = host_text_of(h, m->base);
    int rank = m->base->type->rank;
    if (!m->boxed || rank > NPU_TENSOR_RANK) {
        const Expr *last = expr_const(t, 1);
        for (int d = 0; d < m->rank; d++)
            last = expr_add(t, last, expr_mul(t, expr_add_const(t, m->dims[d], -1), m->strides[d]));
        return arena_printf(h->arena, "pt_span(%s, %s, %s)", base, host_expr(h, m->offset), host_expr(h, last));
    }
    const Expr *shape[IR_MAX_RANK];
    Buf kept = {0};
    for (int d = 0; d < rank; d++)
        shape[d] = expr_const(t, 1);
    for (int d = 0; d < m->rank; d++) {
        shape[m->of[d]] = m->dims[d];
        buf_printf(&kept, "%s%d", d ? ", " : "", m->of[d]);
    }
    const char *s = arena_printf(h->arena, "pt_view(%s, {%s}, {%s}, {%s})", base, list_of(h, shape, rank),
                                 list_of(h, m->origin, rank), buf_text(&kept));
    buf_free(&kept);
    return s;
}

static bool base_may_be_written(const Host *h, const Value *base) {
    const Func *f = h->func->func;
    for (int i = 0; i < f->nparams; i++) {
        if (f->params[i].value == base)
            return f->params[i].dir != DIR_IN || !f->exported;
    }
    return true;
}

/* ---- is memory written again? ----------------------------------------------------------------------------------------------- */
typedef struct Search {
    const Host *h;
    const Value *base;
    const Op *from;
    bool behind, found;
} Search;

static bool op_writes(const Host *h, const Op *op, const Value *base) {
    if (op->code == OP_FILL || op->code == OP_PUT)
        return npu_mem(h->layouts, op->operands[0]).base == base;
    if (op->code != OP_CALL)
        return false;
    const Func *callee = module_find(h->layouts->module, op_attr_str(op, ATTR_CALLEE));
    for (int i = 0; i < op->noperands; i++) {
        bool memory = type_is_memory(op->operands[i]->type);
        if (memory && callee->params[i].dir != DIR_IN && npu_mem(h->layouts, op->operands[i]).base == base)
            return true;
    }
    return false;
}

static void look_behind(void *user, Op *op) {
    Search *s = user;
    s->found |= s->behind && op_writes(s->h, op, s->base);
    s->behind |= op == s->from;
}

static bool written_again(Orch *o, const Op *op, const Value *base) {
    Search s = {.h = o->h, .base = base, .from = op};
    walk_ops(o->h->func->func->body, look_behind, &s);
    for (int i = 0; i < o->loops.len && !s.found; i++) {
        s.behind = true;
        walk_ops(o->loops.data[i]->regions[0], look_behind, &s);
    }
    return s.found;
}

/* ---- calls ------------------------------------------------------------------------------------------------------------------- */
typedef struct Call {
    const Op *op;
    const NpuFunc *callee;
    const PlaceUnit *unit;
    const char **texts; /* of the arguments */
    bool *again;        /* tensors: written again later */
} Call;

static void bind_tensors(Orch *o, Call *c) {
    Host *h = o->h;
    for (int i = 0; i < c->unit->args.len; i++) {
        const PlaceArg *a = &c->unit->args.data[i];
        for (int p = 0; p < c->callee->func->nparams && a->value; p++) {
            if (c->callee->func->params[p].value != a->value)
                continue;
            if (a->kind == PLACE_ARG_SCALAR) {
                c->texts[i] = arena_printf(h->arena, "pt_bits(%s)", host_text_of(h, c->op->operands[p]));
            } else if (a->kind == PLACE_ARG_TENSOR) {
                NpuMem m = npu_mem(h->layouts, c->op->operands[p]);
                c->texts[i] = host_fresh_name(h, a->name);
                c->again[i] = base_may_be_written(h, m.base) && written_again(o, c->op, m.base);
                host_line(h, "const ChipTensor %s = %s;", c->texts[i], tensor_text(h, &m));
            }
        }
    }
}

static void bind_workspaces(Orch *o, Call *c) {
    Host *h = o->h;
    Buf infos = {0};
    int n = 0;
    const char *outs = host_fresh_name(h, "made");
    for (int i = 0; i < c->unit->args.len; i++) {
        const PlaceArg *a = &c->unit->args.data[i];
        if (!a->workspace)
            continue;
        buf_printf(&infos, "%spt_flat(%s, DataType::%s)", n ? ", " : "", host_expr(h, a->size), npu_data_type(a->elem));
        c->texts[i] = arena_printf(h->arena, "%s.get_ref(%d)", outs, n++);
        c->again[i] = true;
    }
    if (n > 0) {
        host_line(h, "const TaskOutputTensors %s = alloc_tensors(%s);", outs, buf_text(&infos));
        host_line(h, "if (rt_is_fatal())");
        host_line(h, "    return;");
    }
    buf_free(&infos);
}

static void submit(Orch *o, const Call *c, int nth) {
    Host *h = o->h;
    const PlaceProgram *p = c->unit->programs.data[nth];
    for (int i = 0; i < p->guards.len; i++)
        host_line(h, "%s%s >= 0%s", i ? "    && " : "if (", host_expr(h, p->guards.data[i]),
                  i + 1 < p->guards.len ? "" : ")");
    host_line(h, "{");
    h->indent += 4;
    host_line(h, "CoreTaskArgs task;");
    for (int kind = 0; kind < 2; kind++) {
        for (int i = 0; i < c->unit->args.len; i++) {
            const PlaceArg *a = &c->unit->args.data[i];
            ArgUse use = npu_arg_use(c->unit, p, i);
            if (use == ARG_UNUSED || (a->kind == PLACE_ARG_TENSOR) != (kind == 0))
                continue;
            if (kind == 0)
                host_line(h, "task.add_%s(%s);", use == ARG_READ && !c->again[i] ? "input" : "inout", c->texts[i]);
            else if (a->kind == PLACE_ARG_SCALAR)
                host_line(h, "task.add_scalar(%s);", c->texts[i]);
            else
                host_line(h, "task.add_scalar(static_cast<int64_t>(%s));",
                          host_expr(h, expr_value(h->layouts->module->exprs, a->value)));
        }
    }
    for (int i = 0; i < p->flags.len; i++) {
        const PlaceFlag *f = &p->flags.data[i];
        host_line(h, "const PtCondition flag(%s, PredicateOp::%s, 0);", c->texts[f->arg], f->set ? "NE" : "EQ");
        host_line(h, "flag.apply(task);");
    }
    if (o->condition)
        host_line(h, "%s.apply(task);", o->condition);
    host_line(h, "rt_submit_%s_task(%d, task); // %s", p->cube ? "aic" : "aiv", npu_func_id(h->program, c->unit, nth),
              p->name);
    h->indent -= 4;
    host_line(h, "}");
}

static void put_steps(Orch *o, const Call *c, const PlaceSteps *steps) {
    Host *h = o->h;
    for (int i = 0; i < steps->len; i++) {
        const PlaceStep *s = steps->data[i];
        if (s->program >= 0) {
            submit(o, c, s->program);
            continue;
        }
        const Value *counter = c->unit->args.data[s->counter].value;
        const char *k = host_fresh_name(h, c->unit->args.data[s->counter].name);
        host_line(h, "for (int64_t %s = 0; %s < %s; %s++) {", k, k, host_expr(h, s->trips), k);
        host_bind(h, counter, k);
        h->indent += 4;
        put_steps(o, c, &s->body);
        h->indent -= 4;
        host_line(h, "}");
    }
}

/* No program takes more than one condition. */
static bool flags_fit(const Orch *o, const PlaceUnit *u) {
    for (int i = 0; i < u->programs.len; i++) {
        if (u->programs.data[i]->flags.len + (o->condition != NULL) > 1)
            return false;
    }
    return true;
}

static void kernel_call(Orch *o, const Op *op, const NpuFunc *callee) {
    Host *h = o->h;
    const PlaceUnit *u = host_unit_of(h, callee->func);
    int mark = h->values.len, next = 0;
    Call c = {op, callee, u, ARENA_ARRAY(h->arena, const char *, u->args.len + 1),
              ARENA_ARRAY(h->arena, bool, u->args.len + 1)};
    const char **index = ARENA_ARRAY(h->arena, const char *, u->args.len + IR_MAX_RANK * 8);
    if (!flags_fit(o, u)) {
        host_error(h, op, "a condition on data inside of another one, in a folder of files,");
        return;
    }
    host_index_texts(h, op, callee, index);
    host_line(h, "{");
    h->indent += 4;
    for (int i = 0; i < u->args.len; i++) {
        const PlaceArg *a = &u->args.data[i];
        c.texts[i] = a->kind == PLACE_ARG_TENSOR ? "counting" : "0";
        if (a->kind == PLACE_ARG_INDEX && !a->counter)
            host_bind(h, a->value, arena_printf(h->arena, "(%s)", index[next++]));
    }
    bind_tensors(o, &c);
    bind_workspaces(o, &c);
    put_steps(o, &c, &u->steps);
    h->indent -= 4;
    host_line(h, "}");
    h->values.len = h->texts.len = h->made.len = mark;
}

static void workload_call(Orch *o, const Op *op, const NpuFunc *callee) {
    Host *h = o->h;
    buf_indent(h->out, h->indent);
    buf_printf(h->out, "workload_%s(counting", callee->func->name);
    for (int i = 0; i < callee->func->nindex_params; i++)
        buf_printf(h->out, ", %s", host_expr(h, op->exprs[i]));
    for (int i = 0; i < callee->func->nparams; i++) {
        bool memory = type_is_memory(callee->func->params[i].value->type);
        NpuMem m = memory ? npu_mem(h->layouts, op->operands[i]) : (NpuMem){0};
        buf_printf(h->out, ", %s", memory ? tensor_text(h, &m) : host_text_of(h, op->operands[i]));
    }
    for (int i = 0; i < callee->made_up.len; i++) {
        int slot = callee->made_up_slot.data[i];
        NpuMem m = npu_mem(h->layouts, op->operands[slot / IR_MAX_RANK]);
        buf_printf(h->out, ", %s", host_expr(h, m.strides[slot % IR_MAX_RANK]));
    }
    buf_puts(h->out, ");\n");
    if (o->condition)
        host_error(h, op, "a workload under a condition on data, in a folder of files,");
}

/* ---- elements ---------------------------------------------------------------------------------------------------------------- */
static void get_op(Orch *o, const Op *op) {
    Host *h = o->h;
    NpuMem m = host_element_of(h, op);
    Elem elem = op->results[0]->type->elem;
    if (op_attr_bool(op, ATTR_FILL_VIEW) || (elem_is_float(elem) && elem != ELEM_F32)) {
        host_error(h, op, arena_printf(h->arena, "reading %s in a workload", elem_info(elem)->text));
        return;
    }
    const char *name = host_fresh_name(h, op->results[0]->name);
    host_line(h, "const %s %s = pt_element<%s>(%s)%s;", host_scalar_type(elem), name, npu_cpp_type(elem),
              tensor_text(h, &m), elem == ELEM_BOOL ? " != 0" : "");
    host_bind(h, op->results[0], name);
}

static void fill_op(Orch *o, const Op *op) {
    Host *h = o->h;
    NpuMem m = op->code == OP_PUT ? host_element_of(h, op) : npu_mem(h->layouts, op->operands[0]);
    const char *value = host_text_of(h, op->operands[1]);
    if (!value || elem_is_narrow_float(m.elem) || o->condition) {
        host_error(h, op, "this value in a `store` of a workload");
        return;
    }
    host_line(h, "pt_fill(%s, static_cast<%s>(%s));", tensor_text(h, &m), npu_cpp_type(m.elem), value);
}

static void temp_op(Orch *o, const Op *op) {
    Host *h = o->h;
    const Type *t = op->results[0]->type;
    const char *outs = host_fresh_name(h, "made"), *name = host_fresh_name(h, op->results[0]->name);
    if (t->rank > NPU_TENSOR_RANK) {
        host_error(h, op, "a temp of so many dimensions in a folder of files");
        return;
    }
    host_line(h, "const TaskOutputTensors %s = alloc_tensors(pt_shape({%s}, DataType::%s));", outs,
              list_of(h, t->dims, t->rank), npu_data_type(t->elem));
    host_line(h, "if (rt_is_fatal())");
    host_line(h, "    return;");
    host_line(h, "const ChipTensor &%s = %s.get_ref(0);", name, outs);
    host_bind(h, op->results[0], name);
}

/* ---- control ------------------------------------------------------------------------------------------------------------------ */
static void loop_op(Orch *o, const Op *op) {
    Host *h = o->h;
    const char *i = host_fresh_name(h, op->regions[0]->args[0]->name);
    bool parallel = op->code == OP_PARALLEL;
    bool scope = parallel && !host_has_code(op->regions[0], OP_PARALLEL);
    if (op->noperands > 0) {
        host_error(h, op, "a loop with carried values in a workload");
        return;
    }
    host_line(h, "for (int64_t %s = %s; %s < %s && !rt_is_fatal(); %s += %s) {", i, host_expr(h, op->exprs[0]), i,
              host_expr(h, op->exprs[1]), i, host_expr(h, op->exprs[2]));
    host_bind(h, op->regions[0]->args[0], i);
    if (!parallel)
        VEC_PUSH(h->arena, &o->loops, op);
    if (scope) {
        h->indent += 4;
        host_line(h, "PTO2_SCOPE() {");
    }
    nested(o, op->regions[0]);
    if (scope) {
        host_line(h, "}");
        h->indent -= 4;
    }
    o->loops.len -= !parallel;
    host_line(h, "}");
}

/* An element of a task's output compared with a number: the runtime looks when the tasks are ready, and nothing waits here. */
typedef struct Guard {
    const Op *get, *compare;
    bool swapped;
    Value *other;
} Guard;

static const Op *read_of(const Value *v) {
    const Op *op = v->def;
    if (op && op->code == OP_INDEX && op->exprs[0]->kind == EXPR_VALUE)
        op = op->exprs[0]->value->def;
    return op && op->code == OP_GET ? op : NULL;
}

static bool is_plain(const Orch *o, const Region *r) {
    for (const Op *op = r->first; op; op = op->next) {
        bool plain = op->code == OP_VIEW || op->code == OP_RESHAPE_VIEW || op->code == OP_YIELD || op->code == OP_CONST;
        const Func *callee =
            op->code == OP_CALL ? module_find(o->h->layouts->module, op_attr_str(op, ATTR_CALLEE)) : NULL;
        if (!plain && !(callee && callee->kind == FUNC_KERNEL))
            return false;
    }
    return true;
}

static bool find_guard(const Orch *o, const Op *branch, Guard *g) {
    const Op *c = branch->operands[0]->def;
    static const OpCode codes[] = {OP_EQ, OP_NE, OP_GT, OP_LT, OP_GE, OP_LE};
    bool compares = false;
    for (size_t i = 0; c && i < sizeof codes / sizeof codes[0]; i++)
        compares |= c->code == codes[i];
    if (!compares || uses_of(&o->uses, c->results[0]) != 1 || !is_plain(o, branch->regions[0]) ||
        !is_plain(o, branch->regions[1]))
        return false;
    for (int i = 0; i < 2; i++) {
        const Op *get = read_of(c->operands[i]);
        if (!get || uses_of(&o->uses, get->results[0]) != 1 || !elem_is_int(get->results[0]->type->elem) ||
            get->parent != branch->parent || read_of(c->operands[1 - i]))
            continue;
        if (!base_may_be_written(o->h, npu_mem(o->h->layouts, get->operands[0]).base))
            continue;
        *g = (Guard){get, c, i == 1, c->operands[1 - i]};
        return true;
    }
    return false;
}

/* Is the value only there for such a condition further down? */
static bool only_guards(const Orch *o, const Op *op) {
    for (const Op *b = op->next; b && op->nresults == 1; b = b->next) {
        Guard g;
        if (b->code == OP_IF && find_guard(o, b, &g)) {
            const Op *side = g.compare->operands[g.swapped ? 1 : 0]->def;
            if (op == g.get || op == g.compare || (op == side && op->code == OP_INDEX))
                return true;
        }
    }
    return false;
}

static const char *predicate_text(OpCode code, bool swapped, bool otherwise) {
    static const struct {
        OpCode code;
        const char *text, *swapped, *otherwise, *both;
    } rows[] = {{OP_EQ, "EQ", "EQ", "NE", "NE"}, {OP_NE, "NE", "NE", "EQ", "EQ"}, {OP_GT, "GT", "LT", "LE", "GE"},
                {OP_LT, "LT", "GT", "GE", "LE"}, {OP_GE, "GE", "LE", "LT", "GT"}, {OP_LE, "LE", "GE", "GT", "LT"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code == code)
            return swapped     ? (otherwise ? rows[i].both : rows[i].swapped)
                   : otherwise ? rows[i].otherwise
                               : rows[i].text;
    }
    return "";
}

static void guarded_if(Orch *o, const Op *op, const Guard *g) {
    Host *h = o->h;
    const char *before = o->condition;
    for (int r = 0; r < 2; r++) {
        if (!op->regions[r]->first || op->regions[r]->first->code == OP_YIELD)
            continue;
        NpuMem m = host_element_of(h, g->get);
        o->condition = host_fresh_name(h, "when");
        host_line(h, "{");
        host_line(h, "    const PtCondition %s(%s, PredicateOp::%s, %s);", o->condition, tensor_text(h, &m),
                  predicate_text(g->compare->code, g->swapped, r == 1), host_text_of(h, g->other));
        nested(o, op->regions[r]);
        host_line(h, "}");
    }
    o->condition = before;
}

static void if_op(Orch *o, const Op *op) {
    Host *h = o->h;
    Guard g;
    if (op->nresults > 0) {
        host_error(h, op, "`if` with results in a workload");
    } else if (find_guard(o, op, &g)) {
        guarded_if(o, op, &g);
    } else {
        host_line(h, "if (%s) {", host_text_of(h, op->operands[0]));
        nested(o, op->regions[0]);
        host_line(h, "} else {");
        nested(o, op->regions[1]);
        host_line(h, "}");
    }
}

static void put_failure(Orch *o, const Op *op, int first) {
    Host *h = o->h;
    Buf quoted = {0};
    const char *text = op_attr_str(op, ATTR_TEXT);
    buf_put_c_string(&quoted, text ? text : "");
    buf_indent(h->out, h->indent);
    buf_printf(h->out, "pt_failure(%s, {", buf_text(&quoted));
    for (int i = first; i < op->nexprs; i++)
        buf_printf(h->out, "%sint64_t(%s)", i > first ? ", " : "", host_expr(h, op->exprs[i]));
    buf_puts(h->out, "});\n");
    host_line(h, "return;");
    buf_free(&quoted);
}

static void check_op(Orch *o, const Op *op) {
    host_line(o->h, "if (%s < 0) {", host_expr(o->h, op->exprs[0]));
    o->h->indent += 4;
    put_failure(o, op, 1);
    o->h->indent -= 4;
    host_line(o->h, "}");
}

static void call_op(Orch *o, const Op *op) {
    const NpuFunc *callee = npu_func(o->h->layouts, module_find(o->h->layouts->module, op_attr_str(op, ATTR_CALLEE)));
    (callee->func->kind == FUNC_KERNEL ? kernel_call : workload_call)(o, op, callee);
}

static void put_op(Orch *o, const Op *op) {
    switch ((int)op->code) { /* what may stand in a workload */
    case OP_PARALLEL:
    case OP_FOR: loop_op(o, op); break;
    case OP_CONCURRENT:
        host_line(o->h, "{");
        nested(o, op->regions[0]);
        host_line(o->h, "}");
        break;
    case OP_IF: if_op(o, op); break;
    case OP_SWITCH: host_switch(o->h, op, put_region, o); break;
    case OP_CALL: call_op(o, op); break;
    case OP_GET: get_op(o, op); break;
    case OP_TEMP: temp_op(o, op); break;
    case OP_PUT:
    case OP_FILL: fill_op(o, op); break;
    case OP_CHECK: check_op(o, op); break;
    case OP_FAIL: put_failure(o, op, 0); break;
    case OP_PIPE:
    case OP_CSR:
        host_error(o->h, op, arena_printf(o->h->arena, "`%s` in a folder of files", op_info(op->code)->name));
        break;
    case OP_VIEW:
    case OP_RESHAPE_VIEW:
    case OP_ASSUME:
    case OP_TALLY:
    case OP_YIELD: break;
    default: host_scalar_op(o->h, op); break;
    }
}

static void put_region(void *user, const Region *r) {
    Orch *o = user;
    for (const Op *op = r->first; op && !o->h->failed; op = op->next) {
        if (!only_guards(o, op))
            put_op(o, op);
    }
}

/* ---- functions ---------------------------------------------------------------------------------------------------------------- */
static void put_workload(Host *h, const NpuFunc *f) {
    Orch o = {.h = h, .uses = uses_count(h->arena, f->func)};
    host_start_function(h, f);
    VEC_PUSH(h->arena, &h->names, "counting");
    buf_printf(h->out, "static void workload_%s(const ChipTensor &counting", f->func->name);
    for (int i = 0; i < f->func->nindex_params + f->func->nparams + f->made_up.len; i++) {
        int p = i - f->func->nindex_params, k = p - f->func->nparams;
        const Value *v = p < 0                  ? f->func->index_params[i].value
                         : p < f->func->nparams ? f->func->params[p].value
                                                : f->made_up.data[k];
        const char *name = host_fresh_name(h, v->name);
        host_bind(h, v, name);
        if (type_is_memory(v->type))
            buf_printf(h->out, ", const ChipTensor &%s", name);
        else
            buf_printf(h->out, ", %s %s", host_scalar_type(v->type->elem), name);
        if (v->type->strided || v->type->kind == TYPE_CSR)
            host_error(h, NULL, "a `@strided` tensor in a folder of files");
    }
    buf_puts(h->out, ") {\n");
    h->indent = 4;
    for (int i = 0; i < h->names.len; i++)
        host_line(h, "(void)%s;", h->names.data[i]);
    put_region(&o, f->func->body);
    buf_puts(h->out, "}\n\n");
}

static int memory_params(const Func *f) {
    int n = 0;
    for (int i = 0; i < f->nparams; i++)
        n += type_is_memory(f->params[i].value->type);
    return n;
}

static void put_entry(Host *h, const Func *f) {
    int tensors = memory_params(f), tensor = 0, scalar = 0;
    buf_puts(h->out, "extern \"C\" {\n");
    buf_printf(
        h->out,
        "__attribute__((visibility(\"default\"))) PTO2OrchestrationConfig aicpu_orchestration_config(const "
        "ChipTaskArgs &args) {\n    (void)args;\n    return PTO2OrchestrationConfig{.expected_arg_count = %d};\n}\n\n",
        tensors + 1 + f->nindex_params + f->nparams - tensors);
    buf_printf(h->out,
               "__attribute__((visibility(\"default\"))) void aicpu_orchestration_entry(const ChipTaskArgs &args) "
               "{\n    workload_%s(args.tensor(%d).ref()",
               f->name, tensors);
    for (int i = 0; i < f->nindex_params; i++)
        buf_printf(h->out, ",\n        static_cast<int64_t>(args.scalar(%d))", scalar++);
    for (int i = 0; i < f->nparams; i++) {
        const Type *t = f->params[i].value->type;
        if (type_is_memory(t))
            buf_printf(h->out, ",\n        args.tensor(%d).ref()", tensor++);
        else
            buf_printf(h->out, ",\n        pt_scalar<%s>(args.scalar(%d))", host_scalar_type(t->elem), scalar++);
    }
    buf_puts(h->out, ");\n}\n} // extern \"C\"\n");
}

static bool calls(const NpuLayouts *l, const Func *from, const Func *to);

static void note_call(void *user, Op *op) {
    Search *s = user; /* base: unused; from: the callee's place is in `found` */
    if (op->code == OP_CALL && !s->found) {
        const Func *callee = module_find(s->h->layouts->module, op_attr_str(op, ATTR_CALLEE));
        s->found = callee && callee->kind == FUNC_WORKLOAD && calls(s->h->layouts, callee, s->h->func->func);
    }
}

static bool calls(const NpuLayouts *l, const Func *from, const Func *to) {
    NpuFunc target = {.func = to};
    Host h = {.layouts = l, .func = &target};
    Search s = {.h = &h};
    if (from == to)
        return true;
    walk_ops(from->body, note_call, &s);
    return s.found;
}

bool npu_emit_orchestration(Host *h, const NpuFunc *entry) {
    for (const char *const *l = npu_prelude_orch; *l; l++)
        buf_printf(h->out, "%s\n", *l);
    for (int i = h->layouts->norder - 1; i >= 0; i--) { /* callees first */
        const NpuFunc *f = h->layouts->order[i];
        if (f->func->kind == FUNC_WORKLOAD && calls(h->layouts, entry->func, f->func))
            put_workload(h, f);
    }
    put_entry(h, entry->func);
    return !h->failed;
}
