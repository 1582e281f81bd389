/* syntax_error.c - messages about tokens that do not fit: what was expected, what was found, how to mend it. */
#include <stdio.h>
#include <string.h>
#include "frontend/parser.h"
#include "frontend/syntax.h"

enum { MOST_EXPECTED = 6 };

void syntax_nesting_error(Syntax *s, Span span) {
    s->broken = true;
    if (s->nesting)
        return;
    s->nesting = true;
    Diag *diag = diag_report(s->diags, DIAG_NESTING_LIMIT, span, AST_MAX_NESTING);
    diag_hint(diag, "name the inner parts with `let`, or move them to a `func`");
}

/* ---- what was found -------------------------------------------------------------------------- */

static const char *token_text(Syntax *s, const Token *token) {
    return arena_strndup(s->scratch, s->text->text + token->span.begin, token->span.end - token->span.begin);
}

static const char *token_description(Syntax *s, const Token *token) {
    if (token->kind == TOKEN_YYEOF)
        return "the end of the file";
    if (token->kind == TOKEN_STRING)
        return "a string";
    const char *prefix = "";
    const Keyword *keyword = keyword_of_token(token->kind);
    if (token->kind == TOKEN_NAME)
        prefix = "the name ";
    else if (token->kind == TOKEN_INTEGER || token->kind == TOKEN_FLOAT)
        prefix = "the number ";
    else if (keyword && keyword->cls == KEYWORD_RESERVED)
        prefix = "the reserved word ";
    return arena_printf(s->scratch, "%s`%.60s`", prefix, token_text(s, token));
}

/* ---- what was expected ----------------------------------------------------------------------- */

typedef struct Expected {
    const char **names;
    int count;
    const char *groups[4]; /* shown after the tokens */
    int group_count;
} Expected;

static bool expected_has(const Expected *e, const char *name) {
    for (int i = 0; i < e->count; i++) {
        if (strcmp(e->names[i], name) == 0)
            return true;
    }
    return false;
}

static void expected_drop(Expected *e, const char *name) {
    int kept = 0;
    for (int i = 0; i < e->count; i++) {
        if (strcmp(e->names[i], name) != 0)
            e->names[kept++] = e->names[i];
    }
    e->count = kept;
}

static void expected_drop_all(Expected *e, const char *const *names) {
    for (; *names; names++)
        expected_drop(e, *names);
}

static void expected_drop_words(Expected *e, bool contextual_only) {
    for (int i = 0; i < keyword_count(); i++) {
        if (!contextual_only || keyword_at(i)->cls == KEYWORD_CONTEXTUAL)
            expected_drop(e, keyword_at(i)->text);
    }
    expected_drop(e, "name");
}

static const char *const expression_starts[] = {"integer", "float", "string", "true", "false", "inf", "nan",
                                                "(",       "[",     "-",      "!",    "~",     NULL};
static const char *const statement_starts[] = {"let", "var", "for", "if", "parallel", "tier", "return", "@", NULL};
static const char *const operators[] = {"||", "&&", "==", "!=", "<", "<=", ">", ">=", "|", "^", "&",
                                        "<<", ">>", "+",  "-",  "*", "/",  "%", "(",  "[", ".", NULL};

/* Puts words for sets of tokens in their place: an expression, a statement, a name, an operator. */
static void expected_group(Expected *e) {
    if (expected_has(e, "integer")) {
        e->groups[e->group_count++] = expected_has(e, "let") ? "a statement" : "an expression";
        if (expected_has(e, "let"))
            expected_drop_all(e, statement_starts);
        expected_drop_all(e, expression_starts);
        expected_drop_words(e, true);
    } else if (expected_has(e, "name")) {
        bool any_word = expected_has(e, "kernel"), contextual = expected_has(e, "module");
        e->groups[e->group_count++] = contextual ? "a name" : "an element type";
        if (contextual)
            expected_drop_words(e, !any_word);
        expected_drop(e, "name");
    }
    if (expected_has(e, "*")) {
        e->groups[e->group_count++] = "an operator";
        expected_drop_all(e, operators);
    }
}

