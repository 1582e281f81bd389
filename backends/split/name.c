/* What a piece defines and what it mentions. */
#include <string.h>
#include "backends/split/split.h"

static void add_name(Split *s, Piece *piece, const char *name) {
    for (int i = 0; i < piece->names.len; i++)
        if (piece->names.data[i] == name)
            return;
    VEC_PUSH(s->arena, &piece->names, name);
}

static int skip_parens(const Tokens *t, int at) {
    int end = at + 1 < t->len && token_is(&t->data[at + 1], "(") ? macro_call_end(t, at) : 0;
    return end ? end : at + 1;
}

static bool is_attribute(const Token *t) { return token_is(t, "__attribute__"); }

/* The constants of `enum { .. }` and the tag before a brace. */
static void add_enumerators(Split *s, Piece *piece, const Tokens *t) {
    bool in_enum = false, expects = false;
    for (int i = 0; i < t->len; i++) {
        const Token *k = &t->data[i];
        if (token_is(k, "enum"))
            in_enum = true;
        else if (token_is(k, "{"))
            expects = in_enum;
        else if (token_is(k, "}"))
            in_enum = expects = false;
        else if (k->kind == TOKEN_NAME && expects) {
            add_name(s, piece, k->text);
            expects = false;
        } else if (token_is(k, ","))
            expects = in_enum;
    }
}

/* `struct NAME {`, or `struct NAME;` */
static void add_tags(Split *s, Piece *piece, const Tokens *t) {
    for (int i = 0; i + 2 < t->len; i++) {
        bool tag = token_is(&t->data[i], "struct") || token_is(&t->data[i], "union") || token_is(&t->data[i], "enum");
        if (tag && t->data[i + 1].kind == TOKEN_NAME &&
            (token_is(&t->data[i + 2], "{") || (i == 0 && token_is(&t->data[i + 2], ";"))))
            add_name(s, piece, t->data[i + 1].text);
        if (token_is(&t->data[i], "{"))
            return;
    }
}

/* The name that a declarator declares: the last one outside braces and brackets before what ends it. */
static void add_declared(Split *s, Piece *piece, const Tokens *t) {
    const char *last = NULL;
    int depth = 0;
    for (int i = 0; i < t->len; i++) {
        const Token *k = &t->data[i];
        if (is_attribute(k)) {
            i = skip_parens(t, i) - 1;
            continue;
        }
        depth += token_is(k, "{") - token_is(k, "}");
        if (depth > 0)
            continue;
        if (token_is(k, "(") && last && !(i + 1 < t->len && token_is(&t->data[i + 1], "*"))) {
            Macro *m = macro_find(s, last);
            if (!m)
                break;
            i = skip_parens(t, i - 1) - 1;
        } else if (token_is(k, "[") || token_is(k, "=") || token_is(k, ";") || (token_is(k, ")") && last)) {
            break;
        } else if (k->kind == TOKEN_NAME) {
            last = k->text;
        }
    }
    if (last && strcmp(last, "struct") != 0 && strcmp(last, "enum") != 0)
        add_name(s, piece, last);
}

static void names_of_definition(Split *s, Piece *piece, const Tokens *t) {
    bool only_tag = t->len > 1 && token_is(&t->data[t->len - 2], "}") && token_is(&t->data[t->len - 1], ";") &&
                    (token_is(&t->data[0], "struct") || token_is(&t->data[0], "enum"));
    add_tags(s, piece, t);
    add_enumerators(s, piece, t);
    if (!only_tag && !(token_is(&t->data[0], "struct") && piece->names.len > 0))
        add_declared(s, piece, t);
}

/* Definitions that a call makes when all its macros are expanded. */
static void names_of_call(Split *s, Piece *piece, const Tokens *t, int nth) {
    Tokens all = macro_expand(s, t, EXPAND_FIRST, nth);
    for (int at = 0, end; at < all.len && (end = definition_end(s, &all, at)); at = end) {
        Tokens one = {.data = all.data + at, .len = end - at};
        names_of_definition(s, piece, &one);
    }
}

void piece_find_names(Split *s, Piece *piece, const Tokens *t) {
    Macro *m = t->data[0].kind == TOKEN_NAME ? macro_find(s, t->data[0].text) : NULL;
    if (!m || !m->function || !macro_makes_definitions(m)) {
        names_of_definition(s, piece, t);
        return;
    }
    int nth = 0;
    for (; m; m = m->next)
        names_of_call(s, piece, t, nth++);
}

static void add_spoken(Split *s, Piece *piece, const char *name) {
    for (int i = 0; i < piece->spoken.len; i++)
        if (piece->spoken.data[i] == name)
            return;
    VEC_PUSH(s->arena, &piece->spoken, name);
}

static void speak(Split *s, Piece *piece, const Tokens *t) {
    for (int i = 0; i < t->len; i++) {
        if (t->data[i].kind == TOKEN_NAME) {
            add_spoken(s, piece, t->data[i].text);
        } else if (t->data[i].kind == TOKEN_DIRECTIVE) {
            Tokens line = lex_line(s, t->data[i].text + 1);
            speak(s, piece, &line);
        }
    }
}

/* The conditions around a piece, and those of the branches before it in the same group, are printed with it. */
static void speak_conditions(Split *s, Piece *piece) {
    for (int b = piece->branch; b > 0; b = s->branches.data[b].parent) {
        for (int i = 1; i < s->branches.len; i++) {
            const Branch *other = &s->branches.data[i];
            if (other->group != s->branches.data[b].group || !other->condition)
                continue;
            Tokens t = lex_line(s, other->condition);
            speak(s, piece, &t);
        }
    }
}

void piece_find_spoken(Split *s, Piece *piece, const Tokens *t) {
    Tokens all = macro_expand(s, t, EXPAND_ALL, 0);
    speak(s, piece, &all);
    speak_conditions(s, piece);
}
