/* parse.c - drives the push parser over a file, item by item, and finds the next item after an error.
 *
 * An item ends with the `;` or the closing `}` that stands outside all of its brackets; the parser then gets the end
 * of input. After an error everything up to the next place where an item can begin is passed over silently: what
 * stands there may be the rest of the broken item. The names that it may define are kept in AstFile.broken. */
#include <errno.h>

#include "frontend/parse.h"
#include <string.h>
#include "frontend/parser.h"
#include "frontend/syntax.h"

/* ---- tokens ---------------------------------------------------------------------------------- */

bool syntax_token_is_keyword(const Token *token) { return token->kind >= TOKEN_CONST && token->kind <= TOKEN_ON; }

bool syntax_token_is_name(const Token *token) {
    return token->kind == TOKEN_NAME || (token->kind >= TOKEN_MODULE && token->kind <= TOKEN_ON);
}

/* Passes the token at hand. */
static void advance(Syntax *s) {
    s->before_prev = s->prev;
    s->prev = s->window[0];
    memmove(&s->window[0], &s->window[1], sizeof s->window - sizeof s->window[0]);
    lexer_next(s->lexer, &s->window[SYNTAX_WINDOW - 1]);
}

static bool after_end(const Syntax *s) {
    return s->prev.kind == TOKEN_SEMICOLON || s->prev.kind == TOKEN_RBRACE || s->prev.kind == TOKEN_YYEOF;
}

/* Words that begin items: reserved ones cannot stand elsewhere but for `const` (parameters); contextual ones are
 * followed by a name, which they never are elsewhere, and begin a line or follow an end. */
bool syntax_at_item(const Syntax *s) {
    const Token *at = s->window;
    bool fresh = at[0].first_on_line || after_end(s);
    if (s->prev.kind == TOKEN_DOT)
        return false;
    switch (at[0].kind) {
    case TOKEN_FUNC:
    case TOKEN_KERNEL:
    case TOKEN_WORKLOAD: return syntax_token_is_name(&at[1]);
    case TOKEN_CONST:
        return syntax_token_is_name(&at[1]) && at[2].kind != TOKEN_COLON &&
               (s->depth == 0 || (at[0].first_on_line && at[0].column <= s->item_column));
    case TOKEN_MODULE:
    case TOKEN_SCHEDULE:
    case TOKEN_EXAMPLE: return fresh && (at[1].kind == TOKEN_NAME || (s->depth == 0 && syntax_token_is_name(&at[1])));
    case TOKEN_IMPORT: return fresh && at[1].kind == TOKEN_STRING;
    case TOKEN_NAME: /* `kernal indexer(`: worth a message of its own */
        return s->depth == 0 && after_end(s) && at[1].kind == TOKEN_NAME && syntax_nearest_item_word(at[0].value.text);
    default: return false;
    }
}

static bool begins_item(int kind) {
    return kind == TOKEN_CONST || kind == TOKEN_FUNC || kind == TOKEN_KERNEL || kind == TOKEN_WORKLOAD ||
           kind == TOKEN_MODULE || kind == TOKEN_IMPORT || kind == TOKEN_SCHEDULE || kind == TOKEN_EXAMPLE;
}

static bool defines_name(int kind) {
    return kind == TOKEN_CONST || kind == TOKEN_FUNC || kind == TOKEN_KERNEL || kind == TOKEN_WORKLOAD;
}

static bool is_opening(int kind) { return kind == TOKEN_LPAREN || kind == TOKEN_LBRACKET || kind == TOKEN_LBRACE; }

static bool is_closing(int kind) { return kind == TOKEN_RPAREN || kind == TOKEN_RBRACKET || kind == TOKEN_RBRACE; }

/* ---- broken items ---------------------------------------------------------------------------- */

static void keep_broken_name(Syntax *s, const Token *token) {
    if (syntax_token_is_name(token))
        VEC_PUSH(s->arena, &s->file->broken, (AstName){token->value.text, token->span});
}

/* The name behind a word that begins an item. Where it is missing, the item may define any. */
static void keep_defined_name(Syntax *s, const Token *word, const Token *name) {
    keep_broken_name(s, name);
    if (defines_name(word->kind) && !syntax_token_is_name(name))
        s->file->truncated = true;
}

/* What an item may define that begins with these tokens. */
static void keep_item_names(Syntax *s, const Token *first, const Token *second) {
    if (first->kind == TOKEN_NAME)
        keep_broken_name(s, first);
    keep_defined_name(s, first, second);
    if (first->kind == TOKEN_IMPORT || second->kind == TOKEN_STRING)
        s->file->truncated = true; /* an unknown file is not read */
}

/* Passes everything up to the next item or the end of the file. `s->depth` goes on counting, so that the brackets of
 * the broken item still hide words that begin items elsewhere; it is no stack here, and a closing brace may close
 * several. */
static void skip_to_item(Syntax *s) {
    int braces = 0;
    for (int i = 0; i < s->depth; i++)
        braces += s->open[i].kind == TOKEN_LBRACE;
    for (;; advance(s)) {
        s->depth = braces;
        const Token *at = &s->window[0];
        if (at->kind == TOKEN_YYEOF || syntax_at_item(s))
            break;
        if (at->kind == TOKEN_LBRACE)
            braces++;
        else if (at->kind == TOKEN_RBRACE && braces > 0)
            braces--;
        else if (begins_item(at->kind) && s->prev.kind != TOKEN_DOT)
            keep_defined_name(s, at, &s->window[1]);
    }
    s->depth = 0;
}

