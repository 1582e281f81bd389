/* Tokens of C, with the blanks before them so that they can be printed as they were. */
#include <ctype.h>
#include <string.h>
#include "backends/split/split.h"

bool token_is(const Token *t, const char *text) { return strcmp(t->text, text) == 0; }

static bool is_name_start(char c) { return isalpha((unsigned char)c) || c == '_'; }
static bool is_name(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* Blanks, comments and continued lines; `*first` tells whether only blanks stand before p on its line. */
static const char *skip_blanks(const char *p, bool *first) {
    for (;;) {
        if (p[0] == '/' && p[1] == '*') {
            p = strstr(p, "*/");
            p += 2;
        } else if (p[0] == '\\' && p[1] == '\n') {
            p += 2;
        } else if (*p && isspace((unsigned char)*p)) {
            *first = *first || *p == '\n';
            p++;
        } else {
            return p;
        }
    }
}

static const char *skip_quoted(const char *p) {
    for (char quote = *p++; *p && *p != quote; p++)
        p += *p == '\\';
    return *p ? p + 1 : p;
}

static const char *skip_number(const char *p) {
    while (is_name(*p) || *p == '.' || ((*p == '+' || *p == '-') && strchr("eEpP", p[-1])))
        p++;
    return p;
}

static const char *skip_punctuation(const char *p) {
    static const char *const longer[] = {"...", "<<=", ">>=", "##", "->", "++", "--", "<<", ">>", "<=", ">=", "==",
                                         "!=",  "&&",  "||",  "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="};
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++)
        if (str_starts_with(p, longer[i]))
            return p + strlen(longer[i]);
    return p + 1;
}

/* A directive: to the end of the line that its last continuation ends. */
static const char *skip_directive(const char *p) {
    while (*p && *p != '\n') {
        if (p[0] == '/' && p[1] == '*')
            p = strstr(p, "*/") + 2;
        else
            p += p[0] == '\\' && p[1] == '\n' ? 2 : 1;
    }
    return p;
}

/* Blanks without the backslashes of continued lines. */
static const char *plain_blanks(Split *s, const char *begin, const char *end) {
    Buf buf = {0};
    for (const char *p = begin; p < end; p++) {
        if (p[0] == '\\' && p[1] == '\n') {
            while (buf.len > 0 && (buf.data[buf.len - 1] == ' ' || buf.data[buf.len - 1] == '\t'))
                buf.data[--buf.len] = '\0';
            continue;
        }
        buf_putc(&buf, *p);
    }
    const char *r = str_intern(s->names, buf_text(&buf));
    buf_free(&buf);
    return r;
}

Token lex_token(Split *s, const char **p) {
    const char *begin = *p;
    bool first = false;
    const char *start = skip_blanks(begin, &first), *end;
    Token t = {.kind = TOKEN_OTHER, .pre = plain_blanks(s, begin, start)};
    if (!*start) {
        t.kind = TOKEN_END;
        end = start;
    } else if (*start == '#' && first) {
        t.kind = TOKEN_DIRECTIVE;
        end = skip_directive(start);
    } else if (is_name_start(*start)) {
        t.kind = TOKEN_NAME;
        for (end = start; is_name(*end);)
            end++;
    } else if (isdigit((unsigned char)*start) || (*start == '.' && isdigit((unsigned char)start[1]))) {
        end = skip_number(start);
    } else if (*start == '"' || *start == '\'') {
        end = skip_quoted(start);
    } else {
        end = skip_punctuation(start);
    }
    t.text = str_intern_n(s->names, start, (size_t)(end - start));
    *p = end;
    return t;
}

Tokens lex_line(Split *s, const char *text) {
    Tokens all = {0};
    for (Token t = lex_token(s, &text); t.kind != TOKEN_END; t = lex_token(s, &text))
        VEC_PUSH(s->arena, &all, t);
    return all;
}

const char *tokens_text(Split *s, const Token *t, int n) {
    Buf buf = {0};
    for (int i = 0; i < n; i++) {
        if (i > 0)
            buf_puts(&buf, t[i].pre);
        buf_puts(&buf, t[i].text);
    }
    const char *r = arena_strdup(s->arena, buf_text(&buf));
    buf_free(&buf);
    return r;
}
