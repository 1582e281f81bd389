/* The promise of `parallel` (section 6): two iterations of which one writes what the other reads or writes collide. Every pair of
 * accesses to one tensor is proved apart, or shown to meet (an error), or stays open (a warning unless @disjoint). */
#include "frontend/elab_inspect.h"
#include "frontend/elab_workload.h"
#include <ctype.h>
#include "ir/walk.h"

typedef struct ParallelCheck {
    Elab *e;
    ElabWorkload *workload;
    VEC(const Op *) reported; /* accesses whose omitted axes were reported for an outer loop */
} ParallelCheck;

/* ---- places and words ------------------------------------------------------------------------------------------ */
/* An element read has its place only: the view is the name and what stands in brackets behind it. */
static Span span_of_view_at(Elab *e, Loc loc) {
    const SourceMap *map = diag_source_map(e->dc);
    if (loc.line == 0)
        return SPAN_NONE;
    for (int file = 0; file < source_count(map); file++) {
        const SourceFile *source = source_get(map, file);
        if (e->loc_file[file] != loc.file)
            continue;
        uint32_t begin = source_offset(source, loc.line, loc.column), end = begin;
        while (isalnum((unsigned char)source->text[end]) || source->text[end] == '_')
            end++;
        int depth = source->text[end] == '[' ? 1 : 0;
        while (depth > 0 && source->text[end + 1]) {
            end++;
            depth += source->text[end] == '[' ? 1 : source->text[end] == ']' ? -1 : 0;
            if (depth == 0)
                end++;
        }
        return (Span){file, begin, end > begin ? end : begin + 1};
    }
    return SPAN_NONE;
}

Span parallel_access_span(Elab *e, const ElabWorkload *w, const MemoryAccess *a) {
    for (int i = 0; i < w->spans.len; i++)
        if (w->spans.data[i].op == a->op && w->spans.data[i].operand == a->operand)
            return w->spans.data[i].span;
    return span_of_view_at(e, a->op->loc);
}

/* Through a name for a view, as what it stands for. */
const char *parallel_access_text(Elab *e, const ElabWorkload *w, const MemoryAccess *a) {
    const char *text = elab_source_text(e, parallel_access_span(e, w, a));
    for (const char *p = text; *p; p++)
        if (*p == '[')
            return text;
    Buf buf = {NULL, 0, 0};
    memory_box_format(e->module, &buf, &a->box);
    const char *copy = arena_strdup(e->arena, buf_text(&buf));
    buf_free(&buf);
    return copy;
}

static Span access_span(const ParallelCheck *c, const MemoryAccess *a) {
    return parallel_access_span(c->e, c->workload, a);
}

static const char *access_text(const ParallelCheck *c, const MemoryAccess *a) {
    return parallel_access_text(c->e, c->workload, a);
}

static const char *access_verb(const MemoryAccess *a) {
    if (a->writes)
        return a->reads ? "is read and written" : "is written";
    return "is read";
}

static const char *loop_text(const ParallelCheck *c, const ParallelLoop *loop) {
    if (!loop->index)
        return loop->op->code == OP_PIPE ? "the processes of `pipe { }`" : "the statements of `parallel { }`";
    return arena_printf(c->e->arena, "iterations of `parallel %s`", loop->index->name ? loop->index->name : "_");
}

/* ---- a write that omits an axis -------------------------------------------------------------------------------- */
/* Every subscript on the way to the memory, also behind a reshape and in a block table, which no box shows. */
static bool view_depends(const ParallelLoop *loop, const Value *v, const Value *index) {
    const Op *def = v->def;
    if (!def || !op_makes_view(def->code))
        return false;
    for (int i = 0; i < def->nexprs; i++)
        if (parallel_expr_depends(loop, def->exprs[i], index))
            return true;
    for (int i = 0; i < def->noperands; i++)
        if (view_depends(loop, def->operands[i], index))
            return true;
    return false;
}

static bool access_omits(const ParallelLoop *loop, const MemoryAccess *a, const Value *index) {
    for (int d = 0; d < a->box.rank; d++)
        if (parallel_expr_depends(loop, a->box.lo[d], index))
            return false;
    return a->box.exact || !view_depends(loop, a->op->operands[a->operand], index);
}

static bool was_reported(const ParallelCheck *c, const Op *op) {
    for (int i = 0; i < c->reported.len; i++)
        if (c->reported.data[i] == op)
            return true;
    return false;
}

