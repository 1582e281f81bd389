/* The runtime's text inside the compiler is byte for byte what stands in runtime/. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "ir/base/buf.h"
#include "ptoc_runtime_text.h"

void test_embed_register(void);

static bool load_runtime_file(Buf *buf, const char *name) {
    static const char *const folders[] = {"runtime", "runtime/include", "runtime/mpi"};
    for (int i = 0; i < 3; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s/%s", PTOC_SOURCE_DIR, folders[i], name);
        buf_clear(buf);
        if (buf_load(buf, path, 16 << 20) == 0)
            return true;
    }
    return false;
}

static void test_embedded_texts(void) {
    CU_ASSERT_FATAL(ptoc_runtime_file_count > 0);
    Buf buf = {0};
    for (int i = 0; i < ptoc_runtime_file_count; i++) {
        const PtocEmbedded *file = &ptoc_runtime_files[i];
        CU_ASSERT_PTR_NULL(strchr(file->name, '/'));
        CU_ASSERT(load_runtime_file(&buf, file->name));
        CU_ASSERT_EQUAL(buf.len, strlen(file->text));
        CU_ASSERT_STRING_EQUAL(buf_text(&buf), file->text);
    }
    CU_ASSERT_PTR_NULL(ptoc_runtime_files[ptoc_runtime_file_count].name);
    buf_free(&buf);
}

/* The table holds what the manifest lists, in its order. */
static void test_embedded_order(void) {
    Buf manifest = {0};
    CU_ASSERT_EQUAL_FATAL(buf_load(&manifest, PTOC_SOURCE_DIR "/runtime/manifest.txt", 1 << 20), 0);
    int count = 0;
    char *rest = manifest.data;
    for (char *line; (line = strsep(&rest, "\n"));) {
        line[strcspn(line, "# \t\r")] = '\0';
        const char *slash = strrchr(line, '/');
        const char *name = slash ? slash + 1 : line;
        if (!*name)
            continue;
        CU_ASSERT_FATAL(count < ptoc_runtime_file_count);
        CU_ASSERT_STRING_EQUAL(ptoc_runtime_files[count].name, name);
        count++;
    }
    CU_ASSERT_EQUAL(count, ptoc_runtime_file_count);
    buf_free(&manifest);
}

void test_embed_register(void) {
    static CU_TestInfo tests[] = {
        {"texts", test_embedded_texts},
        {"order", test_embedded_order},
        CU_TEST_INFO_NULL,
    };
    static CU_SuiteInfo suites[] = {{"embed", NULL, NULL, NULL, NULL, tests}, CU_SUITE_INFO_NULL};
    CU_register_suites(suites);
}
