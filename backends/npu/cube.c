/* Matrix products: blocks of rows, columns and of the inner dimension through L1 and L0, sums in L0C.
 *
 * An operand is read as [rows, inner] or [inner, columns] with whatever direction lies side by side in memory. Nz of a matrix and Zn
 * of its transpose are the same bytes, so a transposed operand is loaded and padded as it lies and extracted under its other name.
 * Padding of the inner dimension takes part in the product and is zero in both factors. A relu and a conversion at the beginning of
 * the epilogue are done by the move out of the accumulator. */
#include "backends/npu/lower.h"

enum { MOST_ROWS = 128, L0_BYTES = 32768 };

typedef struct Product {
    const Op *op;
    Value *out;      /* what is written: the result, or a relu or cast of it */
    const Op *store; /* written straight to its view; NULL: to a workspace */
    bool relu;
} Product;

/* ---- epilogues --------------------------------------------------------------------------------------------------------- */
static bool leaves_as(Elem from, Elem to) {
    return from == to || (from == ELEM_F32 && (to == ELEM_F16 || to == ELEM_BF16));
}

static Elem product_elem(const Op *op) {
    Elem elem = elem_accumulator(op->operands[0]->type->elem);
    return elem_is_int(op->operands[0]->type->elem) ? ELEM_I32 : elem;
}

/* A view that is read anywhere is written after the whole product. */
static bool is_read(const Lower *l, int arg) {
    for (int i = 0; i < l->touchings.len; i++) {
        if (l->touchings.data[i].arg == arg && !op_is_store(l->touchings.data[i].op))
            return true;
    }
    return false;
}

/* How far the move out of the accumulator goes along the users of the product. */
static Product follow(Lower *l, const Op *op) {
    Product p = {.op = op, .out = op->results[0]};
    Elem acc = product_elem(op);
    const Op *user = only_user(l, p.out);
    if (op->noperands > 2)
        return p;
    if (user && user->code == OP_RELU && acc == ELEM_F32 && p.out->type->elem == ELEM_F32) {
        p.relu = true;
        p.out = user->results[0];
        user = only_user(l, p.out);
    }
    const char *round = user && user->code == OP_CAST ? op_attr_str(user, ATTR_ROUND) : NULL;
    if (user && user->code == OP_CAST && !round && !op_attr_bool(user, ATTR_SAT) && p.out->type->elem == acc &&
        leaves_as(acc, user->results[0]->type->elem)) {
        p.out = user->results[0];
        user = only_user(l, p.out);
    }
    if (user && user->code == OP_STORE && user->operands[1] == p.out && user->noperands == 2) {
        NpuMem m = npu_mem(l->layouts, user->operands[0]);
        if (m.rank == 2 && expr_equals_const(m.strides[1], 1) && !is_read(l, memory_arg(l, user->operands[0])))
            p.store = user;
    }
    return p;
}

static void analyse_product(Lower *l, const Op *op) {
    if (op->code != OP_MATMUL)
        return;
    Product p = follow(l, op);
    Elem elem = op->operands[0]->type->elem;
    bool possible = insn_takes(INSN_TMATMUL, l->unit->arch, elem) && elem == op->operands[1]->type->elem &&
                    leaves_as(product_elem(op), p.out->type->elem);
    if (!possible)
        lower_error(l, op, "`matmul` of %s and %s to %s", elem_info(elem)->text,
                    elem_info(op->operands[1]->type->elem)->text, elem_info(p.out->type->elem)->text);
    lower_value(l, p.out)->cube = op->noperands < 3;
    if (p.store)
        VEC_PUSH(l->arena, &l->direct, p.store);
}

void cube_analyse(Lower *l) { each_op(l->func->body, analyse_product, l); }

/* ---- blocks -------------------------------------------------------------------------------------------------------------- */
static int64_t round_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

