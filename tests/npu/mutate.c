/* mutate.c - place texts changed in one place, line by line.
 *
 *   delete     a set, wait or barrier is left out                      always harmful, but for a barrier that others imply
 *   event      a set with the wait that answers it (same flag and phase), in every loop level, is left out
 *   id         another id; one id where there are two
 *   move       a set, wait or barrier changes places with the line before or after it
 *   swap       two instructions that stand beside each other change places
 *   copy       the copy of an operand: always 0; the next one
 *   address    a buffer 32 bytes (its alignment) lower; one copy instead of two
 * The verifier may accept what changes nothing: see README.md for how the accepted ones are judged. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ir/base/vec.h"
#include "tests/npu/place_tool.h"

typedef enum Kind { M_DELETE, M_EVENT, M_ID, M_MOVE, M_SWAP, M_COPY, M_ADDRESS, M_KINDS } Kind;
static const char *const kind_names[M_KINDS] = {"delete", "event", "id", "move", "swap", "copy", "address"};

typedef struct Mutation {
    Arena *arena;
    const char *path;
    VEC(const char *) lines;
    bool verbose;
    int made[M_KINDS], refused[M_KINDS];
    int accepted_deletions;
} Mutation;

static bool starts(const char *line, const char *word) {
    line += strspn(line, " ");
    return strncmp(line, word, strlen(word)) == 0;
}
static bool is_flag(const char *line) {
    return starts(line, "set ") || starts(line, "wait ") || starts(line, "barrier ");
}
static bool is_insn(const char *line) { return starts(line, "insn "); }

/* The program with line `a` shown as `as`, and line `b` as `bs`; NULL: left out. */
static void judge(Mutation *m, Kind kind, int a, const char *as, int b, const char *bs) {
    Buf text = {0}, messages = {0};
    for (int i = 0; i < m->lines.len; i++) {
        const char *line = i == a ? as : i == b ? bs : m->lines.data[i];
        if (line)
            buf_printf(&text, "%s\n", line);
    }
    Arena *arena = arena_create();
    bool ok = tool_verify(arena, m->path, buf_text(&text), &messages);
    m->made[kind]++;
    m->refused[kind] += !ok;
    if (ok && (kind == M_DELETE || kind == M_EVENT))
        m->accepted_deletions++;
    if (ok && m->verbose) {
        printf("accepted %s at line %d: %s -> %s\n", kind_names[kind], a + 1, m->lines.data[a], as ? as : "(nothing)");
        if (getenv("PLACE_ACCEPTED"))
            fputs(buf_text(&text), stdout);
    }
    arena_destroy(arena);
    buf_free(&text);
    buf_free(&messages);
}

/* `line` with `old` at `at` replaced. */
static const char *replaced(Mutation *m, const char *line, const char *at, size_t n, const char *now) {
    return arena_printf(m->arena, "%.*s%s%s", (int)(at - line), line, now, at + n);
}

static void change_ids(Mutation *m, int i) {
    const char *line = m->lines.data[i], *hash = strchr(line, '#');
    if (!hash)
        return;
    size_t n = 1 + strspn(hash + 1, "0123456789");
    int id = atoi(hash + 1);
    judge(m, M_ID, i, replaced(m, line, hash, n, arena_printf(m->arena, "#%d", id < 7 ? id + 1 : id - 1)), -1, NULL);
    const char *mod = strstr(line, " mod ");
    if (mod)
        judge(m, M_ID, i, replaced(m, line, hash + n, strlen(hash + n), ""), -1, NULL);
}

/* The line that begins a block, or ends one, is no neighbour. */
static bool may_swap(const Mutation *m, int i, int j) {
    if (j < 0 || j >= m->lines.len)
        return false;
    return (is_flag(m->lines.data[i]) || is_insn(m->lines.data[i])) &&
           (is_flag(m->lines.data[j]) || is_insn(m->lines.data[j]));
}

static void change_copies(Mutation *m, int i) {
    const char *line = m->lines.data[i];
    for (const char *at = strchr(line, '['); at; at = strchr(at + 1, '[')) {
        size_t n = strcspn(at, "]") + 1;
        if (memchr(at, '%', n) == NULL)
            continue;
        char *inner = arena_strndup(m->arena, at + 1, n - 2), *percent = strrchr(inner, '%');
        const char *depth = percent + 1;
        const char *next = arena_printf(m->arena, "[(%.*s + 1) %%%s]", (int)(percent - inner), inner, depth);
        judge(m, M_COPY, i, replaced(m, line, at, n, "[0]"), -1, NULL);
        judge(m, M_COPY, i, replaced(m, line, at, n, next), -1, NULL);
    }
}

static void change_address(Mutation *m, int i) {
    const char *line = m->lines.data[i], *at = strchr(line, '@'), *copies = strstr(line, " x ");
    long long base = at ? atoll(at + 1) : 0, unit = strstr(line, " ub ") ? 32 : 512;
    if (at && base >= unit)
        judge(m, M_ADDRESS, i,
              replaced(m, line, at, 1 + strspn(at + 1, "0123456789"), arena_printf(m->arena, "@%lld", base - unit)), -1,
              NULL);
    if (copies && atoi(copies + 3) > 1)
        judge(m, M_ADDRESS, i, replaced(m, line, copies + 3, 1, "1"), -1, NULL);
}

/* "MTE2 V #0 + i mod 2" of a set or wait, else NULL. */
static const char *event_of(const char *line) {
    line += strspn(line, " ");
    return strncmp(line, "set ", 4) == 0 ? line + 4 : strncmp(line, "wait ", 5) == 0 ? line + 5 : NULL;
}

static void delete_event(Mutation *m, int i) {
    const char *event = event_of(m->lines.data[i]);
    for (int j = i + 1; event && j < m->lines.len; j++) {
        const char *other = event_of(m->lines.data[j]);
        if (other && strcmp(event, other) == 0) {
            judge(m, M_EVENT, i, NULL, j, NULL);
            return;
        }
    }
}

static void change_line(Mutation *m, int i) {
    const char *line = m->lines.data[i];
    if (is_flag(line)) {
        judge(m, M_DELETE, i, NULL, -1, NULL);
        if (starts(line, "set "))
            delete_event(m, i);
        change_ids(m, i);
        for (int d = -1; d <= 1; d += 2) {
            if (may_swap(m, i, i + d))
                judge(m, M_MOVE, i, m->lines.data[i + d], i + d, line);
        }
    } else if (is_insn(line)) {
        if (may_swap(m, i, i + 1) && is_insn(m->lines.data[i + 1]))
            judge(m, M_SWAP, i, m->lines.data[i + 1], i + 1, line);
        change_copies(m, i);
    } else if (starts(line, "buffer ")) {
        change_address(m, i);
    }
}

int tool_mutate(const char *path, const char *text, bool verbose) {
    Mutation m = {.arena = arena_create(), .path = path, .verbose = verbose};
    while (*text) {
        size_t n = strcspn(text, "\n");
        VEC_PUSH(m.arena, &m.lines, arena_strndup(m.arena, text, n));
        text += n + (text[n] == '\n');
    }
    for (int i = 0; i < m.lines.len; i++)
        change_line(&m, i);
    int made = 0, refused = 0;
    printf("%s:", path);
    for (int k = 0; k < M_KINDS; k++) {
        made += m.made[k];
        refused += m.refused[k];
        if (m.made[k])
            printf(" %s %d/%d", kind_names[k], m.refused[k], m.made[k]);
    }
    printf("; %d of %d refused\n", refused, made);
    arena_destroy(m.arena);
    return m.accepted_deletions > 0;
}
