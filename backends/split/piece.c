/* Files to pieces. */
#include <ctype.h>
#include <string.h>
#include "backends/split/split.h"

/* An #if that is open. */
typedef struct Open {
    int outer;         /* branch around it */
    int group;         /* number of its group; -1: decided so far, its text belongs to `outer` */
    int nth;           /* branches seen that are not decided */
    const char *first; /* condition of the first of them */
    bool taken;        /* a branch that is certain was met: the others are dead */
    bool live;         /* the text of this branch is read */
    bool was_live;     /* the text around it is */
} Open;

typedef struct FileReader {
    Split *s;
    const char *p;
    int branch, file;
    bool live;
    VEC(Open) open;
    const char *guard; /* name whose #ifndef opens the file */
} FileReader;

static bool has_fact(const Split *s, int branch, const char *fact) {
    while (branch > 0 && s->branches.data[branch].fact != fact)
        branch = s->branches.data[branch].parent;
    return branch > 0;
}

bool branch_within(const Split *s, int branch, int outer) {
    for (; outer > 0; outer = s->branches.data[outer].parent)
        if (!has_fact(s, branch, s->branches.data[outer].fact))
            return false;
    return true;
}

/* ---- pieces --------------------------------------------------------------------------------------------------------------- */
static Piece *new_piece(FileReader *f, const char *text, bool spaced) {
    Piece *piece = ARENA_NEW(f->s->arena, Piece);
    piece->text = text;
    piece->branch = f->branch;
    piece->file = f->file;
    piece->spaced = spaced;
    VEC_PUSH(f->s->arena, &f->s->pieces, piece);
    return piece;
}

/* The comment right above a piece; blank lines part it from what stands before. */
static const char *comment_above(Split *s, const char *pre, bool *spaced) {
    const char *end = pre + strlen(pre), *begin = strstr(pre, "/*");
    *spaced = strstr(pre, "\n\n") != NULL;
    for (const char *p = begin; p; p = strstr(p + 2, "/*")) {
        const char *after = strstr(p, "*/") + 2;
        if (strstr(after, "\n\n") || *after != '\n' || str_starts_with(p, "/* ----"))
            begin = NULL;
        else if (!begin)
            begin = p;
    }
    return begin ? arena_strndup(s->arena, begin, (size_t)(end - begin)) : "";
}

/* Text of tokens, its lines moved left by the blanks before the first. */
static const char *outdented_text(Split *s, const Token *t, int n) {
    const char *text = tokens_text(s, t, n), *line = strrchr(t->pre, '\n');
    size_t indent = line ? strlen(line + 1) : 0;
    Buf buf = {0};
    for (const char *p = text; *p; p++) {
        buf_putc(&buf, *p);
        size_t blanks = *p == '\n' ? strspn(p + 1, " ") : 0;
        p += blanks < indent ? blanks : indent;
    }
    const char *r = arena_strdup(s->arena, buf_text(&buf));
    buf_free(&buf);
    return r;
}

/* ---- where a definition ends ------------------------------------------------------------------------------------------------ */
/* t[at] calls a macro that makes definitions and stays as it is: index after the call; else 0. */
static int kept_call_end(Split *s, const Tokens *t, int at) {
    Macro *m = t->data[at].kind == TOKEN_NAME ? macro_find(s, t->data[at].text) : NULL;
    return m && m->function && macro_makes_definitions(m) ? macro_call_end(t, at) : 0;
}

int definition_end(Split *s, const Tokens *t, int at) {
    int depth = 0;
    bool function = false; /* the brace that is open follows `)` */
    int call = kept_call_end(s, t, at);
    if (call)
        return call;
    for (int i = at; i < t->len; i++) {
        const Token *k = &t->data[i];
        if (token_is(k, "{") && depth == 0)
            function = i > at && token_is(&t->data[i - 1], ")");
        depth += (token_is(k, "{") || token_is(k, "(") || token_is(k, "["));
        depth -= (token_is(k, "}") || token_is(k, ")") || token_is(k, "]"));
        if (depth == 0 && (token_is(k, ";") || (token_is(k, "}") && function)))
            return i + 1;
    }
    return 0;
}

/* `name (..)`, as macros that take a list of parameters make it, becomes `name(..)`. */
static void join_parameters(Split *s, Piece *piece) {
    const char *name = piece->names.data[0], *at = strstr(piece->text, arena_printf(s->arena, "%s (", name));
    if (!at)
        return;
    size_t before = (size_t)(at - piece->text) + strlen(name);
    piece->text = arena_printf(s->arena, "%.*s%s", (int)before, piece->text, piece->text + before + 1);
}

static void add_definition(FileReader *f, const char *comment, const char *text, const Tokens *t, bool spaced) {
    Split *s = f->s;
    Piece *piece = new_piece(f, *comment ? arena_printf(s->arena, "%s%s", comment, text) : text, spaced);
    piece_find_names(s, piece, t);
    piece_find_spoken(s, piece, t);
    if (piece->names.len == 0)
        split_error(s, "a definition without a name", text);
    else
        join_parameters(s, piece);
}

