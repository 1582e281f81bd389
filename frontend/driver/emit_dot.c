/* The program as a graph: a cluster for the tasks of each workload that has an example (taskgraph.h), then one for each function, a
 * node for each op and parameter, edges from values to their uses, dashed edges for calls. */
#include "frontend/driver/emit.h"
#include "ir/walk.h"

typedef struct Dot {
    Arena *arena;
    Buf *out;
    const Module *module;
    const Func *func;
    int number;          /* of the op being written, within the module */
    VEC(int) value_node; /* by value id: node number, or 0 */
} Dot;

static void set_node(Dot *dot, const Value *v, int node) {
    while (dot->value_node.len <= (int)v->id)
        VEC_PUSH(dot->arena, &dot->value_node, 0);
    dot->value_node.data[v->id] = node;
}

static int get_node(const Dot *dot, const Value *v) {
    return (int)v->id < dot->value_node.len ? dot->value_node.data[v->id] : 0;
}

static void put_label(Buf *out, const char *text) {
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buf_putc(out, '\\');
        buf_putc(out, *text);
    }
}

static void put_op(void *user, Op *op) {
    Dot *dot = user;
    int node = ++dot->number;
    buf_printf(dot->out, "    n%d [label=\"", node);
    put_label(dot->out, op_info(op->code)->name);
    for (int i = 0; i < op->nresults; i++) {
        set_node(dot, op->results[i], node);
        if (op->results[i]->name) {
            buf_puts(dot->out, i ? ", " : "\\n");
            put_label(dot->out, op->results[i]->name);
        }
    }
    buf_puts(dot->out, "\"];\n");
    for (int i = 0; i < op->noperands; i++) {
        if (get_node(dot, op->operands[i]))
            buf_printf(dot->out, "    n%d -> n%d;\n", get_node(dot, op->operands[i]), node);
    }
    for (int r = 0; r < op->nregions; r++) {
        for (int i = 0; i < op->regions[r]->nargs; i++)
            set_node(dot, op->regions[r]->args[i], node);
    }
    const char *callee = op->code == OP_CALL ? op_attr_str(op, ATTR_CALLEE) : NULL;
    if (callee) {
        buf_printf(dot->out, "    n%d -> \"", node);
        put_label(dot->out, callee);
        buf_puts(dot->out, "\" [style=dashed];\n");
    }
}

static void put_param(Dot *dot, const Value *v) {
    int node = ++dot->number;
    set_node(dot, v, node);
    buf_printf(dot->out, "    n%d [shape=ellipse, label=\"%s\"];\n", node, v->name ? v->name : "");
}

static void put_func(Dot *dot, Func *f) {
    dot->func = f;
    buf_printf(dot->out, "  subgraph \"cluster_%s\" {\n    label=\"%s %s\";\n    \"%s\" [shape=box, style=bold];\n",
               f->name, f->kind == FUNC_KERNEL ? "kernel" : "workload", f->name, f->name);
    for (int i = 0; i < f->nparams; i++)
        put_param(dot, f->params[i].value);
    walk_ops(f->body, put_op, dot);
    buf_puts(dot->out, "  }\n");
}

void emit_dot(Session *s, const Module *module, const TaskGraphs *graphs, Buf *out) {
    Arena *arena = arena_create();
    Dot dot = {.arena = arena, .out = out, .module = module};
    buf_printf(out, "digraph \"%s\" {\n  node [shape=box];\n", module->name ? module->name : "");
    taskgraphs_put_dot(s, graphs, out);
    for (int i = 0; i < module->funcs.len; i++)
        put_func(&dot, module->funcs.data[i]);
    buf_puts(out, "}\n");
    arena_destroy(arena);
}