static const char *expected_description(Syntax *s, Expected *e) {
    const char *parts[MOST_EXPECTED + 4];
    int count = 0;
    for (int i = 0; i < e->count && count < MOST_EXPECTED; i++)
        parts[count++] =
            strcmp(e->names[i], "end of file") == 0 ? "the next item" : arena_printf(s->scratch, "`%s`", e->names[i]);
    for (int i = 0; i < e->group_count; i++)
        parts[count++] = e->groups[i];
    if (count == 0)
        return "something else";
    const char *text = parts[0];
    for (int i = 1; i < count; i++)
        text = arena_printf(s->scratch, i == count - 1 ? "%s or %s" : "%s, %s", text, parts[i]);
    return text;
}

/* ---- hints ----------------------------------------------------------------------------------- */

static bool is_comparison(int kind) {
    return kind == TOKEN_EQ || kind == TOKEN_NE || kind == TOKEN_LT || kind == TOKEN_LE || kind == TOKEN_GT ||
           kind == TOKEN_GE;
}

static bool is_closing(int kind) { return kind == TOKEN_RPAREN || kind == TOKEN_RBRACKET || kind == TOKEN_RBRACE; }

static bool starts_statement(const Token *before) {
    return before->kind == TOKEN_SEMICOLON || before->kind == TOKEN_LBRACE || before->kind == TOKEN_RBRACE;
}

/* The keyword that `word` may have been meant for, among those accepted here, or among all where the word was taken
 * for a name. Words of one or two letters are names, not slips. */
static const char *misspelt(const Expected *accepted, const char *word) {
    const char *candidates[64];
    int count = 0;
    if (strlen(word) < 3)
        return NULL;
    for (int i = 0; i < keyword_count() && count < 64; i++) {
        const Keyword *keyword = keyword_at(i);
        if (accepted ? expected_has(accepted, keyword->text) : keyword->cls != KEYWORD_LITERAL)
            candidates[count++] = keyword->text;
    }
    const char *near = str_nearest(word, candidates, count);
    return near && strcmp(near, word) != 0 ? near : NULL;
}

/* Words of other languages for what is said otherwise here. */
static const struct {
    const char *word, *hint;
} foreign_words[] = {
    {"while", "there is no `while`: loops are counted, `for i in N { }` or `for i in lo .. hi step n { }`, and `if` "
              "skips iterations"},
    {"loop", "there is no `loop`: loops are counted, `for i in N { }`"},
    {"break", "there is no `break`: loops are counted, and `if` skips iterations"},
    {"continue", "there is no `continue`: `if` skips iterations"},
    {"elif", "write `else if`"},
};

const char *syntax_foreign_hint(const char *word) {
    for (size_t i = 0; i < sizeof foreign_words / sizeof foreign_words[0]; i++)
        if (strcmp(word, foreign_words[i].word) == 0)
            return foreign_words[i].hint;
    return NULL;
}

static bool hint_foreign(const Syntax *s, Diag *diag) {
    const char *hint = s->prev.kind == TOKEN_NAME && starts_statement(&s->before_prev)
                           ? syntax_foreign_hint(s->prev.value.text)
                           : NULL;
    if (hint)
        diag_hint(diag, "%s", hint);
    return hint != NULL;
}

static bool hint_spelling(Syntax *s, const Expected *accepted, Diag *diag) {
    const Token *found = &s->window[0];
    if (hint_foreign(s, diag))
        return true;
    const char *near = NULL;
    const Token *word = found;
    if (found->kind == TOKEN_NAME)
        near = misspelt(accepted, found->value.text);
    if (!near && s->prev.kind == TOKEN_NAME &&
        (starts_statement(&s->before_prev) || found->kind == TOKEN_NAME || found->kind == TOKEN_STRING ||
         found->kind == TOKEN_INTEGER)) {
        word = &s->prev;
        near = misspelt(NULL, s->prev.value.text);
    }
    if (!near)
        return false;
    diag_hint(diag, "did you mean `%s` instead of `%s`?", near, word->value.text);
    diag_fix(diag, word->span, near);
    return true;
}

