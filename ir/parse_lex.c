/* Tokens of the IR text, and the small parts that are made of few of them. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ir/parse_impl.h"

/* ---- errors ----------------------------------------------------------------------------------------------------- */
Span parse_span(const Parser *p) { return (Span){p->source, p->tok.begin, p->tok.end}; }

static void stop(Parser *p) {
    p->failed = true;
    p->at = p->size;
    p->tok = (Token){.kind = TOK_END, .begin = p->size, .end = p->size};
}

static const char *token_text(Parser *p) {
    enum { LONGEST = 40 };
    if (p->tok.kind == TOK_END)
        return "the end of the text";
    uint32_t n = p->tok.end - p->tok.begin;
    const char *more = n > LONGEST ? "..." : "";
    return arena_printf(p->arena, "`%.*s%s`", (int)(n > LONGEST ? LONGEST : n), p->text + p->tok.begin, more);
}

void parse_expected(Parser *p, const char *what) {
    if (!p->failed)
        diag_report(p->dc, DIAG_IR_EXPECTED, parse_span(p), what, token_text(p));
    stop(p);
}

void parse_too_deep(Parser *p) {
    if (!p->failed)
        diag_report(p->dc, DIAG_IR_LIMIT, parse_span(p), "nested more than 200 deep");
    stop(p);
}

static void number_out_of_range(Parser *p) {
    if (!p->failed)
        diag_report(p->dc, DIAG_IR_NUMBER, parse_span(p), p->tok.text);
    stop(p);
}

/* ---- the lexer -------------------------------------------------------------------------------------------------- */
static bool is_name_char(char c) { return isalnum((unsigned char)c) || c == '_' || c == '.'; }

static void skip_blanks(Parser *p) {
    for (;;) {
        char c = p->text[p->at];
        if (c == '\n')
            p->tok.new_line = true;
        if (c == '/' && p->text[p->at + 1] == '/') {
            while (p->at < p->size && p->text[p->at] != '\n')
                p->at++;
        } else if (p->at < p->size && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
            p->at++;
        } else {
            return;
        }
    }
}

static const char *lex_name(Parser *p) {
    uint32_t begin = p->at;
    while (is_name_char(p->text[p->at]))
        p->at++;
    return str_intern_n(p->strings, p->text + begin, p->at - begin);
}

/* One number of @file:line:column. */
static bool lex_place_part(Parser *p, int *out, bool colon) {
    int64_t value = 0;
    if (colon && p->text[p->at] != ':')
        return false;
    p->at += colon;
    if (!isdigit((unsigned char)p->text[p->at]))
        return false;
    while (isdigit((unsigned char)p->text[p->at])) {
        value = value * 10 + (p->text[p->at++] - '0');
        if (value > INT32_MAX)
            return false;
    }
    *out = (int)value;
    return true;
}

static void lex_at(Parser *p) {
    if (!isdigit((unsigned char)p->text[p->at])) {
        p->tok.kind = TOK_SYMBOL;
        p->tok.text = lex_name(p);
        return;
    }
    Loc *loc = &p->tok.place;
    bool ok = lex_place_part(p, &loc->file, false) && lex_place_part(p, &loc->line, true) &&
              lex_place_part(p, &loc->column, true);
    p->tok.kind = ok ? TOK_PLACE : TOK_BAD;
}

static void lex_number(Parser *p) {
    uint32_t begin = p->at;
    p->tok.kind = TOK_INT;
    while (isalnum((unsigned char)p->text[p->at]) || p->text[p->at] == '.' ||
           ((p->text[p->at] == '-' || p->text[p->at] == '+') && p->tok.kind == TOK_FLOAT &&
            strchr("eEpP", p->text[p->at - 1]))) {
        if (!isdigit((unsigned char)p->text[p->at]))
            p->tok.kind = TOK_FLOAT;
        p->at++;
    }
    p->tok.text = arena_strndup(p->arena, p->text + begin, p->at - begin);
}

