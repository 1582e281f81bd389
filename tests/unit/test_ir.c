/* The IR itself: tables, types, attributes, builder, links, clones, walks, and every rule of the verifier. */
#include "ir/walk.h"
#include "ir_kit.h"
#include "ir_text_kit.h"

/* ---- tables ----------------------------------------------------------------------------------------------------- */
static void test_tables(void) {
    for (int i = 0; i < OP_COUNT; i++) {
        const OpInfo *info = op_info((OpCode)i);
        CU_ASSERT_EQUAL(op_find(info->name), i);
        CU_ASSERT_TRUE(info->doc && info->doc[0]);
        CU_ASSERT_PTR_NOT_NULL(info->sig);
        CU_ASSERT_PTR_NOT_NULL(info->map);
        CU_ASSERT_TRUE(!(info->traits & (EWISE | REDUCE_OP | SCAN_OP)) || info->map[0]);
        CU_ASSERT_TRUE(!(info->traits & (REDUCE_OP | SCAN_OP | CONTRACT | ORDER)) || info->monoid != MONOID_NONE);
    }
    for (int i = 0; i < ELEM_COUNT; i++) {
        CU_ASSERT_EQUAL(elem_find(elem_info((Elem)i)->text), i);
        CU_ASSERT_EQUAL(elem_bytes((Elem)i) * 8, elem_info((Elem)i)->bits);
    }
    for (int i = 0; i < ATTR_COUNT; i++)
        CU_ASSERT_EQUAL(attr_find(attr_text((AttrKey)i)), i);
    for (int i = 1; i < MONOID_COUNT; i++)
        CU_ASSERT_EQUAL(monoid_find(monoid_text((Monoid)i)), i);
    for (int i = 0; i < STAGE_COUNT; i++)
        CU_ASSERT_EQUAL(stage_find(stage_text((Stage)i)), i);
    CU_ASSERT_EQUAL(op_find("nothing"), -1);
    CU_ASSERT_EQUAL(elem_find("f7"), -1);
    CU_ASSERT_EQUAL(attr_find("nothing"), -1);
    CU_ASSERT_EQUAL(monoid_find("none"), -1);
    CU_ASSERT_EQUAL(stage_find("nothing"), -1);
}

static void test_lanes(void) {
    CU_ASSERT_TRUE(op_lanes_ok(OP_ADD, ELEM_F16, ELEM_F16) && op_lanes_ok(OP_ADD, ELEM_U32, ELEM_U32));
    CU_ASSERT_FALSE(op_lanes_ok(OP_ADD, ELEM_I64, ELEM_I64) || op_lanes_ok(OP_ADD, ELEM_I8, ELEM_I8));
    CU_ASSERT_FALSE(op_lanes_ok(OP_DIV, ELEM_I32, ELEM_I32) || op_lanes_ok(OP_EXP, ELEM_F64, ELEM_F64));
    CU_ASSERT_TRUE(op_lanes_ok(OP_CAST, ELEM_I8, ELEM_F32) && op_lanes_ok(OP_CAST, ELEM_F64, ELEM_BF16));
    CU_ASSERT_FALSE(op_lanes_ok(OP_CAST, ELEM_F32, ELEM_I64) || op_lanes_ok(OP_CAST, ELEM_INDEX, ELEM_F32));
    CU_ASSERT_TRUE(op_lanes_ok(OP_WHERE, ELEM_BOOL, ELEM_F32) && op_lanes_ok(OP_LT, ELEM_I32, ELEM_BOOL));
    CU_ASSERT_FALSE(op_lanes_ok(OP_WHERE, ELEM_BOOL, ELEM_U64) || op_lanes_ok(OP_MATMUL, ELEM_F32, ELEM_F32));
    CU_ASSERT_TRUE(op_lanes_ok(OP_STEP, ELEM_F32, ELEM_F32) && !op_lanes_ok(OP_STEP, ELEM_I64, ELEM_I64));
}

static void test_elements(void) {
    CU_ASSERT_TRUE(elem_is_float(ELEM_F16) && elem_is_narrow_float(ELEM_F8E4M3) && !elem_is_narrow_float(ELEM_F32));
    CU_ASSERT_TRUE(elem_is_int(ELEM_INDEX) && elem_is_int(ELEM_U8) && !elem_is_int(ELEM_BOOL));
    CU_ASSERT_TRUE(elem_is_signed(ELEM_I8) && elem_is_signed(ELEM_F64) && !elem_is_signed(ELEM_U64));
    CU_ASSERT_EQUAL(elem_accumulator(ELEM_BF16), ELEM_F32);
    CU_ASSERT_EQUAL(elem_accumulator(ELEM_F64), ELEM_F64);
    CU_ASSERT_EQUAL(elem_accumulator(ELEM_I8), ELEM_I8);
    CU_ASSERT_TRUE(elem_in_set(ELEM_I8, ELEMS_MATMUL) && !elem_in_set(ELEM_I32, ELEMS_MATMUL));
    CU_ASSERT_TRUE(elem_in_set(ELEM_BOOL, ELEMS_INT_BOOL) && !elem_in_set(ELEM_BOOL, ELEMS_NUMBER));
}