static bool add_by_branch(FileReader *f, const char *comment, const Tokens *call, bool spaced);

/* The definitions that a call of a macro expanded to. Calls that are left are kept when they make one function. */
static void add_expanded(FileReader *f, const char *comment, const Tokens *t, bool spaced) {
    for (int at = 0, end; at < t->len; at = end, comment = "", spaced = false) {
        end = definition_end(f->s, t, at);
        if (!end) {
            split_error(f->s, "an expansion does not end", tokens_text(f->s, t->data + at, t->len - at));
            return;
        }
        Tokens part = {.data = t->data + at, .len = end - at};
        if (token_is(&part.data[0], ";") || (kept_call_end(f->s, t, at) && add_by_branch(f, comment, &part, spaced)))
            continue;
        add_definition(f, comment, outdented_text(f->s, part.data, part.len), &part, spaced);
    }
}

/* A copy of a branch around the definitions of a macro, at the place of a call. */
static int copy_branch(FileReader *f, int branch, int group) {
    Branch b = f->s->branches.data[branch];
    b.parent = f->branch;
    b.group = group;
    VEC_PUSH(f->s->arena, &f->s->branches, b);
    return f->s->branches.len - 1;
}

/* Whether the definitions of m are in branches of one group, and a call makes more than one definition. */
static bool splits_by_branch(Split *s, const Macro *m, const Tokens *call) {
    Piece probe = {0};
    int group = s->branches.data[m->branch].group;
    if (m->branch == 0 || m->stringizes)
        return false;
    for (const Macro *other = m; other; other = other->next)
        if (s->branches.data[other->branch].group != group)
            return false;
    piece_find_names(s, &probe, call);
    return probe.names.len > 1;
}

/* A call whose macro has a definition in each branch of a group: the group again around what each of them makes. */
static bool add_by_branch(FileReader *f, const char *comment, const Tokens *call, bool spaced) {
    Split *s = f->s;
    Macro *m = macro_find(s, call->data[0].text);
    if (!splits_by_branch(s, m, call))
        return false;
    int here = f->branch, from = s->branches.data[m->branch].group, to = s->ngroups++, n = s->branches.len;
    for (int b = 1; b < n; b++) {
        if (s->branches.data[b].group != from)
            continue;
        f->branch = here;
        f->branch = copy_branch(f, b, to);
        Tokens out = macro_expand(s, call, EXPAND_FAMILY, f->branch);
        if (out.len > 0 && out.data[0].text != m->name)
            add_expanded(f, comment, &out, spaced);
    }
    f->branch = here;
    return true;
}

/* Reads the tokens of one definition or of one call of a macro. */
static Tokens read_item(FileReader *f, Token first) {
    Tokens t = {0};
    VEC_PUSH(f->s->arena, &t, first);
    while (!definition_end(f->s, &t, 0)) {
        Token next = lex_token(f->s, &f->p);
        if (next.kind == TOKEN_END) {
            split_error(f->s, "a definition does not end", first.text);
            break;
        }
        VEC_PUSH(f->s->arena, &t, next);
    }
    return t;
}

static void read_definition(FileReader *f, Token first) {
    Tokens t = read_item(f, first);
    if (!f->live || f->s->failed)
        return;
    bool spaced;
    const char *comment = comment_above(f->s, first.pre, &spaced);
    if (kept_call_end(f->s, &t, 0)) {
        Tokens out = macro_expand(f->s, &t, EXPAND_FAMILY, f->branch);
        add_expanded(f, comment, &out, spaced);
    } else {
        add_definition(f, comment, tokens_text(f->s, t.data, t.len), &t, spaced);
    }
}

/* ---- directives ----------------------------------------------------------------------------------------------------------- */
/* The directive's name; *rest is what follows. */
static const char *directive_name(Split *s, const char *line, const char **rest) {
    const char *p = line + 1;
    while (*p == ' ')
        p++;
    const char *end = p;
    while (isalpha((unsigned char)*end))
        end++;
    *rest = end + strspn(end, " ");
    return str_intern_n(s->names, p, (size_t)(end - p));
}

static int new_branch(Split *s, const Open *o, const char *condition) {
    Branch b = {.parent = o->outer, .group = o->group, .nth = o->nth, .condition = condition};
    const char *fact = arena_printf(s->arena, "%d.%d", o->group, o->nth);
    if (o->nth == 0)
        fact = condition;
    else if (o->nth == 1 && !condition)
        fact = arena_printf(s->arena, "!(%s)", o->first);
    b.fact = str_intern(s->names, fact);
    VEC_PUSH(s->arena, &s->branches, b);
    return s->branches.len - 1;
}

/* One more branch of o; condition NULL: else. */
static void enter_branch(FileReader *f, Open *o, const char *condition) {
    const char *left = NULL;
    int known = condition ? cond_simplify(f->s, condition, o->outer, &left) : 1;
    o->live = o->was_live && !o->taken && known != 0;
    f->live = o->live;
    f->branch = o->outer;
    if (!o->live)
        return;
    o->taken = known == 1;
    if (known == 1 && o->group < 0)
        return;
    if (o->group < 0)
        o->group = f->s->ngroups++;
    f->branch = new_branch(f->s, o, left);
    o->first = o->nth++ == 0 ? left : o->first;
}