static bool hint_bracket(Syntax *s, Diag *diag) {
    int kind = s->window[0].kind;
    bool item = kind == TOKEN_YYEOF || syntax_at_item(s);
    if (s->depth == 0 || !(item || is_closing(kind)))
        return false;
    const SyntaxBracket *open = &s->open[s->depth - 1];
    bool matches = (open->kind == TOKEN_LPAREN && kind == TOKEN_RPAREN) ||
                   (open->kind == TOKEN_LBRACKET && kind == TOKEN_RBRACKET) ||
                   (open->kind == TOKEN_LBRACE && kind == TOKEN_RBRACE);
    if (matches)
        return false;
    const char *text = open->kind == TOKEN_LPAREN ? "(" : open->kind == TOKEN_LBRACKET ? "[" : "{";
    diag_note(diag, open->span, "this `%s` is not closed", text);
    return true;
}

static bool hint_equals(Syntax *s, const Expected *accepted, Diag *diag) {
    if (s->window[0].kind == TOKEN_ASSIGN && expected_has(accepted, "==")) {
        diag_hint(diag, "`==` compares");
        diag_fix(diag, s->window[0].span, "==");
        return true;
    }
    if (s->window[0].kind == TOKEN_EQ && expected_has(accepted, "=")) {
        diag_hint(diag, "`=` gives a value, `==` compares");
        diag_fix(diag, s->window[0].span, "=");
        return true;
    }
    return false;
}

static bool hint_reserved(Syntax *s, const Expected *accepted, Diag *diag) {
    const Keyword *keyword = keyword_of_token(s->window[0].kind);
    if (!keyword || keyword->cls == KEYWORD_CONTEXTUAL || !expected_has(accepted, "name") ||
        expected_has(accepted, "let"))
        return false;
    diag_hint(diag, "`%s` is a reserved word and cannot be a name", keyword->text);
    return true;
}

/* `v[a:]` or `v[:b]`. */
static bool lacks_range_end(const Syntax *s) {
    int found = s->window[0].kind, before = s->before_prev.kind;
    if (s->prev.kind != TOKEN_COLON)
        return false;
    return found == TOKEN_COMMA || found == TOKEN_RBRACKET || before == TOKEN_LBRACKET || before == TOKEN_COMMA;
}

static void hint_other(Syntax *s, const Expected *accepted, Diag *diag) {
    const Token *found = &s->window[0];
    if (found->kind == TOKEN_SEMICOLON && expected_has(accepted, "let") && expected_has(accepted, "integer"))
        diag_hint(diag, "there are no empty statements: remove the `;`");
    else if (found->kind == TOKEN_LBRACKET && s->prev.kind == TOKEN_NAME && expected_has(accepted, "=") &&
             !expected_has(accepted, "*"))
        diag_hint(diag, "a tensor parameter says its direction: `in`, `out` or `inout` before the element type");
    else if (found->kind == TOKEN_COLON && expected_has(accepted, "=") && !expected_has(accepted, "*"))
        diag_hint(diag, "types are not written here: the value gives the type");
    else if (lacks_range_end(s))
        diag_hint(diag, "both ends of `a : b` are written; `:` alone takes the whole dimension");
}

/* ---- the report ------------------------------------------------------------------------------ */

/* Frequent mistakes that have a message of their own. */
static bool report_special(Syntax *s, const Expected *accepted) {
    const Token *found = &s->window[0];
    if (is_comparison(found->kind) && expected_has(accepted, "&&") && !expected_has(accepted, "==")) {
        Diag *diag = diag_report(s->diags, DIAG_COMPARISON_CHAIN, found->span, token_text(s, found));
        diag_hint(syntax_error(s, diag), "write `a < b && b < c`");
        return true;
    }
    if (found->kind == TOKEN_PLUS && expected_has(accepted, "-") && expected_has(accepted, "integer")) {
        Diag *diag = syntax_error(s, diag_report(s->diags, DIAG_UNARY_PLUS, found->span));
        diag_hint(diag, "remove the `+`");
        diag_fix(diag, found->span, "");
        return true;
    }
    return false;
}

