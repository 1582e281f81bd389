/* The pieces of the runtime (backends/split) that a program reaches: those that its text mentions, and what they mention. */
#include <ctype.h>
#include <string.h>
#include "backends/c/c_pieces.h"
#include "backends/split/pieces.h"

typedef struct Picker {
    const PtocPieces *table;
    bool *live, *known; /* by piece; by name: its pieces are live */
    int *work;          /* names to follow */
    int nwork;
    int *slots; /* names by hash, from 1: open addressing */
    uint32_t nslots;
} Picker;

typedef struct Printer {
    const PtocPieces *table;
    const bool *live;
    Buf *out;
    int branch; /* that is open */
} Printer;

static const char *text_at(uint32_t offset) { return ptoc_piece_text + offset; }

/* ---- what is live ----------------------------------------------------------------------------------------------------------- */
static uint32_t hash_byte(uint32_t hash, char c) { return (hash ^ (unsigned char)c) * 0x01000193u; }

static uint32_t slot_of(const Picker *p, uint32_t hash) { return (hash ^ hash >> 15) & (p->nslots - 1); }

/* A program has many more words than the runtime has names. */
static void index_names(Picker *p, Arena *arena) {
    p->nslots = 64;
    while (p->nslots < 4 * (uint32_t)p->table->nnames)
        p->nslots *= 2;
    p->slots = ARENA_ARRAY(arena, int, p->nslots);
    for (int i = 0; i < p->table->nnames; i++) {
        uint32_t hash = 0;
        for (const char *c = text_at(p->table->names[i].text); *c; c++)
            hash = hash_byte(hash, *c);
        uint32_t at = slot_of(p, hash);
        while (p->slots[at])
            at = (at + 1) & (p->nslots - 1);
        p->slots[at] = i + 1;
    }
}

static int find_name(const Picker *p, const char *name, size_t n, uint32_t hash) {
    for (uint32_t at = slot_of(p, hash); p->slots[at]; at = (at + 1) & (p->nslots - 1)) {
        const char *text = text_at(p->table->names[p->slots[at] - 1].text);
        if (strncmp(text, name, n) == 0 && text[n] == '\0')
            return p->slots[at] - 1;
    }
    return -1;
}

static void pick_name(Picker *p, int name) {
    if (!p->known[name])
        p->work[p->nwork++] = name;
    p->known[name] = true;
}

static void pick_piece(Picker *p, int i) {
    const PtocPiece *piece = &p->table->pieces[i];
    if (p->live[i])
        return;
    p->live[i] = true;
    for (int k = 0; k < piece->nspoken; k++)
        pick_name(p, ptoc_piece_lists[piece->spoken + (uint32_t)k]);
}

static void follow(Picker *p) {
    while (p->nwork > 0) {
        const PtocName *name = &p->table->names[p->work[--p->nwork]];
        for (uint32_t k = 0; k < name->npieces; k++)
            pick_piece(p, ptoc_piece_lists[name->pieces + k]);
    }
}

/* Names in a C text, outside comments and strings. */
static void pick_mentioned(Picker *p, const char *text) {
    for (const char *c = text; *c;) {
        if (isalpha((unsigned char)*c) || *c == '_') {
            size_t n = 0;
            uint32_t hash = 0;
            for (; isalnum((unsigned char)c[n]) || c[n] == '_'; n++)
                hash = hash_byte(hash, c[n]);
            int name = find_name(p, c, n, hash);
            if (name >= 0)
                pick_name(p, name);
            c += n;
        } else if (c[0] == '/' && c[1] == '*') {
            const char *end = strstr(c + 2, "*/");
            c = end ? end + 2 : c + strlen(c);
        } else if (*c == '"') {
            for (c++; *c && *c != '"'; c++)
                c += *c == '\\' && c[1];
            c += *c == '"';
        } else {
            c++;
        }
    }
}

/* Directives stand or fall with the other pieces of their file. The first file is always there: it checks the compiler. */
static void pick_directives(Picker *p) {
    bool wanted[256] = {true};
    for (int i = 0; i < p->table->npieces; i++)
        if (p->live[i])
            wanted[p->table->pieces[i].file] = true;
    for (int i = 0; i < p->table->npieces; i++)
        if (wanted[p->table->pieces[i].file] && (p->table->pieces[i].flags & PTOC_PIECE_ALWAYS))
            pick_piece(p, i);
    follow(p);
}

/* ---- printing ----------------------------------------------------------------------------------------------------------------- */
static bool within(const PtocPieces *t, int branch, int outer) {
    while (branch != outer && branch > 0)
        branch = t->branches[branch].parent;
    return branch == outer;
}

static int branch_of_group(const PtocPieces *t, int group, int nth) {
    for (int i = 1; i < t->nbranches; i++)
        if (t->branches[i].group == group && t->branches[i].nth == nth)
            return i;
    return 0;
}

static void put_condition(Printer *p, int branch) {
    const PtocBranch *b = &p->table->branches[branch];
    if (b->condition)
        buf_printf(p->out, "#%s %s\n", b->nth == 0 ? "if" : "elif", text_at(b->condition));
    else
        buf_puts(p->out, "#else\n");
}

