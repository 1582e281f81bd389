# main_of.awk: from a header that ptoc wrote, a program that calls every workload of it on data that it makes up, and prints what each
# returned and a sum of all bytes of its tensors. Data that a workload refuses is fine: it is refused everywhere.
function product(shape) { gsub(/, /, ") * (", shape); return "(" shape ")" }
BEGIN {
    print "#include \"program.h\""
    print "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>"
    print "static unsigned long long state, sum;"
    print "static unsigned next(void) {\n    state = state * 6364136223846793005u + 1442695040888963407u;"
    print "    return (unsigned)(state >> 33);\n}"
    print "static void *make(int64_t count, const char *kind, int bytes) {"
    print "    unsigned char *p = calloc((size_t)count + 1, (size_t)bytes);"
    print "    for (int64_t i = 0; i < count; i++) {"
    print "        float f = (float)(next() % 4096) / 1024.0f - 2.0f;"
    print "        unsigned w = strcmp(kind, \"f16\") == 0 ? 0x3000 + next() % 0xc00 : strcmp(kind, \"bf16\") == 0"
    print "            ? 0x3e00 + next() % 0x180 : kind[0] == 'f' ? 0x30 + next() % 0xe : (unsigned)(i % 4);"
    print "        if (strcmp(kind, \"f32\") == 0) memcpy(p + 4 * i, &f, 4); else memcpy(p + bytes * i, &w, bytes < 4 ? (size_t)bytes : 4);"
    print "    }\n    return p;\n}"
    print "static unsigned same(unsigned w, unsigned sign, unsigned inf) { return (w & (sign - 1)) > inf ? inf + 1 : w; }"
    print "/* All NaNs count as one. */"
    print "static void add(const void *p, int64_t count, const char *kind, int bytes) {"
    print "    for (int64_t i = 0; i < count; i++) {\n        unsigned long long w = 0;"
    print "        memcpy(&w, (const char *)p + i * bytes, (size_t)bytes);"
    print "        if (strcmp(kind, \"f32\") == 0) w = same((unsigned)w, 0x80000000, 0x7f800000);"
    print "        if (strcmp(kind, \"f16\") == 0) w = same((unsigned)w, 0x8000, 0x7c00);"
    print "        if (strcmp(kind, \"bf16\") == 0) w = same((unsigned)w, 0x8000, 0x7f80);"
    print "        sum = (sum ^ w) * 1099511628211u;\n    }\n}"
}
/^typedef struct [A-Za-z0-9_]*_args \{/ { name = $3; sub(/_args$/, "", name); fields = ""; sums = ""; known = 1; next }
name == "" { next }
/^} / {
    if (known) {
        printf "static void run_%s(void) {\n    %s_args a;\n    memset(&a, 0, sizeof a);\n    state = 1; sum = 0;\n%s", name, name, fields
        printf "    int status = %s(&a, NULL);\n%s", name, sums
        printf "    printf(\"%s %%d %%016llx\\n\", status, sum);\n}\n", name
        calls = calls "    run_" name "();\n"
    }
    name = ""
    next
}
/^ *int64_t [A-Za-z0-9_, ]*;/ {
    line = $0
    sub(/^ *int64_t /, "", line)
    sub(/;.*/, "", line)
    n = split(line, dims, ", ")
    for (i = 1; i <= n; i++) fields = fields "    int64_t " dims[i] " = a." dims[i] " = 12; (void)" dims[i] ";\n"
    next
}
/\*[A-Za-z0-9_]+; \/\* (in|out|inout) [a-z0-9]+\[[^]]*\] \*\// {
    match($0, /\*[A-Za-z0-9_]+;/)
    field = substr($0, RSTART + 1, RLENGTH - 2)
    match($0, /(in|out|inout) [a-z0-9]+\[/)
    kind = substr($0, RSTART, RLENGTH - 1)
    direction = kind
    sub(/ .*/, "", direction)
    sub(/.* /, "", kind)
    shape = $0
    sub(/^[^[]*\[/, "", shape)
    sub(/\].*/, "", shape)
    size = "sizeof *a." field
    if (shape ~ /_nnz/) known = 0 # csr: its entries must ascend
    fields = fields "    a." field " = make(" product(shape) ", \"" kind "\", sizeof *a." field ");\n"
    sums = sums "    add(a." field ", " product(shape) ", \"" kind "\", (int)" size "); free((void *)a." field ");\n"
    next
}
/^ *(float|double|u?int[0-9]+_t) [A-Za-z0-9_]+; \/\* [a-z0-9]+ \*\// { sub(/;.*/, ""); fields = fields "    a." $NF " = 1;\n"; next }
{ known = 0 }
END { print "int main(void) {\n" calls "    return 0;\n}" }
