/* ir/base without the diagnostics: arena, vec, str, buf, source. */
#include <CUnit/CUnit.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "ir/base/arena.h"
#include "ir/base/buf.h"
#include "ir/base/source.h"
#include "ir/base/str.h"
#include "ir/base/vec.h"

void test_base_register(void);

/* --- arena, vec --------------------------------------------------------------------------------------------------------- */

static bool all_zero(const unsigned char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static void test_arena_blocks(void) {
    Arena *arena = arena_create();
    unsigned char *blocks[500];
    size_t sizes[500], total = 0;
    for (int i = 0; i < 500; i++) {
        sizes[i] = (size_t)(i * 37 % 4000) + (i % 100 == 99 ? 300000 : 0);
        blocks[i] = arena_alloc(arena, sizes[i]);
        CU_ASSERT_EQUAL((uintptr_t)blocks[i] % 16, 0);
        CU_ASSERT(all_zero(blocks[i], sizes[i]));
        memset(blocks[i], i & 0xFF, sizes[i]);
        total += sizes[i];
    }
    bool intact = true;
    for (int i = 0; i < 500; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            intact &= blocks[i][k] == (i & 0xFF);
    CU_ASSERT(intact);
    CU_ASSERT(arena_bytes(arena) >= total);
    CU_ASSERT(arena_bytes(arena) <= total + 500 * 16);
    CU_ASSERT_PTR_NOT_EQUAL(arena_alloc(arena, 0), arena_alloc(arena, 0));
    arena_destroy(arena);
    arena_destroy(NULL);
}

/* What a mark gives back is zeroed and used again; what is older stays as it is. */
static void test_arena_marks(void) {
    static const size_t sizes[] = {16, 40000, 100, 3 << 20, 1 << 16, 24};
    Arena *arena = arena_create();
    for (int round = 0; round < 20; round++) {
        char *older = round % 2 ? memset(arena_alloc(arena, 64), 7, 64) : NULL;
        ArenaMark mark = arena_mark(arena);
        bool zero = true;
        for (size_t i = 0; i < 6; i++) {
            unsigned char *block = arena_alloc(arena, sizes[(i + (size_t)round) % 6]);
            for (size_t k = 0; k < sizes[(i + (size_t)round) % 6]; k++)
                zero &= block[k] == 0;
            memset(block, 0xAA, sizes[(i + (size_t)round) % 6]);
        }
        CU_ASSERT(zero);
        arena_release(arena, mark);
        CU_ASSERT(!older || (older[0] == 7 && older[63] == 7));
    }
    arena_destroy(arena);
}

static void test_arena_text(void) {
    Arena *arena = arena_create();
    CU_ASSERT_STRING_EQUAL(arena_strdup(arena, "tile"), "tile");
    CU_ASSERT_STRING_EQUAL(arena_strndup(arena, "kernel", 3), "ker");
    CU_ASSERT_STRING_EQUAL(arena_strndup(arena, "ab", 9), "ab");
    CU_ASSERT_STRING_EQUAL(arena_printf(arena, "%s=%d", "k", 7), "k=7");
    char *large = arena_printf(arena, "%5000d", 1);
    CU_ASSERT_EQUAL(strlen(large), 5000);
    arena_destroy(arena);
}

static void test_vec_grows(void) {
    Arena *arena = arena_create();
    VEC(int) v = {0};
    for (int i = 0; i < 10000; i++)
        VEC_PUSH(arena, &v, i * 3);
    CU_ASSERT_EQUAL(v.len, 10000);
    bool right = true;
    for (int i = 0; i < v.len; i++)
        right &= v.data[i] == i * 3;
    CU_ASSERT(right);
    CU_ASSERT_EQUAL(VEC_LAST(&v), 29997);
    CU_ASSERT_EQUAL(VEC_POP(&v), 29997);
    CU_ASSERT_EQUAL(v.len, 9999);
    arena_destroy(arena);
}

/* A size that overflows goes back to the thread's rescue before anything is allocated. */
static void test_arena_overflow(void) {
    ArenaRescue rescue, *before = arena_rescue(&rescue);
    Arena *arena = arena_create();
    if (setjmp(rescue.back) == 0) {
        arena_alloc_array(arena, SIZE_MAX / 2, 4);
        CU_FAIL("an overflow was not seen");
    } else {
        CU_ASSERT_EQUAL(rescue.wanted, SIZE_MAX);
    }
    CU_ASSERT_PTR_EQUAL(arena_rescue(before), &rescue);
    arena_destroy(arena);
}

/* --- str -------------------------------------------------------------------------------------------------------------------- */

static void test_str_intern(void) {
    Arena *arena = arena_create();
    StrTab *tab = strtab_create(arena);
    const char *a = str_intern(tab, "matmul");
    CU_ASSERT_STRING_EQUAL(a, "matmul");
    CU_ASSERT_PTR_EQUAL(a, str_intern_n(tab, "matmul_t", 6));
    CU_ASSERT_PTR_NOT_EQUAL(a, str_intern(tab, "matmu"));
    CU_ASSERT_PTR_EQUAL(str_intern(tab, ""), str_intern_n(tab, "x", 0));
    const char *names[3000];
    for (int i = 0; i < 3000; i++)
        names[i] = str_intern(tab, arena_printf(arena, "name%d", i));
    bool same = true;
    for (int i = 0; i < 3000; i++)
        same &= names[i] == str_intern(tab, arena_printf(arena, "name%d", i));
    CU_ASSERT(same);
    CU_ASSERT_PTR_EQUAL(a, str_intern(tab, "matmul"));
    arena_destroy(arena);
}

static void test_str_distance(void) {
    CU_ASSERT_EQUAL(str_distance("", ""), 0);
    CU_ASSERT_EQUAL(str_distance("", "abc"), 3);
    CU_ASSERT_EQUAL(str_distance("abc", ""), 3);
    CU_ASSERT_EQUAL(str_distance("kernel", "kernal"), 1);
    CU_ASSERT_EQUAL(str_distance("paralel", "parallel"), 1);
    CU_ASSERT_EQUAL(str_distance("teir", "tier"), 1); /* one transposition */
    CU_ASSERT_EQUAL(str_distance("ca", "abc"), 3);    /* the restricted kind: no edit inside a transposition */
    CU_ASSERT_EQUAL(str_distance("kitten", "sitting"), 3);
    char a[201] = {0}, b[201] = {0};
    memset(a, 'x', 200);
    memset(b, 'x', 200);
    b[100] = 'y';
    CU_ASSERT_EQUAL(str_distance(a, b), 1);
}

static void test_str_nearest(void) {
    const char *const words[] = {"matmul", "maximum", "minimum", "max", "min", "sum"};
    CU_ASSERT_STRING_EQUAL(str_nearest("matmull", words, 6), "matmul");
    CU_ASSERT_STRING_EQUAL(str_nearest("maxinum", words, 6), "maximum");
    CU_ASSERT_STRING_EQUAL(str_nearest("mun", words, 6), "min"); /* the first of the equally near */
    CU_ASSERT_PTR_NULL(str_nearest("softmax", words, 6));
    CU_ASSERT_PTR_NULL(str_nearest("matmul", words, 1)); /* the word itself is no suggestion */
    CU_ASSERT_PTR_NULL(str_nearest("max", words, 0));
    const char *const letters[] = {"y", "xs"};
    CU_ASSERT_STRING_EQUAL(str_nearest("x", letters, 2), "xs");
    CU_ASSERT_PTR_NULL(str_nearest("x", letters, 1)); /* nothing in common */
}

static void test_str_utf8(void) {
    CU_ASSERT_EQUAL(str_utf8_length("a", 1), 1);
    CU_ASSERT_EQUAL(str_utf8_length("\xC3\xA9", 2), 2);
    CU_ASSERT_EQUAL(str_utf8_length("\xE2\x82\xAC", 3), 3);
    CU_ASSERT_EQUAL(str_utf8_length("\xF0\x9F\x98\x80", 4), 4);
    CU_ASSERT_EQUAL(str_utf8_length("\xF4\x8F\xBF\xBF", 4), 4);
    static const char *const broken[] = {"\x80",
                                         "\xC3",
                                         "\xC3(",
                                         "\xC0\x80",
                                         "\xC1\xBF",
                                         "\xE0\x9F\xBF",
                                         "\xED\xA0\x80",
                                         "\xF0\x8F\xBF\xBF",
                                         "\xF4\x90\x80\x80",
                                         "\xF5\x80\x80\x80",
                                         "\xE2\x82",
                                         "\xFF"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        CU_ASSERT_EQUAL(str_utf8_length(broken[i], strlen(broken[i])), 0);
    CU_ASSERT_EQUAL(str_utf8_length("", 0), 0);
    CU_ASSERT_EQUAL(str_utf8_length("\xE2\x82\xAC", 2), 0); /* cut off */
    CU_ASSERT(str_starts_with("-Wno-E0101", "-Wno-"));
    CU_ASSERT_FALSE(str_starts_with("-W", "-Wno-"));
}

/* --- buf -------------------------------------------------------------------------------------------------------------------- */

static void test_buf_text(void) {
    Buf buf = {0};
    CU_ASSERT_STRING_EQUAL(buf_text(&buf), "");
    buf_puts(&buf, "for");
    buf_putc(&buf, ' ');
    buf_printf(&buf, "%d of %s", 3, "N");
    buf_indent(&buf, 4);
    buf_indent(&buf, -1);
    buf_write(&buf, "x\0y", 3);
    CU_ASSERT_EQUAL(buf.len, 17);
    CU_ASSERT_EQUAL(memcmp(buf.data, "for 3 of N    x\0y", 17), 0);
    buf_clear(&buf);
    CU_ASSERT_STRING_EQUAL(buf_text(&buf), "");
    for (int i = 0; i < 1000; i++)
        buf_printf(&buf, "%0*d", i % 300 + 1, i);
    size_t expected = 0;
    for (int i = 0; i < 1000; i++)
        expected += (size_t)snprintf(NULL, 0, "%0*d", i % 300 + 1, i);
    CU_ASSERT_EQUAL(buf.len, expected);
    CU_ASSERT_EQUAL(strlen(buf_text(&buf)), expected);
    buf_free(&buf);
    CU_ASSERT_PTR_NULL(buf.data);
}

static void test_buf_strings(void) {
    Buf buf = {0};
    buf_put_c_string(&buf, "a\"b\\c\n\t\001"
                           "2\x7F\xC3\xA9 what?"
                           "?/");
    CU_ASSERT_STRING_EQUAL(buf_text(&buf), "\"a\\\"b\\\\c\\n\\t\\0012\\177\\303\\251 what?\\?/\"");
    buf_clear(&buf);
    buf_put_json_string(&buf, "a\"b\\c\n\r\t\001\x7F\xC3\xA9\xFF/");
    CU_ASSERT_STRING_EQUAL(buf_text(&buf), "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u007f\xC3\xA9\xEF\xBF\xBD/\"");
    buf_free(&buf);
}

typedef struct Folder {
    char path[64];
} Folder;

static Folder folder_create(void) {
    Folder folder = {"/tmp/ptoc_test_XXXXXX"};
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder.path));
    return folder;
}

static const char *folder_file(const Folder *folder, const char *name, char *room, size_t size) {
    snprintf(room, size, "%s/%s", folder->path, name);
    return room;
}

/* Removes the files and the folder; returns how many files there were. */
static int folder_remove(const Folder *folder) {
    int count = 0;
    DIR *dir = opendir(folder->path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        char path[512];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder->path, e->d_name);
        unlink(path);
        count++;
    }
    closedir(dir);
    rmdir(folder->path);
    return count;
}

