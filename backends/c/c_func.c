/* Functions: bodies, parameters, task functions. */
#include <string.h>
#include "backends/c/c_block.h"

void c_error_at(CGen *gen, Loc loc, const char *what) {
    if (!gen->failed)
        diag_report(gen->dc, DIAG_UNSUPPORTED_CONSTRUCT, module_span(gen->module, gen->dc, loc), what, "c");
    gen->failed = true;
}

void c_error(CGen *gen, const char *what) { c_error_at(gen, LOC_NONE, what); }

/* ---- regions ---- */

static bool region_wants_scratch(const Region *region) {
    for (const Op *op = region->first; op; op = op->next) {
        if (c_wants_scratch(op))
            return true;
    }
    return false;
}

static bool ends_in_fail(const Region *region) { return region->last && region->last->code == OP_FAIL; }

void c_emit_region(CFn *fn, const Region *region) {
    CText *t = fn->text;
    int scope = ctext_scope_open(t);
    CSym mark = CSYM_NONE;
    if (region_wants_scratch(region)) {
        mark = ctext_declare(t, "mark", "mark");
        const char *task = ctext_use(t, fn->task);
        ctext_define(t, mark, "const pt_mark %s = pt_arena_mark(%s->arena);", ctext_name(t, mark), task);
    }
    CShares shares = c_shares_of(fn, region);
    int shared = fn->shared.len;
    CSym counter = fn->counter;
    for (const Op *op = region->first; op; op = op->next) {
        c_share_before(fn, &shares, op);
        c_emit_op(fn, op);
    }
    fn->shared.len = shared;
    fn->counter = counter;
    if (mark != CSYM_NONE && !ends_in_fail(region)) {
        const char *task = ctext_use(t, fn->task);
        ctext_line(t, "pt_arena_release(%s->arena, %s);", task, ctext_use(t, mark));
    }
    ctext_scope_close(t, scope);
}

/* ---- parameters ---- */

const char *c_param_type(CGen *gen, const Value *v, bool is_restrict) {
    const CMem *mem = c_mem(gen, v);
    if (v->type->kind == TYPE_ACC)
        return c_acc_param_type(gen, v->def);
    if (!mem)
        return arena_printf(gen->arena, "%s ", c_carrier_type(v->type->elem));
    return arena_printf(gen->arena, "%s%s *%s", c_is_read_only(gen, mem) ? "const " : "", c_memory_type(mem),
                        is_restrict ? "restrict " : "");
}

static void declare_param(CFn *fn, const Value *v) {
    CVal *val = c_val(fn->gen, v);
    val->fn = fn;
    val->sym = ctext_declare_outer(fn->text, v->name, "p");
}

static void add_param(CFn *fn, Value *v, const char *type) {
    const CVal *val = c_val(fn->gen, v);
    if (val->fn == fn && ctext_is_used(fn->text, val->sym))
        VEC_PUSH(fn->gen->keep, &fn->info->params,
                 (CParam){.value = v, .sym = val->sym, .type = arena_strdup(fn->gen->keep, type)});
}

/* After the sweep: what the body really uses, in the order of the source, strides behind their pointer. */
static void collect_params(CFn *fn) {
    CFuncInfo *info = fn->info;
    CGen *gen = fn->gen;
    for (int i = 0; i < info->func->nindex_params; i++)
        add_param(fn, info->func->index_params[i].value, "int64_t ");
    for (int p = 0; p < info->func->nparams; p++) {
        Value *v = info->func->params[p].value;
        add_param(fn, v, c_param_type(gen, v, info->param_restrict[p]));
        for (int i = 0; i < info->stride_values.len; i++) {
            if (info->stride_values.data[i]->index / IR_MAX_RANK == p)
                add_param(fn, info->stride_values.data[i], "int64_t ");
        }
    }
    info->uses_task = ctext_is_used(fn->text, fn->task);
    info->can_fail = fn->can_fail;
}

static void put_signature(const CFn *fn, const CParam *params, int n, Buf *out) {
    Buf line = {0};
    bool uses_task = ctext_is_used(fn->text, fn->task);
    buf_printf(&line, "static %s%s %s(", fn->is_island ? "PT_NOINLINE " : "", fn->can_fail ? "int" : "void",
               fn->c_name);
    buf_puts(&line, uses_task ? "const pt_task *task" : "");
    for (int i = 0; i < n; i++)
        buf_printf(&line, "%s%s%s%s", i || uses_task ? ", " : "", params[i].type, ctext_name(fn->text, params[i].sym),
                   strchr(params[i].type, '(') ? ")[PT_LANES]" : "");
    buf_puts(&line, n || uses_task ? ")" : "void)");
    ctext_print_wrapped(out, 0, buf_text(&line), fn->gen->style.width);
    buf_free(&line);
    buf_puts(out, "\n{\n");
    if (ctext_is_used(fn->text, fn->status))
        buf_printf(out, "    int %s;\n", ctext_name(fn->text, fn->status));
}

