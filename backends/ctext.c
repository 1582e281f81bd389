#include "backends/ctext.h"
#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

CText *ctext_create(Arena *arena, const char *const *reserved) {
    CText *t = ARENA_NEW(arena, CText);
    t->arena = arena;
    t->reserved = reserved;
    t->level = 1;
    return t;
}

/* ---- names ---- */

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

char *ctext_sanitise(Arena *arena, const char *name) {
    size_t n = strlen(name), at = 0;
    char *s = ARENA_ARRAY(arena, char, n + 3);
    /* A leading underscore belongs to the implementation, a leading digit to numbers. */
    if (n == 0 || name[0] == '_' || (name[0] >= '0' && name[0] <= '9'))
        s[at++] = 'v';
    for (size_t i = 0; i < n; i++)
        s[at++] = is_word(name[i]) ? name[i] : '_';
    s[at] = '\0';
    return s;
}

/* What the runtime, OpenMP and the generated functions call themselves. */
static bool is_prefix_reserved(const char *name) {
    static const char *const prefixes[] = {"pt_", "ptoc_", "PT_", "PTOC_", "omp_", "kernel_", "workload_"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (str_starts_with(name, prefixes[i]))
            return true;
    }
    return false;
}

bool ctext_is_reserved(const char *const *reserved, const char *name) {
    for (; reserved && *reserved; reserved++) {
        if (**reserved == *name && strcmp(*reserved, name) == 0)
            return true;
    }
    return is_prefix_reserved(name);
}

static bool is_taken(const CText *t, const CSym *syms, int n, const char *name) {
    for (int i = 0; i < n; i++) {
        const char *other = t->symbols.data[syms[i]].name;
        if (*other == *name && strcmp(other, name) == 0)
            return true;
    }
    return false;
}

static CSym add_symbol(CText *t, const char *name) {
    VEC_PUSH(t->arena, &t->symbols, (CSymbol){.name = name});
    return t->symbols.len - 1;
}

const char *ctext_plain_name(Arena *arena, const char *const *reserved, const char *wanted) {
    const char *base = ctext_sanitise(arena, wanted);
    if (is_prefix_reserved(base))
        return arena_printf(arena, "v_%s", base);
    return ctext_is_reserved(reserved, base) ? arena_printf(arena, "%s_", base) : base;
}

static const char *free_name(const CText *t, const char *wanted, const char *otherwise) {
    const char *base = ctext_plain_name(t->arena, t->reserved, wanted && *wanted ? wanted : otherwise);
    const char *name = base;
    for (int i = 2; is_taken(t, t->scope.data, t->scope.len, name) || is_taken(t, t->outer.data, t->outer.len, name);
         i++)
        name = arena_printf(t->arena, "%s_%d", base, i);
    return name;
}

CSym ctext_declare_exact(CText *t, const char *name) {
    CSym sym = add_symbol(t, name);
    VEC_PUSH(t->arena, &t->outer, sym);
    return sym;
}

CSym ctext_declare_outer(CText *t, const char *wanted, const char *otherwise) {
    return ctext_declare_exact(t, free_name(t, wanted, otherwise));
}

CSym ctext_declare(CText *t, const char *wanted, const char *otherwise) {
    CSym sym = add_symbol(t, free_name(t, wanted, otherwise));
    VEC_PUSH(t->arena, &t->scope, sym);
    return sym;
}

const char *ctext_name(const CText *t, CSym sym) { return t->symbols.data[sym].name; }

const char *ctext_use(CText *t, CSym sym) {
    VEC_PUSH(t->arena, &t->pending, sym);
    return ctext_name(t, sym);
}

int ctext_scope_open(const CText *t) { return t->scope.len; }

void ctext_scope_close(CText *t, int mark) { t->scope.len = mark; }

CSymList ctext_take_uses(CText *t, int from) {
    CSymList taken = {0};
    for (int i = from; i < t->pending.len; i++)
        VEC_PUSH(t->arena, &taken, t->pending.data[i]);
    t->pending.len = from;
    return taken;
}

void ctext_paste_uses(CText *t, const CSymList *uses) {
    for (int i = 0; i < uses->len; i++)
        VEC_PUSH(t->arena, &t->pending, uses->data[i]);
}

static void drop_use(CSymList *uses, CSym sym) {
    for (int i = uses->len - 1; i >= 0; i--) {
        if (uses->data[i] == sym) {
            uses->data[i] = uses->data[--uses->len];
            return;
        }
    }
}