static bool file_holds(const char *path, const char *text) {
    Buf buf = {0};
    bool same = buf_load(&buf, path, 1 << 20) == 0 && buf.len == strlen(text) && strcmp(buf_text(&buf), text) == 0;
    buf_free(&buf);
    return same;
}

static void test_buf_save(void) {
    Folder folder = folder_create();
    char path[512], link_path[512];
    folder_file(&folder, "out.c", path, sizeof path);
    folder_file(&folder, "link.c", link_path, sizeof link_path);
    Buf buf = {0};
    CU_ASSERT_EQUAL(buf_save(&buf, path), 0); /* an empty one */
    CU_ASSERT(file_holds(path, ""));
    buf_puts(&buf, "int x;\n");
    CU_ASSERT_EQUAL(chmod(path, 0640), 0);
    CU_ASSERT_EQUAL(buf_save(&buf, path), 0);
    CU_ASSERT(file_holds(path, "int x;\n"));
    struct stat st;
    CU_ASSERT_EQUAL(stat(path, &st), 0);
    CU_ASSERT_EQUAL(st.st_mode & 0777, 0640); /* the mode of the replaced file */
    CU_ASSERT_EQUAL(symlink("out.c", link_path), 0);
    buf_puts(&buf, "int y;\n");
    CU_ASSERT_EQUAL(buf_save(&buf, link_path), 0);
    CU_ASSERT(file_holds(path, "int x;\nint y;\n"));
    CU_ASSERT_EQUAL(lstat(link_path, &st), 0);
    CU_ASSERT(S_ISLNK(st.st_mode));
    CU_ASSERT_EQUAL(buf_save(&buf, "/dev/null"), 0);
    CU_ASSERT_EQUAL(buf_save(&buf, folder.path), EISDIR);
    CU_ASSERT_EQUAL(buf_save(&buf, folder_file(&folder, "none/out.c", link_path, sizeof link_path)), ENOENT);
    buf_free(&buf);
    CU_ASSERT_EQUAL(folder_remove(&folder), 2); /* out.c and the link: nothing temporary stays */
}