static int hex_digit(char c) {
    if (isdigit((unsigned char)c))
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character of a string after the backslash; false: no such escape. */
static bool lex_escape(Parser *p, char *out) {
    char c = p->text[p->at++];
    switch (c) {
    case 'n': *out = '\n'; return true;
    case 't': *out = '\t'; return true;
    case '"':
    case '\\': *out = c; return true;
    case 'x': break;
    default: return false;
    }
    int high = hex_digit(p->text[p->at]), low = high < 0 ? -1 : hex_digit(p->text[p->at + 1]);
    if (low < 0 || (high == 0 && low == 0))
        return false;
    p->at += 2;
    *out = (char)(high * 16 + low);
    return true;
}

static void lex_string(Parser *p) {
    uint32_t end = ++p->at;
    while (end < p->size && p->text[end] != '"' && p->text[end] != '\n')
        end += p->text[end] == '\\' && end + 1 < p->size ? 2 : 1;
    char *text = ARENA_ARRAY(p->arena, char, end - p->at + 1);
    size_t n = 0;
    p->tok.kind = TOK_STRING;
    p->tok.text = text;
    while (p->at < p->size && p->text[p->at] != '"') {
        char c = p->text[p->at++];
        if (c == '\0' || c == '\n' || p->at >= p->size || (c == '\\' && !lex_escape(p, &c))) {
            p->tok.kind = TOK_BAD;
            break;
        }
        text[n++] = c;
    }
    if (p->at < p->size)
        p->at++;
}

static void lex_punct(Parser *p) {
    static const struct {
        char c;
        Punct punct;
    } table[] = {{'(', P_LPAREN}, {')', P_RPAREN}, {'[', P_LBRACKET}, {']', P_RBRACKET}, {'{', P_LBRACE},
                 {'}', P_RBRACE}, {',', P_COMMA},  {':', P_COLON},    {'=', P_EQUAL},    {'^', P_CARET},
                 {'+', P_PLUS},   {'-', P_MINUS},  {'*', P_STAR}};
    char c = p->text[p->at++];
    p->tok.kind = TOK_BAD;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].c != c)
            continue;
        p->tok.kind = TOK_PUNCT;
        p->tok.punct = table[i].punct;
    }
    if (p->tok.punct == P_COLON && p->text[p->at] == '+') {
        p->at++;
        p->tok.punct = P_BLOCK;
    }
}

void parse_next(Parser *p) {
    p->tok = (Token){.kind = TOK_END};
    skip_blanks(p);
    p->tok.begin = p->at;
    char c = p->text[p->at];
    if (p->at >= p->size) {
        p->tok.kind = TOK_END;
    } else if (c == '%' || c == '@') {
        p->at++;
        if (c == '@') {
            lex_at(p);
        } else {
            p->tok.kind = TOK_VALUE;
            p->tok.text = lex_name(p);
        }
        if (p->tok.text && !p->tok.text[0])
            p->tok.kind = TOK_BAD;
    } else if (isdigit((unsigned char)c)) {
        lex_number(p);
    } else if (isalpha((unsigned char)c) || c == '_') {
        p->tok.kind = TOK_WORD;
        p->tok.text = lex_name(p);
    } else if (c == '"') {
        lex_string(p);
    } else {
        lex_punct(p);
    }
    p->tok.end = p->at;
}

/* ---- small parts ------------------------------------------------------------------------------------------------ */
bool parse_is(const Parser *p, Punct punct) { return p->tok.kind == TOK_PUNCT && p->tok.punct == punct; }

bool parse_take(Parser *p, Punct punct) {
    if (!parse_is(p, punct))
        return false;
    parse_next(p);
    return true;
}

void parse_want(Parser *p, Punct punct) {
    static const char *const names[] = {"",    "`(`",  "`)`", "`[`", "`]`", "`{`", "`}`", "`,`",
                                        "`:`", "`:+`", "`=`", "`^`", "`+`", "`-`", "`*`"};
    if (!parse_take(p, punct))
        parse_expected(p, names[punct]);
}

bool parse_is_word(const Parser *p, const char *word) {
    return p->tok.kind == TOK_WORD && strcmp(p->tok.text, word) == 0;
}

