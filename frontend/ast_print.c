/* ast_print.c - the tree as text: one node a line, indented, each with line:column of its first byte.
 *
 * Operators of one level are printed as a flat `(chain first (+ second) (- third))`: for a long chain the indentation
 * would make the text quadratic, and recursion would need as much stack. */
#include <string.h>
#include "frontend/ast.h"

typedef struct AstPrinter {
    const SourceFile *file;
    Buf *out;
    int indent;
    Arena *scratch; /* for chains */
} AstPrinter;

static void print_expr(AstPrinter *p, AstExpr *expr);
static void print_block(AstPrinter *p, const AstBlock *block);

/* ---- lines ----------------------------------------------------------------------------------- */

/* Begins a node: a new line with `(what line:col`. */
static void node_begin(AstPrinter *p, const char *what, Span span) {
    int line, column;
    source_position(p->file, span.begin, &line, &column);
    if (p->out->len > 0)
        buf_putc(p->out, '\n');
    buf_indent(p->out, p->indent * 2);
    buf_printf(p->out, "(%s %d:%d", what, line, column);
    p->indent++;
}

static void node_end(AstPrinter *p) {
    p->indent--;
    buf_putc(p->out, ')');
}

static void print_word(AstPrinter *p, const char *word) { buf_printf(p->out, " %s", word); }

static void print_names(AstPrinter *p, const AstNameList *names) {
    for (int i = 0; i < names->len; i++)
        print_word(p, names->data[i].text);
}

static void print_string(AstPrinter *p, const char *bytes, size_t length) {
    buf_puts(p->out, " \"");
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '"' || c == '\\')
            buf_printf(p->out, "\\%c", c);
        else if (c == '\n')
            buf_puts(p->out, "\\n");
        else if (c == '\t')
            buf_puts(p->out, "\\t");
        else if (c < 0x20 || c == 0x7f)
            buf_printf(p->out, "\\x%02X", c);
        else
            buf_putc(p->out, (char)c);
    }
    buf_putc(p->out, '"');
}

/* ---- expressions ----------------------------------------------------------------------------- */

/* A node that only says what part of its parent its one child is. */
static void print_part(AstPrinter *p, const char *what, AstExpr *expr) {
    if (!expr)
        return;
    node_begin(p, what, expr->span);
    print_expr(p, expr);
    node_end(p);
}

/* A name or `a.b` stands in its parent's line. */
static void print_path(AstPrinter *p, const char *what, AstExpr *expr) {
    const char *first, *second;
    if (!ast_callee_path(expr, &first, &second)) {
        print_part(p, what, expr);
        return;
    }
    print_word(p, first);
    if (second)
        buf_printf(p->out, ".%s", second);
}

static void print_exprs(AstPrinter *p, const AstExprList *list) {
    for (int i = 0; i < list->len; i++)
        print_expr(p, list->data[i]);
}

static void print_args(AstPrinter *p, const AstArgList *args) {
    for (int i = 0; i < args->len; i++) {
        const AstArg *arg = &args->data[i];
        if (!arg->name.text && !arg->length) {
            print_expr(p, arg->value);
            continue;
        }
        node_begin(p, arg->length ? "block" : "arg", arg->span);
        if (arg->name.text)
            print_word(p, arg->name.text);
        if (arg->member.text)
            buf_printf(p->out, ".%s", arg->member.text);
        print_expr(p, arg->value);
        if (arg->length)
            print_expr(p, arg->length);
        node_end(p);
    }
}

static const char *selector_text(AstSelectorKind kind) {
    switch (kind) {
    case AST_SELECT_INDEX: return "at";
    case AST_SELECT_RANGE: return "range";
    case AST_SELECT_BLOCK: return "block";
    case AST_SELECT_FULL: return "full";
    }
    return "?";
}

static void print_selectors(AstPrinter *p, const AstSelectorList *selectors) {
    for (int i = 0; i < selectors->len; i++) {
        const AstSelector *selector = &selectors->data[i];
        if (selector->kind == AST_SELECT_INDEX) {
            print_expr(p, selector->first);
            continue;
        }
        node_begin(p, selector_text(selector->kind), selector->span);
        if (selector->first)
            print_expr(p, selector->first);
        if (selector->second)
            print_expr(p, selector->second);
        node_end(p);
    }
}

