#include "ir/base/str.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* --- interning: open addressing, at most three quarters full ------------------------------------------------------- */

typedef struct StrEntry {
    const char *s; /* NULL: free */
    uint32_t hash;
    uint32_t length;
} StrEntry;

struct StrTab {
    Arena *arena;
    StrEntry *entries;
    uint32_t capacity; /* a power of two */
    uint32_t count;
};

static uint32_t str_hash(const char *s, size_t n) {
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * 16777619u;
    return h ^ h >> 15;
}

StrTab *strtab_create(Arena *arena) {
    StrTab *tab = ARENA_NEW(arena, StrTab);
    tab->arena = arena;
    tab->capacity = 256;
    tab->entries = ARENA_ARRAY(arena, StrEntry, tab->capacity);
    return tab;
}

/* The entry that holds the string, or the free one where it belongs. */
static StrEntry *strtab_find(const StrTab *tab, const char *s, size_t n, uint32_t hash) {
    for (uint32_t i = hash & (tab->capacity - 1);; i = (i + 1) & (tab->capacity - 1)) {
        StrEntry *e = &tab->entries[i];
        if (!e->s || (e->hash == hash && e->length == n && memcmp(e->s, s, n) == 0))
            return e;
    }
}

static void strtab_grow(StrTab *tab) {
    StrEntry *old = tab->entries;
    uint32_t old_capacity = tab->capacity;
    assert(old_capacity <= UINT32_MAX / 2);
    tab->capacity *= 2;
    tab->entries = ARENA_ARRAY(tab->arena, StrEntry, tab->capacity);
    for (uint32_t i = 0; i < old_capacity; i++)
        if (old[i].s)
            *strtab_find(tab, old[i].s, old[i].length, old[i].hash) = old[i];
}

const char *str_intern_n(StrTab *tab, const char *s, size_t n) {
    assert(n < UINT32_MAX);
    uint32_t hash = str_hash(s, n);
    StrEntry *e = strtab_find(tab, s, n, hash);
    if (e->s)
        return e->s;
    if (tab->count >= tab->capacity / 4 * 3) {
        strtab_grow(tab);
        e = strtab_find(tab, s, n, hash);
    }
    char *copy = arena_alloc(tab->arena, n + 1);
    memcpy(copy, s, n);
    *e = (StrEntry){.s = copy, .hash = hash, .length = (uint32_t)n};
    tab->count++;
    return copy;
}

bool str_add(StrTab *tab, const char *s) {
    uint32_t before = tab->count;
    str_intern(tab, s);
    return tab->count > before;
}

const char *str_intern(StrTab *tab, const char *s) { return str_intern_n(tab, s, strlen(s)); }

/* --- nearness ---------------------------------------------------------------------------------------------------------- */

static int min_int(int a, int b) { return a < b ? a : b; }

/* The usual dynamic program over three rows of nb + 1 cells each. */
static int str_distance_rows(const char *a, int na, const char *b, int nb, int *rows) {
    int *before = rows, *last = rows + nb + 1, *row = rows + 2 * (nb + 1);
    for (int j = 0; j <= nb; j++)
        last[j] = j;
    for (int i = 1; i <= na; i++) {
        row[0] = i;
        for (int j = 1; j <= nb; j++) {
            int change = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = min_int(change, 1 + min_int(last[j], row[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = min_int(row[j], before[j - 2] + 1);
        }
        int *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[nb];
}

int str_distance(const char *a, const char *b) {
    size_t na = strlen(a), nb = strlen(b);
    assert(na < INT32_MAX / 4 && nb < INT32_MAX / 4);
    int small[3 * 64];
    if (nb < 64)
        return str_distance_rows(a, (int)na, b, (int)nb, small);
    Arena *scratch = arena_create();
    int distance = str_distance_rows(a, (int)na, b, (int)nb, ARENA_ARRAY(scratch, int, 3 * (nb + 1)));
    arena_destroy(scratch);
    return distance;
}

const char *str_nearest(const char *word, const char *const *candidates, int count) {
    size_t length = strlen(word);
    size_t limit = 1 + length / 4;
    const char *best = NULL;
    for (int i = 0; i < count; i++) {
        size_t n = strlen(candidates[i]);
        if (n > length + limit || length > n + limit)
            continue; /* the distance is at least the difference of the lengths */
        size_t distance = (size_t)str_distance(word, candidates[i]);
        /* Words that share no letter are not near, however short they are. */
        if (distance == 0 || distance > limit || distance >= (n > length ? n : length))
            continue;
        limit = distance - 1; /* from here on only a nearer one */
        best = candidates[i];
        if (limit == 0)
            break;
    }
    return best;
}

bool str_starts_with(const char *s, const char *prefix) { return strncmp(s, prefix, strlen(prefix)) == 0; }

/* --- UTF-8 ---------------------------------------------------------------------------------------------------------------- */

static bool utf8_continues(const char *s, size_t n, int count) {
    if (n < (size_t)count + 1)
        return false;
    for (int i = 1; i <= count; i++)
        if (((unsigned char)s[i] & 0xC0) != 0x80)
            return false;
    return true;
}

int str_utf8_length(const char *s, size_t n) {
    if (n == 0)
        return 0;
    unsigned c = (unsigned char)s[0];
    if (c < 0x80)
        return 1;
    if (c >= 0xC2 && c <= 0xDF)
        return utf8_continues(s, n, 1) ? 2 : 0;
    if (c >= 0xE0 && c <= 0xEF && utf8_continues(s, n, 2)) {
        unsigned second = (unsigned char)s[1];
        bool overlong = c == 0xE0 && second < 0xA0, surrogate = c == 0xED && second > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    if (c >= 0xF0 && c <= 0xF4 && utf8_continues(s, n, 3)) {
        unsigned second = (unsigned char)s[1];
        bool overlong = c == 0xF0 && second < 0x90, beyond = c == 0xF4 && second > 0x8F;
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}
