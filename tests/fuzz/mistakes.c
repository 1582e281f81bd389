/* mistakes COUNT FILE.pto...: plants mistakes in programs, one at a time, and looks at what the compiler says.
 *
 * A mistake is one token left out or swapped with the next, or a name spelt otherwise. Each mutant is compiled in a process of
 * its own, with a time limit. It may be a program still (a dimension of another name); else
 *   - every error stands beside the place, or on a line that shares a name with the damaged line (the uses of a name that is gone),
 *   - a syntax error comes alone.
 * The choice of mistakes is a function of their number alone: a failure can be repeated by `mistakes NUMBER@ FILE.pto...`. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frontend/elab.h"
#include "frontend/parser.h"
#include "frontend/token.h"

enum { SECONDS = 20, ERRORS_MOST = 12, BESIDE = 2 };

typedef enum Kind { LEFT_OUT, SWAPPED, RENAMED, KIND_COUNT } Kind;
static const char *const kind_texts[KIND_COUNT] = {"left out", "swapped with the next token", "renamed"};

typedef struct Sample {
    const char *path;
    Buf text;
    VEC(Token) tokens;
} Sample;

typedef struct Mistake {
    const Sample *sample;
    Kind kind;
    int token;
    Buf text; /* the mutant */
} Mistake;

typedef struct Tally {
    int planted, still_programs, failures;
} Tally;

/* draw(seed, i) of the language's section 8. */
static uint64_t draw(uint64_t seed, uint64_t i) {
    uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* ---- samples --------------------------------------------------------------------------------------------------- */

static void sample_load(Arena *arena, Sample *sample, const char *path) {
    sample->path = path;
    if (buf_load(&sample->text, path, (size_t)1 << 24) != 0) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(3);
    }
    SourceMap *map = source_map_create(arena);
    int number = source_add(map, path, buf_text(&sample->text), sample->text.len);
    AstFile *file = ARENA_NEW(arena, AstFile);
    file->source = number;
    StrTab *strings = strtab_create(arena);
    Lexer *lexer = lexer_create(arena, arena, strings, diag_context_create(arena, map, NULL), file);
    for (Token token;;) {
        lexer_next(lexer, &token);
        if (token.kind == TOKEN_YYEOF)
            return;
        VEC_PUSH(arena, &sample->tokens, token);
    }
}

/* ---- mutants --------------------------------------------------------------------------------------------------- */

static bool is_name(const Token *token) {
    return token->kind == TOKEN_NAME || (token->kind >= TOKEN_MODULE && token->kind <= TOKEN_ON);
}

static void put_token(Buf *out, const Sample *sample, const Token *token, const char *more) {
    buf_printf(out, " %.*s%s ", (int)(token->span.end - token->span.begin), buf_text(&sample->text) + token->span.begin,
               more);
}

static void put_text(Buf *out, const Sample *sample, uint32_t begin, uint32_t end) {
    buf_printf(out, "%.*s", (int)(end - begin), buf_text(&sample->text) + begin);
}

static bool same_text(const Sample *sample, const Token *a, const Token *b) {
    size_t n = a->span.end - a->span.begin;
    const char *text = buf_text(&sample->text);
    return n == b->span.end - b->span.begin && memcmp(text + a->span.begin, text + b->span.begin, n) == 0;
}

/* False where there is nothing to plant: two equal tokens, or a word that is no name. */
static bool mistake_plant(Mistake *m) {
    const Sample *sample = m->sample;
    const Token *token = &sample->tokens.data[m->token];
    const Token *next = m->token + 1 < sample->tokens.len ? token + 1 : NULL;
    if ((m->kind == SWAPPED && (!next || same_text(sample, token, next))) || (m->kind == RENAMED && !is_name(token)))
        return false;
    uint32_t end = token->span.end;
    put_text(&m->text, sample, 0, token->span.begin);
    if (m->kind == RENAMED) {
        put_token(&m->text, sample, token, "_zq");
    } else if (m->kind == SWAPPED) {
        put_token(&m->text, sample, next, "");
        put_text(&m->text, sample, end, next->span.begin);
        put_token(&m->text, sample, token, "");
        end = next->span.end;
    } else {
        buf_puts(&m->text, " ");
    }
    put_text(&m->text, sample, end, (uint32_t)sample->text.len);
    return true;
}

/* ---- compiling ------------------------------------------------------------------------------------------------- */

