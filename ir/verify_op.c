/* The verifier: what each op wants. Maths on tiles follows from the columns of op.def; the others have a row here. */
#include <string.h>
#include "ir/build.h"
#include "ir/verify_impl.h"

enum { ANY = 1000 }; /* more than any op has: no upper limit */

/* Least and most of each part. */
typedef struct Shape {
    OpCode code;
    int operands[2], exprs[2], results[2], regions[2];
} Shape;

static const Shape shapes[] = {
    {OP_CONST, {0, 0}, {0, 0}, {1, 1}, {0, 0}},
    {OP_INDEX, {0, 0}, {1, 1}, {1, 1}, {0, 0}},
    {OP_FULL, {1, 1}, {0, 0}, {1, 1}, {0, 0}},
    {OP_IOTA, {0, 0}, {1, 1}, {1, 1}, {0, 0}},
    {OP_RESHAPE, {1, 1}, {0, 0}, {1, 1}, {0, 0}},
    {OP_SLICE, {1, 1}, {2, 2}, {1, 1}, {0, 0}},
    {OP_CONCAT, {2, 2}, {0, 0}, {1, 1}, {0, 0}},
    {OP_MATMUL, {2, 3}, {0, 0}, {1, 1}, {0, 0}},
    {OP_TOPK, {1, 1}, {1, 2}, {2, 2}, {0, 0}},
    {OP_SORT, {1, 1}, {0, 0}, {2, 2}, {0, 0}},
    {OP_MERGE_TOPK, {4, 4}, {0, 1}, {2, 2}, {0, 0}},
    {OP_VIEW, {1, 1}, {0, 2 * IR_MAX_RANK}, {1, 1}, {0, 0}},
    {OP_RESHAPE_VIEW, {1, 1}, {0, 0}, {1, 1}, {0, 0}},
    {OP_PAGED, {2, 2}, {1, 1}, {1, 1}, {0, 0}},
    {OP_LOAD, {1, 2}, {0, 0}, {1, 1}, {0, 0}},
    {OP_STORE, {2, 3}, {0, 0}, {0, 0}, {0, 0}},
    {OP_FILL, {2, 2}, {0, 0}, {0, 0}, {0, 0}},
    {OP_GATHER, {2, 3}, {0, 0}, {1, 1}, {0, 0}},
    {OP_SCATTER, {3, 3}, {0, 0}, {0, 0}, {0, 0}},
    {OP_GET, {1, 2}, {0, IR_MAX_RANK + 1}, {1, 1}, {0, 0}},
    {OP_PUT, {2, 3}, {0, IR_MAX_RANK + 1}, {0, 0}, {0, 0}},
    {OP_TEMP, {0, 0}, {0, 0}, {1, 1}, {0, 0}},
    {OP_ASSUME, {0, 0}, {1, ANY}, {0, 0}, {0, 0}},
    {OP_CHECK, {0, 0}, {1, ANY}, {0, 0}, {0, 0}},
    {OP_FAIL, {0, 0}, {0, ANY}, {0, 0}, {0, 0}},
    {OP_CSR, {2, 2}, {3, 3}, {0, 0}, {0, 0}},
    {OP_ASSERT, {1, 1}, {0, ANY}, {0, 0}, {0, 0}},
    {OP_PRINT, {0, 1}, {0, ANY}, {0, 0}, {0, 0}},
    {OP_FOR, {0, ANY}, {3, 3}, {0, ANY}, {1, 1}},
    {OP_PARALLEL, {0, 0}, {3, 3}, {0, 0}, {1, 1}},
    {OP_CONCURRENT, {0, 0}, {0, 0}, {0, 0}, {1, 1}},
    {OP_IF, {1, 1}, {0, 0}, {0, ANY}, {2, 2}},
    {OP_PIPE, {0, 0}, {0, ANY}, {0, 0}, {1, 1}},
    {OP_PROCESS, {0, 0}, {0, 0}, {0, 0}, {1, 1}},
    {OP_SEND, {0, 0}, {1, 1}, {0, 0}, {1, 1}},
    {OP_RECEIVE, {0, 0}, {1, 1}, {0, 0}, {1, 1}},
    {OP_TIER, {0, 0}, {2, ANY}, {0, 0}, {2, 2}},
    {OP_SWITCH, {0, 0}, {1, ANY}, {0, 0}, {1, ANY}},
    {OP_YIELD, {0, ANY}, {0, 0}, {0, 0}, {0, 0}},
    {OP_CALL, {0, ANY}, {0, ANY}, {0, 0}, {0, 0}},
    {OP_TALLY, {0, 0}, {1, 1}, {0, 0}, {0, 0}},
    {OP_SHARE, {0, 0}, {3, 3}, {2, 2}, {0, 0}},
    {OP_JOIN, {0, 0}, {0, 0}, {0, 0}, {0, 0}},
    {OP_COLLECT, {1, 1}, {5, 5}, {0, 0}, {0, 0}},
    {OP_SPREAD, {0, 0}, {3, 3}, {0, 0}, {2, 2}},
    {OP_OWN, {1, 1}, {2, 2}, {0, 0}, {0, 0}},
    {OP_NEED, {1, 1}, {2, 2}, {0, 0}, {0, 0}},
    {OP_SETTLE, {1, 1}, {0, 0}, {0, 0}, {0, 0}},
    {OP_LOOP, {0, 0}, {3, 3}, {0, 0}, {1, 1}},
    {OP_BUFFER, {0, 0}, {0, 0}, {1, 1}, {0, 0}},
    {OP_ACC, {0, 1}, {0, 1}, {1, 1}, {0, 0}},
    {OP_STEP, {2, 3}, {0, IR_MAX_RANK + 2}, {0, 0}, {0, 0}},
    {OP_FIN, {1, 1}, {0, IR_MAX_RANK + 2}, {1, 1}, {0, 0}},
    {OP_TOPK_FIN, {3, 3}, {0, IR_MAX_RANK}, {0, 0}, {0, 0}},
    {OP_ISLAND, {0, 0}, {0, 0}, {0, 0}, {1, 1}},
    {OP_PACK, {2, 2}, {2, 2 * IR_MAX_RANK}, {0, 0}, {0, 0}},
    {OP_PREFETCH, {1, 1}, {0, IR_MAX_RANK}, {0, 0}, {0, 0}},
};