/* A call that can fail as the last statement: returns its status in place of asking for it. */
static bool end_in_call(CFn *fn) {
    CText *t = fn->text;
    if (!fn->last_call || fn->last_call_line + 4 != t->lines.len || t->lines.data[fn->last_call_line].level != 1)
        return false;
    t->lines.data[fn->last_call_line].text = arena_printf(fn->gen->arena, "return %s;", fn->last_call);
    ctext_drop_line_use(t, fn->last_call_line, fn->status);
    t->lines.len = fn->last_call_line + 1;
    return true;
}

static void finish_body(CFn *fn, const Region *region) {
    if (fn->can_fail && !end_in_call(fn) && !ends_in_fail(region)) {
        fn->text->loc = LOC_NONE;
        ctext_line(fn->text, "return PTOC_OK;");
    }
    ctext_sweep(fn->text);
}

static CFn *function_create(CGen *gen, CFuncInfo *info, CFn *outer, const char *c_name) {
    CFn *fn = ARENA_NEW(gen->arena, CFn);
    *fn = (CFn){
        .gen = gen, .info = info, .outer = outer, .c_name = c_name, .text = ctext_create(gen->arena, c_reserved_names)};
    fn->task = ctext_declare_exact(fn->text, "task");
    fn->status = CSYM_NONE;
    fn->counter = CSYM_NONE;
    return fn;
}

static void put_function_comment(CGen *gen, const Func *f, const char *what, Loc loc) {
    Buf name = {0};
    ctext_put_comment(&name, f->origin ? f->origin : f->name);
    buf_printf(&gen->functions, "\n/* %s%s %s", what, f->kind == FUNC_KERNEL ? "kernel" : "workload", buf_text(&name));
    if (loc.line > 0 && loc.file >= 0 && loc.file < gen->style.nfiles) {
        buf_puts(&gen->functions, ", ");
        ctext_put_comment(&gen->functions, gen->style.files[loc.file]);
        buf_printf(&gen->functions, ":%d", loc.line);
    }
    buf_puts(&gen->functions, " */\n");
    buf_free(&name);
}

void c_emit_function(CGen *gen, CFuncInfo *info) {
    ArenaMark mark = arena_mark(gen->arena);
    CFn *fn = function_create(gen, info, NULL, info->c_name);
    const Func *f = info->func;
    for (int i = 0; i < f->nindex_params; i++)
        declare_param(fn, f->index_params[i].value);
    for (int i = 0; i < f->nparams; i++)
        declare_param(fn, f->params[i].value);
    fn->root = f->body;
    c_emit_region(fn, f->body);
    finish_body(fn, f->body);
    collect_params(fn);
    put_function_comment(gen, f, "", f->loc);
    put_signature(fn, info->params.data, info->params.len, &gen->functions);
    ctext_print(fn->text, &gen->style, &gen->functions);
    buf_puts(&gen->functions, "}\n");
    arena_release(gen->arena, mark);
}

/* ---- task functions ---- */

static void keep_used_captures(CFn *fn) {
    int n = 0;
    for (int i = 0; i < fn->captured.len; i++) {
        CParam p = fn->captured.data[i];
        if (!ctext_is_used(fn->text, p.sym))
            continue;
        p.type = p.atom ? arena_printf(fn->gen->arena, "%s ", c_val(fn->gen, p.value)->block->shape.type)
                        : c_param_type(fn->gen, p.value, false);
        fn->captured.data[n] = p;
        n++;
    }
    fn->captured.len = n;
}

/* In the order of the source, whatever was found first. */
static void sort_captures(CFn *fn) {
    for (int i = 1; i < fn->captured.len; i++) {
        CParam p = fn->captured.data[i];
        int j = i;
        for (; j > 0 && fn->captured.data[j - 1].value->id > p.value->id; j--)
            fn->captured.data[j] = fn->captured.data[j - 1];
        fn->captured.data[j] = p;
    }
}

static void restore_captures(CFn *fn) {
    for (int i = fn->captured.len - 1; i >= 0; i--)
        *c_val(fn->gen, fn->captured.data[i].value) = fn->saved.data[i];
}

CTaskFn c_emit_task_function(CFn *outer, const Op *parallel, const Region *body) {
    CGen *gen = outer->gen;
    int number = ++outer->task_functions;
    const char *name =
        c_private_name(gen, arena_printf(gen->arena, number == 1 ? "%s_task" : "%s_task%d", outer->c_name, number));
    CFn *fn = function_create(gen, outer->info, outer, name);
    fn->tier = outer->tier;
    fn->tier_op = outer->tier_op;
    fn->root = body;
    c_emit_region(fn, body);
    finish_body(fn, body);
    restore_captures(fn);
    keep_used_captures(fn);
    sort_captures(fn);
    put_function_comment(gen, outer->info->func, "one task of ", parallel->loc);
    put_signature(fn, fn->captured.data, fn->captured.len, &gen->functions);
    ctext_print(fn->text, &gen->style, &gen->functions);
    buf_puts(&gen->functions, "}\n");
    return (CTaskFn){fn, name};
}

/* ---- islands ---- */

