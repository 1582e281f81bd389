#include "backends/target.h"
#include <string.h>

static const TargetInfo targets[TARGET_COUNT] = {
#define TARGET(NAME, text, suffix_, present_, arch_, doc_)                                                             \
    [TARGET_##NAME] = {.name = text, .suffix = suffix_, .present = present_, .arch = ARCH_##arch_, .doc = doc_},
#define ARCH(NAME, ...)
#include "backends/target.def"
#undef TARGET
#undef ARCH
};

static const ArchInfo archs[ARCH_COUNT] = {
#define TARGET(NAME, ...)
#define ARCH(NAME, text, lanes_, regs_, fma_, loads_, latency_, spare_, l2_, l3_, doc_)                                \
    [ARCH_##NAME] = {.name = text, .vector = {lanes_, regs_, fma_, loads_, latency_, spare_, l2_, l3_}, .doc = doc_},
#include "backends/target.def"
#undef TARGET
#undef ARCH
};

const ArchInfo *arch_info(ArchId id) { return &archs[id]; }

int arch_find(const char *name) {
    for (int i = 0; i < ARCH_COUNT; i++) {
        if (archs[i].name && strcmp(archs[i].name, name) == 0)
            return i;
    }
    return -1;
}

const TargetInfo *target_info(TargetId id) { return &targets[id]; }

int target_find(const char *name) {
    for (int i = 0; i < TARGET_COUNT; i++) {
        if (strcmp(targets[i].name, name) == 0)
            return i;
    }
    return -1;
}

/* Operations that the NPU targets cannot do; passes lower what another backend has no template for. */
static const char *npu_gap(OpCode code) {
    switch ((int)code) { /* those of the table */
#define NPU_GAP(OP, reason)                                                                                            \
    case OP_##OP:                                                                                                      \
        return reason;
#include "backends/npu/gap.def"
#undef NPU_GAP
    default: return NULL;
    }
}

const char *target_op_gap(TargetId id, OpCode code) {
    if (!targets[id].present)
        return "the target is not part of this version";
    return id == TARGET_NPU_A2A3 || id == TARGET_NPU_A5 ? npu_gap(code) : NULL;
}

void target_print_table(Buf *out) {
    buf_printf(out, "%-10s %-7s %-8s %s\n", "target", "suffix", "present", "description");
    for (int i = 0; i < TARGET_COUNT; i++) {
        const TargetInfo *t = &targets[i];
        buf_printf(out, "%-10s %-7s %-8s %s\n", t->name, t->suffix, t->present ? "yes" : "no", t->doc);
    }
    buf_printf(out, "\n%-10s %-6s %-10s %-7s %-7s %s\n", "-march", "lanes", "registers", "L2 KiB", "L3 KiB",
               "description");
    for (int i = 0; i < ARCH_COUNT; i++) {
        const ArchInfo *a = &archs[i];
        if (a->name)
            buf_printf(out, "%-10s %-6d %-10d %-7d %-7d %s\n", a->name, a->vector.lanes, a->vector.regs, a->vector.l2,
                       a->vector.l3, a->doc);
    }
}

static void capability_row(Buf *out, OpCode code) {
    buf_printf(out, "%-14s", op_info(code)->name);
    for (int t = 0; t < TARGET_COUNT; t++)
        buf_printf(out, " %-9s", target_op_gap((TargetId)t, code) ? "-" : "yes");
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    buf_putc(out, '\n');
}

void target_print_capabilities(Buf *out) {
    buf_printf(out, "%-14s", "operation");
    for (int t = 0; t < TARGET_COUNT; t++)
        buf_printf(out, " %-9s", targets[t].name);
    buf_putc(out, '\n');
    for (int code = 0; code < OP_COUNT; code++) {
        if (op_code_has((OpCode)code, LANG))
            capability_row(out, (OpCode)code);
    }
    buf_puts(out, "\ngaps:\n");
    for (int t = 0; t < TARGET_COUNT; t++) {
        if (!targets[t].present) {
            buf_printf(out, "%s: every operation: %s\n", targets[t].name, target_op_gap((TargetId)t, OP_ADD));
            continue;
        }
        for (int code = 0; code < OP_COUNT; code++) {
            if (op_code_has((OpCode)code, LANG) && target_op_gap((TargetId)t, (OpCode)code))
                buf_printf(out, "%s: %s: %s\n", targets[t].name, op_info((OpCode)code)->name,
                           target_op_gap((TargetId)t, (OpCode)code));
        }
    }
}

const char *arch_host(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4"))
        return "x86-64-v4";
    if (__builtin_cpu_supports("x86-64-v3"))
        return "x86-64-v3";
    return __builtin_cpu_supports("x86-64-v2") ? "x86-64-v2" : "x86-64";
#else
    return "armv8-a";
#endif
}

/* Rows stand from the least to the widest; those of another family do not run here. */
bool arch_runs_here(const char *name) {
    const char *host = arch_host();
    return (strncmp(name, "x86", 3) == 0) == (strncmp(host, "x86", 3) == 0) && arch_find(name) <= arch_find(host);
}