/* Precedence: operators of one level form one chain. */
static int binary_level(AstBinaryOp op) {
    switch (op) {
    case AST_BINARY_SHL:
    case AST_BINARY_SHR: return AST_BINARY_SHL;
    case AST_BINARY_ADD:
    case AST_BINARY_SUB: return AST_BINARY_ADD;
    case AST_BINARY_MUL:
    case AST_BINARY_DIV:
    case AST_BINARY_REM: return AST_BINARY_MUL;
    case AST_BINARY_OR_OR:
    case AST_BINARY_AND_AND:
    case AST_BINARY_EQ:
    case AST_BINARY_NE:
    case AST_BINARY_LT:
    case AST_BINARY_LE:
    case AST_BINARY_GT:
    case AST_BINARY_GE:
    case AST_BINARY_OR:
    case AST_BINARY_XOR:
    case AST_BINARY_AND: return (int)op;
    }
    return 0;
}

static bool continues_chain(const AstExpr *left, int level) {
    return left->kind == AST_EXPR_BINARY && !left->parenthesized && binary_level(left->u.binary.op) == level;
}

/* a + b alone: (+ a b); a + b - c: (chain a (+ b) (- c)). */
static void print_binary(AstPrinter *p, AstExpr *expr) {
    int level = binary_level(expr->u.binary.op);
    AstExprList nodes = {0};
    AstExpr *first = expr;
    for (bool more = true; more; first = first->u.binary.left) {
        VEC_PUSH(p->scratch, &nodes, first);
        more = continues_chain(first->u.binary.left, level);
    }
    bool chain = nodes.len > 1;
    node_begin(p, chain ? "chain" : ast_binary_text(expr->u.binary.op), expr->span);
    print_expr(p, first);
    for (int i = nodes.len - 1; i >= 0; i--) {
        AstExpr *node = nodes.data[i];
        if (chain)
            node_begin(p, ast_binary_text(node->u.binary.op), node->u.binary.op_span);
        print_expr(p, node->u.binary.right);
        if (chain)
            node_end(p);
    }
    node_end(p);
}

static void print_expr(AstPrinter *p, AstExpr *expr) {
    if (expr->kind == AST_EXPR_BINARY) {
        print_binary(p, expr);
        return;
    }
    node_begin(p, expr->kind == AST_EXPR_UNARY ? ast_unary_text(expr->u.unary.op) : ast_expr_kind_text(expr->kind),
               expr->span);
    switch (expr->kind) {
    case AST_EXPR_INT: buf_printf(p->out, " %llu", (unsigned long long)expr->u.integer.value); break;
    case AST_EXPR_FLOAT: print_word(p, expr->u.floating.text); break;
    case AST_EXPR_BOOL: print_word(p, expr->u.boolean ? "true" : "false"); break;
    case AST_EXPR_STRING: print_string(p, expr->u.string.bytes, expr->u.string.length); break;
    case AST_EXPR_NAME: print_word(p, expr->u.name); break;
    case AST_EXPR_UNARY: print_expr(p, expr->u.unary.operand); break;
    case AST_EXPR_BINARY: break;
    case AST_EXPR_CALL:
        print_path(p, "callee", expr->u.call.callee);
        print_args(p, &expr->u.call.args);
        break;
    case AST_EXPR_INDEX:
        print_path(p, "of", expr->u.index.base);
        print_selectors(p, &expr->u.index.selectors);
        break;
    case AST_EXPR_MEMBER:
        print_word(p, expr->u.member.member.text);
        print_path(p, "of", expr->u.member.base);
        break;
    case AST_EXPR_LIST: print_exprs(p, &expr->u.list); break;
    }
    node_end(p);
}

/* ---- statements ------------------------------------------------------------------------------ */

static void print_type(AstPrinter *p, const AstType *type) {
    node_begin(p, "type", type->span);
    print_word(p, type->elem.text);
    print_exprs(p, &type->dims);
    node_end(p);
}