/* In the second process: the messages go to `fd`. */
static void compile_to(const Mistake *m, int fd) {
    alarm(SECONDS);
    Arena *arena = arena_create();
    DiagOptions diag_options = {.no_warnings = true};
    ProgramOptions options = {.arena = arena,
                              .strings = strtab_create(arena),
                              .dc = diag_context_create(arena, source_map_create(arena), &diag_options),
                              .checks = PROGRAM_CHECKS_ENTRY};
    program_load_text(&options, m->sample->path, buf_text(&m->text), m->text.len);
    Buf out = {0};
    diag_render(options.dc, &out);
    for (size_t at = 0; at < out.len;) {
        ssize_t n = write(fd, buf_text(&out) + at, out.len - at);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    buf_free(&out);
    arena_destroy(arena);
}

/* The messages; false after a crash or when time ran out. */
static bool compile(Mistake *m, Buf *messages) {
    int fds[2];
    fflush(stdout);
    if (pipe(fds) != 0)
        exit(3);
    pid_t child = fork();
    if (child == 0) {
        close(fds[0]);
        compile_to(m, fds[1]);
        close(fds[1]);
        buf_free(&m->text);
        exit(0);
    }
    close(fds[1]);
    char bytes[4096];
    for (ssize_t n; (n = read(fds[0], bytes, sizeof bytes)) > 0;)
        buf_write(messages, bytes, (size_t)n);
    close(fds[0]);
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- judging --------------------------------------------------------------------------------------------------- */

static int line_of(const Sample *sample, uint32_t at) {
    int line = 1;
    for (const char *p = buf_text(&sample->text), *end = p + at; p < end; p++)
        line += *p == '\n';
    return line;
}

/* Is there a name that stands on both lines? */
static bool share_name(const Sample *sample, int line, int other) {
    const Token *tokens = sample->tokens.data;
    for (int i = 0; i < sample->tokens.len; i++) {
        if (!is_name(&tokens[i]) || line_of(sample, tokens[i].span.begin) != line)
            continue;
        for (int k = 0; k < sample->tokens.len; k++)
            if (is_name(&tokens[k]) && same_text(sample, &tokens[i], &tokens[k]) &&
                line_of(sample, tokens[k].span.begin) == other)
                return true;
    }
    return false;
}

/* A line around the place, or that of one of the next tokens. */
static bool stands_beside(const Mistake *m, int line) {
    const Sample *sample = m->sample;
    int place = line_of(sample, sample->tokens.data[m->token].span.begin);
    if (line >= place - 1 && line <= place + 1)
        return true;
    for (int i = m->token, left = BESIDE; left >= 0 && i < sample->tokens.len; i++) {
        if (line_of(sample, sample->tokens.data[i].span.begin) == line)
            return true;
        left -= sample->tokens.data[i].kind != TOKEN_RBRACE; /* a brace too few is found behind the last one */
    }
    return share_name(sample, place, line);
}

/* NULL, or what is wrong with the messages. */
static const char *judge(const Mistake *m, const Buf *messages, int *errors) {
    const char *wrong = NULL;
    size_t n = strlen(m->sample->path);
    bool syntax = false;
    for (const char *line = buf_text(messages); *line;) {
        int at, column, used = 0;
        if (strncmp(line, m->sample->path, n) == 0 &&
            sscanf(line + n, ":%d:%d: error: [E%n", &at, &column, &used) == 2 && used) {
            *errors += 1;
            syntax |= strncmp(line + n + used, "01", 2) == 0;
            if (!stands_beside(m, at))
                wrong = "an error stands elsewhere";
        }
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    if (*errors > ERRORS_MOST || (syntax && *errors > 1))
        wrong = "a cascade of errors";
    return *errors == 0 && strstr(buf_text(messages), "error:") ? "an error without a place" : wrong;
}

static void try_one(Mistake *m, uint64_t number, Tally *tally) {
    Buf messages = {0};
    int errors = 0;
    const char *wrong = compile(m, &messages) ? judge(m, &messages, &errors) : "a crash, or no end";
    tally->planted++;
    tally->still_programs += !wrong && errors == 0;
    if (wrong) {
        const Token *token = &m->sample->tokens.data[m->token];
        tally->failures++;
        printf("%llu: %s:%d: `%.*s` %s: %s\n%s\n", (unsigned long long)number, m->sample->path,
               line_of(m->sample, token->span.begin), (int)(token->span.end - token->span.begin),
               buf_text(&m->sample->text) + token->span.begin, kind_texts[m->kind], wrong, buf_text(&messages));
    }
    buf_free(&messages);
}

/* Mistake number `number`: the samples take turns. */
static void try_number(const Sample *samples, int nsamples, uint64_t number, Tally *tally) {
    const Sample *sample = &samples[number % (uint64_t)nsamples];
    Mistake m = {.sample = sample,
                 .kind = (Kind)(draw(2, number) % KIND_COUNT),
                 .token = (int)(draw(1, number) % (uint64_t)sample->tokens.len)};
    if (mistake_plant(&m))
        try_one(&m, number, tally);
    buf_free(&m.text);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: mistakes COUNT FILE.pto... | mistakes NUMBER@ FILE.pto...\n");
        return 2;
    }
    Arena *arena = arena_create();
    int nsamples = argc - 2;
    Sample *samples = ARENA_ARRAY(arena, Sample, nsamples);
    memset(samples, 0, sizeof *samples * (size_t)nsamples);
    for (int i = 0; i < nsamples; i++)
        sample_load(arena, &samples[i], argv[i + 2]);
    Tally tally = {0};
    unsigned long long count = strtoull(argv[1], NULL, 10);
    if (strchr(argv[1], '@'))
        try_number(samples, nsamples, count, &tally);
    else
        for (uint64_t number = 0; (unsigned long long)tally.planted < count; number++)
            try_number(samples, nsamples, number, &tally);
    printf("%d mistakes planted, %d are programs still, %d reported badly\n", tally.planted, tally.still_programs,
           tally.failures);
    for (int i = 0; i < nsamples; i++)
        buf_free(&samples[i].text);
    arena_destroy(arena);
    /* A mistake that the language cannot tell from a program is the exception. */
    return tally.failures > 0 || tally.still_programs * 8 > tally.planted;
}