/* All axes of the nest that the write omits go into one message. */
static void report_omits(ParallelCheck *c, const ParallelLoop *loop, const MemoryAccess *a) {
    Buf names = {NULL, 0, 0};
    PathVec path = {NULL, 0, 0};
    parallel_path(c->e->arena, loop->op->parent, a->op, &path);
    int n = 0;
    for (int i = 0; i < path.len; i++) {
        const Op *op = path.data[i].op;
        if (op->code != OP_PARALLEL || !access_omits(loop, a, op->regions[0]->args[0]))
            continue;
        const char *name = op->regions[0]->args[0]->name;
        buf_printf(&names, "%s%s", n++ ? ", " : "", name ? name : "_");
    }
    const char *list = arena_strdup(c->e->arena, buf_text(&names));
    buf_free(&names);
    report_hint(ELAB_ERROR(c->e, PARALLEL_OMITS, access_span(c, a), access_text(c, a),
                           arena_printf(c->e->arena, "parallel %s", list), list),
                "use the index in a subscript, or write `for` instead of `parallel`");
    VEC_PUSH(c->e->arena, &c->reported, a->op);
}

/* ---- pairs ----------------------------------------------------------------------------------------------------- */
static void report_collision(ParallelCheck *c, const ParallelLoop *loop, const MemoryAccess *a, const MemoryAccess *b,
                             const ParallelWitness *w) {
    Diag *d = ELAB_ERROR(c->e, PARALLEL_COLLIDES, access_span(c, a), loop_text(c, loop), access_text(c, a),
                         access_verb(a), access_text(c, b), access_verb(b));
    if (a != b)
        ELAB_NOTE(d, access_span(c, b), "`%s` %s here", access_text(c, b), access_verb(b));
    if (loop->index && loop->index->name)
        ELAB_HINT(d, "%s = %lld and %s = %lld touch the same element", loop->index->name, (long long)w->first,
                  loop->index->name, (long long)w->second);
}

static void report_undecided(ParallelCheck *c, const ParallelLoop *loop, const MemoryAccess *a, const MemoryAccess *b,
                             const char *hint) {
    Diag *d = ELAB_ERROR(c->e, PARALLEL_UNDECIDED, access_span(c, a), loop_text(c, loop), access_text(c, a),
                         access_verb(a), access_text(c, b), access_verb(b));
    if (a != b)
        ELAB_NOTE(d, access_span(c, b), "`%s` %s here", access_text(c, b), access_verb(b));
    ELAB_HINT(d, "%s", hint);
}

typedef enum PairVerdict { PAIR_APART, PAIR_OPEN, PAIR_MEETS } PairVerdict;

static PairVerdict check_pair(ParallelCheck *c, const ParallelLoop *loop, const MemoryAccess *a,
                              const MemoryAccess *b) {
    if (parallel_prove_disjoint(loop, a, b))
        return PAIR_APART;
    ParallelWitness w;
    /* The write comes first in messages. */
    const MemoryAccess *first = a->writes ? a : b, *second = a->writes ? b : a;
    bool omits = a == b && loop->index && access_omits(loop, a, loop->index);
    if (omits) {
        if (!was_reported(c, a->op))
            report_omits(c, loop, a);
        return PAIR_MEETS;
    }
    if (parallel_find_witness(loop, first, second, &w)) {
        report_collision(c, loop, first, second, &w);
        return PAIR_MEETS;
    }
    return PAIR_OPEN;
}

/* Accesses that say the same need one proof. */
static bool is_repeated(const MemoryAccess *a, const MemoryAccess *b) {
    return a->writes == b->writes && a->reads == b->reads && a->op->parent == b->op->parent &&
           memory_box_same(&a->box, &b->box);
}

static const Op *op_in_body(const ParallelLoop *loop, const Op *op) {
    while (op->parent != loop->body)
        op = op->parent->parent_op;
    return op;
}

/* Ops, their accesses, and the starts of statements in one body all stand in the order of the program. */
static void number_statements(const ParallelCheck *c, const ParallelLoop *loop, MemoryAccessVec *accesses) {
    int statement = -1, start = 0, access = 0;
    for (const Op *o = loop->body->first; o; o = o->next) {
        while (start < c->workload->starts.len && c->workload->starts.data[start].op->parent != loop->body)
            start++;
        if (start < c->workload->starts.len && c->workload->starts.data[start].op == o) {
            statement++;
            start++;
        }
        for (; access < accesses->len && op_in_body(loop, accesses->data[access].op) == o; access++)
            accesses->data[access].statement = statement;
    }
}

