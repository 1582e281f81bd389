/* Memory in the interpreter: views, paged views, load, store, gather, scatter, single elements, and what is outside. */
#include "ir/eval_internal.h"
#include "tests/unit/eval_kit.h"

static Value *view(Kit *k, Value *base, const SelKind *sels, int nsels, const int64_t *numbers, int n, int rank,
                   const int64_t *dims) {
    const Expr *exprs[16], *extents[IR_MAX_RANK];
    for (int i = 0; i < n; i++)
        exprs[i] = kit_int(k, numbers[i]);
    for (int d = 0; d < rank; d++)
        extents[d] = kit_int(k, dims[d]);
    const Type *type = type_get(k->m, TYPE_VIEW, base->type->elem, rank, extents, false);
    return build_view(&k->b, base, sels, nsels, exprs, n, type);
}

static Value *load(Kit *k, Value *from, int64_t rows, int64_t cols) {
    return kit_op(k, OP_LOAD, &from, 1, NULL, 0, kit_type(k, from->type->elem, rows, cols))->results[0];
}

static void store(Kit *k, Value *to, Value *tile) { kit_op(k, OP_STORE, (Value *[]){to, tile}, 2, NULL, 0, NULL); }

static const double counted[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23};

static void test_views(void) {
    Kit k = kit_open();
    Value *t = kit_tensor(&k, DIR_IN, ELEM_I32, 3, (int64_t[]){2, 3, 4}, counted);
    Value *row = view(&k, t, (SelKind[]){SEL_INDEX, SEL_INDEX, SEL_FULL}, 3, (int64_t[]){1, 2}, 2, 1, (int64_t[]){4});
    Value *mid =
        view(&k, t, (SelKind[]){SEL_FULL, SEL_INDEX, SEL_RANGE}, 3, (int64_t[]){1, 1, 3}, 3, 2, (int64_t[]){2, 2});
    Value *clipped = view(&k, t, (SelKind[]){SEL_INDEX, SEL_BLOCK, SEL_BLOCK}, 3, (int64_t[]){0, 2, 5, 3, 5}, 5, 2,
                          (int64_t[]){1, 1});
    Value *past =
        view(&k, t, (SelKind[]){SEL_INDEX, SEL_BLOCK, SEL_FULL}, 3, (int64_t[]){0, 9, 2}, 3, 2, (int64_t[]){0, 4});
    Value *empty =
        view(&k, t, (SelKind[]){SEL_INDEX, SEL_RANGE, SEL_FULL}, 3, (int64_t[]){0, 7, 2}, 3, 2, (int64_t[]){0, 4});
    Value *nested = view(&k, mid, (SelKind[]){SEL_RANGE, SEL_INDEX}, 2, (int64_t[]){1, 2, 0}, 3, 1, (int64_t[]){1});
    int a = kit_result(&k, load(&k, row, 1, 4)), b = kit_result(&k, load(&k, mid, 2, 2));
    int c = kit_result(&k, load(&k, clipped, 1, 1)), d = kit_result(&k, load(&k, past, 0, 4));
    int e = kit_result(&k, load(&k, empty, 0, 4)), f = kit_result(&k, load(&k, nested, 1, 1));
    kit_expect(&k, a, (double[]){20, 21, 22, 23}, "rank 1");
    kit_expect(&k, b, (double[]){5, 6, 17, 18}, "strided");
    kit_expect(&k, c, (double[]){11}, "clipped");
    kit_expect(&k, d, NULL, "past the end");
    kit_expect(&k, e, NULL, "a >= b");
    kit_expect(&k, f, (double[]){17}, "view of a view");
    kit_close(&k);
}

static void expect_view_error(SelKind sel, int64_t a, int64_t b, int64_t extent, int status, const char *message) {
    Kit k = kit_open();
    Value *t = kit_tensor(&k, DIR_IN, ELEM_I32, 2, (int64_t[]){3, 4}, counted);
    bool index = sel == SEL_INDEX;
    view(&k, t, (SelKind[]){sel, SEL_FULL}, 2, (int64_t[]){a, b}, index ? 1 : 2, index ? 1 : 2,
         index ? (int64_t[]){4} : (int64_t[]){extent, 4});
    kit_expect_error(&k, status, message);
    kit_close(&k);
}

