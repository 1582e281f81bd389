/* Task graphs as pictures: clusters of --emit=dot, and a section with drawings in the page of --emit=html. Above a few hundred tasks
 * those of one call, tier and level are one node. */
#include <inttypes.h>
#include <string.h>

#include "frontend/driver/run_report.h"
#include "frontend/driver/taskgraph.h"

enum { SINGLE_MOST = 200, NODES_MOST = 400 };

/* One task, or several alike. */
typedef struct Node {
    const TaskNode *first;
    int64_t tasks;
    int level, kind; /* colour: by kernel and tier */
    int x, y;
} Node;

typedef struct Edge {
    int from, to;
    int64_t count;
} Edge;

typedef struct Picture {
    Arena *arena;
    const TaskGraph *graph;
    VEC(Node) nodes;
    VEC(Edge) edges;
    VEC(int) node_of; /* by task */
    VEC(const TaskNode *) kinds;
    bool single;
} Picture;

static bool same_kind(const TaskNode *a, const TaskNode *b) {
    return a->tier == b->tier && strcmp(a->kernel, b->kernel) == 0;
}

static int kind_of(Picture *p, const TaskNode *t) {
    for (int i = 0; i < p->kinds.len; i++)
        if (same_kind(p->kinds.data[i], t))
            return i;
    VEC_PUSH(p->arena, &p->kinds, t);
    return p->kinds.len - 1;
}

static int node_of(Picture *p, const TaskNode *t) {
    for (int i = 0; i < p->nodes.len && !p->single; i++) {
        Node *n = &p->nodes.data[i];
        if (n->level == t->level && n->first->loc.line == t->loc.line && same_kind(n->first, t)) {
            n->tasks++;
            return i;
        }
    }
    VEC_PUSH(p->arena, &p->nodes, (Node){.first = t, .tasks = 1, .level = t->level, .kind = kind_of(p, t)});
    return p->nodes.len - 1;
}

static void add_edge(Picture *p, int from, int to) {
    for (int i = p->edges.len - 1; i >= 0 && !p->single; i--) {
        if (p->edges.data[i].from == from && p->edges.data[i].to == to) {
            p->edges.data[i].count++;
            return;
        }
    }
    VEC_PUSH(p->arena, &p->edges, (Edge){from, to, 1});
}

static Picture picture_of(Arena *arena, const TaskGraph *graph) {
    Picture p = {.arena = arena, .graph = graph, .single = graph->tasks.len <= SINGLE_MOST};
    for (int i = 0; i < graph->tasks.len; i++) {
        const TaskNode *t = graph->tasks.data[i];
        VEC_PUSH(arena, &p.node_of, node_of(&p, t));
        for (int k = 0; k < t->after.len; k++)
            add_edge(&p, p.node_of.data[t->after.data[k]], p.node_of.data[i]);
    }
    return p;
}

/* ---- which workloads ------------------------------------------------------------------------------------------- */

TaskGraphs taskgraphs_of(Session *s, const Program *program, const Module *module) {
    TaskGraphs graphs = {0};
    for (int i = 0; i < module->funcs.len; i++) {
        const Func *f = module->funcs.data[i];
        const ProgramExample *x = f->exported ? example_first(program, f->name) : NULL;
        RunRequest request = {.program = program, .workload = f, .example = x};
        RunInputs inputs = {0};
        if (!x || x->missing.len > 0 || run_bind(&request, s->dc, s->arena, &inputs) != 0)
            continue;
        TaskGraph *graph = taskgraph_make(s, module, f, &inputs, false);
        graph->example = x;
        VEC_PUSH(s->arena, &graphs, graph);
    }
    return graphs;
}

static const char *title_of(Arena *arena, const TaskGraph *g) {
    int64_t tasks = g->tasks.len + g->left_out;
    const char *title = arena_printf(
        arena, "tasks of %s, example %s: %" PRId64 " task%s, %" PRId64 " level%s, %" PRId64 " dependence%s",
        g->workload->name, g->example->name, tasks, tasks == 1 ? "" : "s", g->levels, g->levels == 1 ? "" : "s",
        g->edges, g->edges == 1 ? "" : "s");
    if (g->left_out > 0)
        title = arena_printf(arena, "%s (of the first %d tasks)", title, TASKGRAPH_MOST);
    return *g->error ? arena_printf(arena, "%s; the run ends there: %s", title, g->error) : title;
}