/* An open reader keeps the old contents: the file is replaced and never written into. */
static void test_buf_save_atomic(void) {
    Folder folder = folder_create();
    char path[512], seen[32] = {0};
    folder_file(&folder, "out.c", path, sizeof path);
    Buf buf = {0};
    buf_puts(&buf, "old");
    CU_ASSERT_EQUAL(buf_save(&buf, path), 0);
    int fd = open(path, O_RDONLY);
    CU_ASSERT_FATAL(fd >= 0);
    buf_clear(&buf);
    buf_puts(&buf, "new and longer");
    CU_ASSERT_EQUAL(buf_save(&buf, path), 0);
    CU_ASSERT_EQUAL(read(fd, seen, sizeof seen - 1), 3);
    CU_ASSERT_STRING_EQUAL(seen, "old");
    close(fd);
    CU_ASSERT(file_holds(path, "new and longer"));
    buf_free(&buf);
    CU_ASSERT_EQUAL(folder_remove(&folder), 1);
}

static void test_buf_load(void) {
    Folder folder = folder_create();
    char path[512];
    folder_file(&folder, "in.pto", path, sizeof path);
    Buf buf = {0}, large = {0};
    for (int i = 0; i < 50000; i++)
        buf_printf(&large, "%d,", i);
    CU_ASSERT_EQUAL(buf_save(&large, path), 0);
    buf_puts(&buf, "head:");
    CU_ASSERT_EQUAL(buf_load(&buf, path, large.len), 0);
    CU_ASSERT_EQUAL(buf.len, large.len + 5);
    CU_ASSERT_EQUAL(memcmp(buf.data + 5, large.data, large.len), 0);
    CU_ASSERT_EQUAL(buf_load(&buf, path, large.len - 1), EFBIG);
    CU_ASSERT_EQUAL(buf.len, large.len + 5); /* an error appends nothing */
    CU_ASSERT_EQUAL(buf_load(&buf, folder.path, 100), EISDIR);
    CU_ASSERT_EQUAL(buf_load(&buf, "/nowhere/in.pto", 100), ENOENT);
    buf_free(&buf);
    buf_free(&large);
    CU_ASSERT_EQUAL(folder_remove(&folder), 1);
}

