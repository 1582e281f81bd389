/* token.c - what the matches of lexer.l mean: keywords, numbers, strings, and lexical errors. */
#include "frontend/token.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "frontend/parser.h"

static const Keyword keywords[] = {
#define KEYWORD(name, text, cls) {text, KEYWORD_##cls, TOKEN_##name},
#include "frontend/keywords.def"
#undef KEYWORD
};
#define KEYWORD_COUNT ((int)(sizeof keywords / sizeof keywords[0]))
_Static_assert(sizeof keywords / sizeof keywords[0] < KEYWORD_SLOTS, "the hash table needs empty slots");

int keyword_count(void) { return KEYWORD_COUNT; }

const Keyword *keyword_at(int index) { return &keywords[index]; }

const Keyword *keyword_of_token(int token) {
    for (int i = 0; i < KEYWORD_COUNT; i++) {
        if (keywords[i].token == token)
            return &keywords[i];
    }
    return NULL;
}

static unsigned keyword_hash(const char *text, size_t length) {
    unsigned first = (unsigned char)text[0], last = (unsigned char)text[length - 1];
    return (first * 7 + last * 31 + (unsigned)length * 13) % KEYWORD_SLOTS;
}

void lexer_init_keywords(Lexer *lexer) {
    for (int i = 0; i < KEYWORD_COUNT; i++) {
        unsigned slot = keyword_hash(keywords[i].text, strlen(keywords[i].text));
        while (lexer->keyword_slots[slot])
            slot = (slot + 1) % KEYWORD_SLOTS;
        lexer->keyword_slots[slot] = (uint8_t)(i + 1);
    }
}

int lexer_word(Lexer *lexer, Token *token, const char *text, size_t length) {
    token->value.text = str_intern_n(lexer->strings, text, length);
    unsigned slot = keyword_hash(text, length);
    for (; lexer->keyword_slots[slot]; slot = (slot + 1) % KEYWORD_SLOTS) {
        const Keyword *keyword = &keywords[lexer->keyword_slots[slot] - 1];
        if (strcmp(keyword->text, token->value.text) == 0)
            return keyword->token;
    }
    return TOKEN_NAME;
}

/* Marks the token (or the next one, where there is none here) and the file as faulty. */
static Diag *lexer_error(Lexer *lexer, Diag *diag) {
    lexer->bad = true;
    lexer->file->sound = false;
    return diag;
}

void lexer_note_lines(Lexer *lexer, const char *text, size_t length) {
    size_t after = length;
    while (after > 0 && text[after - 1] != '\n')
        after--;
    if (after == 0)
        return;
    lexer->line_begin = lexer->offset - (uint32_t)(length - after);
    lexer->fresh_line = true;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static int digit_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    return tolower((unsigned char)c) - 'a' + 10;
}

static unsigned suffix_shift(char c) { return c == 'K' ? 10 : c == 'M' ? 20 : c == 'G' ? 30 : 0; }

/* Returns false when the value does not fit 64 bits. */
static bool integer_value(const char *text, size_t length, uint64_t *value) {
    unsigned shift = suffix_shift(text[length - 1]);
    unsigned base = 10;
    size_t i = 0;
    if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'b')) {
        base = text[1] == 'x' ? 16 : 2;
        i = 2;
    }
    uint64_t sum = 0;
    for (size_t end = length - (shift != 0); i < end; i++) {
        if (text[i] == '_')
            continue;
        uint64_t digit = (uint64_t)digit_value(text[i]);
        if (sum > (UINT64_MAX - digit) / base)
            return false;
        sum = sum * base + digit;
    }
    *value = sum << shift;
    return sum <= UINT64_MAX >> shift;
}

int lexer_integer(Lexer *lexer, Token *token, const char *text, size_t length) {
    token->value.text = str_intern_n(lexer->strings, text, length);
    if (!integer_value(text, length, &token->value.u.integer)) {
        Diag *diag = diag_report(lexer->diags, DIAG_INTEGER_TOO_LARGE, token->span, token->value.text);
        diag_hint(lexer_error(lexer, diag), "the largest integer is 18446744073709551615");
        token->value.u.integer = 0;
    }
    return TOKEN_INTEGER;
}

int lexer_float(Lexer *lexer, Token *token, const char *text, size_t length) {
    token->value.text = str_intern_n(lexer->strings, text, length);
    token->value.u.number = strtod(token->value.text, NULL);
    if (token->value.u.number > 1.7976931348623157e308) {
        Diag *diag = diag_report(lexer->diags, DIAG_FLOAT_TOO_LARGE, token->span, token->value.text);
        diag_hint(lexer_error(lexer, diag), "write `inf` for infinity");
        token->value.u.number = 0;
    }
    return TOKEN_FLOAT;
}

static void malformed_hint(Diag *diag, Lexer *lexer, const char *text, size_t length) {
    const char *dot = memchr(text, '.', length);
    if (dot == text)
        diag_hint(diag, "a float needs a digit before the dot: `0%s`", arena_strndup(lexer->scratch, text, length));
    else if (dot == text + length - 1)
        diag_hint(diag, "a float needs a digit after the dot: `%s0`", arena_strndup(lexer->scratch, text, length));
    else if (text[length - 1] == '_' || strstr(arena_strndup(lexer->scratch, text, length), "__"))
        diag_hint(diag, "`_` stands between two digits");
    else if (text[0] == '0' && length > 1 && (text[1] == 'X' || text[1] == 'B'))
        diag_hint(diag, "prefixes are `0x` and `0b`");
    else
        diag_hint(diag,
                  "integers are like 12, 0xFF, 0b11, 1_000 or 2K, floats like 1.0 or 1e-6; names begin with a letter");
}