static void begin_axis(Lower *l, AxisState *s, const Expr *extent, int64_t block, int64_t grain) {
    int64_t upper = 0;
    bool bounded = expr_is_const(extent, &upper) || facts_upper_const(l->facts, extent, &upper);
    *s = (AxisState){.extent = extent, .block = block, .looped = true};
    if (bounded && upper < block)
        s->block = round_up(upper > 0 ? upper : 1, grain);
    s->single = bounded && upper <= s->block;
    s->vector = s->block;
}

/* The copy of a buffer that a loop's round uses. */
static const Expr *copy_in(Lower *l, const AxisState *s, int depth) {
    return depth < 2 ? expr_const(l->x, 0) : expr_mod(l->x, s->counter, expr_const(l->x, depth));
}

static PlaceOperand block_tile(Lower *l, NpuRole role, int buffer, const Expr *copy, Elem elem, NpuLayout layout,
                               const AxisState *r, const AxisState *c) {
    PlaceOperand o = {.kind = PLACE_TILE, .role = role, .elem = elem, .layout = layout, .buffer = buffer, .copy = copy};
    o.rows = r->block;
    o.cols = c->block;
    o.valid[0] = r->valid;
    o.valid[1] = c->valid;
    (void)l;
    return o;
}

typedef struct Factor {
    Access a;
    Elem elem;
    bool right, swapped; /* swapped: the rows' direction lies side by side */
    int l1, l0, depth;
} Factor;

static Factor begin_factor(Lower *l, const Op *op, int i, const AxisState *rows, const AxisState *cols) {
    Value *v = op->operands[i];
    Factor f = {.a = access_of(l, v), .elem = v->type->elem, .right = i == 1, .depth = l->knobs.depth > 1 ? 2 : 1};
    bool swap = op_attr_bool(op, i ? ATTR_TRANS_B : ATTR_TRANS_A);
    if (l->failed)
        return f;
    if (swap) {
        Access a = f.a;
        for (int d = 0; d < 2; d++) {
            f.a.stride[d] = a.stride[1 - d];
            f.a.origin[d] = a.origin[1 - d];
        }
        f.a.boxed = false;
    }
    f.swapped = !expr_equals_const(f.a.stride[1], 1);
    if (f.swapped && !expr_equals_const(f.a.stride[0], 1))
        lower_error(l, op, "`matmul` of a view whose rows and columns both have strides");
    int64_t size = rows->block * cols->block * elem_bytes(f.elem);
    f.l1 = add_buffer(l, NPU_L1, size, f.depth, v->name ? v->name : i ? "right" : "left");
    f.l0 = add_buffer(l, f.right ? NPU_L0B : NPU_L0A, size, f.depth, f.right ? "right" : "left");
    return f;
}

static void load_factor(Lower *l, const Factor *f, const AxisState *rows, const AxisState *cols,
                        const AxisState *inner) {
    const Expr *copy = copy_in(l, inner, f->depth);
    const AxisState *r = f->swapped ? cols : rows, *c = f->swapped ? rows : cols;
    Access a = f->a;
    if (f->swapped) {
        a.stride[0] = f->a.stride[1];
        a.stride[1] = f->a.stride[0];
        a.origin[0] = f->a.origin[1];
        a.origin[1] = f->a.origin[0];
    }
    const Expr *start[2] = {r->start, c->start}, *valid[2] = {r->valid, c->valid};
    int64_t most[2] = {r->block, c->block};
    PlaceOperand gm = access_block(l, &a, NPU_GM_IN, start, valid, most);
    PlaceOperand mat = block_tile(l, NPU_OUT, f->l1, copy, f->elem, NPU_NZ, r, c);
    add_insn(l, INSN_TLOAD_L1, NULL, 2, (PlaceOperand[]){mat, gm});
}

/* The same bytes, all of them valid. */
static PlaceOperand whole_tile(Lower *l, NpuRole role, PlaceOperand o) {
    o.role = role;
    o.valid[0] = expr_const(l->x, o.rows);
    o.valid[1] = expr_const(l->x, o.cols);
    return o;
}