static void open_if(FileReader *f, const char *condition) {
    Open o = {.outer = f->branch, .group = -1, .was_live = f->live};
    enter_branch(f, &o, condition);
    VEC_PUSH(f->s->arena, &f->open, o);
}

static void open_ifndef(FileReader *f, const char *name, bool defined) {
    if (!f->guard && f->open.len == 0 && !defined && str_starts_with(name, "PTOC_")) {
        f->guard = name;
        open_if(f, "1");
        return;
    }
    open_if(f, arena_printf(f->s->arena, "%sdefined(%s)", defined ? "" : "!", name));
}

static void close_if(FileReader *f) {
    if (f->open.len == 0) {
        split_error(f->s, "#endif without #if", "");
        return;
    }
    Open o = VEC_POP(&f->open);
    f->branch = o.outer;
    f->live = o.was_live;
}

static void define(FileReader *f, const Token *t, const char *rest) {
    Split *s = f->s;
    const char *p = rest;
    Token name = lex_token(s, &p);
    if (name.text == str_intern(s->names, f->guard ? f->guard : "") || name.text == s->vec_only)
        return;
    macro_define(s, rest, f->branch);
    bool spaced;
    const char *comment = comment_above(s, t->pre, &spaced);
    Piece *piece = new_piece(f, arena_printf(s->arena, "%s%s", comment, t->text), spaced);
    VEC_PUSH(s->arena, &piece->names, name.text);
    Tokens body = lex_line(s, p);
    piece_find_spoken(s, piece, &body);
}

static void other_directive(FileReader *f, const Token *t) {
    bool spaced;
    const char *comment = comment_above(f->s, t->pre, &spaced);
    Piece *piece = new_piece(f, arena_printf(f->s->arena, "%s%s", comment, t->text), spaced);
    Tokens none = {0};
    piece->always = true;
    piece_find_spoken(f->s, piece, &none);
}

static void read_directive(FileReader *f, const Token *t) {
    const char *rest, *name = directive_name(f->s, t->text, &rest);
    if (!strcmp(name, "if"))
        open_if(f, rest);
    else if (!strcmp(name, "ifdef") || !strcmp(name, "ifndef"))
        open_ifndef(f, rest, !strcmp(name, "ifdef"));
    else if (!strcmp(name, "endif"))
        close_if(f);
    else if ((!strcmp(name, "elif") || !strcmp(name, "else")) && f->open.len > 0)
        enter_branch(f, &VEC_LAST(&f->open), *name == 'e' && name[2] == 'i' ? rest : NULL);
    else if (f->live && !strcmp(name, "define"))
        define(f, t, rest);
    else if (f->live && strcmp(name, "undef") != 0 && !(!strcmp(name, "include") && *rest == '"'))
        other_directive(f, t);
}

/* A comment behind a piece, on its last line, is part of it. */
static void add_trailing_comment(FileReader *f, Token *t) {
    const char *p = t->pre + strspn(t->pre, " ");
    if (!str_starts_with(p, "/*") || !f->live || f->s->pieces.len == 0 || VEC_LAST(&f->s->pieces)->file != f->file)
        return;
    const char *end = strstr(p, "*/") + 2;
    Piece *last = VEC_LAST(&f->s->pieces);
    last->text = arena_printf(f->s->arena, "%s%.*s", last->text, (int)(end - t->pre), t->pre);
    t->pre = arena_strdup(f->s->arena, end);
}

/* The first words of the file's first comment: its name and what it is. */
static const char *file_title(Split *s, const char *text) {
    static const char *const ends[] = {"\n", ". ", ".\n", ":", ";", " (", ", "};
    const char *what = strstr(text, " - ");
    size_t n = what ? strlen(what) : 0;
    for (size_t i = 0; what && i < sizeof ends / sizeof *ends; i++) {
        const char *end = strstr(what, ends[i]);
        n = end && (size_t)(end - what) < n ? (size_t)(end - what) : n;
    }
    return str_starts_with(text, "/* ") ? arena_strndup(s->arena, text + 3, (size_t)(what - text - 3) + n) : "";
}

void split_file(Split *s, const char *name, const char *text) {
    FileReader f = {.s = s, .p = text, .live = true, .file = s->titles.len};
    s->file = name;
    VEC_PUSH(s->arena, &s->titles, file_title(s, text));
    for (;;) {
        Token t = lex_token(s, &f.p);
        if (t.kind == TOKEN_END || s->failed)
            break;
        add_trailing_comment(&f, &t);
        if (t.kind == TOKEN_DIRECTIVE)
            read_directive(&f, &t);
        else
            read_definition(&f, t);
    }
    if (f.open.len > 0)
        split_error(s, "#if without #endif", "");
}