static const char *axis_text(AstAxisKind kind) {
    switch (kind) {
    case AST_AXIS_COUNT: return "axis";
    case AST_AXIS_RANGE: return "axis-range";
    case AST_AXIS_BLOCK: return "axis-block";
    case AST_AXIS_PAIR: return "axis-pair";
    }
    return "?";
}

static void print_axis(AstPrinter *p, const AstAxis *axis) {
    node_begin(p, axis_text(axis->kind), axis->span);
    if (axis->kind == AST_AXIS_PAIR)
        print_word(p, axis->position.text);
    print_word(p, axis->index.text);
    if (axis->kind == AST_AXIS_BLOCK)
        print_word(p, axis->length.text);
    if (axis->lo)
        print_expr(p, axis->lo);
    print_expr(p, axis->hi);
    print_part(p, "step", axis->step);
    node_end(p);
}

static void print_else(AstPrinter *p, const AstBlock *block) {
    if (!block)
        return;
    node_begin(p, "else", block->span);
    print_block(p, block);
    node_end(p);
}

static void print_branch(AstPrinter *p, const AstStmt *stmt) {
    for (int i = 0; i < stmt->u.branch.arms.len; i++) {
        const AstIfArm *arm = &stmt->u.branch.arms.data[i];
        node_begin(p, "when", arm->cond->span);
        print_expr(p, arm->cond);
        print_block(p, arm->body);
        node_end(p);
    }
    print_else(p, stmt->u.branch.else_body);
}

static void print_tier(AstPrinter *p, const AstStmt *stmt) {
    print_word(p, stmt->u.tier.name.text);
    print_expr(p, stmt->u.tier.value);
    for (int i = 0; i < stmt->u.tier.limits.len; i++)
        print_part(p, "limit", stmt->u.tier.limits.data[i]);
    print_block(p, stmt->u.tier.body);
    print_else(p, stmt->u.tier.else_body);
}

static void print_parallel(AstPrinter *p, const AstStmt *stmt) {
    if (stmt->u.parallel.disjoint)
        print_word(p, "@disjoint");
    for (int i = 0; i < stmt->u.parallel.axes.len; i++)
        print_axis(p, &stmt->u.parallel.axes.data[i]);
    print_block(p, stmt->u.parallel.body);
}

static void print_stmt(AstPrinter *p, const AstStmt *stmt) {
    node_begin(p, ast_stmt_kind_text(stmt->kind), stmt->span);
    switch (stmt->kind) {
    case AST_STMT_LET:
    case AST_STMT_VAR:
    case AST_STMT_ASSIGN:
        print_names(p, &stmt->u.bind.names);
        print_expr(p, stmt->u.bind.value);
        break;
    case AST_STMT_FOR:
        print_axis(p, &stmt->u.loop.axis);
        print_block(p, stmt->u.loop.body);
        break;
    case AST_STMT_PARALLEL: print_parallel(p, stmt); break;
    case AST_STMT_IF: print_branch(p, stmt); break;
    case AST_STMT_TIER: print_tier(p, stmt); break;
    case AST_STMT_TEMP:
        print_word(p, stmt->u.temp.name.text);
        print_type(p, &stmt->u.temp.type);
        break;
    case AST_STMT_RETURN: print_exprs(p, &stmt->u.results); break;
    case AST_STMT_CALL: print_expr(p, stmt->u.call); break;
    case AST_STMT_PIPE: print_block(p, stmt->u.pipe); break;
    case AST_STMT_CHANNEL:
        print_word(p, stmt->u.channel.name.text);
        print_type(p, &stmt->u.channel.type);
        print_part(p, "depth", stmt->u.channel.depth);
        break;
    case AST_STMT_PROCESS:
        print_word(p, stmt->u.process.name.text);
        print_block(p, stmt->u.process.body);
        break;
    case AST_STMT_SEND:
    case AST_STMT_RECEIVE:
        print_word(p, stmt->u.transfer.channel.text);
        print_word(p, stmt->u.transfer.slot.text);
        print_block(p, stmt->u.transfer.body);
        break;
    }
    node_end(p);
}

static void print_block(AstPrinter *p, const AstBlock *block) {
    for (int i = 0; i < block->stmts.len; i++)
        print_stmt(p, block->stmts.data[i]);
}

