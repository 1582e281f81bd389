/* Macros of the runtime and their expansion. */
#include <ctype.h>
#include <string.h>
#include "backends/split/split.h"

Macro *macro_find(Split *s, const char *name) {
    for (int i = 0; i < s->macros.len; i++)
        if (s->macros.data[i]->name == name)
            return s->macros.data[i];
    return NULL;
}

static void read_params(Split *s, Macro *m, const char **p) {
    (*p)++;
    for (;;) {
        Token t = lex_token(s, p);
        if (token_is(&t, ")") || t.kind == TOKEN_END)
            return;
        if (token_is(&t, "..."))
            VEC_PUSH(s->arena, &m->params, str_intern(s->names, "__VA_ARGS__"));
        else if (!token_is(&t, ","))
            VEC_PUSH(s->arena, &m->params, t.text);
    }
}

void macro_define(Split *s, const char *line, int branch) {
    Token name = lex_token(s, &line);
    Macro *m = ARENA_NEW(s->arena, Macro), *old = macro_find(s, name.text);
    m->name = name.text;
    m->branch = branch;
    m->function = *line == '(';
    if (m->function)
        read_params(s, m, &line);
    m->body = lex_line(s, line);
    for (int i = 0; i < m->body.len; i++)
        m->stringizes = m->stringizes || token_is(&m->body.data[i], "#");
    if (!old) {
        VEC_PUSH(s->arena, &s->macros, m);
        return;
    }
    for (;; old = old->next) {
        if (branch_within(s, branch, old->branch))
            split_error(s, "a macro is defined again", name.text);
        if (!old->next)
            break;
    }
    old->next = m;
}

bool macro_makes_definitions(const Macro *m) {
    for (; m; m = m->next)
        if (m->function && m->body.len > 0 && !token_is(&m->body.data[0], "__attribute__"))
            return true;
    return false;
}

int macro_call_end(const Tokens *t, int at) {
    int depth = 0;
    if (at + 1 >= t->len || !token_is(&t->data[at + 1], "("))
        return 0;
    for (int i = at + 1; i < t->len; i++) {
        depth += token_is(&t->data[i], "(") - token_is(&t->data[i], ")");
        if (depth == 0)
            return i + 1;
    }
    return 0;
}

/* ---- expansion ------------------------------------------------------------------------------------------------------------ */
typedef struct Expansion {
    Split *s;
    Expand how;
    int branch, nth;
} Expansion;

static void expand_into(Expansion *x, const Tokens *t, Tokens *out);

typedef VEC(Tokens) Arguments;
static Arguments read_arguments(Split *s, const Macro *m, const Tokens *t, int begin, int end) {
    Arguments args = {0};
    Tokens arg = {0};
    int depth = 0;
    for (int i = begin; i < end; i++) {
        const Token *k = &t->data[i];
        bool rest =
            m->params.len > 0 && args.len == m->params.len - 1 && strcmp(VEC_LAST(&m->params), "__VA_ARGS__") == 0;
        depth += token_is(k, "(") - token_is(k, ")");
        if (depth == 0 && token_is(k, ",") && !rest) {
            VEC_PUSH(s->arena, &args, arg);
            memset(&arg, 0, sizeof arg);
        } else {
            VEC_PUSH(s->arena, &arg, *k);
        }
    }
    VEC_PUSH(s->arena, &args, arg);
    return args;
}

static int param_index(const Macro *m, const Token *t) {
    for (int i = 0; i < m->params.len && t->kind == TOKEN_NAME; i++)
        if (m->params.data[i] == t->text)
            return i;
    return -1;
}

static void push_all(Split *s, Tokens *out, const Tokens *t, const char *pre) {
    for (int i = 0; i < t->len; i++) {
        Token k = t->data[i];
        if (i == 0)
            k.pre = pre;
        VEC_PUSH(s->arena, out, k);
    }
}