bool parse_take_word(Parser *p, const char *word) {
    if (!parse_is_word(p, word))
        return false;
    parse_next(p);
    return true;
}

Loc parse_place(Parser *p) {
    if (p->tok.kind != TOK_PLACE || p->tok.new_line)
        return LOC_NONE;
    Loc loc = p->tok.place;
    if (loc.file >= p->module->sources.len || loc.line == 0 || loc.column == 0) {
        parse_expected(p, "a place in one of the sources listed above");
        return LOC_NONE;
    }
    parse_next(p);
    return loc;
}

int64_t parse_int(Parser *p) {
    bool minus = parse_take(p, P_MINUS);
    if (p->tok.kind != TOK_INT) {
        parse_expected(p, "an integer");
        return 0;
    }
    errno = 0;
    uint64_t size = strtoull(p->tok.text, NULL, 10);
    if (errno || size > (uint64_t)INT64_MAX + minus) {
        number_out_of_range(p);
        return 0;
    }
    parse_next(p);
    return (int64_t)(minus ? 0 - size : size);
}

double parse_float(Parser *p) {
    bool minus = parse_take(p, P_MINUS);
    double f = 0;
    char *end = NULL;
    if (parse_is_word(p, "inf"))
        f = INFINITY;
    else if (parse_is_word(p, "nan"))
        f = NAN;
    else if (p->tok.kind == TOK_INT || p->tok.kind == TOK_FLOAT)
        f = strtod(p->tok.text, &end);
    else
        parse_expected(p, "a number");
    if (end && *end)
        parse_expected(p, "a number");
    if (end && isinf(f))
        number_out_of_range(p);
    if (!p->failed)
        parse_next(p);
    return minus ? -f : f;
}

/* ---- values by name --------------------------------------------------------------------------------------------- */
static NamedValue *name_slot(const Parser *p, const char *name) {
    uint32_t at = (uint32_t)(((uintptr_t)name * 0x9E3779B97F4A7C15u) >> 33) & (p->nnames - 1);
    while (p->names[at].name && p->names[at].name != name)
        at = (at + 1) & (p->nnames - 1);
    return &p->names[at];
}

Value *parse_value_use(Parser *p) {
    if (p->tok.kind != TOK_VALUE) {
        parse_expected(p, "a value (%name)");
        return NULL;
    }
    NamedValue *slot = p->nnames ? name_slot(p, p->tok.text) : NULL;
    if (!slot || !slot->name || slot->func != p->func_number) {
        diag_report(p->dc, DIAG_IR_UNDEFINED, parse_span(p), arena_printf(p->arena, "%%%s", p->tok.text));
        stop(p);
        return NULL;
    }
    parse_next(p);
    return slot->value;
}

void parse_value_define(Parser *p, const Token *name, Value *value) {
    if (p->names_used * 2 >= p->nnames) {
        NamedValue *old = p->names;
        uint32_t n = p->nnames;
        p->nnames = n ? n * 2 : 64;
        p->names = ARENA_ARRAY(p->arena, NamedValue, p->nnames);
        for (uint32_t i = 0; i < n; i++)
            if (old[i].name)
                *name_slot(p, old[i].name) = old[i];
    }
    NamedValue *slot = name_slot(p, name->text);
    if (slot->name && slot->func == p->func_number && !p->failed) {
        Span span = {p->source, name->begin, name->end};
        diag_report(p->dc, DIAG_IR_DEFINED_TWICE, span, arena_printf(p->arena, "%%%s", name->text));
        stop(p);
    }
    p->names_used += !slot->name;
    *slot = (NamedValue){name->text, p->func_number, value};
}

const char *parse_value_name(Parser *p, const Token *name) {
    const char *text = name->text, *dot = strrchr(text, '.');
    if (isdigit((unsigned char)text[0]))
        return NULL;
    bool suffix = dot && dot != text && dot[1];
    for (const char *c = dot; suffix && *++c;)
        suffix = isdigit((unsigned char)*c) != 0;
    return suffix ? str_intern_n(p->strings, text, (size_t)(dot - text)) : text;
}