/* ---- items ----------------------------------------------------------------------------------- */

/* Keeps the stack of open brackets. Returns false at the nesting limit. */
static bool track_bracket(Syntax *s, const Token *token) {
    if (is_closing(token->kind) && s->depth > 0)
        s->depth--;
    if (!is_opening(token->kind))
        return true;
    if (s->depth == AST_MAX_NESTING) {
        syntax_nesting_error(s, token->span);
        return false;
    }
    s->open[s->depth++] = (SyntaxBracket){token->kind, token->span};
    return true;
}

static bool push_token(Syntax *s, ptoc_yypstate *parser, const Token *token) {
    PTOC_YYSTYPE value;
    memset(&value, 0, sizeof value);
    value.token = token->value;
    Span span = token->span;
    return ptoc_yypush_parse(parser, token->kind, &value, &span, s) == YYPUSH_MORE;
}

/* Feeds one item, which begins at the token at hand. On an error the token at hand is the one that did not fit. */
static void parse_item(Syntax *s, ptoc_yypstate *parser) {
    for (bool ended = false, inside = false; !ended; inside = true) {
        const Token *at = &s->window[0];
        s->broken = s->broken || at->bad;
        s->lexical = s->lexical || at->bad;
        bool last_brace = at->kind == TOKEN_RBRACE && s->depth == 1;
        ended = (at->kind == TOKEN_SEMICOLON && s->depth == 0) || last_brace;
        Token token = *at;
        if (inside && token.kind >= TOKEN_MODULE && token.kind <= TOKEN_EXAMPLE && syntax_at_item(s))
            token.kind =
                TOKEN_KERNEL; /* a contextual word that would pass for a name: fail here, not one token later */
        if (!push_token(s, parser, &token)) {
            s->broken = true;
            return;
        }
        if (!track_bracket(s, at))
            break;
        advance(s);
    }
    Token end = {.kind = TOKEN_YYEOF, .span = {s->prev.span.file, s->prev.span.end, s->prev.span.end}};
    push_token(s, parser, &end); /* at the nesting limit too: it empties the parser's stack */
}

static void keep_item(Syntax *s, AstItem *item, bool first) {
    if (item->kind == AST_ITEM_MODULE && !first) {
        diag_report(s->diags, DIAG_MODULE_NOT_FIRST, item->span);
        s->file->sound = false;
        return;
    }
    if (item->kind == AST_ITEM_MODULE)
        s->file->module = item->name;
    VEC_PUSH(s->arena, &s->file->items, item);
}

/* One item, or what stands where one should. */
static void parse_one(Syntax *s, ptoc_yypstate *parser) {
    Token first = s->window[0], second = s->window[1];
    bool at_begin = s->prev.kind == TOKEN_YYEOF;
    s->item = NULL;
    s->depth = 0;
    s->broken = s->lexical = s->nesting = false;
    s->item_column = first.column;
    if (begins_item(first.kind)) {
        parse_item(s, parser);
    } else {
        syntax_unexpected_top_level(s);
        advance(s);
    }
    if (s->item && !s->broken) {
        keep_item(s, s->item, at_begin);
        return;
    }
    s->file->sound = false;
    keep_item_names(s, &first, &second);
    skip_to_item(s);
}

static void parse_text(Syntax *s) {
    s->lexer = lexer_create(s->arena, s->scratch, s->strings, s->diags, s->file);
    for (int i = 0; i < SYNTAX_WINDOW; i++)
        lexer_next(s->lexer, &s->window[i]);
    ptoc_yypstate *parser = ptoc_yypstate_new();
    if (!parser)
        arena_out_of_memory(sizeof *s);
    while (s->window[0].kind != TOKEN_YYEOF)
        parse_one(s, parser);
    if (s->window[0].bad)
        s->file->sound = false;
    ptoc_yypstate_delete(parser);
}

Diag *parse_report_unreadable(DiagContext *diags, Span span, const char *name, int error) {
    if (error == EFBIG)
        return diag_report(diags, DIAG_SOURCE_TOO_LARGE, span, name, (int)(PARSE_MAX_SOURCE >> 20));
    return diag_report(diags, DIAG_FILE_UNREADABLE, span, name, strerror(error));
}

AstFile *parse_file(Arena *arena, StrTab *strings, DiagContext *diags, int source_file) {
    AstFile *file = ARENA_NEW(arena, AstFile);
    file->source = source_file;
    file->sound = true;
    const SourceFile *text = source_get(diag_source_map(diags), source_file);
    if (text->size > PARSE_MAX_SOURCE) {
        parse_report_unreadable(diags, (Span){source_file, 0, 0}, text->path, EFBIG);
        file->sound = false;
        file->truncated = true;
        return file;
    }
    Arena *scratch = arena_create();
    Syntax *s = ARENA_NEW(scratch, Syntax);
    *s = (Syntax){.arena = arena, .scratch = scratch, .strings = strings, .diags = diags, .text = text, .file = file};
    parse_text(s);
    arena_destroy(scratch);
    return file;
}