static void test_view_errors(void) {
    expect_view_error(SEL_INDEX, 3, 0, 0, PTOC_E_BOUNDS, "view: index 0 is 3, outside of 0 to 2");
    expect_view_error(SEL_INDEX, -1, 0, 0, PTOC_E_BOUNDS, "view: index 0 is -1, outside of 0 to 2");
    expect_view_error(SEL_RANGE, 1, 4, 3, PTOC_E_BOUNDS, "view: dimension 0: 1 : 4 is not within 0 : 3");
    expect_view_error(SEL_RANGE, -1, 2, 3, PTOC_E_BOUNDS, "view: dimension 0: -1 : 2 is not within 0 : 3");
    expect_view_error(SEL_BLOCK, -1, 2, 1, PTOC_E_BOUNDS, "view: dimension 0: -1 :+ 2 begins or extends below 0");
    expect_view_error(SEL_BLOCK, 1, 5, 5, PTOC_E_SHAPE, "view: the result is [2, 4], expected [5, 4]");
}

static void test_strided_tensor(void) {
    Kit k = kit_open();
    const Expr *dims[] = {kit_int(&k, 2), kit_int(&k, 2)};
    double data[] = {0, 1, 2, 3, 4, 5};
    Value *t = func_add_param(k.f, "t", type_get(k.m, TYPE_TENSOR, ELEM_F64, 2, dims, true), DIR_IN);
    k.args[k.nargs++].tensor = (EvalTensor){ELEM_F64, 2, {2, 2}, {-3, 2}, data + 3};
    kit_expect(&k, kit_result(&k, kit_load(&k, t)), (double[]){3, 5, 0, 2}, "explicit strides");
    kit_close(&k);
}

static void test_reshape_view(void) {
    Kit k = kit_open();
    Value *t = kit_tensor(&k, DIR_IN, ELEM_I8, 3, (int64_t[]){2, 3, 4}, counted);
    const Expr *dims[] = {kit_int(&k, 4), kit_int(&k, 6)};
    Value *v =
        kit_op(&k, OP_RESHAPE_VIEW, &t, 1, NULL, 0, type_get(k.m, TYPE_VIEW, ELEM_I8, 2, dims, false))->results[0];
    kit_expect(&k, kit_result(&k, load(&k, v, 4, 6)), counted, "reshape");
    kit_close(&k);
    k = kit_open();
    t = kit_tensor(&k, DIR_IN, ELEM_I8, 2, (int64_t[]){4, 6}, counted);
    Value *part = view(&k, t, (SelKind[]){SEL_FULL, SEL_RANGE}, 2, (int64_t[]){0, 2}, 2, 2, (int64_t[]){4, 2});
    const Expr *flat = kit_int(&k, 8);
    kit_op(&k, OP_RESHAPE_VIEW, &part, 1, NULL, 0, type_get(k.m, TYPE_VIEW, ELEM_I8, 1, &flat, false));
    kit_expect_error(&k, PTOC_E_SHAPE, "reshape_view: the view is not contiguous");
    kit_close(&k);
}

static Value *paged(Kit *k, const double *table, int64_t len) {
    Value *cache = kit_tensor(k, DIR_IN, ELEM_I32, 3, (int64_t[]){3, 2, 4}, counted);
    Value *blocks = kit_tensor(k, DIR_IN, ELEM_I32, 1, (int64_t[]){2}, table);
    const Expr *dims[] = {kit_int(k, len), kit_int(k, 4)}, *n = kit_int(k, len);
    return kit_op(k, OP_PAGED, (Value *[]){cache, blocks}, 2, &n, 1,
                  type_get(k->m, TYPE_VIEW, ELEM_I32, 2, dims, false))
        ->results[0];
}