/* Joins the last token of out with the first of t. */
static void paste(Split *s, Tokens *out, const Tokens *t) {
    if (out->len == 0 || t->len == 0) {
        push_all(s, out, t, "");
        return;
    }
    Token *last = &VEC_LAST(out);
    last->text = str_intern(s->names, arena_printf(s->arena, "%s%s", last->text, t->data[0].text));
    last->kind = isalpha((unsigned char)*last->text) || *last->text == '_' ? TOKEN_NAME : TOKEN_OTHER;
    for (int i = 1; i < t->len; i++)
        VEC_PUSH(s->arena, out, t->data[i]);
}

static Tokens substitute(Expansion *x, const Macro *m, const Arguments *args) {
    Tokens out = {0};
    bool pasting = false;
    for (int i = 0; i < m->body.len; i++) {
        const Token *t = &m->body.data[i];
        if (token_is(t, "##")) {
            pasting = true;
            continue;
        }
        int at = param_index(m, t);
        bool joined = pasting || (i + 1 < m->body.len && token_is(&m->body.data[i + 1], "##"));
        Tokens value = {0};
        if (at >= 0 && at < args->len && !joined)
            expand_into(x, &args->data[at], &value);
        else if (at >= 0 && at < args->len)
            value = args->data[at];
        else
            VEC_PUSH(x->s->arena, &value, *t);
        if (pasting)
            paste(x->s, &out, &value);
        else
            push_all(x->s, &out, &value, t->pre);
        pasting = false;
    }
    return out;
}

/* t[at] names m; a call's last token is t[end - 1]. */
static void expand_one(Expansion *x, Macro *m, const Tokens *t, int at, int end, Tokens *out) {
    Arguments args = {0};
    if (m->function)
        args = read_arguments(x->s, m, t, at + 2, end - 1);
    Tokens body = substitute(x, m, &args), done = {0};
    m->active++;
    expand_into(x, &body, &done);
    m->active--;
    for (int i = 1; i < done.len && token_is(&done.data[0], "{"); i++) /* an initializer stays in its line */
        done.data[i].pre = strchr(done.data[i].pre, '\n') ? " " : done.data[i].pre;
    bool own_line = done.len > 0 && !token_is(&done.data[0], "{") && strchr(done.data[0].pre, '\n');
    push_all(x->s, out, &done, own_line ? done.data[0].pre : t->data[at].pre);
}

/* The definition to use in a text of a family; NULL: leave the call as it is. */
static Macro *certain_definition(Expansion *x, Macro *m) {
    for (; m; m = m->next)
        if (m->function && !m->stringizes && branch_within(x->s, x->branch, m->branch))
            return m;
    return NULL;
}

static void expand_name(Expansion *x, Macro *m, const Tokens *t, int at, int end, Tokens *out) {
    if (x->how == EXPAND_ALL) {
        VEC_PUSH(x->s->arena, out, t->data[at]);
        for (; m; m = m->next)
            expand_one(x, m, t, at, end, out);
    } else {
        for (int i = 0; x->how == EXPAND_FIRST && i < x->nth && m->next; i++)
            m = m->next;
        expand_one(x, m, t, at, end, out);
    }
}

static void expand_into(Expansion *x, const Tokens *t, Tokens *out) {
    for (int i = 0; i < t->len; i++) {
        Macro *m = t->data[i].kind == TOKEN_NAME ? macro_find(x->s, t->data[i].text) : NULL;
        int end = m && m->function ? macro_call_end(t, i) : 0;
        if (x->how == EXPAND_FAMILY)
            m = m && end ? certain_definition(x, m) : NULL;
        if (!m || m->active || (m->function && !end)) {
            VEC_PUSH(x->s->arena, out, t->data[i]);
            continue;
        }
        expand_name(x, m, t, i, m->function ? end : i + 1, out);
        i = m->function ? end - 1 : i;
    }
}

Tokens macro_expand(Split *s, const Tokens *t, Expand how, int branch_or_nth) {
    Expansion x = {.s = s, .how = how, .branch = branch_or_nth, .nth = branch_or_nth};
    Tokens out = {0};
    expand_into(&x, t, &out);
    return out;
}