static bool is_whole(const AxisState *s) {
    int64_t whole;
    return expr_is_const(s->valid, &whole) && whole == s->block;
}

/* Zeros behind the valid part, where it may not fill the block. */
static void pad_factor(Lower *l, const Factor *f, const AxisState *rows, const AxisState *cols,
                       const AxisState *inner) {
    const AxisState *r = f->swapped ? cols : rows, *c = f->swapped ? rows : cols;
    if (is_whole(r) && is_whole(c))
        return;
    PlaceOperand part = block_tile(l, NPU_IN, f->l1, copy_in(l, inner, f->depth), f->elem, NPU_NZ, r, c);
    add_insn(l, INSN_TFILLPAD_L1, NULL, 2, (PlaceOperand[]){whole_tile(l, NPU_OUT, part), part});
}

static void extract_factor(Lower *l, const Factor *f, const AxisState *rows, const AxisState *cols,
                           const AxisState *inner) {
    const Expr *copy = copy_in(l, inner, f->depth);
    PlaceOperand from = block_tile(l, NPU_IN, f->l1, copy, f->elem, f->swapped ? NPU_ZN : NPU_NZ, rows, cols);
    PlaceOperand to = block_tile(l, NPU_OUT, f->l0, copy, f->elem, f->right ? NPU_ZN : NPU_ZZ, rows, cols);
    PlaceOperand zero = {.kind = PLACE_NUMBER, .role = NPU_SCALAR, .elem = ELEM_INDEX};
    add_insn(l, INSN_TEXTRACT, NULL, 4,
             (PlaceOperand[]){whole_tile(l, NPU_OUT, to), whole_tile(l, NPU_IN, from), zero, zero});
}

static void multiply(Lower *l, const Factor *a, const Factor *b, PlaceOperand acc, const AxisState *m,
                     const AxisState *n, const AxisState *k) {
    const Expr *copy = copy_in(l, k, a->depth);
    PlaceOperand left = block_tile(l, NPU_IN, a->l0, copy, a->elem, NPU_ZZ, m, k);
    PlaceOperand right = block_tile(l, NPU_IN, b->l0, copy, b->elem, NPU_ZN, k, n);
    PlaceBlock *outside = l->block;
    for (int more = 0; more < 2; more++) {
        PlaceStmt *when = add_stmt(l, PLACE_WHEN);
        when->expr = more ? k->counter : expr_sub(l->x, expr_const(l->x, 1), k->counter);
        l->block = &when->body;
        acc.role = more ? NPU_INOUT : NPU_OUT;
        add_insn(l, more ? INSN_TMATMUL_ACC : INSN_TMATMUL, NULL, 3, (PlaceOperand[]){acc, left, right});
        l->block = outside;
    }
}

static Access product_access(Lower *l, const Product *p) {
    LowerValue *lv = lower_value(l, p->op->results[0]);
    if (p->store)
        return access_of_view(l, p->store->operands[0]);
    if (p->op->noperands < 3)
        return access_of_workspace(l, p->out);
    if (lv->product < 0)
        lv->product = lower_add_workspace(l, "product", product_elem(p->op), p->out->type);
    Access a = access_of_workspace(l, p->out);
    a.arg = lv->product;
    a.elem = product_elem(p->op);
    return a;
}