/* The words of the index relation after the result are the operands. */
static Shape shape_of(OpCode code) {
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (shapes[i].code == code)
            return shapes[i];
    int words = 0;
    for (const char *c = op_info(code)->map; *c; c++)
        words += *c == ' ';
    return (Shape){code, {words, words}, {0, 0}, {1, 1}, {0, 0}};
}

static bool count_fits(Verifier *v, const Op *op, const char *what, int n, const int limits[2]) {
    if (n >= limits[0] && n <= limits[1])
        return true;
    if (limits[0] == limits[1])
        verify_op_fail(v, op, "expected %d %s, found %d", limits[0], what, n);
    else if (limits[1] == ANY)
        verify_op_fail(v, op, "expected at least %d %s, found %d", limits[0], what, n);
    else
        verify_op_fail(v, op, "expected %d to %d %s, found %d", limits[0], limits[1], what, n);
    return false;
}

/* ---- types ------------------------------------------------------------------------------------------------------ */
static const Type *operand_type(const Op *op, int i) { return op->operands[i]->type; }

static bool is_row_or_tile(const Type *t) { return type_is_memory(t) && (t->rank == 1 || t->rank == 2); }

bool verify_clash(const Expr *a, const Expr *b) { return a != b && expr_is_const(a, NULL) && expr_is_const(b, NULL); }

void verify_elem(Verifier *v, const Op *op, int i, Elem elem) {
    VERIFY(v, op, operand_type(op, i)->elem == elem, "operand %d is %s, expected %s", i + 1,
           elem_info(operand_type(op, i)->elem)->text, elem_info(elem)->text);
}

static void check_scalar(Verifier *v, const Op *op, int i) {
    VERIFY(v, op, type_is_scalar(operand_type(op, i)), "operand %d is no scalar", i + 1);
}