void ctext_drop_use(CText *t, CSym sym) { drop_use(&t->pending, sym); }

void ctext_drop_line_use(CText *t, int line, CSym sym) { drop_use(&t->lines.data[line].uses, sym); }

/* ---- lines ---- */

static void add_line(CText *t, CLineKind kind, CSym defines, const char *fmt, va_list ap) {
    CLine line = {.kind = kind, .level = t->level, .loc = t->loc, .defines = defines};
    line.text = arena_vprintf(t->arena, fmt, ap);
    line.uses = ctext_take_uses(t, 0);
    VEC_PUSH(t->arena, &t->lines, line);
}

void ctext_line(CText *t, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    add_line(t, CLINE_PLAIN, CSYM_NONE, fmt, ap);
    va_end(ap);
}

void ctext_define(CText *t, CSym sym, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    add_line(t, CLINE_PLAIN, sym, fmt, ap);
    va_end(ap);
}

void ctext_open(CText *t, CLineKind kind, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    add_line(t, kind, CSYM_NONE, fmt, ap);
    va_end(ap);
    t->level++;
}

void ctext_directive(CText *t, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    add_line(t, CLINE_DIRECTIVE, CSYM_NONE, fmt, ap);
    va_end(ap);
}

void ctext_else(CText *t, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    t->level--;
    add_line(t, CLINE_ELSE, CSYM_NONE, fmt, ap);
    va_end(ap);
    t->level++;
}

void ctext_close(CText *t) {
    t->level--;
    CLine line = {.kind = CLINE_CLOSE, .level = t->level, .text = "}", .defines = CSYM_NONE};
    VEC_PUSH(t->arena, &t->lines, line);
}

/* ---- what nobody needs ---- */

static void count_uses(CText *t, const CLine *line, int by) {
    for (int i = 0; i < line->uses.len; i++)
        t->symbols.data[line->uses.data[i]].uses += by;
}

static void kill(CText *t, CLine *line) {
    if (line->dead)
        return;
    line->dead = true;
    count_uses(t, line, -1);
}

static bool sweep_definitions(CText *t) {
    bool changed = false;
    for (int i = t->lines.len - 1; i >= 0; i--) {
        CLine *line = &t->lines.data[i];
        if (!line->dead && line->defines != CSYM_NONE && t->symbols.data[line->defines].uses == 0) {
            kill(t, line);
            changed = true;
        }
    }
    return changed;
}

static CLine *last_live(CText *t, const int *stack, int depth) {
    return depth > 0 ? &t->lines.data[stack[depth - 1]] : NULL;
}

/* Drops blocks with nothing in them: one walk with a stack of the live lines so far. */
static bool sweep_blocks(CText *t) {
    bool changed = false;
    int *stack = ARENA_ARRAY(t->arena, int, t->lines.len + 1);
    int depth = 0;
    for (int i = 0; i < t->lines.len; i++) {
        CLine *line = &t->lines.data[i];
        if (line->dead)
            continue;
        CLine *before = last_live(t, stack, depth);
        if (line->kind == CLINE_CLOSE && before && before->kind == CLINE_ELSE) {
            kill(t, before); /* an else with nothing in it */
            before = last_live(t, stack, --depth);
            changed = true;
        }
        if (line->kind == CLINE_CLOSE && before && before->kind == CLINE_OPEN) {
            kill(t, before);
            kill(t, line);
            depth--;
            while (depth > 0 && last_live(t, stack, depth)->kind == CLINE_DIRECTIVE)
                kill(t, &t->lines.data[stack[--depth]]);
            changed = true;
            continue;
        }
        stack[depth++] = i;
    }
    return changed;
}

void ctext_sweep(CText *t) {
    assert(t->level == 1 && t->pending.len == 0);
    for (int i = 0; i < t->symbols.len; i++)
        t->symbols.data[i].uses = 0;
    for (int i = 0; i < t->lines.len; i++) {
        if (!t->lines.data[i].dead)
            count_uses(t, &t->lines.data[i], 1);
    }
    bool again = true;
    while (again) {
        again = sweep_definitions(t);
        again |= sweep_blocks(t);
    }
}

bool ctext_is_used(const CText *t, CSym sym) { return sym != CSYM_NONE && t->symbols.data[sym].uses > 0; }

/* ---- printing ---- */