static void test_paged(void) {
    Kit k = kit_open();
    Value *p = paged(&k, (double[]){2, 0}, 3);
    Value *tail = view(&k, p, (SelKind[]){SEL_RANGE, SEL_RANGE}, 2, (int64_t[]){1, 3, 1, 3}, 4, 2, (int64_t[]){2, 2});
    Value *column = view(&k, p, (SelKind[]){SEL_FULL, SEL_INDEX}, 2, (int64_t[]){3}, 1, 1, (int64_t[]){3});
    Value *row = view(&k, p, (SelKind[]){SEL_INDEX, SEL_FULL}, 2, (int64_t[]){2}, 1, 1, (int64_t[]){4});
    int a = kit_result(&k, load(&k, p, 3, 4)), b = kit_result(&k, load(&k, tail, 2, 2));
    int c = kit_result(&k, load(&k, column, 1, 3)), d = kit_result(&k, load(&k, row, 1, 4));
    kit_expect(&k, a, (double[]){16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3}, "paged");
    kit_expect(&k, b, (double[]){21, 22, 1, 2}, "part of it");
    kit_expect(&k, c, (double[]){19, 23, 3}, "a column");
    kit_expect(&k, d, (double[]){0, 1, 2, 3}, "a row");
    kit_close(&k);
    k = kit_open();
    load(&k, paged(&k, (double[]){2, 3}, 3), 3, 4);
    kit_expect_error(&k, PTOC_E_BOUNDS, "load: entry 1 of the block table is 3, outside of 0 to 2");
    kit_close(&k);
    k = kit_open();
    paged(&k, (double[]){2, 0}, 5);
    kit_expect_error(&k, PTOC_E_BOUNDS, "paged: 5 rows do not fit 2 blocks of 2");
    kit_close(&k);
}

static void test_load_fill(void) {
    Kit k = kit_open();
    Value *t = kit_tensor(&k, DIR_IN, ELEM_F16, 2, (int64_t[]){2, 2}, counted),
          *fill = build_const_float(&k.b, ELEM_F16, -1);
    Op *op = kit_op(&k, OP_LOAD, (Value *[]){t, fill}, 2, NULL, 0, kit_type(&k, ELEM_F16, 3, 3));
    op_set_bool(k.m, op, ATTR_FILL_VIEW, true);
    kit_expect(&k, kit_result(&k, op->results[0]), (double[]){0, 1, -1, 2, 3, -1, -1, -1, -1}, "fill");
    kit_close(&k);
}

static void test_store(void) {
    Kit k = kit_open();
    Value *out = kit_tensor(&k, DIR_INOUT, ELEM_I8, 2, (int64_t[]){2, 3}, counted),
          *flat = kit_tensor(&k, DIR_OUT, ELEM_I8, 1, (int64_t[]){3}, NULL);
    Value *block = kit_tensor(&k, DIR_OUT, ELEM_I16, 3, (int64_t[]){2, 1, 2}, NULL);
    Value *x = kit_tile(&k, ELEM_I8, 2, 3, (double[]){10, 11, 12, 13, 14, 15});
    Value *mask = kit_tile(&k, ELEM_BOOL, 2, 3, (double[]){1, 0, 1, 0, 0, 1}),
          *row = kit_tile(&k, ELEM_I8, 1, 3, (double[]){-1, -2, -3});
    kit_op(&k, OP_STORE, (Value *[]){out, x, mask}, 3, NULL, 0, NULL);
    store(&k, flat, row);
    kit_op(&k, OP_FILL, (Value *[]){block, build_const_int(&k.b, ELEM_I16, 300)}, 2, NULL, 0, NULL);
    kit_expect(&k, 0, (double[]){10, 1, 12, 3, 4, 15}, "mask");
    kit_expect(&k, 1, (double[]){-1, -2, -3}, "rank 1");
    kit_expect(&k, 2, (double[]){300, 300, 300, 300}, "fill");
    kit_close(&k);
    k = kit_open();
    out = kit_matrix(&k, DIR_OUT, ELEM_I8, 3, 2, NULL);
    store(&k, out, kit_tile(&k, ELEM_I8, 2, 3, NULL));
    kit_expect_error(&k, PTOC_E_SHAPE, "store: the view is [3, 2], the tile [2, 3]");
    kit_close(&k);
}