/* `#if` for a branch whose text comes first of its group; empty branches before it are printed unless it is their `else`. */
static void open_branch(Printer *p, int branch) {
    const PtocBranch *b = &p->table->branches[branch];
    if (b->nth == 1 && !b->condition) {
        const char *other = text_at(p->table->branches[branch_of_group(p->table, b->group, 0)].condition);
        bool single = strspn(other, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(other);
        buf_printf(p->out, single ? "#if !%s\n" : "#if !(%s)\n", other);
        return;
    }
    for (int i = 0; i <= b->nth; i++)
        put_condition(p, branch_of_group(p->table, b->group, i));
}

/* What the two branches of `#if C .. #else` say: C or not C; 0 for longer groups. Equal texts have one offset. */
static uint32_t fact(const PtocPieces *t, int branch, bool *negated) {
    const PtocBranch *b = &t->branches[branch];
    int second = branch_of_group(t, b->group, 1);
    *negated = b->nth == 1;
    return branch > 0 && b->nth < 2 && (!second || !t->branches[second].condition)
               ? t->branches[branch_of_group(t, b->group, 0)].condition
               : 0;
}

static bool same_fact(const PtocPieces *t, int a, int b) {
    bool not_a, not_b;
    uint32_t fa = fact(t, a, &not_a), fb = fact(t, b, &not_b);
    return fa && fa == fb && not_a == not_b && t->branches[a].parent == t->branches[b].parent;
}

/* The branch on the way to `branch` whose parent is `outer`; 0 where `branch` is `outer`. */
static int step_to(const PtocPieces *t, int branch, int outer) {
    while (branch > 0 && t->branches[branch].parent != outer)
        branch = t->branches[branch].parent;
    return branch;
}

/* Ends what is open and does not hold in `branch`. */
static void leave_branches(Printer *p, int branch) {
    const PtocPieces *t = p->table;
    while (!within(t, branch, p->branch)) {
        const PtocBranch *from = &t->branches[p->branch];
        int next = within(t, branch, from->parent) ? step_to(t, branch, from->parent) : 0;
        if (next > 0 && same_fact(t, next, p->branch)) {
            p->branch = next;
        } else if (next > 0 && t->branches[next].group == from->group) {
            for (int i = from->nth + 1; i <= t->branches[next].nth; i++)
                put_condition(p, branch_of_group(t, from->group, i));
            p->branch = next;
        } else {
            buf_puts(p->out, "#endif\n");
            p->branch = from->parent;
        }
    }
}

static void enter_branches(Printer *p, int branch) {
    while (p->branch != branch) {
        p->branch = step_to(p->table, branch, p->branch);
        open_branch(p, p->branch);
    }
}

/* A directive outside all branches that was printed before: an #include of another file. */
static bool is_repeated(const Printer *p, int i) {
    const PtocPiece *piece = &p->table->pieces[i];
    for (int k = 0; k < i && piece->branch == 0 && (piece->flags & PTOC_PIECE_ALWAYS); k++)
        if (p->live[k] && p->table->pieces[k].branch == 0 && p->table->pieces[k].text == piece->text)
            return true;
    return false;
}

/* The live pieces in order; where neighbours are in branches of `#if C .. #else` with one C, those of C come first. */
static int order_pieces(const Printer *p, int *order) {
    const PtocPieces *t = p->table;
    int n = 0;
    for (int i = 0; i < t->npieces; i++)
        if (p->live[i] && !is_repeated(p, i))
            order[n++] = i;
    int *held = order + t->npieces, nheld = 0, done = 0;
    uint32_t run = 0;
    for (int i = 0; i <= n; i++) {
        int branch = i < n ? t->pieces[order[i]].branch : 0;
        bool negated = false;
        uint32_t what = branch > 0 ? fact(t, step_to(t, branch, 0), &negated) : 0;
        if (i == n || what != run || !what || t->pieces[order[i]].file != t->pieces[order[i - 1]].file) {
            for (int k = 0; k < nheld; k++)
                order[done++] = held[k];
            nheld = 0;
        }
        run = what;
        if (i < n && what && negated)
            held[nheld++] = order[i];
        else if (i < n)
            order[done++] = order[i];
    }
    return n;
}

static void put_pieces(Printer *p, int *order) {
    const PtocPieces *t = p->table;
    int file = -1, n = order_pieces(p, order);
    for (int i = 0; i < n; i++) {
        const PtocPiece *piece = &t->pieces[order[i]];
        leave_branches(p, piece->file == file ? piece->branch : 0);
        if (piece->file != file)
            buf_printf(p->out, "\n/* ---- %s ---- */\n", text_at(t->titles[piece->file]));
        else if (piece->flags & PTOC_PIECE_SPACED)
            buf_putc(p->out, '\n');
        file = piece->file;
        enter_branches(p, piece->branch);
        buf_printf(p->out, "%s\n", text_at(piece->text));
    }
    leave_branches(p, 0);
}

void c_put_pieces(Arena *arena, int lanes, const char *const *texts, Buf *out) {
    const PtocPieces *table = &ptoc_pieces[0];
    for (int i = 0; i < ptoc_pieces_count; i++)
        table = ptoc_pieces[i].lanes == lanes ? &ptoc_pieces[i] : table;
    Picker p = {.table = table};
    p.live = ARENA_ARRAY(arena, bool, table->npieces);
    p.known = ARENA_ARRAY(arena, bool, table->nnames);
    p.work = ARENA_ARRAY(arena, int, table->nnames);
    index_names(&p, arena);
    for (; *texts; texts++)
        pick_mentioned(&p, *texts);
    follow(&p);
    pick_directives(&p);
    Printer printer = {.table = table, .live = p.live, .out = out};
    put_pieces(&printer, ARENA_ARRAY(arena, int, 2 * table->npieces));
}