/* Ops whose result follows from the operands by the row. */
static void check_maths(Verifier *v, const Op *op) {
    const OpInfo *info = op_info(op->code);
    int first = info->result == RES_SELECT ? 1 : 0;
    for (int i = 0; i < op->noperands; i++)
        VERIFY(v, op, type_is_tile(operand_type(op, i)), "operand %d is no tile", i + 1);
    for (int i = first + 1; i < op->noperands; i++)
        verify_elem(v, op, i, operand_type(op, first)->elem);
    const Type *want = build_result_type(v->types, op->code, op->operands, op->noperands);
    if (!want)
        return; /* extents that are equal by facts only, or an operand that was reported */
    const Type *have = op->results[0]->type;
    VERIFY(v, op, type_is_tile(have) && have->elem == want->elem, "the result should be a tile of %s",
           elem_info(want->elem)->text);
    VERIFY(v, op,
           !type_is_tile(have) ||
               (!verify_clash(have->dims[0], want->dims[0]) && !verify_clash(have->dims[1], want->dims[1])),
           "the extents of the result do not follow from the operands");
}

static void check_matmul(Verifier *v, const Op *op) {
    const Type *a = operand_type(op, 0), *b = operand_type(op, 1), *r = op->results[0]->type;
    if (!type_is_tile(a) || !type_is_tile(b) || !type_is_tile(r)) {
        verify_op_fail(v, op, "an operand or the result is no tile");
        return;
    }
    bool ta = op_attr_bool(op, ATTR_TRANS_A), tb = op_attr_bool(op, ATTR_TRANS_B);
    VERIFY(v, op, !verify_clash(a->dims[!ta], b->dims[tb]), "the inner extents differ");
    VERIFY(v, op, !verify_clash(a->dims[ta], r->dims[0]) && !verify_clash(b->dims[!tb], r->dims[1]),
           "the extents of the result do not follow from the operands");
}

static void check_const(Verifier *v, const Op *op) {
    const Type *t = op->results[0]->type;
    AttrKey key = elem_is_float(t->elem) ? ATTR_FLOAT : ATTR_INT;
    VERIFY(v, op, type_is_scalar(t), "the result is no scalar");
    VERIFY(v, op, op_attr(op, key), "attribute %s is missing", attr_text(key));
}

static void check_cast(Verifier *v, const Op *op) {
    const Type *a = operand_type(op, 0), *r = op->results[0]->type;
    VERIFY(v, op,
           type_is_tile(a) && type_is_tile(r) && !verify_clash(a->dims[0], r->dims[0]) &&
               !verify_clash(a->dims[1], r->dims[1]),
           "operand and result are not tiles of the same extents");
    VERIFY(v, op, op->code != OP_BITCAST || elem_info(a->elem)->bits == elem_info(r->elem)->bits,
           "operand and result differ in width");
}

static void check_view(Verifier *v, const Op *op) {
    const Type *base = operand_type(op, 0), *r = op->results[0]->type;
    int kept = 0, exprs = 0;
    for (int i = 0; i < op->nsels; i++) {
        kept += op->sels[i] != SEL_INDEX;
        exprs += op->sels[i] == SEL_FULL ? 0 : op->sels[i] == SEL_INDEX ? 1 : 2;
    }
    VERIFY(v, op, type_is_memory(base) && op->nsels == base->rank,
           "expected one selector for each dimension of a tensor");
    VERIFY(v, op, exprs == op->nexprs, "the selectors want %d expressions, found %d", exprs, op->nexprs);
    VERIFY(v, op, r->kind == TYPE_VIEW && r->rank == kept && r->elem == base->elem,
           "the result should be a view of %d dimensions of %s", kept, elem_info(base->elem)->text);
}

static void check_load_store(Verifier *v, const Op *op) {
    bool load = op->code == OP_LOAD;
    const Type *place = operand_type(op, 0), *tile = load ? op->results[0]->type : operand_type(op, 1);
    VERIFY(v, op, is_row_or_tile(place), "operand 1 is no memory of one or two dimensions");
    VERIFY(v, op, type_is_tile(tile) && tile->elem == place->elem, "tile and memory differ in element type");
    VERIFY(v, op, !load || op->noperands == 1 + op_attr_bool(op, ATTR_FILL_VIEW),
           "attribute fill and the last operand go together");
}

static void check_csr(Verifier *v, const Op *op) {
    for (int i = 0; i < op->noperands; i++) {
        const Type *t = operand_type(op, i);
        VERIFY(v, op, t->kind == TYPE_TENSOR && !t->strided && t->rank == 1 && t->elem == ELEM_I32,
               "operand %d is no i32 tensor of one dimension", i + 1);
    }
}