static void test_gather(void) {
    Kit k = kit_open();
    Value *t = kit_tensor(&k, DIR_IN, ELEM_F32, 2, (int64_t[]){2, 3}, counted), *x = kit_load(&k, t);
    Value *rows = kit_tile(&k, ELEM_I32, 1, 3, (double[]){1, -1, 0}),
          *cols = kit_tile(&k, ELEM_I64, 1, 2, (double[]){2, 3});
    Value *each = kit_tile(&k, ELEM_I32, 2, 2, (double[]){2, 0, 5, 1}), *fill = build_const_float(&k.b, ELEM_F32, 9);
    Op *a = kit_op(&k, OP_GATHER, (Value *[]){t, rows, fill}, 3, NULL, 0, kit_type(&k, ELEM_F32, 3, 3));
    op_set_int(k.m, a, ATTR_AXIS, 0);
    Op *b = kit_op(&k, OP_GATHER, (Value *[]){x, cols, fill}, 3, NULL, 0, kit_type(&k, ELEM_F32, 2, 2));
    op_set_int(k.m, b, ATTR_AXIS, 1);
    Op *c = kit_op(&k, OP_GATHER, (Value *[]){t, each}, 2, NULL, 0, kit_type(&k, ELEM_F32, 2, 2));
    op_set_int(k.m, c, ATTR_AXIS, 1);
    int ra = kit_result(&k, a->results[0]), rb = kit_result(&k, b->results[0]), rc = kit_result(&k, c->results[0]);
    kit_expect(&k, ra, (double[]){3, 4, 5, 9, 9, 9, 0, 1, 2}, "rows of a view");
    kit_expect(&k, rb, (double[]){2, 9, 5, 9}, "columns of a tile");
    kit_expect(&k, rc, (double[]){2, 0, 0, 4}, "per row");
    kit_close(&k);
}

static void test_scatter(void) {
    Kit k = kit_open();
    Value *a = kit_tensor(&k, DIR_INOUT, ELEM_I32, 2, (int64_t[]){3, 2}, NULL),
          *b = kit_tensor(&k, DIR_INOUT, ELEM_I32, 2, (int64_t[]){2, 3}, NULL);
    Value *i = kit_tile(&k, ELEM_I32, 1, 4, (double[]){2, -1, 2, 7}),
          *x = kit_tile(&k, ELEM_I32, 4, 2, (double[]){1, 2, 3, 4, 5, 6, 7, 8});
    Value *y = kit_tile(&k, ELEM_I32, 2, 4, (double[]){1, 2, 3, 4, 5, 6, 7, 8});
    op_set_int(k.m, kit_op(&k, OP_SCATTER, (Value *[]){a, i, x}, 3, NULL, 0, NULL), ATTR_AXIS, 0);
    op_set_int(k.m, kit_op(&k, OP_SCATTER, (Value *[]){b, i, y}, 3, NULL, 0, NULL), ATTR_AXIS, 1);
    kit_expect(&k, 0, (double[]){0, 0, 0, 0, 5, 6}, "rows, the later wins");
    kit_expect(&k, 1, (double[]){0, 0, 3, 0, 0, 7}, "columns");
    kit_close(&k);
}