/* --- source ------------------------------------------------------------------------------------------------------------- */

static bool position_is(const SourceFile *file, uint32_t offset, int line, int column) {
    int l, c;
    source_position(file, offset, &l, &c);
    return l == line && c == column;
}

static void test_source_positions(void) {
    Arena *arena = arena_create();
    SourceMap *map = source_map_create(arena);
    CU_ASSERT_EQUAL(source_count(map), 0);
    int a = source_add(map, "a.pto", "\xEF\xBB\xBFone\n\nthree\r\nend", 18);
    int b = source_add(map, "b.pto", "", 0);
    CU_ASSERT_EQUAL(a, 0);
    CU_ASSERT_EQUAL(b, 1);
    CU_ASSERT_EQUAL(source_count(map), 2);
    const SourceFile *file = source_get(map, a);
    CU_ASSERT_STRING_EQUAL(file->path, "a.pto");
    CU_ASSERT_STRING_EQUAL(file->text, "one\n\nthree\r\nend");
    CU_ASSERT_EQUAL(file->size, 15);
    CU_ASSERT_EQUAL(file->line_count, 4);
    CU_ASSERT(position_is(file, 0, 1, 1));
    CU_ASSERT(position_is(file, 3, 1, 4));
    CU_ASSERT(position_is(file, 4, 2, 1));
    CU_ASSERT(position_is(file, 5, 3, 1));
    CU_ASSERT(position_is(file, 14, 4, 3));
    CU_ASSERT(position_is(file, 15, 4, 4));
    CU_ASSERT(position_is(file, 999, 4, 4));
    CU_ASSERT(position_is(source_get(map, b), 0, 1, 1));
    for (uint32_t i = 0; i <= 15; i++) {
        int line, column;
        source_position(file, i, &line, &column);
        CU_ASSERT_EQUAL(source_offset(file, line, column), i);
    }
    CU_ASSERT_EQUAL(source_offset(file, 1, 99), 3);
    CU_ASSERT_EQUAL(source_offset(file, 9, 1), 15);
    CU_ASSERT_EQUAL(source_offset(file, 0, 1), 0);
    CU_ASSERT_EQUAL(source_offset(file, 3, 0), 5);
    arena_destroy(arena);
}