static void check_made(Verifier *v, const Op *op, TypeKind kind, const char *what) {
    VERIFY(v, op, op->results[0]->type->kind == kind, "the result should be %s", what);
}

/* ---- control ---------------------------------------------------------------------------------------------------- */
static void check_args(Verifier *v, const Op *op, int region, int want) {
    VERIFY(v, op, op->regions[region]->nargs == want, "region %d: expected %d arguments, found %d", region + 1, want,
           op->regions[region]->nargs);
}

static void check_loop(Verifier *v, const Op *op) {
    const Region *body = op->regions[0];
    int64_t step;
    VERIFY(v, op, !expr_is_const(op->exprs[2], &step) || step > 0, "the step is not positive");
    check_args(v, op, 0, 1 + op->noperands);
    VERIFY(v, op, op->nresults == op->noperands, "expected one result for each carried value");
    if (body->nargs != 1 + op->noperands || op->nresults != op->noperands)
        return;
    VERIFY(v, op, type_is_index(body->args[0]->type), "the first argument of the body is no index");
    for (int i = 0; i < op->noperands; i++)
        VERIFY(v, op,
               body->args[i + 1]->type->elem == operand_type(op, i)->elem &&
                   op->results[i]->type->elem == operand_type(op, i)->elem,
               "carried value %d changes its type", i + 1);
}

static void check_limits(Verifier *v, const Op *op) {
    int64_t limit, last = INT64_MIN;
    for (int i = 1; i < op->nexprs; i++) {
        bool ok = expr_is_const(op->exprs[i], &limit) && (i == 1 || limit > last);
        VERIFY(v, op, ok, "limit %d is not a constant above the one before", i);
        last = ok ? limit : last;
    }
}

static void check_tier(Verifier *v, const Op *op) {
    check_limits(v, op);
    check_args(v, op, 0, 1);
    check_args(v, op, 1, 0);
    VERIFY(v, op, op->regions[0]->nargs != 1 || type_is_index(op->regions[0]->args[0]->type),
           "the argument of the body is no index");
}

static void check_switch(Verifier *v, const Op *op) {
    check_limits(v, op);
    VERIFY(v, op, op->nregions == op->nexprs, "expected %d regions, found %d", op->nexprs, op->nregions);
    for (int i = 0; i < op->nregions; i++)
        check_args(v, op, i, 0);
}

static void check_pipe(Verifier *v, const Op *op) {
    for (int i = 0; i < op->nexprs; i++)
        VERIFY(v, op, expr_is_const(op->exprs[i], NULL), "the depth of channel %d is no constant", i + 1);
    check_args(v, op, 0, 0);
    for (const Op *p = op->regions[0]->first; p; p = p->next)
        VERIFY(v, op, p->code == OP_PROCESS, "the region holds not only processes");
}

static void check_process(Verifier *v, const Op *op) {
    const Op *pipe = op->parent->parent_op;
    VERIFY(v, op, pipe && pipe->code == OP_PIPE, "a process stands in no pipe");
    check_args(v, op, 0, 0);
}

static void check_transfer(Verifier *v, const Op *op) {
    const Op *pipe = op->parent->parent_op;
    while (pipe && pipe->code != OP_PIPE)
        pipe = pipe->parent->parent_op;
    int64_t channel = -1;
    expr_is_const(op->exprs[0], &channel);
    VERIFY(v, op, pipe && channel >= 0 && channel < pipe->nexprs, "the pipe around has no such channel");
    check_args(v, op, 0, 1);
}

static void check_spread(Verifier *v, const Op *op) {
    check_args(v, op, 0, 2);
    check_args(v, op, 1, 2);
    for (const Op *inner = op->regions[0]->first; inner; inner = inner->next)
        VERIFY(v, op, inner->nregions == 0 && inner->code != OP_CALL,
               "the first region holds not only what is touched");
}

static void check_touch(Verifier *v, const Op *op) {
    const Op *around = op->parent->parent_op;
    VERIFY(v, op, around && around->code == OP_SPREAD && op->parent == around->regions[0],
           "it stands not in the first region of a spread");
}