bool c_is_captured(const CFn *fn, const Value *v) {
    for (int i = 0; i < fn->captured.len; i++)
        if (fn->captured.data[i].value == v)
            return true;
    return false;
}

static const char *capture_text(CFn *fn, const CParam *p) {
    return p->atom ? c_block_atom_text(fn, p->value, p->atom - 1) : c_name(fn, p->value);
}

static const char *nameless_signature(CFn *fn) {
    Buf text = {0};
    const char *name = fn->c_name;
    fn->c_name = "";
    put_signature(fn, fn->captured.data, fn->captured.len, &text);
    fn->c_name = name;
    const char *signature = arena_strdup(fn->gen->keep, buf_text(&text));
    buf_free(&text);
    return signature;
}

/* Eight bytes at a time: the texts are long. */
static uint64_t text_hash(const char *text, size_t n) {
    uint64_t h = n, word;
    for (size_t i = 0; i < n; i += sizeof word) {
        word = 0;
        memcpy(&word, text + i, n - i < sizeof word ? n - i : sizeof word);
        h = (h ^ word) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    return h;
}

static const CIsland *find_island(const CGen *gen, const CIsland *like, const char *body) {
    for (int i = gen->island_buckets[like->hash % ISLAND_BUCKETS]; i > 0; i = gen->islands.data[i - 1].next) {
        const CIsland *other = &gen->islands.data[i - 1];
        if (other->hash == like->hash && other->length == like->length &&
            strcmp(other->signature, like->signature) == 0 &&
            memcmp(gen->functions.data + other->body, body, like->length) == 0)
            return other;
    }
    return NULL;
}

/* An island that was printed before lends its name. */
static const char *print_island(CFn *fn, const Op *island) {
    CGen *gen = fn->gen;
    size_t begin = gen->functions.len;
    put_function_comment(gen, fn->info->func, "an island of ", island->loc);
    put_signature(fn, fn->captured.data, fn->captured.len, &gen->functions);
    CIsland own = {.name = fn->c_name, .signature = nameless_signature(fn), .body = gen->functions.len};
    ctext_print(fn->text, &gen->style, &gen->functions);
    buf_puts(&gen->functions, "}\n");
    own.length = gen->functions.len - own.body;
    own.hash = text_hash(gen->functions.data + own.body, own.length);
    const CIsland *equal = find_island(gen, &own, gen->functions.data + own.body);
    if (equal) {
        gen->functions.len = begin;
        return equal->name;
    }
    int *bucket = &gen->island_buckets[own.hash % ISLAND_BUCKETS];
    own.next = *bucket;
    VEC_PUSH(gen->keep, &gen->islands, own);
    *bucket = gen->islands.len;
    return own.name;
}

static CFn *write_island(CFn *outer, const Op *island) {
    CGen *gen = outer->gen;
    const char *name = arena_printf(gen->keep, "%s_island%d", outer->info->c_name, ++outer->info->islands);
    CFn *fn = function_create(gen, outer->info, outer, name);
    fn->is_island = true;
    fn->tier = outer->tier;
    fn->tier_op = outer->tier_op;
    fn->root = island->regions[0];
    c_emit_region(fn, island->regions[0]);
    finish_body(fn, island->regions[0]);
    restore_captures(fn);
    keep_used_captures(fn);
    sort_captures(fn);
    return fn;
}

void c_emit_island(CFn *outer, const Op *island) {
    CFn *fn = write_island(outer, island);
    const char *name = print_island(fn, island);
    int n = fn->captured.len;
    const char **args = ARENA_ARRAY(outer->gen->arena, const char *, n + 1);
    for (int i = 0; i < n; i++)
        args[i] = capture_text(outer, &fn->captured.data[i]);
    const char *task = ctext_is_used(fn->text, fn->task) ? ctext_use(outer->text, outer->task) : NULL;
    const char *call = c_call_text(outer, name, task, args, n);
    outer->gen->uses_lanes = true;
    if (fn->can_fail)
        c_return_failure(outer, call);
    else
        ctext_line(outer->text, "%s;", call);
}

/* ---- calls ---- */

const char *c_call_text(CFn *fn, const char *name, const char *task, const char *const *args, int n) {
    Buf out = {0};
    buf_printf(&out, "%s(%s", name, task ? task : "");
    for (int i = 0; i < n; i++)
        buf_printf(&out, "%s%s", i || task ? ", " : "", args[i]);
    buf_putc(&out, ')');
    const char *text = arena_strdup(fn->gen->arena, buf_text(&out));
    buf_free(&out);
    return text;
}

void c_return_failure(CFn *fn, const char *call) {
    CText *t = fn->text;
    if (fn->status == CSYM_NONE)
        fn->status = ctext_declare_exact(t, "status");
    const char *s = ctext_use(t, fn->status);
    fn->last_call = call;
    fn->last_call_line = t->lines.len;
    ctext_line(t, "%s = %s;", s, call);
    ctext_open(t, CLINE_OPEN_KEEP, "if (%s != PTOC_OK) {", s);
    ctext_line(t, "return %s;", s);
    ctext_close(t);
    fn->can_fail = true;
}