static const char *node_text(const Picture *p, const Node *n) {
    TaskNode whole = *n->first;
    if (!p->single)
        whole.naxes = 0;
    const char *text = task_text(p->arena, &whole);
    return p->single ? text : arena_printf(p->arena, "%s x %" PRId64, text, n->tasks);
}

/* ---- dot -------------------------------------------------------------------------------------------------------- */

static const char *const colours[] = {"#cfe3f7", "#d9efc8", "#fde2b8", "#f6cfd4",
                                      "#e2d6f3", "#cdeeea", "#f4e9a8", "#dedede"};
enum { COLOURS = sizeof colours / sizeof *colours };

static void put_quoted(Buf *out, const char *text) {
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buf_putc(out, '\\');
        buf_putc(out, *text);
    }
}

void taskgraphs_put_dot(Session *s, const TaskGraphs *graphs, Buf *out) {
    for (int g = 0; g < graphs->len; g++) {
        const Picture p = picture_of(s->arena, graphs->data[g]);
        buf_printf(out, "  subgraph \"cluster_tasks_%s\" {\n    label=\"", p.graph->workload->name);
        put_quoted(out, title_of(s->arena, p.graph));
        buf_puts(out, "\";\n    node [style=\"rounded,filled\"];\n");
        for (int i = 0; i < p.nodes.len; i++) {
            buf_printf(out, "    t%d_%d [fillcolor=\"%s\", label=\"", g, i, colours[p.nodes.data[i].kind % COLOURS]);
            put_quoted(out, node_text(&p, &p.nodes.data[i]));
            buf_puts(out, "\"];\n");
        }
        for (int i = 0; i < p.edges.len; i++) {
            const Edge *e = &p.edges.data[i];
            buf_printf(out, "    t%d_%d -> t%d_%d", g, e->from, g, e->to);
            if (e->count > 1)
                buf_printf(out, " [label=\"%" PRId64 "\"]", e->count);
            buf_puts(out, ";\n");
        }
        buf_puts(out, "  }\n");
    }
}

/* ---- html ------------------------------------------------------------------------------------------------------- */

static void put_escaped(Buf *out, const char *text) {
    for (; *text; text++) {
        if (*text == '&' || *text == '<' || *text == '>' || *text == '"')
            buf_printf(out, "&#%d;", *text);
        else
            buf_putc(out, *text);
    }
}

enum { ROW = 22, GAP = 6, TEXT_WIDTH = 7, COLUMN_GAP = 90, MARGIN = 8 };

/* A column for each level, the tasks in program order from top to bottom. */
static int place_nodes(Picture *p, int *widths, int *height) {
    int *used = ARENA_ARRAY(p->arena, int, p->graph->levels + 1), x = MARGIN;
    *height = 0;
    for (int i = 0; i < p->nodes.len; i++) {
        Node *n = &p->nodes.data[i];
        int width = (int)strlen(node_text(p, n)) * TEXT_WIDTH + 2 * MARGIN;
        widths[n->level] = width > widths[n->level] ? width : widths[n->level];
        n->y = MARGIN + used[n->level]++ * (ROW + GAP);
        *height = n->y + ROW + MARGIN > *height ? n->y + ROW + MARGIN : *height;
    }
    for (int64_t level = 0; level < p->graph->levels; level++) {
        for (int i = 0; i < p->nodes.len; i++)
            if (p->nodes.data[i].level == level)
                p->nodes.data[i].x = x;
        x += widths[level] + COLUMN_GAP;
    }
    return x - COLUMN_GAP + MARGIN;
}