static void check_if(Verifier *v, const Op *op) {
    verify_elem(v, op, 0, ELEM_BOOL);
    check_scalar(v, op, 0);
    check_args(v, op, 0, 0);
    check_args(v, op, 1, 0);
}

static void check_call(Verifier *v, const Op *op) {
    const char *name = op_attr_str(op, ATTR_CALLEE);
    const Func *callee = name ? module_find(v->module, name) : NULL;
    VERIFY(v, op, v->func->kind == FUNC_WORKLOAD, "a kernel cannot call");
    if (!callee) {
        verify_op_fail(v, op, "there is no function @%s", name ? name : "");
        return;
    }
    VERIFY(v, op, op->nexprs == callee->nindex_params, "@%s has %d index parameters, found %d", name,
           callee->nindex_params, op->nexprs);
    VERIFY(v, op, op->noperands == callee->nparams, "@%s has %d parameters, found %d", name, callee->nparams,
           op->noperands);
    for (int i = 0; i < op->noperands && i < callee->nparams; i++) {
        const Type *have = operand_type(op, i), *want = callee->params[i].value->type;
        bool memory =
            type_is_memory(have) == type_is_memory(want) && (have->kind == TYPE_CSR) == (want->kind == TYPE_CSR);
        VERIFY(v, op, memory && have->elem == want->elem && have->rank == want->rank,
               "operand %d does not fit the parameter of @%s", i + 1, name);
    }
}

/* ---- stages and attributes -------------------------------------------------------------------------------------- */
static bool whole_tile(OpCode code) {
    static const OpCode codes[] = {OP_LOAD, OP_STORE, OP_GATHER, OP_SCATTER, OP_FULL};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code)
            return true;
    return code != OP_BROADCAST && op_code_has(code, SHAPE | REDUCE_OP | SCAN_OP | CONTRACT | ORDER);
}

static void check_stage(Verifier *v, const Op *op) {
    VERIFY(v, op, !op_code_has(op->code, LANG_ONLY), "the operation never stands in the IR");
    if (v->module->stage == STAGE_TILE) {
        VERIFY(v, op, !op_code_has(op->code, BLOCK_ONLY), "the operation belongs to the block stage");
        return;
    }
    if (v->func->kind != FUNC_KERNEL)
        return;
    VERIFY(v, op, !whole_tile(op->code), "the operation on whole tiles cannot stand in the block stage");
    VERIFY(v, op, op->code != OP_FOR || op->noperands == 0, "a loop of the block stage carries no values");
    for (int i = 0; i < op->nresults; i++)
        if (type_is_tile(op->results[i]->type))
            verify_block_type(v, op, op->results[i]->type, i);
}

static void check_place(Verifier *v, const Op *op) {
    static const OpCode codes[] = {OP_PARALLEL, OP_CONCURRENT, OP_TIER, OP_SWITCH, OP_CALL, OP_TALLY,
                                   OP_TEMP,     OP_CSR,        OP_PIPE, OP_SHARE,  OP_JOIN, OP_COLLECT,
                                   OP_SPREAD,   OP_OWN,        OP_NEED, OP_SETTLE};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        VERIFY(v, op, op->code != codes[i] || v->func->kind == FUNC_WORKLOAD, "the operation belongs into a workload");
}

static bool word_known(const Attr *a) {
    static const char *const rounds[] = {"rint", "floor", "ceil", "trunc", NULL}, *const levels[] = {"always", "entry",
                                                                                                     "full", NULL};
    static const char *const kinds[] = {"par", "row", "stream", "red", "lane", "unroll", "block", NULL};
    static const char *const memories[] = {
#define MEMORY(NAME, text, doc) text,
#include "ir/tier.def"
#undef MEMORY
        NULL};
    const char *const *words = a->key == ATTR_ROUND    ? rounds
                               : a->key == ATTR_LEVEL  ? levels
                               : a->key == ATTR_KIND   ? kinds
                               : a->key == ATTR_MEMORY ? memories
                                                       : NULL;
    for (int i = 0; words && words[i]; i++)
        if (strcmp(words[i], a->s) == 0)
            return true;
    return !words;
}