int lexer_malformed_number(Lexer *lexer, Token *token, const char *text, size_t length) {
    token->value.text = str_intern_n(lexer->strings, text, length);
    Diag *diag = diag_report(lexer->diags, DIAG_MALFORMED_NUMBER, token->span, token->value.text);
    malformed_hint(lexer_error(lexer, diag), lexer, text, length);
    return TOKEN_INTEGER;
}

/* ---- text: strings, comments, stray bytes ---------------------------------------------------- */

/* Reports the first invalid byte, if there is one. `begin` is the offset of text. */
static void check_utf8(Lexer *lexer, uint32_t begin, const char *text, size_t length) {
    for (size_t i = 0; i < length;) {
        unsigned char byte = (unsigned char)text[i];
        if (byte != 0 && byte < 0x80) {
            i++;
            continue;
        }
        int step = byte == 0 ? 0 : str_utf8_length(text + i, length - i);
        if (step == 0) {
            Span span = {lexer->file->source, begin + (uint32_t)i, begin + (uint32_t)i + 1};
            lexer_error(lexer, diag_report(lexer->diags, DIAG_INVALID_BYTE, span, byte));
            return;
        }
        i += (size_t)step;
    }
}

/* Decodes one escape at text[i] = '\\'; returns the number of source bytes, 0 for an unknown escape. */
static size_t decode_escape(const char *text, size_t length, size_t i, char *out) {
    switch (text[i + 1]) {
    case 'n': *out = '\n'; return 2;
    case 't': *out = '\t'; return 2;
    case '\\': *out = '\\'; return 2;
    case '"': *out = '"'; return 2;
    case 'x':
        if (i + 3 >= length || !isxdigit((unsigned char)text[i + 2]) || !isxdigit((unsigned char)text[i + 3]))
            return 0;
        *out = (char)(digit_value(text[i + 2]) * 16 + digit_value(text[i + 3]));
        return 4;
    default: return 0;
    }
}

/* Returns the bytes to pass over. */
static size_t invalid_escape(Lexer *lexer, uint32_t at, const char *text, size_t length) {
    int character = str_utf8_length(text + 1, length - 1);
    size_t step = 1 + (size_t)(character > 0 ? character : 1);
    Span span = {lexer->file->source, at, at + (uint32_t)step};
    Diag *diag = diag_report(lexer->diags, DIAG_INVALID_ESCAPE, span, arena_strndup(lexer->scratch, text, step));
    diag_hint(lexer_error(lexer, diag), "escapes are \\n, \\t, \\\\, \\\" and \\x with two hexadecimal digits");
    return step;
}

/* text includes the opening quote; `length` stops before the closing one. */
static void decode_string(Lexer *lexer, Token *token, const char *text, size_t length) {
    char *bytes = arena_alloc(lexer->scratch, length + 1);
    size_t n = 0;
    for (size_t i = 1; i < length;) {
        if (text[i] != '\\') {
            bytes[n++] = text[i++];
            continue;
        }
        size_t step = decode_escape(text, length, i, &bytes[n]);
        if (step == 0) {
            step = invalid_escape(lexer, token->span.begin + (uint32_t)i, text + i, length - i);
        } else {
            n++;
        }
        i += step;
    }
    token->value.text = str_intern_n(lexer->strings, bytes, n);
    token->value.length = n;
}

int lexer_string(Lexer *lexer, Token *token, const char *text, size_t length) {
    check_utf8(lexer, token->span.begin, text, length);
    decode_string(lexer, token, text, length - 1);
    return TOKEN_STRING;
}

int lexer_unterminated_string(Lexer *lexer, Token *token, const char *text, size_t length) {
    (void)text;
    (void)length;
    Diag *diag = diag_report(lexer->diags, DIAG_UNTERMINATED_STRING, token->span);
    diag_hint(lexer_error(lexer, diag), "a string ends on the line it begins; write \\n for a line end");
    token->value.text = str_intern(lexer->strings, "");
    return TOKEN_STRING;
}

void lexer_comment(Lexer *lexer, Span span, const char *text, size_t length) {
    VEC_PUSH(lexer->arena, &lexer->file->comments, span);
    check_utf8(lexer, span.begin, text, length);
    lexer_note_lines(lexer, text, length);
}

void lexer_unterminated_comment(Lexer *lexer, Span span) {
    Span opening = {span.file, span.begin, span.begin + 2};
    Diag *diag = diag_report(lexer->diags, DIAG_UNTERMINATED_COMMENT, opening);
    diag_hint(lexer_error(lexer, diag), "close it with `*/`; comments do not nest");
    lexer->file->truncated = true;
}

void lexer_unexpected_bytes(Lexer *lexer, Span span, const char *text, size_t length) {
    unsigned char byte = (unsigned char)text[0];
    int step = byte != 0 && byte < 0x80 ? 1 : byte == 0 ? 0 : str_utf8_length(text, length);
    if (step == 0) {
        check_utf8(lexer, span.begin, text, length);
        return;
    }
    const char *shown = byte < 0x20 || byte == 0x7f ? arena_printf(lexer->scratch, "\\x%02X", byte)
                                                    : arena_strndup(lexer->scratch, text, (size_t)step);
    span.end = span.begin + (uint32_t)step;
    lexer_error(lexer, diag_report(lexer->diags, DIAG_UNEXPECTED_CHARACTER, span, shown));
}
