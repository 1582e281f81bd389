/* place_tool - the verifier on place texts.
 *
 *     place_tool verify FILE          proves FILE, or prints why not
 *     place_tool refuse FILE          FILE begins with `; MESSAGE`: what the verifier says, whole
 *     place_tool mutate FILE [-v]     changes FILE in every way of mutate.c and counts what the verifier refuses */
#include <stdio.h>
#include <string.h>

#include "tests/npu/place_tool.h"

static int verify_file(const char *path, const char *text) {
    Arena *arena = arena_create();
    Buf messages = {0};
    bool ok = tool_verify(arena, path, text, &messages);
    fputs(buf_text(&messages), stdout);
    buf_free(&messages);
    arena_destroy(arena);
    return ok ? 0 : 1;
}

/* The first line names the message; what is printed must hold it. */
static int refuse_file(const char *path, const char *text) {
    Arena *arena = arena_create();
    Buf messages = {0};
    bool ok = tool_verify(arena, path, text, &messages);
    const char *wanted = text + strspn(text, "; ");
    char *line = arena_strndup(arena, wanted, strcspn(wanted, "\n"));
    bool right = !ok && strstr(buf_text(&messages), line);
    if (!right)
        printf("%s: expected\n  %s\nfound\n%s\n", path, line, ok ? "  no message\n" : buf_text(&messages));
    buf_free(&messages);
    arena_destroy(arena);
    return right ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: place_tool verify|refuse|mutate FILE...\n");
        return 2;
    }
    int failures = 0;
    bool verbose = strcmp(argv[argc - 1], "-v") == 0;
    for (int i = 2; i < argc - verbose; i++) {
        Buf text = {0};
        if (buf_load(&text, argv[i], 1 << 24) != 0) {
            fprintf(stderr, "%s cannot be read\n", argv[i]);
            return 2;
        }
        if (strcmp(argv[1], "verify") == 0)
            failures += verify_file(argv[i], buf_text(&text));
        else if (strcmp(argv[1], "refuse") == 0)
            failures += refuse_file(argv[i], buf_text(&text));
        else
            failures += tool_mutate(argv[i], buf_text(&text), verbose);
        buf_free(&text);
    }
    return failures != 0;
}