static void check_attrs(Verifier *v, const Op *op) {
    for (int i = 0; i < op->nattrs; i++) {
        const Attr *a = &op->attrs[i];
        VERIFY(v, op, i == 0 || op->attrs[i - 1].key < a->key, "attributes out of order");
        VERIFY(v, op, attr_kind(a->key) != ATTR_KIND_WORD || word_known(a), "attribute %s cannot be `%s`",
               attr_text(a->key), a->s);
    }
    bool coded = op->code == OP_CHECK || op->code == OP_FAIL;
    VERIFY(v, op, !coded || (op_attr(op, ATTR_CODE) && op_attr(op, ATTR_TEXT)), "attribute code or text is missing");
    VERIFY(v, op, op->code != OP_CHECK || op_attr(op, ATTR_LEVEL), "attribute level is missing");
}

/* ---- dispatch --------------------------------------------------------------------------------------------------- */
static void check_kind(Verifier *v, const Op *op) {
    ResultRule rule = op_info(op->code)->result;
    if (rule != RES_NONE && rule != RES_EXPLICIT)
        check_maths(v, op);
    if (op_code_has(op->code, PURE | READS) && op->noperands > 0 && op_info(op->code)->elems != ELEMS_ANY)
        VERIFY(v, op, elem_in_set(operand_type(op, 0)->elem, op_info(op->code)->elems), "operand 1 cannot be %s",
               elem_info(operand_type(op, 0)->elem)->text);
}

static void check_code(Verifier *v, const Op *op) {
    static const struct {
        OpCode code;
        void (*check)(Verifier *v, const Op *op);
    } checks[] = {
        {OP_CONST, check_const},
        {OP_CAST, check_cast},
        {OP_BITCAST, check_cast},
        {OP_MATMUL, check_matmul},
        {OP_VIEW, check_view},
        {OP_LOAD, check_load_store},
        {OP_STORE, check_load_store},
        {OP_GET, verify_get_put},
        {OP_PUT, verify_get_put},
        {OP_FOR, check_loop},
        {OP_PARALLEL, check_loop},
        {OP_LOOP, check_loop},
        {OP_TIER, check_tier},
        {OP_SWITCH, check_switch},
        {OP_IF, check_if},
        {OP_SPREAD, check_spread},
        {OP_OWN, check_touch},
        {OP_NEED, check_touch},
        {OP_CALL, check_call},
        {OP_ACC, verify_acc},
        {OP_STEP, verify_step},
        {OP_FIN, verify_fin},
        {OP_TOPK_FIN, verify_topk_fin},
        {OP_PACK, verify_pack},
        {OP_PREFETCH, verify_prefetch},
        {OP_CSR, check_csr},
        {OP_PIPE, check_pipe},
        {OP_PROCESS, check_process},
        {OP_SEND, check_transfer},
        {OP_RECEIVE, check_transfer},
    };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (checks[i].code == op->code)
            checks[i].check(v, op);
    if (op->code == OP_BUFFER)
        check_made(v, op, TYPE_BUFFER, "a buffer");
    if (op->code == OP_TEMP)
        check_made(v, op, TYPE_TENSOR, "a tensor");
    if (op->code == OP_FULL || op->code == OP_FILL)
        check_scalar(v, op, op->code == OP_FULL ? 0 : 1);
    if (op->code == OP_FULL)
        verify_elem(v, op, 0, op->results[0]->type->elem);
    if (op->code == OP_FILL)
        verify_elem(v, op, 1, operand_type(op, 0)->elem);
    if (op->code == OP_INDEX)
        VERIFY(v, op, type_is_index(op->results[0]->type), "the result is no index");
}

bool verify_op(Verifier *v, const Op *op) {
    Shape s = shape_of(op->code);
    check_stage(v, op);
    if (op_code_has(op->code, LANG_ONLY) || !count_fits(v, op, "operands", op->noperands, s.operands) ||
        !count_fits(v, op, "expressions", op->nexprs, s.exprs) ||
        !count_fits(v, op, "results", op->nresults, s.results) ||
        !count_fits(v, op, "regions", op->nregions, s.regions))
        return false;
    for (int i = 0; i < op->noperands; i++) {
        if (!op->operands[i]) {
            verify_op_fail(v, op, "operand %d is missing", i + 1);
            return false;
        }
    }
    check_place(v, op);
    check_attrs(v, op);
    check_kind(v, op);
    check_code(v, op);
    return true;
}