/* ---- items ----------------------------------------------------------------------------------- */

static const char *param_text(AstParamKind kind) {
    switch (kind) {
    case AST_PARAM_CONST: return "param-const";
    case AST_PARAM_TENSOR: return "param-tensor";
    case AST_PARAM_CSR: return "param-csr";
    case AST_PARAM_SCALAR: return "param-scalar";
    }
    return "?";
}

static void print_params(AstPrinter *p, const AstParamList *params) {
    for (int i = 0; i < params->len; i++) {
        const AstParam *param = &params->data[i];
        node_begin(p, param_text(param->kind), param->span);
        print_word(p, param->name.text);
        if (param->strided)
            print_word(p, "@strided");
        if (param->direction != AST_DIR_NONE)
            print_word(p, ast_direction_text(param->direction));
        print_type(p, &param->type);
        print_part(p, "default", param->initial);
        node_end(p);
    }
}

static void print_func(AstPrinter *p, const AstItem *item) {
    print_names(p, &item->u.func.params);
    if (item->u.func.value)
        print_expr(p, item->u.func.value);
    else
        print_block(p, item->u.func.body);
}

static void print_schedule(AstPrinter *p, const AstItem *item) {
    if (item->u.schedule.workload.text)
        buf_printf(p->out, " for %s", item->u.schedule.workload.text);
    if (item->u.schedule.targets.len > 0) {
        buf_puts(p->out, " on");
        print_names(p, &item->u.schedule.targets);
    }
    for (int i = 0; i < item->u.schedule.directives.len; i++) {
        const AstDirective *directive = &item->u.schedule.directives.data[i];
        node_begin(p, "directive", directive->span);
        print_word(p, directive->name.text);
        print_args(p, &directive->args);
        node_end(p);
    }
}

static void print_example(AstPrinter *p, const AstItem *item) {
    buf_printf(p->out, " for %s", item->u.example.workload.text);
    for (int i = 0; i < item->u.example.bindings.len; i++) {
        const AstBinding *binding = &item->u.example.bindings.data[i];
        node_begin(p, "bind", binding->span);
        print_word(p, binding->name.text);
        print_expr(p, binding->value);
        node_end(p);
    }
    for (int i = 0; i < item->u.example.expects.len; i++) {
        const AstExpect *expect = &item->u.example.expects.data[i];
        node_begin(p, "expect", expect->span);
        print_word(p, expect->name.text);
        print_expr(p, expect->value);
        print_part(p, "within", expect->within);
        node_end(p);
    }
}

static void print_item(AstPrinter *p, const AstItem *item) {
    node_begin(p, ast_item_kind_text(item->kind), item->span);
    if (item->kind == AST_ITEM_IMPORT)
        print_string(p, item->name.text, strlen(item->name.text));
    else
        print_word(p, item->name.text);
    switch (item->kind) {
    case AST_ITEM_MODULE:
    case AST_ITEM_IMPORT: break;
    case AST_ITEM_CONST: print_expr(p, item->u.constant); break;
    case AST_ITEM_FUNC: print_func(p, item); break;
    case AST_ITEM_KERNEL:
        print_params(p, &item->u.kernel.params);
        for (int i = 0; i < item->u.kernel.where.len; i++)
            print_part(p, "where", item->u.kernel.where.data[i]);
        print_block(p, item->u.kernel.body);
        break;
    case AST_ITEM_WORKLOAD:
        print_params(p, &item->u.workload.params);
        print_block(p, item->u.workload.body);
        break;
    case AST_ITEM_SCHEDULE: print_schedule(p, item); break;
    case AST_ITEM_EXAMPLE: print_example(p, item); break;
    }
    node_end(p);
}

void ast_print(const AstFile *file, const SourceMap *map, Buf *out) {
    AstPrinter printer = {.file = source_get(map, file->source), .out = out, .scratch = arena_create()};
    for (int i = 0; i < file->items.len; i++)
        print_item(&printer, file->items.data[i]);
    if (file->items.len > 0)
        buf_putc(out, '\n');
    arena_destroy(printer.scratch);
}
