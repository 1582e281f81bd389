/* Tokens of text C. Lines that begin with # are skipped, but for #line. */
#include <stdlib.h>
#include <string.h>
#include "backends/llvm/tc.h"

typedef struct Lexer {
    Tc *c;
    const char *p;
    int line, file;
    bool mapped; /* a #line was seen */
    VEC(TcToken) out;
} Lexer;

static bool is_name_char(char ch) {
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' || (ch >= '0' && ch <= '9');
}

static int file_number(Tc *c, const char *name, size_t n) {
    const char *s = str_intern_n(c->strings, name, n);
    for (int i = 0; i < c->files.len; i++)
        if (c->files.data[i] == s)
            return i;
    VEC_PUSH(c->arena, &c->files, s);
    return c->files.len - 1;
}

/* #line N "file" */
static void directive(Lexer *x) {
    const char *p = x->p + 1, *end = strchr(x->p, '\n');
    end = end ? end : x->p + strlen(x->p);
    if (strncmp(p, "line ", 5) == 0) {
        char *rest;
        x->line = (int)strtol(p + 5, &rest, 10) - 1;
        const char *open = strchr(rest, '"'), *close = open && open < end ? strchr(open + 1, '"') : NULL;
        if (close && close < end)
            x->file = file_number(x->c, open + 1, (size_t)(close - open - 1));
    }
    while (end > x->p && end[-1] == '\\' && *end) { /* goes on */
        const char *next = strchr(end + 1, '\n');
        end = next ? next : end + strlen(end);
        x->line++;
    }
    x->p = end;
}

static void comment(Lexer *x) {
    const char *end = strstr(x->p + 2, "*/");
    end = end ? end + 2 : x->p + strlen(x->p);
    for (; x->p < end; x->p++)
        x->line += *x->p == '\n';
}

static void number(Lexer *x, TcToken *t) {
    const char *p = x->p;
    bool hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X'), real = false;
    for (; is_name_char(*p) || *p == '.' || ((*p == '+' || *p == '-') && strchr(hex ? "pP" : "eE", p[-1])); p++)
        real |= *p == '.' || (hex ? *p == 'p' || *p == 'P' : *p == 'e' || *p == 'E');
    char *end;
    if (real) {
        t->kind = TC_FLOAT;
        t->is_f32 = p[-1] == 'f' || p[-1] == 'F';
        t->f = t->is_f32 ? (double)strtof(x->p, &end) : strtod(x->p, &end);
    } else {
        t->kind = TC_INT;
        t->i = strtoull(x->p, &end, 0);
        for (const char *s = end; s < p; s++) {
            t->is_unsigned |= *s == 'u' || *s == 'U';
            t->is_long |= *s == 'l' || *s == 'L';
        }
    }
    x->p = p;
}

static int escape(const char **p) {
    static const char from[] = "ntrabfv\\'\"?", to[] = "\n\t\r\a\b\f\v\\'\"?";
    char ch = *(*p)++;
    if (ch >= '0' && ch <= '7') {
        int value = ch - '0';
        for (int i = 0; i < 2 && **p >= '0' && **p <= '7'; i++)
            value = value * 8 + *(*p)++ - '0';
        return value;
    }
    if (ch == 'x') {
        char *end;
        int value = (int)strtol(*p, &end, 16);
        *p = end;
        return value;
    }
    const char *at = strchr(from, ch);
    return at && ch ? to[at - from] : ch;
}

/* Neighbours are one. */
static void string(Lexer *x, TcToken *t) {
    const char *p = x->p + 1;
    char *data = arena_alloc(x->c->arena, strcspn(p, "\n") + 1);
    size_t n = 0;
    while (*p && *p != '"')
        data[n++] = *p == '\\' ? (p++, (char)escape(&p)) : *p++;
    x->p = *p ? p + 1 : p;
    TcToken *last = x->out.len ? &VEC_LAST(&x->out) : NULL;
    if (last && last->kind == TC_STRING) {
        char *both = arena_alloc(x->c->arena, last->length + n + 1);
        memcpy(both, last->text, last->length);
        memcpy(both + last->length, data, n);
        last->text = both;
        last->length += n;
        return;
    }
    t->kind = TC_STRING;
    t->text = data;
    t->length = n;
}

static void punctuator(Lexer *x, TcToken *t) {
    static const char *const longer[] = {"<<=", ">>=", "...", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "++",
                                         "--",  "->",  "<<",  ">>", "<=", ">=", "==", "!=", "&&", "||", NULL};
    size_t n = 1;
    for (const char *const *s = longer; *s && n == 1; s++)
        if (strncmp(x->p, *s, strlen(*s)) == 0)
            n = strlen(*s);
    t->kind = TC_PUNCT;
    for (size_t i = 0; i < n; i++)
        t->punct |= (unsigned)(unsigned char)x->p[i] << (8 * i);
    x->p += n;
}

static void token(Lexer *x) {
    TcToken t = {.line = x->line, .file = x->file};
    const char *p = x->p;
    if ((*p >= '0' && *p <= '9') || (*p == '.' && p[1] >= '0' && p[1] <= '9')) {
        number(x, &t);
    } else if (is_name_char(*p)) {
        while (is_name_char(*x->p))
            x->p++;
        t.kind = TC_NAME;
        t.text = str_intern_n(x->c->strings, p, (size_t)(x->p - p));
    } else if (*p == '"') {
        string(x, &t);
        if (t.kind != TC_STRING)
            return;
    } else {
        punctuator(x, &t);
    }
    VEC_PUSH(x->c->arena, &x->out, t);
}

const TcToken *tc_lex(Tc *c, const char *text, const char *file) {
    Lexer x = {.c = c, .p = text, .line = 1, .file = file_number(c, file, strlen(file))};
    bool fresh = true; /* only blanks on the line so far */
    while (*x.p) {
        if (*x.p == '\n') {
            x.line++;
            x.p++;
            fresh = true;
        } else if (*x.p == ' ' || *x.p == '\t') {
            x.p++;
        } else if (x.p[0] == '/' && x.p[1] == '*') {
            comment(&x);
        } else if (*x.p == '#' && fresh) {
            directive(&x);
        } else {
            fresh = false;
            token(&x);
        }
    }
    TcToken end = {.kind = TC_END, .line = x.line, .file = x.file};
    VEC_PUSH(c->arena, &x.out, end);
    return x.out.data;
}