static void test_source_spans(void) {
    Span s = span_join((Span){0, 5, 9}, (Span){0, 2, 6});
    CU_ASSERT(s.file == 0 && s.begin == 2 && s.end == 9);
    s = span_join(SPAN_NONE, (Span){1, 2, 6});
    CU_ASSERT(s.file == 1 && s.begin == 2 && s.end == 6);
    s = span_join((Span){1, 2, 6}, SPAN_NONE);
    CU_ASSERT(s.file == 1 && s.begin == 2 && s.end == 6);
}

void test_base_register(void) {
    static CU_TestInfo tests[] = {
        {"arena: blocks are zeroed, aligned, apart", test_arena_blocks},
        {"arena: marks", test_arena_marks},
        {"arena: text", test_arena_text},
        {"arena: a size that overflows", test_arena_overflow},
        {"vec: grows and keeps its elements", test_vec_grows},
        {"str: interning", test_str_intern},
        {"str: distance", test_str_distance},
        {"str: nearest word", test_str_nearest},
        {"str: UTF-8", test_str_utf8},
        {"buf: text", test_buf_text},
        {"buf: C and JSON strings", test_buf_strings},
        {"buf: saving", test_buf_save},
        {"buf: saving replaces the file whole", test_buf_save_atomic},
        {"buf: loading", test_buf_load},
        {"source: lines and columns", test_source_positions},
        {"source: spans", test_source_spans},
        CU_TEST_INFO_NULL,
    };
    static CU_SuiteInfo suites[] = {{"base", NULL, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};
    CU_register_suites(suites);
}