static void put_svg(Picture *p, Buf *out) {
    int *widths = ARENA_ARRAY(p->arena, int, p->graph->levels + 1), height;
    int width = place_nodes(p, widths, &height);
    buf_printf(out,
               "<div class=\"graph\"><svg class=\"tasks\" width=\"%d\" height=\"%d\" font-size=\"12\" "
               "font-family=\"monospace\">\n",
               width, height);
    for (int i = 0; i < p->edges.len; i++) {
        const Edge *e = &p->edges.data[i];
        const Node *a = &p->nodes.data[e->from], *b = &p->nodes.data[e->to];
        int x = a->x + widths[a->level], y = a->y + ROW / 2, to = b->y + ROW / 2, bend = COLUMN_GAP / 2;
        buf_printf(out, "<path class=\"edge\" d=\"M%d %d C%d %d %d %d %d %d\"><title>", x, y, x + bend, y, b->x - bend,
                   to, b->x, to);
        put_escaped(out, node_text(p, b));
        buf_puts(out, " waits for ");
        put_escaped(out, node_text(p, a));
        buf_puts(out, "</title></path>\n");
    }
    for (int i = 0; i < p->nodes.len; i++) {
        const Node *n = &p->nodes.data[i];
        buf_printf(out,
                   "<a href=\"#s%dl%d\"><rect class=\"task\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" "
                   "fill=\"%s\"/><text x=\"%d\" y=\"%d\">",
                   n->first->loc.file, n->first->loc.line, n->x, n->y, widths[n->level], ROW,
                   colours[n->kind % COLOURS], n->x + MARGIN, n->y + ROW - 7);
        put_escaped(out, node_text(p, n));
        buf_puts(out, "</text></a>\n");
    }
    buf_puts(out, "</svg></div>\n");
}

/* One line for every call: where, which kernel and tier, over which indices. */
static void put_table(Picture *p, Buf *out) {
    Picture calls = {.arena = p->arena, .graph = p->graph};
    buf_puts(out, "<table class=\"tasks\"><tr><th>line</th><th>kernel, tier</th><th>tasks</th><th>indices</th></tr>\n");
    for (int i = 0; i < p->graph->tasks.len; i++) {
        TaskNode flat = *p->graph->tasks.data[i];
        flat.level = 0;
        int at = node_of(&calls, &flat);
        if (calls.nodes.data[at].tasks == 1)
            calls.nodes.data[at].first = p->graph->tasks.data[i], calls.nodes.data[at].level = 0;
    }
    for (int i = 0; i < calls.nodes.len; i++) {
        const Node *n = &calls.nodes.data[i];
        TaskNode name = *n->first;
        name.naxes = 0;
        buf_printf(out, "<tr><td><a href=\"#s%dl%d\">%d</a></td><td style=\"background:%s\">", name.loc.file,
                   name.loc.line, name.loc.line, colours[kind_of(p, n->first) % COLOURS]);
        put_escaped(out, task_text(p->arena, &name));
        buf_printf(out, "</td><td>%" PRId64 "</td><td>", n->tasks);
        for (int a = 0; a < n->first->naxes; a++)
            buf_printf(out, "%s%s", a ? ", " : "", n->first->axes[a].name);
        buf_puts(out, "</td></tr>\n");
    }
    buf_puts(out, "</table>\n");
}

void taskgraphs_put_html(Session *s, const TaskGraphs *graphs, Buf *out) {
    if (graphs->len > 0)
        buf_puts(
            out,
            "<style>.edge { fill: none; stroke: #777; } .edge:hover { stroke: #c00; stroke-width: 2; }\n"
            ".task { stroke: #555; } .graph { overflow: auto; max-height: 40em; border: 1px solid #ccc; }\n"
            "table.tasks { border-collapse: collapse; margin: 1em 0; } .tasks td, .tasks th { padding: 0.2em 0.8em; "
            "text-align: left; border: 1px solid #ccc; }\n.tasks a text { fill: #000; }</style>\n");
    for (int g = 0; g < graphs->len; g++) {
        Picture p = picture_of(s->arena, graphs->data[g]);
        buf_puts(out, "<h2>");
        put_escaped(out, title_of(s->arena, p.graph));
        buf_puts(out, "</h2>\n");
        put_table(&p, out);
        if (p.nodes.len > 0 && p.nodes.len <= NODES_MOST)
            put_svg(&p, out);
        else if (p.nodes.len > 0)
            buf_printf(out, "<p>%d nodes are too many for a picture.</p>\n", p.nodes.len);
    }
}