static bool pair_counts(const ParallelLoop *loop, const MemoryAccess *a, const MemoryAccess *b) {
    if (a->box.root != b->box.root || !(a->writes || b->writes))
        return false;
    if (a->box.root->def && op_attr_bool(a->box.root->def, ATTR_CHANNEL))
        return false; /* who has a slot has it alone */
    if (!loop->index)
        return a->statement != b->statement;
    /* A view that a call reads and writes is one access; a read alone meets itself harmlessly. */
    return a != b || a->writes;
}

static const char *inspect_text(void *user, const MemoryAccess *a) { return access_text(user, a); }

/* --checks=full looks at what the compiler cannot see, promised or not. */
static void check_open(ParallelCheck *c, const ParallelLoop *loop, const MemoryAccess *a, const MemoryAccess *b) {
    bool full = c->e->options->checks == PROGRAM_CHECKS_FULL, meant = op_attr_bool(loop->op, ATTR_DISJOINT);
    if (full && !parallel_inspect(c->e, loop, a->box.root, inspect_text, c))
        report_undecided(c, loop, a, b,
                         "--checks=full cannot check it: which elements these are only the run itself tells");
    else if (!meant)
        report_undecided(
            c, loop, a, b,
            "`@disjoint parallel` promises it and silences this warning; --checks=full checks it at run time");
}

/* Every pair of one root; one error a write, and one warning for the root. Behind the warning errors are looked for among so many
 * pairs: a program with thousands of accesses that cannot be told apart is not compared with itself to the end. */
enum { PAIRS_BEHIND_WARNING = 4096 };

static void check_root(ParallelCheck *c, const ParallelLoop *loop, const MemoryAccess *all, int n, int first) {
    const MemoryAccess *open_a = NULL, *open_b = NULL;
    int left = PAIRS_BEHIND_WARNING;
    for (int i = first; i < n; i++) {
        bool meets = false;
        for (int k = i; k < n && !meets && all[i].box.root == all[first].box.root; k++) {
            if (!pair_counts(loop, &all[i], &all[k]))
                continue;
            if (open_a && k > i && --left < 0)
                break;
            PairVerdict verdict = check_pair(c, loop, &all[i], &all[k]);
            meets = verdict == PAIR_MEETS;
            if (verdict == PAIR_OPEN && !open_a) {
                open_a = all[i].writes ? &all[i] : &all[k];
                open_b = all[i].writes ? &all[k] : &all[i];
            }
        }
    }
    if (open_a)
        check_open(c, loop, open_a, open_b);
}

static bool root_seen(const MemoryAccess *all, int i) {
    for (int k = 0; k < i; k++)
        if (all[k].box.root == all[i].box.root)
            return true;
    return false;
}

static void check_loop(ParallelCheck *c, Op *op) {
    MemoryAccessVec accesses = {NULL, 0, 0}, distinct = {NULL, 0, 0};
    ParallelLeaves leaves = {{NULL, 0, 0}, 0};
    ParallelLoop loop = {.arena = c->e->arena,
                         .module = c->e->module,
                         .func = c->workload->func,
                         .op = op,
                         .body = op->regions[0],
                         .accesses = &accesses,
                         .leaves = &leaves};
    loop.index = op->code == OP_PARALLEL ? op->regions[0]->args[0] : NULL;
    memory_collect_accesses(loop.arena, loop.module, loop.body, &accesses);
    if (!loop.index)
        number_statements(c, &loop, &accesses);
    for (int i = 0; i < accesses.len; i++) {
        bool repeated = false;
        for (int k = 0; k < distinct.len && loop.index && !repeated; k++)
            repeated = is_repeated(&distinct.data[k], &accesses.data[i]);
        if (!repeated)
            VEC_PUSH(loop.arena, &distinct, accesses.data[i]);
    }
    loop.compared = distinct.data;
    loop.trials = ARENA_ARRAY(loop.arena, struct Trial *, distinct.len * PARALLEL_SAMPLES);
    for (int i = 0; i < distinct.len; i++)
        if (!root_seen(distinct.data, i))
            check_root(c, &loop, distinct.data, distinct.len, i);
}

static void check_region(ParallelCheck *c, const Region *region) {
    for (Op *op = region->first; op; op = op->next) {
        if (op->code == OP_PARALLEL || op->code == OP_CONCURRENT || op->code == OP_PIPE)
            check_loop(c, op);
        for (int i = 0; i < op->nregions; i++)
            check_region(c, op->regions[i]);
    }
}

void workload_prove_parallel(Elab *e, ElabWorkload *w) {
    ParallelCheck c = {.e = e, .workload = w};
    check_region(&c, w->func->body);
}