static void test_get_put(void) {
    Kit k = kit_open();
    Value *t = kit_tensor(&k, DIR_IN, ELEM_I16, 2, (int64_t[]){2, 3}, counted),
          *out = kit_tensor(&k, DIR_INOUT, ELEM_I16, 1, (int64_t[]){6}, NULL);
    Value *minus = build_const_int(&k.b, ELEM_I16, -1), *no = build_const_int(&k.b, ELEM_BOOL, 0),
          *yes = build_const_int(&k.b, ELEM_BOOL, 1);
    const Expr *at[] = {kit_int(&k, 1), kit_int(&k, 2)}, *off[] = {kit_int(&k, 1), kit_int(&k, 3)}, *to[7];
    for (int i = 0; i < 7; i++)
        to[i] = kit_int(&k, i);
    Value *a = build_get(&k.b, t, at, 2), *b = build_get(&k.b, kit_load(&k, t), at, 2);
    Op *c = kit_op(&k, OP_GET, (Value *[]){t, minus}, 2, off, 2, type_scalar(k.m, ELEM_I16));
    op_set_bool(k.m, c, ATTR_FILL_VIEW, true);
    kit_op(&k, OP_PUT, (Value *[]){out, a}, 2, &to[0], 1, NULL);
    kit_op(&k, OP_PUT, (Value *[]){out, b, yes}, 3, &to[1], 1, NULL);
    kit_op(&k, OP_PUT, (Value *[]){out, c->results[0]}, 2, &to[2], 1, NULL);
    kit_op(&k, OP_PUT, (Value *[]){out, a, no}, 3, &to[3], 1, NULL);
    kit_op(&k, OP_PUT, (Value *[]){out, a, no}, 3, &to[6], 1, NULL); /* what is not written need not exist */
    op_set_bool(k.m, kit_op(&k, OP_PUT, (Value *[]){out, a}, 2, &to[6], 1, NULL), ATTR_GUARDED, true);
    kit_expect(&k, 1, (double[]){5, 5, -1, 0, 0, 0}, "get and put");
    kit_close(&k);
    for (int i = 0; i < 3; i++) {
        k = kit_open();
        t = kit_tensor(&k, i == 1 ? DIR_OUT : DIR_IN, ELEM_I16, 2, (int64_t[]){2, 3}, counted);
        const Expr *far[] = {kit_int(&k, 1), kit_int(&k, 3)};
        if (i == 0)
            build_get(&k.b, t, far, 2);
        else if (i == 1)
            kit_op(&k, OP_PUT, (Value *[]){t, build_const_int(&k.b, ELEM_I16, 0)}, 2, far, 2, NULL);
        else
            build_get(&k.b, kit_load(&k, t), far, 2);
        kit_expect_error(&k, PTOC_E_BOUNDS,
                         i == 0   ? "get: index 1 is 3, outside of 0 to 2"
                         : i == 1 ? "put: index 1 is 3, outside of 0 to 2"
                                  : "get: [1, 3] is outside of a tile [2, 3]");
        kit_close(&k);
    }
}

static void test_temp(void) {
    Kit k = kit_open();
    const Expr *dims[] = {kit_int(&k, 2), kit_int(&k, 2)};
    Value *t =
        kit_op(&k, OP_TEMP, NULL, 0, NULL, 0, type_get(k.m, TYPE_TENSOR, ELEM_F8E5M2, 2, dims, false))->results[0];
    store(&k, t, kit_tile(&k, ELEM_F8E5M2, 2, 2, (double[]){1, 2, 3, 4}));
    kit_expect(&k, kit_result(&k, kit_load(&k, t)), (double[]){1, 2, 3, 4}, "temp");
    kit_close(&k);
    k = kit_open();
    dims[0] = expr_sub(k.m->exprs, expr_value(k.m->exprs, kit_symbol(&k, "N", 3)), kit_int(&k, 5));
    dims[1] = kit_int(&k, 1);
    kit_op(&k, OP_TEMP, NULL, 0, NULL, 0, type_get(k.m, TYPE_TENSOR, ELEM_F32, 2, dims, false));
    kit_expect_error(&k, PTOC_E_SHAPE, "extent 0 is negative: -2");
    kit_close(&k);
}

static void test_element_types(void) { /* each type through memory and back */
    const double x[] = {0, 1, 1, 0};
    for (Elem elem = 0; elem < ELEM_COUNT; elem++) {
        Kit k = kit_open();
        kit_expect(&k, kit_result(&k, kit_tile(&k, elem, 2, 2, x)), x, elem_info(elem)->text);
        kit_close(&k);
    }
}

void test_eval_memory_register(void);
void test_eval_memory_register(void) {
    static const KitTest tests[] = {
        {"views", test_views},
        {"views out of range", test_view_errors},
        {"strided tensors", test_strided_tensor},
        {"reshape_view", test_reshape_view},
        {"paged", test_paged},
        {"load with fill", test_load_fill},
        {"store, fill", test_store},
        {"gather", test_gather},
        {"scatter", test_scatter},
        {"get, put", test_get_put},
        {"temp", test_temp},
        {"every element type", test_element_types},
    };
    kit_register("eval: memory", tests, KIT_COUNT(tests));
}