static void emit_matmul(Lower *l, const Product *p) {
    const Op *op = p->op;
    const Type *out = op->results[0]->type, *left = op->operands[0]->type;
    Elem elem = left->elem, acc_elem = product_elem(op);
    int64_t grain = elem_bytes(elem) == 1 ? 32 : 16;
    AxisState m, n, k;
    l->op = op;
    begin_axis(l, &m, lower_expr(l, type_rows(out)), MOST_ROWS, grain);
    begin_axis(l, &n, lower_expr(l, type_cols(out)), MOST_ROWS, grain);
    const Expr *inner = lower_expr(l, left->dims[op_attr_bool(op, ATTR_TRANS_A) ? 0 : 1]);
    begin_axis(l, &k, inner, L0_BYTES / MOST_ROWS / elem_bytes(elem), grain);
    Factor a = begin_factor(l, op, 0, &m, &k), b = begin_factor(l, op, 1, &k, &n);
    int depth = l->knobs.depth > 1 ? 2 : 1;
    int sums = add_buffer(l, NPU_L0C, m.block * n.block * 4, depth, "sums");
    Access to = product_access(l, p);
    PlaceBlock *outside = l->block;
    open_block_loop(l, &m, "i", "rows");
    open_block_loop(l, &n, "j", "cols");
    PlaceBlock *body = l->block;
    PlaceOperand acc = block_tile(l, NPU_OUT, sums, copy_in(l, &n, depth), acc_elem, NPU_NZ, &m, &n);
    open_block_loop(l, &k, "k", "inner");
    if (!l->failed) {
        load_factor(l, &a, &m, &k, &k);
        load_factor(l, &b, &k, &n, &k);
        pad_factor(l, &a, &m, &k, &k);
        pad_factor(l, &b, &k, &n, &k);
        extract_factor(l, &a, &m, &k, &k);
        extract_factor(l, &b, &k, &n, &k);
        multiply(l, &a, &b, acc, &m, &n, &k);
    }
    l->block = body;
    const Expr *start[2] = {m.start, n.start}, *valid[2] = {m.valid, n.valid};
    int64_t most[2] = {m.block, n.block};
    acc.role = NPU_IN;
    if (!l->failed)
        add_insn(l, INSN_TSTORE_ACC, p->relu ? "relu" : "none", 2,
                 (PlaceOperand[]){access_block(l, &to, NPU_GM_OUT, start, valid, most), acc});
    l->block = outside;
}

/* A product over nothing is zero: a program of its own for the tasks where that is so. */
static void emit_zeros(Lower *l, const Product *p) {
    enum { BLOCK = 64 };
    Access to = product_access(l, p);
    const Type *out = p->out->type;
    l->nest = NULL;
    l->scope = 0;
    lower_program(l, false);
    begin_axis(l, &l->axis[0], lower_expr(l, type_rows(out)), BLOCK, 1);
    begin_axis(l, &l->axis[1], lower_expr(l, type_cols(out)), BLOCK, 1);
    l->axis[0].vector = l->axis[1].vector = BLOCK;
    open_block_loop(l, &l->axis[0], "i", "rows");
    open_block_loop(l, &l->axis[1], "j", "cols");
    emit_store(l, &to, AXES_BOTH, t_number(to.elem, 0));
}

static void emit_product_program(Lower *l, const Product *p) {
    const Op *op = p->op;
    const Expr *inner = lower_expr(l, op->operands[0]->type->dims[op_attr_bool(op, ATTR_TRANS_A) ? 0 : 1]);
    bool some = facts_prove_ge0(l->facts, expr_add_const(l->x, inner, -1));
    int guards = l->guards.len, mark = facts_mark(l->facts);
    if (!some) {
        VEC_PUSH(l->arena, &l->guards, expr_neg(l->x, inner));
        emit_zeros(l, p);
        VEC_LAST(&l->guards) = expr_add_const(l->x, inner, -1);
        facts_add_ge0(l->facts, VEC_LAST(&l->guards));
        l->program = NULL;
    }
    if (!l->program)
        lower_program(l, true);
    l->block = &l->program->body;
    emit_matmul(l, p);
    if (!some)
        l->program = NULL;
    l->guards.len = guards;
    facts_release(l->facts, mark);
}

void lower_cube_segment(Lower *l) {
    l->program = NULL;
    for (const Op *op = l->run.first; op && op != l->run.end && !l->failed; op = op->next) {
        if (op->code != OP_MATMUL || lower_value(l, op->results[0])->segment != l->segment + 1)
            continue;
        Product p = follow(l, op);
        emit_product_program(l, &p);
    }
}