void ctext_put_comment(Buf *out, const char *text) {
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        buf_putc(out, c < 0x20 || c == 0x7f || c == '?' ? ' ' : *p);
        if ((p[0] == '*' && p[1] == '/') || (p[0] == '/' && p[1] == '*'))
            buf_putc(out, ' ');
    }
}

/* What a break in a place is worth avoiding, in columns that stay empty instead: the more, the closer what stands around it belongs
 * together. */
enum { BREAK_IN_BRACKET = 16, BREAK_IN_SUM = 44, BREAK_IN_CHOICE = 8 };

static int break_cost(const char *text, size_t at, size_t room, int depth) {
    char next = text[at];
    bool comma = text[at - 2] == ',';
    int operator_cost = comma ? 0 : next == '+' ? BREAK_IN_SUM : next == '?' || next == ':' ? BREAK_IN_CHOICE : 0;
    return (int)(room - at) + BREAK_IN_BRACKET * depth + operator_cost;
}

/* Where to break `text` so that the first part has at most `room` columns: behind a comma or before an operator, outside of string
 * and character literals and of as few brackets as the empty rest of the line allows; 0 when there is no such place. */
static size_t break_place(const char *text, size_t room) {
    size_t best = 0;
    int depth = 0, best_cost = INT_MAX;
    char quote = 0;
    for (size_t i = 0; text[i] && i < room; i++) {
        if (quote) {
            if (text[i] == '\\' && text[i + 1])
                i++;
            else if (text[i] == quote)
                quote = 0;
            continue;
        }
        if (text[i] == '"' || (text[i] == '\'' && !is_word(i ? text[i - 1] : ' ')))
            quote = text[i];
        depth += (text[i] == '(') - (text[i] == ')');
        bool comma = text[i] == ',' && text[i + 1] == ' ';
        if (!comma && (text[i] != ' ' || i == 0 || text[i + 1] == '\0' || !strchr("+?:&|", text[i + 1])))
            continue;
        size_t at = i + (comma ? 2 : 1);
        int cost = break_cost(text, at, room, depth);
        if (cost <= best_cost) {
            best_cost = cost;
            best = at;
        }
    }
    return best;
}

void ctext_print_wrapped(Buf *out, int column, const char *text, int width) {
    buf_indent(out, column);
    int room = width - column;
    while ((int)strlen(text) > room) {
        size_t at = break_place(text, (size_t)room);
        if (at == 0)
            break;
        size_t end = at;
        while (end > 0 && text[end - 1] == ' ')
            end--;
        buf_write(out, text, end);
        buf_putc(out, '\n');
        buf_indent(out, column + 8);
        text += at;
        room = width - column - 8;
    }
    buf_puts(out, text);
}

static bool same_place(Loc a, Loc b) { return a.file == b.file && a.line == b.line; }

static void print_place(const CLine *line, const CTextStyle *style, Buf *out, size_t line_begin) {
    if (line->loc.file < 0 || line->loc.file >= style->nfiles)
        return;
    const char *file = style->files[line->loc.file];
    Buf text = {0};
    ctext_put_comment(&text, file);
    size_t used = out->len - line_begin;
    if ((int)(used + text.len) + 20 <= style->width)
        buf_printf(out, " /* %s:%d */", buf_text(&text), line->loc.line);
    buf_free(&text);
}

static void print_line_directive(const CLine *line, const CTextStyle *style, Buf *out) {
    if (line->loc.file < 0 || line->loc.file >= style->nfiles)
        return;
    buf_printf(out, "#line %d ", line->loc.line);
    buf_put_c_string(out, style->files[line->loc.file]);
    buf_putc(out, '\n');
}

void ctext_print(const CText *t, const CTextStyle *style, Buf *out) {
    Loc last = LOC_NONE;
    for (int i = 0; i < t->lines.len; i++) {
        const CLine *line = &t->lines.data[i];
        if (line->dead)
            continue;
        bool place = line->loc.line > 0 && !same_place(line->loc, last);
        if (style->line_directives && line->loc.line > 0)
            print_line_directive(line, style, out);
        size_t begin = out->len;
        ctext_print_wrapped(out, line->level * 4, line->text, style->width);
        if (place) {
            while (begin < out->len && memchr(out->data + begin, '\n', out->len - begin))
                begin = (size_t)((char *)memchr(out->data + begin, '\n', out->len - begin) - out->data) + 1;
            if (!style->line_directives)
                print_place(line, style, out, begin);
            last = line->loc;
        }
        buf_putc(out, '\n');
    }
}