static bool begins_something(const Token *token) {
    switch (token->kind) {
    case TOKEN_CONST:
    case TOKEN_FUNC:
    case TOKEN_KERNEL:
    case TOKEN_WORKLOAD:
    case TOKEN_FOR:
    case TOKEN_LET:
    case TOKEN_VAR:
    case TOKEN_IF:
    case TOKEN_PARALLEL:
    case TOKEN_TIER:
    case TOKEN_RETURN:
    case TOKEN_RBRACE:
    case TOKEN_YYEOF: return true;
    default: return token->first_on_line;
    }
}

/* The place of a missing token or of the end of the file: right after the last token. */
static Span after_prev(const Syntax *s) { return (Span){s->prev.span.file, s->prev.span.end, s->prev.span.end}; }

void syntax_unexpected(Syntax *s, const char **expected, int count) {
    Expected e = {expected, count, {NULL}, 0};
    if (s->lexical || s->nesting || report_special(s, &e)) {
        s->broken = true;
        return;
    }
    const Token *found = &s->window[0];
    const char *seen = token_description(s, found);
    if (expected_has(&e, ";") && begins_something(found)) { /* of the next statement or item */
        Span end = after_prev(s);
        Diag *diag = syntax_error(s, diag_report(s->diags, DIAG_UNEXPECTED_TOKEN, end, "`;`", seen));
        if (!hint_spelling(s, &e, diag) && !hint_equals(s, &e, diag))
            diag_fix(diag, end, ";");
        return;
    }
    const char **names = ARENA_ARRAY(s->scratch, const char *, count + 1);
    if (count > 0)
        memcpy(names, expected, (size_t)count * sizeof *names);
    Expected shown = {names, count, {NULL}, 0};
    expected_group(&shown);
    const char *wanted = expected_description(s, &shown);
    Span place = found->kind == TOKEN_YYEOF ? after_prev(s) : found->span;
    Diag *diag = syntax_error(s, diag_report(s->diags, DIAG_UNEXPECTED_TOKEN, place, wanted, seen));
    bool noted = hint_bracket(s, diag);
    if (!hint_equals(s, &e, diag) && !hint_reserved(s, &e, diag) && !noted && !hint_spelling(s, &e, diag))
        hint_other(s, &e, diag);
}

/* ---- the top level --------------------------------------------------------------------------- */

static const char *const item_words[] = {"module", "import",   "const",    "func",
                                         "kernel", "workload", "schedule", "example"};

const char *syntax_nearest_item_word(const char *word) {
    if (strlen(word) < 3)
        return NULL;
    return str_nearest(word, item_words, (int)(sizeof item_words / sizeof item_words[0]));
}

void syntax_unexpected_top_level(Syntax *s) {
    const Token *found = &s->window[0];
    s->broken = true;
    if (found->bad)
        return;
    Diag *diag = diag_report(s->diags, DIAG_UNEXPECTED_TOP_LEVEL, found->span, token_description(s, found));
    const char *near = found->kind == TOKEN_NAME ? syntax_nearest_item_word(found->value.text) : NULL;
    if (near) {
        diag_hint(diag, "did you mean `%s`?", near);
        diag_fix(diag, found->span, near);
    } else if (is_closing(found->kind)) {
        diag_hint(diag, "there is no open bracket for it");
    } else if (found->kind == TOKEN_SEMICOLON) {
        diag_hint(diag, "remove it: no `;` stands after `}`");
    } else if (found->kind == TOKEN_NAME && s->window[1].kind == TOKEN_ASSIGN) {
        diag_hint(diag, "`const %s = ...;` names a constant", found->value.text);
    } else {
        diag_hint(
            diag,
            "items begin with `module`, `import`, `const`, `func`, `kernel`, `workload`, `schedule` or `example`");
    }
}