static void test_listings(void) {
    Buf out = {0};
    ops_print_table(&out);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(buf_text(&out), "| `tl.add` | `a:tile b:tile` | number | Elementwise sum; integers wrap. |\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_text(&out), "| `loop` (block) | "));
    buf_clear(&out);
    types_print_table(&out);
    CU_ASSERT_PTR_NOT_NULL(strstr(buf_text(&out), "| `f16` | 16 | IEEE 754 binary16 |\n"));
    buf_free(&out);
}

/* ---- types, attributes ------------------------------------------------------------------------------------------ */
static void test_types(void) {
    IrKit kit = kit_create(1);
    Module *m = kit.module;
    const Expr *a = kit.leaves[0], *dims[2] = {a, expr_const(kit.exprs, 4)};
    CU_ASSERT_PTR_EQUAL(type_tile(m, ELEM_F32, a, dims[1]), type_tile(m, ELEM_F32, a, dims[1]));
    CU_ASSERT_PTR_NOT_EQUAL(type_tile(m, ELEM_F32, a, dims[1]), type_tile(m, ELEM_F16, a, dims[1]));
    CU_ASSERT_PTR_NOT_EQUAL(type_get(m, TYPE_TENSOR, ELEM_F32, 2, dims, true),
                            type_get(m, TYPE_TENSOR, ELEM_F32, 2, dims, false));
    CU_ASSERT_PTR_NOT_EQUAL(type_get(m, TYPE_VIEW, ELEM_F32, 2, dims, false),
                            type_get(m, TYPE_VIEW, ELEM_F32, 1, dims, false));
    CU_ASSERT_TRUE(type_is_scalar(type_scalar(m, ELEM_F64)) && type_is_index(type_index(m)));
    CU_ASSERT_FALSE(type_is_index(type_scalar(m, ELEM_I64)));
    CU_ASSERT_TRUE(type_is_memory(type_get(m, TYPE_BUFFER, ELEM_F32, 2, dims, false)));
    CU_ASSERT_FALSE(type_is_memory(type_scalar(m, ELEM_F32)));
    const Type *first = type_tile(m, ELEM_F32, expr_const(kit.exprs, 1000), a);
    for (int i = 0; i < 2000; i++)
        type_tile(m, ELEM_F32, expr_const(kit.exprs, i), a);
    CU_ASSERT_PTR_EQUAL(type_tile(m, ELEM_F32, expr_const(kit.exprs, 1000), a), first);
    arena_destroy(kit.arena);
}

static void test_attributes(void) {
    IrKit kit = kit_create(2);
    Builder b = builder_at_end(kit.module, kit.func->body);
    Op *op = build_yield(&b, NULL, 0);
    CU_ASSERT_PTR_NULL(op_attr(op, ATTR_AXIS));
    CU_ASSERT_EQUAL(op_attr_int(op, ATTR_AXIS, 7), 7);
    CU_ASSERT_PTR_NULL(op_attr_str(op, ATTR_TEXT));
    CU_ASSERT_FALSE(op_attr_bool(op, ATTR_SAT));
    op_set_str(kit.module, op, ATTR_TEXT, "why");
    op_set_bool(kit.module, op, ATTR_SAT, true);
    op_set_int(kit.module, op, ATTR_AXIS, 1);
    op_set_float(kit.module, op, ATTR_FLOAT, 0.5);
    op_set_int(kit.module, op, ATTR_AXIS, 0);
    CU_ASSERT_EQUAL(op->nattrs, 4);
    for (int i = 1; i < op->nattrs; i++)
        CU_ASSERT_TRUE(op->attrs[i - 1].key < op->attrs[i].key);
    CU_ASSERT_EQUAL(op_attr_int(op, ATTR_AXIS, 7), 0);
    CU_ASSERT_TRUE(op_attr_bool(op, ATTR_SAT) && op_attr_is(op, ATTR_TEXT, "why") && !op_attr_is(op, ATTR_TEXT, "wh"));
    op_set_bool(kit.module, op, ATTR_SAT, false);
    CU_ASSERT_PTR_NULL(op_attr(op, ATTR_SAT));
    CU_ASSERT_EQUAL(op->nattrs, 3);
    arena_destroy(kit.arena);
}

/* ---- builder ---------------------------------------------------------------------------------------------------- */
static Value *tile_param(IrKit *kit, const char *name, Elem elem, const Expr *rows, const Expr *cols) {
    const Expr *dims[2] = {rows, cols};
    Value *view = func_add_param(kit->func, name, type_get(kit->module, TYPE_VIEW, elem, 2, dims, false), DIR_IN);
    Builder b = builder_at_end(kit->module, kit->func->body);
    const Type *type = type_tile(kit->module, elem, rows, cols);
    return build_op(&b, OP_LOAD, &view, 1, NULL, 0, &type, 1, 0)->results[0];
}

static void test_result_types(void) {
    IrKit kit = kit_create(3);
    Module *m = kit.module;
    const Expr *a = kit.leaves[0], *c = kit.leaves[1], *one = expr_const(kit.exprs, 1);
    Value *x = tile_param(&kit, "x", ELEM_F16, a, c), *row = tile_param(&kit, "row", ELEM_F16, one, c);
    Value *other = tile_param(&kit, "other", ELEM_F16, a, a), *mask = tile_param(&kit, "mask", ELEM_BOOL, a, one);
    Value *pair[2] = {row, x}, *wrong[2] = {x, other}, *select[3] = {mask, row, row};
    CU_ASSERT_PTR_EQUAL(build_result_type(m, OP_ADD, pair, 2), x->type);
    CU_ASSERT_PTR_NULL(build_result_type(m, OP_ADD, wrong, 2));
    CU_ASSERT_PTR_EQUAL(build_result_type(m, OP_LT, pair, 2), type_tile(m, ELEM_BOOL, a, c));
    CU_ASSERT_PTR_EQUAL(build_result_type(m, OP_WHERE, select, 3), x->type);
    CU_ASSERT_PTR_EQUAL(build_result_type(m, OP_EXP, &x, 1), x->type);
    CU_ASSERT_PTR_EQUAL(build_result_type(m, OP_TRANS, &x, 1), type_tile(m, ELEM_F16, c, a));
    CU_ASSERT_PTR_EQUAL(build_result_type(m, OP_ROWSUM, &x, 1), type_tile(m, ELEM_F16, a, one));
    CU_ASSERT_PTR_EQUAL(build_result_type(m, OP_COLARGMAX, &x, 1), type_tile(m, ELEM_I32, one, c));
    CU_ASSERT_PTR_EQUAL(build_broadcast_extent(m, one, c), c);
    CU_ASSERT_PTR_NULL(build_broadcast_extent(m, a, c));
    arena_destroy(kit.arena);
}

static void test_builder(void) {
    IrKit kit = kit_create(4);
    Module *m = kit.module;
    Builder b = builder_at_end(m, kit.func->body);
    b.loc = (Loc){0, 3, 4};
    Value *five = build_const_int(&b, ELEM_I32, 5), *half = build_const_float(&b, ELEM_F32, 0.5);
    CU_ASSERT_PTR_EQUAL(value_expr(m, five), expr_const(kit.exprs, 5));
    CU_ASSERT_PTR_EQUAL(build_index(&b, kit.leaves[2]), kit.values[2]);
    const Expr *e = expr_add_const(kit.exprs, kit.leaves[2], 1);
    Value *index = build_index(&b, e);
    CU_ASSERT_PTR_EQUAL(value_expr(m, index), e);
    CU_ASSERT_PTR_EQUAL(value_expr(m, kit.values[0]), kit.leaves[0]);
    CU_ASSERT_PTR_EQUAL(build_unary(&b, OP_NEG, half)->type, half->type);
    Value *cast = build_cast(&b, half, ELEM_F16, "floor", true);
    CU_ASSERT_TRUE(op_attr_is(cast->def, ATTR_ROUND, "floor") && op_attr_bool(cast->def, ATTR_SAT));
    CU_ASSERT_PTR_NULL(op_attr(build_cast(&b, half, ELEM_F16, "rint", false)->def, ATTR_ROUND));
    CU_ASSERT_EQUAL(cast->def->loc.line, 3);
    const Expr *values[1] = {kit.leaves[1]};
    build_check(&b, "BOUNDS", "entry", "text {0}", e, values, 1);
    const Op *check = kit.func->body->last;
    CU_ASSERT_EQUAL(check->nexprs, 2);
    CU_ASSERT_TRUE(op_attr_is(check, ATTR_CODE, "BOUNDS") && op_attr_is(check, ATTR_LEVEL, "entry"));
    Builder before = builder_before(m, cast->def);
    Value *sum = build_binary(&before, OP_ADD, half, half);
    CU_ASSERT_PTR_EQUAL(sum->def->next, cast->def);
    CU_ASSERT_EQUAL(module_add_source(m, "a"), 0);
    CU_ASSERT_EQUAL(module_add_source(m, "b"), 1);
    CU_ASSERT_EQUAL(module_add_source(m, "a"), 0);
    CU_ASSERT_PTR_EQUAL(module_find(m, "kit"), kit.func);
    CU_ASSERT_PTR_NULL(module_find(m, "kid"));
    arena_destroy(kit.arena);
}

static void test_view_extent(void) {
    IrKit kit = kit_create(5);
    ExprTable *t = kit.exprs;
    const Expr *a = kit.leaves[0], *b = kit.leaves[1], *dims[1] = {a}, *eight = expr_const(t, 8);
    const Type *base = type_get(kit.module, TYPE_TENSOR, ELEM_F32, 1, dims, false);
    CU_ASSERT_PTR_EQUAL(view_extent(kit.module, base, 0, SEL_FULL, NULL, NULL), a);
    const Expr *range = expr_max(t, expr_const(t, 0), expr_sub(t, eight, b));
    CU_ASSERT_PTR_EQUAL(view_extent(kit.module, base, 0, SEL_RANGE, b, eight), range);
    const Expr *block = expr_max(t, expr_const(t, 0), expr_min(t, eight, expr_sub(t, a, b)));
    CU_ASSERT_PTR_EQUAL(view_extent(kit.module, base, 0, SEL_BLOCK, b, eight), block);
    arena_destroy(kit.arena);
}

/* ---- links, walks ----------------------------------------------------------------------------------------------- */
static Op *build_loop(Builder *b, const Expr *n, const char *index) {
    const Expr *zero = expr_const(b->module->exprs, 0), *one = expr_const(b->module->exprs, 1),
               *exprs[3] = {zero, n, one};
    Op *loop = build_op(b, OP_FOR, NULL, 0, exprs, 3, NULL, 0, 1);
    region_add_arg(b->module, loop->regions[0], type_index(b->module), index);
    return loop;
}

static void test_links(void) {
    IrKit kit = kit_create(6);
    Builder b = builder_at_end(kit.module, kit.func->body);
    Op *loop = build_loop(&b, kit.leaves[0], "i");
    Builder inner = builder_at_end(kit.module, loop->regions[0]);
    Value *x = build_const_int(&inner, ELEM_I32, 1), *y = build_const_int(&inner, ELEM_I32, 2);
    CU_ASSERT_PTR_EQUAL(op_func(x->def), kit.func);
    CU_ASSERT_PTR_EQUAL(value_region(x), loop->regions[0]);
    CU_ASSERT_PTR_EQUAL(value_region(loop->regions[0]->args[0]), loop->regions[0]);
    CU_ASSERT_TRUE(region_contains(kit.func->body, loop->regions[0]));
    CU_ASSERT_FALSE(region_contains(loop->regions[0], kit.func->body));
    CU_ASSERT_TRUE(value_is_outside(kit.values[0], loop->regions[0]));
    CU_ASSERT_FALSE(value_is_outside(x, loop->regions[0]) || value_is_outside(x, kit.func->body));
    op_unlink(x->def);
    CU_ASSERT_PTR_EQUAL(loop->regions[0]->first, y->def);
    op_append(loop->regions[0], x->def);
    CU_ASSERT_TRUE(y->def->next == x->def && x->def->prev == y->def && loop->regions[0]->last == x->def);
    op_unlink(x->def);
    op_insert_before(x->def, y->def);
    CU_ASSERT_TRUE(loop->regions[0]->first == x->def && !x->def->prev);
    Func *other = build_func(kit.module, FUNC_KERNEL, "other", LOC_NONE);
    region_take_ops(other->body, kit.func->body);
    CU_ASSERT_TRUE(!kit.func->body->first && other->body->first == loop && op_func(loop) == other);
    CU_ASSERT_PTR_EQUAL(op_func(y->def), other);
    arena_destroy(kit.arena);
}

static void unlink_constants(void *user, Op *op) {
    ++*(int *)user;
    if (op->code == OP_CONST)
        op_unlink(op);
}

static void test_walk(void) {
    IrKit kit = kit_create(7);
    Builder b = builder_at_end(kit.module, kit.func->body);
    build_const_int(&b, ELEM_I32, 1);
    Op *loop = build_loop(&b, kit.leaves[0], "i");
    Builder inner = builder_at_end(kit.module, loop->regions[0]);
    build_const_int(&inner, ELEM_I32, 2);
    build_const_int(&inner, ELEM_I32, 3);
    build_const_int(&b, ELEM_I32, 4);
    int n = 0;
    walk_ops(kit.func->body, unlink_constants, &n);
    CU_ASSERT_EQUAL(n, 5);
    CU_ASSERT_TRUE(kit.func->body->first == loop && kit.func->body->last == loop && !loop->regions[0]->first);
    arena_destroy(kit.arena);
}

static void test_uses(void) {
    IrKit kit = kit_create(8);
    const Expr *a = kit.leaves[0], *c = kit.leaves[1];
    Value *x = tile_param(&kit, "x", ELEM_F32, a, expr_const(kit.exprs, 4));
    Builder b = builder_at_end(kit.module, kit.func->body);
    Value *y = build_binary(&b, OP_ADD, x, x);
    Op *loop = build_loop(&b, expr_add(kit.exprs, a, c), "i");
    UseCounts uses = uses_count(kit.arena, kit.func);
    CU_ASSERT_EQUAL(uses_of(&uses, x), 2);
    CU_ASSERT_EQUAL(uses_of(&uses, y), 0);
    CU_ASSERT_EQUAL(uses_of(&uses, kit.values[0]), 4); /* types of the view, of x, of y; the bound */
    CU_ASSERT_EQUAL(uses_of(&uses, kit.values[1]), 1);
    value_replace_uses(kit.func, kit.values[0], kit.values[2]);
    CU_ASSERT_PTR_EQUAL(type_rows(y->type), kit.leaves[2]);
    CU_ASSERT_PTR_EQUAL(loop->exprs[1], expr_add(kit.exprs, kit.leaves[2], c));
    value_replace_uses(kit.func, x, y);
    CU_ASSERT_PTR_EQUAL(y->def->operands[0], y);
    uses = uses_count(kit.arena, kit.func);
    CU_ASSERT_EQUAL(uses_of(&uses, kit.values[0]), 0);
    arena_destroy(kit.arena);
}

/* ---- clones ----------------------------------------------------------------------------------------------------- */
static void print_one(Buf *out, const Func *f, const char *want) {
    buf_clear(out);
    func_print(out, f);
    CU_ASSERT_STRING_EQUAL(buf_text(out), want);
    if (strcmp(buf_text(out), want) != 0)
        fprintf(stderr, "expected:\n%sfound:\n%s", want, buf_text(out));
}

static const char clone_source[] = "module m stage tile\n"
                                   "kernel @k[const %PAD, %S](%x: in view f32[%S, 4], %o: out view f32[%PAD, 4]) {\n"
                                   "  %0 = load %x : f32[%S, 4]\n"
                                   "  %1 = index [%PAD] : index[1, 1]\n"
                                   "  %2 = cast %PAD : f32[1, 1]\n"
                                   "  for [0, %PAD, 1] {\n"
                                   "    ^(%i)\n"
                                   "    %3 = get %0 [min(%i, %S), 3] : f32[1, 1]\n"
                                   "    put %o, %3 [%i + %PAD, 3] {guarded}\n"
                                   "  }\n"
                                   "}\n";

static void test_clone_func(void) {
    TextKit kit = text_kit_parse(clone_source, sizeof clone_source - 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(kit.module);
    Func *f = kit.module->funcs.data[0];
    CloneMap *map = clone_map_create(kit.module);
    clone_map_set_expr(map, f->index_params[0].value, expr_const(kit.module->exprs, 2048));
    Func *copy = clone_func(kit.module, f, "k__PAD_2048", map);
    Buf out = {0};
    print_one(&out, copy,
              "kernel @k__PAD_2048[%S](%x: in view f32[%S, 4], %o: out view f32[2048, 4]) origin \"k\" {\n"
              "  %0 = load %x : f32[%S, 4]\n"
              "  %1 = index [2048] : index[1, 1]\n"
              "  %2 = index [2048] : index[1, 1]\n"
              "  %3 = cast %2 : f32[1, 1]\n"
              "  for [0, 2048, 1] {\n"
              "    ^(%i)\n"
              "    %4 = get %0 [min(%S, %i), 3] : f32[1, 1]\n"
              "    put %o, %4 [%i + 2048, 3] {guarded}\n"
              "  }\n"
              "}\n");
    buf_free(&out);
    CU_ASSERT_EQUAL(module_verify(kit.module, kit.dc, "cloning"), 0);
    text_kit_show(&kit);
    text_kit_end(&kit);
}

static void test_clone_body(void) {
    TextKit kit = text_kit_parse(clone_source, sizeof clone_source - 1);
    Func *f = kit.module->funcs.data[0];
    Op *loop = f->body->last;
    CloneMap *map = clone_map_create(kit.module);
    clone_map_set_expr(map, loop->regions[0]->args[0], expr_const(kit.module->exprs, 7));
    Builder b = builder_before(kit.module, loop);
    clone_region_into(&b, map, loop->regions[0]);
    op_unlink(loop);
    Buf out = {0};
    print_one(&out, f,
              "kernel @k[const %PAD, %S](%x: in view f32[%S, 4], %o: out view f32[%PAD, 4]) {\n"
              "  %0 = load %x : f32[%S, 4]\n"
              "  %1 = index [%PAD] : index[1, 1]\n"
              "  %2 = cast %PAD : f32[1, 1]\n"
              "  %3 = get %0 [min(%S, 7), 3] : f32[1, 1]\n"
              "  put %o, %3 [%PAD + 7, 3] {guarded}\n"
              "}\n");
    buf_free(&out);
    Value *v = f->body->first->results[0];
    CU_ASSERT_PTR_EQUAL(clone_map_get(map, v), v);
    text_kit_end(&kit);
}

/* ---- the verifier ----------------------------------------------------------------------------------------------- */
#define T "module m stage tile\n"
#define B "module m stage block\n"
#define K "kernel @f[%N](%v: in view f32[8, %N], %o: out view f32[8, 8], %s: f32[1, 1]) {\n"
#define W "workload @f[%N](%v: in tensor f32[8, %N], %o: out tensor f32[8, 8], %s: f32[1, 1], %c: bool[1, 1]) {\n"
#define LOAD "%x = load %v : f32[8, %N]\n"

static const struct {
    const char *text, *message; /* behind "invalid IR after parsing: " */
} violations[] = {
    {T K "%0 = add %s : f32[1, 1]\n}", "@f: add: expected 2 operands, found 1"},
    {T K "%0, %1 = topk %s : f32[1, 1], i32[1, 1]\n}", "@f: topk: expected 1 to 2 expressions, found 0"},
    {T K "assume\n}", "@f: assume: expected at least 1 expressions, found 0"},
    {T K "%0 = assume [1] : f32[1, 1]\n}", "@f: assume: expected 0 results, found 1"},
    {T K "for [0, 1, 1]\n}", "@f: for: expected 1 regions, found 0"},
    {T K LOAD "%0 = add %x, %v : f32[8, %N]\n}", "@f: add: operand 2 is no tile"},
    {T K "%0 = const {int = 1} : i32[1, 1]\n%1 = add %s, %0 : f32[1, 1]\n}", "@f: add: operand 2 is i32, expected f32"},
    {T K LOAD "%0 = exp %x : f16[8, %N]\n}", "@f: exp: the result should be a tile of f32"},
    {T K LOAD "%0 = rowsum %x : f32[8, 8]\n}", "@f: rowsum: the extents of the result do not follow from the operands"},
    {T K "%0 = const {int = 1} : i32[1, 1]\n%1 = exp %0 : i32[1, 1]\n}", "@f: exp: operand 1 cannot be i32"},
    {T K LOAD "%0 = matmul %x, %x : f32[8, %N]\n%1 = matmul %0, %0 {trans_b} : f32[8, 9]\n}",
     "@f: matmul: the extents of the result do not follow from the operands"},
    {T K "%0 = full %s : f32[8, 4]\n%1 = matmul %0, %0 : f32[8, 4]\n}", "@f: matmul: the inner extents differ"},
    {T K "%0 = const {int = 1} : f32[1, 1]\n}", "@f: const: attribute float is missing"},
    {T K "%0 = const {int = 1} : i32[1, 2]\n}", "@f: const: the result is no scalar"},
    {T K "%0 = cast %s : f16[1, 2]\n}", "@f: cast: operand and result are not tiles of the same extents"},
    {T K "%0 = bitcast %s : f16[1, 1]\n}", "@f: bitcast: operand and result differ in width"},
    {T K "%0 = view %v [1] : view f32[]\n}", "@f: view: expected one selector for each dimension of a tensor"},
    {T K "%0 = view %v [1, :] : view f32[1, %N]\n}", "@f: view: the result should be a view of 1 dimensions of f32"},
    {T K "%0 = load %v : f16[8, %N]\n}", "@f: load: tile and memory differ in element type"},
    {T K "%0 = load %s : f32[1, 1]\n}", "@f: load: operand 1 is no memory of one or two dimensions"},
    {T K "%0 = load %v, %s : f32[8, %N]\n}", "@f: load: attribute fill and the last operand go together"},
    {T K "%0 = get %v [1] : f32[1, 1]\n}", "@f: get: expected 2 expressions, found 1"},
    {T K "%0 = get %v [1, 1] : i32[1, 1]\n}", "@f: get: the element should be a scalar of f32"},
    {T K "%0 = get %v [1, 1] {fill} : f32[1, 1]\n}", "@f: get: attribute fill and the last operand go together"},
    {T K "put %s, %s [0, 0]\n}", "@f: put: operand 1 is no memory"},
    {T K "put %o, %s, %s [0, 0]\n}", "@f: put: operand 3 is f32, expected bool"},
    {T W "%0 = temp : view f32[8]\n}", "@f: temp: the result should be a tensor"},
    {T K "%0 = full %s : f16[8, 8]\n}", "@f: full: operand 1 is f32, expected f16"},
    {T K LOAD "%0 = full %x : f32[8, 8]\n}", "@f: full: operand 1 is no scalar"},
    {T K "%0 = index [%N] : i32[1, 1]\n}", "@f: index: the result is no index"},
    {T K "for [0, 4, 0] {\n^(%i)\n}\n}", "@f: for: the step is not positive"},
    {T K "for [0, 4, 1] {\n}\n}", "@f: for: region 1: expected 1 arguments, found 0"},
    {T K "for %s [0, 4, 1] {\n^(%i, %c)\nyield %c\n}\n}", "@f: for: expected one result for each carried value"},
    {T K "for [0, 4, 1] {\n^(%i: f32[1, 1])\n}\n}", "@f: for: the first argument of the body is no index"},
    {T K "%r = for %s [0, 4, 1] : f16[1, 1] {\n^(%i, %c)\n%0 = cast %c : f16[1, 1]\nyield %0\n}\n}",
     "@f: for: carried value 1 changes its type"},
    {T K "%r = for %s [0, 4, 1] : f32[1, 1] {\n^(%i, %c)\n}\n}", "@f: for: a region does not end with yield"},
    {T W "%r = if %c : f32[1, 1] {\nyield %s\n} {\nyield\n}\n}", "@f: if: expected a yield of 1 values, found 0"},
    {T W "%r = if %c : f32[1, 1] {\nyield %s\n} {\nyield %c\n}\n}",
     "@f: if: value 1 of a yield has another type than the result"},
    {T W "if %s {\n} {\n}\n}", "@f: if: operand 1 is f32, expected bool"},
    {T W "concurrent {\nyield\nfail {code = A, text = \"\"}\n}\n}",
     "@f: yield: yield stands before the end of a region"},
    {T W "yield\n}", "@f: yield: yield stands before the end of a region"},
    {T W "tier [%N, 4, 2] {\n^(%l)\n} {\n}\n}", "@f: tier: limit 2 is not a constant above the one before"},
    {T W "tier [%N, 4] {\n} {\n}\n}", "@f: tier: region 1: expected 1 arguments, found 0"},
    {T W "tier.switch [%N, 4] {\n}\n}", "@f: tier.switch: expected 2 regions, found 1"},
    {T W "call %v {callee = \"g\"}\n}", "@f: call: there is no function @g"},
    {T W "call %v, %o, %s, %c {callee = \"f\"}\n}", "@f: call: @f has 1 index parameters, found 0"},
    {T W "call %v, %o, %s [%N] {callee = \"f\"}\n}", "@f: call: @f has 4 parameters, found 3"},
    {T W "call %v, %o, %c, %c [%N] {callee = \"f\"}\n}", "@f: call: operand 3 does not fit the parameter of @f"},
    {T K "call %v, %o, %s [%N] {callee = \"f\"}\n}", "@f: call: the operation belongs into a workload"},
    {T K "%0 = temp : tensor f32[8]\n}", "@f: temp: the operation belongs into a workload"},
    {T K "loop [0, 4, 1] {\n^(%i)\n}\n}", "@f: loop: the operation belongs to the block stage"},
    {B K LOAD "}", "@f: load: the operation on whole tiles cannot stand in the block stage"},
    {B K "%0 = get %v [0, 0] : f32[1, 1]\n%1 = trans %0 : f32[1, 1]\n}",
     "@f: trans: the operation on whole tiles cannot stand in the block stage"},
    {B K "%0 = cast %s : f32[8, 8]\n}", "@f: cast: operand and result are not tiles of the same extents"},
    {B K "%0 = get %v [0, 0] {lanes = 1} : f32[1, %N]\n}",
     "@f: get: result 1 is no block of at most 16 rows and 64 lanes"},
    {B K "%0 = get %v [0, 0] {lanes = 1} : f32[32, 1]\n}",
     "@f: get: result 1 is no block of at most 16 rows and 64 lanes"},
    {B K "%0 = get %v [0, 0] : f32[1, 8]\n}", "@f: get: attribute lanes is missing"},
    {B K "%0 = get %v [0, 0] {rows = 1, lanes = 1} : f32[4, 4]\n}", "@f: get: rows and lanes walk the same dimension"},
    {B K "%0 = get %v [0, 0] {rows = 2} : f32[4, 1]\n}", "@f: get: attribute rows names no dimension of the memory"},
    {B K "%0 = get %v [0, 0] {lanes = 1, part} : f32[1, 8]\n}", "@f: get: expected 3 expressions, found 2"},
    {B K "%0 = get %v [0, 0] {lanes = 1} : f32[1, 8]\nput %o, %0 [0, 0] {guarded, lanes = 1}\n}",
     "@f: put: fill and guarded are for single elements"},
    {B K "%0 = get %v [0, 0] {lanes = 1} : f32[1, 8]\n%1 = isnan %0 : bool[1, 8]\nput %o, %s, %1 [0, 0]\n}",
     "@f: put: the condition does not stretch to the block"},
    {B K "%0 = get %v [0, 0] {lanes = 1} : f32[1, 8]\n%1 = acc {monoid = max} : acc f32[4]\nstep %1, %0 [0]\n}",
     "@f: step: dimension 1 of the accumulator has no room for 8"},
    {B K "%0 = acc {monoid = max} : acc f32[1]\n%1 = fin %0 [0] : f32[1, 8]\n}",
     "@f: fin: the accumulator has a single value where the result has several"},
    {B K "%0 = buffer {memory = l1} : buffer f16[4, 8]\npack %0, %v [0, 0, 4, 8] {rows = 0, lanes = 1}\n}",
     "@f: pack: f16 does not hold every value of f32"},
    {B K "%0 = buffer {memory = l1} : buffer f32[4, 8]\npack %0, %v [0, 0, 4] {rows = 0, lanes = 1}\n}",
     "@f: pack: expected 4 expressions, found 3"},
    {B K "prefetch %v [0]\n}", "@f: prefetch: expected 2 expressions, found 1"},
    {B K "%r = for %s [0, 4, 1] : f32[1, 1] {\n^(%i, %c)\nyield %c\n}\n}",
     "@f: for: a loop of the block stage carries no values"},
    {B K "%0 = buffer : view f32[8]\n}", "@f: buffer: the result should be a buffer"},
    {B K "%0 = buffer {memory = l9} : buffer f32[8]\n}", "@f: buffer: attribute memory cannot be `l9`"},
    {B K "%0 = acc {monoid = many} : acc f32[]\n}", "@f: acc: attribute monoid is missing or unknown"},
    {B K "%0 = acc {monoid = topk} : acc f32[]\n}", "@f: acc: topk, and nothing else, wants k"},
    {B K "step %s, %s\n}", "@f: step: operand 1 is no accumulator"},
    {B K "%0 = acc {monoid = sum.lanes} : acc f32[]\nstep %0, %s\n}", "@f: step: expected 1 expressions, found 0"},
    {B K "%0 = acc {monoid = sum.seq} : acc f32[]\nstep %0, %s, %s\n}",
     "@f: step: the monoid sum.seq does not take 2 values"},
    {B K "%0 = acc {monoid = max} : acc f32[4]\n%1 = fin %0 : f32[1, 1]\n}",
     "@f: fin: expected 1 or 2 expressions, found 0"},
    {B K "%0 = acc [4] {monoid = topk} : acc f32[]\ntopk_fin %0, %o, %0\n}",
     "@f: topk_fin: operand 2 is neither a buffer nor the accumulator itself"},
    {B K "%0 = acc {monoid = max} : acc f32[]\ntopk_fin %0, %0, %0\n}",
     "@f: topk_fin: operand 1 is no accumulator of topk"},
    {T K "%0 = cast %s {round = up} : f16[1, 1]\n}", "@f: cast: attribute round cannot be `up`"},
    {T K "fail {text = \"\"}\n}", "@f: fail: attribute code or text is missing"},
    {T K "check [%N] {text = \"\", code = SHAPE}\n}", "@f: check: attribute level is missing"},
    {T K "for [0, 4, 1] {\n^(%i)\n%0 = index [%i] : index[1, 1]\n}\nassume [%i]\n}",
     "@f: assume: %i in an expression is not defined here"},
    {T K "for [0, 4, 1] {\n^(%i)\n%y = neg %s : f32[1, 1]\n}\n%1 = neg %y : f32[1, 1]\n}",
     "@f: neg: operand 1 (%y) is not defined here"},
    {T K "for [0, 4, 1] {\n^(%i)\n}\n%1 = full %s : f32[%i, 1]\n}", "@f: full: %i in an extent is not defined here"},
    {T "kernel @f(%x: view f32[8]) {\n}", "@f: parameter %x is neither a scalar nor memory with a direction"},
    {T "kernel @f(%x: in f32[1, 1]) {\n}", "@f: parameter %x is neither a scalar nor memory with a direction"},
    {T "kernel @f(%n: i32[1, 1], %x: in view f32[%n]) {\n}", NULL},
};

static void test_violations(void) {
    for (size_t i = 0; i < sizeof violations / sizeof *violations; i++) {
        TextKit kit = text_kit_parse(violations[i].text, strlen(violations[i].text));
        if (!kit.module) {
            text_kit_show(&kit);
            CU_FAIL("the text was refused");
        } else {
            int n = module_verify(kit.module, kit.dc, "parsing");
            char *found = text_kit_message(&kit), want[300] = "";
            if (violations[i].message)
                snprintf(want, sizeof want, "error: [E0701] invalid IR after parsing: %s", violations[i].message);
            CU_ASSERT_EQUAL(n > 0, violations[i].message != NULL);
            if (!strstr(found, want) || (!want[0] && found[0]))
                fprintf(stderr, "text:\n%s\nexpected %s\nfound    %s\n", violations[i].text, want, found);
            CU_ASSERT_TRUE(strstr(found, want) && (want[0] || !found[0]));
            free(found);
        }
        text_kit_end(&kit);
    }
}

/* What text cannot say: broken links. */
static void test_broken_links(void) {
    TextKit kit = text_kit_parse(clone_source, sizeof clone_source - 1);
    Func *f = kit.module->funcs.data[0];
    Op *load = f->body->first, *next = load->next;
    CU_ASSERT_EQUAL(module_verify(kit.module, kit.dc, "a"), 0);
    next->prev = NULL;
    CU_ASSERT_EQUAL(module_verify(kit.module, kit.dc, "a"), 1);
    next->prev = load;
    f->body->last = load;
    CU_ASSERT_EQUAL(module_verify(kit.module, kit.dc, "b"), 1);
    f->body->last = next->next->next;
    load->results[0]->def = next;
    CU_ASSERT_EQUAL(module_verify(kit.module, kit.dc, "c"), 1);
    load->results[0]->def = load;
    f->name = "g";
    build_func(kit.module, FUNC_KERNEL, "g", LOC_NONE);
    CU_ASSERT_EQUAL(module_verify(kit.module, kit.dc, "d"), 1);
    f->name = "f";
    f->params[0].value = f->params[1].value;
    CU_ASSERT_EQUAL(module_verify(kit.module, kit.dc, "e"), 1);
    text_kit_end(&kit);
}

static void test_op_line(void) {
    TextKit kit = text_kit_parse(clone_source, sizeof clone_source - 1);
    Buf out = {0};
    Op *loop = kit.module->funcs.data[0]->body->last;
    op_print_line(&out, loop->regions[0]->first);
    CU_ASSERT_STRING_EQUAL(buf_text(&out), "%3 = get %0 [min(%S, %i), 3] : f32[1, 1]");
    buf_clear(&out);
    op_unlink(loop);
    op_print_line(&out, loop);
    CU_ASSERT_STRING_EQUAL(buf_text(&out), "for");
    buf_free(&out);
    text_kit_end(&kit);
}

void test_ir_register(void);
void test_ir_register(void) {
    CU_pSuite s = CU_add_suite("ir", NULL, NULL);
    CU_add_test(s, "tables", test_tables);
    CU_add_test(s, "lanes", test_lanes);
    CU_add_test(s, "element types", test_elements);
    CU_add_test(s, "listings", test_listings);
    CU_add_test(s, "types", test_types);
    CU_add_test(s, "attributes", test_attributes);
    CU_add_test(s, "result types", test_result_types);
    CU_add_test(s, "builder", test_builder);
    CU_add_test(s, "extents of views", test_view_extent);
    CU_add_test(s, "links", test_links);
    CU_add_test(s, "walks", test_walk);
    CU_add_test(s, "uses", test_uses);
    CU_add_test(s, "clone of a function", test_clone_func);
    CU_add_test(s, "clone of a body", test_clone_body);
    CU_add_test(s, "every rule of the verifier", test_violations);
    CU_add_test(s, "broken links", test_broken_links);
    CU_add_test(s, "one line", test_op_line);
}
