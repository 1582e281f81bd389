/* The tables of the place stage, and small questions about operands. */
#include "backends/npu/place.h"

#include <assert.h>
#include <string.h>

/* ---- architectures, memories, pipes ---------------------------------------------------------------------------------- */
static const char *const arch_texts[NPU_ARCH_COUNT] = {[NPU_A2A3] = "npu-a2a3", [NPU_A5] = "npu-a5"};

const char *npu_arch_text(NpuArch arch) { return arch_texts[arch]; }

static int find_text(const char *const *texts, int n, const char *text) {
    for (int i = 0; i < n; i++) {
        if (strcmp(texts[i], text) == 0)
            return i;
    }
    return -1;
}

int npu_arch_find(const char *text) { return find_text(arch_texts, NPU_ARCH_COUNT, text); }

static const NpuMemoryInfo memories[NPU_MEMORY_COUNT] = {
#define NPU_MEMORY(NAME, text_, tile_, align_, a2a3_, a5_, doc_)                                                       \
    [NPU_##NAME] = {.text = text_, .tile = tile_, .align = align_, .capacity = {a2a3_, a5_}, .doc = doc_},
#include "backends/npu/memory.def"
#undef NPU_MEMORY
};

const NpuMemoryInfo *npu_memory_info(NpuMemory memory) { return &memories[memory]; }

static const char *const pipe_texts[NPU_PIPE_COUNT] = {
#define NPU_PIPE(NAME, text, doc) [NPU_PIPE_##NAME] = text,
#include "backends/npu/pipe.def"
#undef NPU_PIPE
};

const char *npu_pipe_text(NpuPipe pipe) { return pipe_texts[pipe]; }

const char *const npu_layout_texts[NPU_LAYOUT_COUNT] = {"nd", "dn", "nz", "zn", "zz"};
const char *const npu_role_texts[NPU_ROLE_COUNT] = {"out", "in", "inout", "tmp", "gm_out", "gm_in", "s"};

/* ---- instructions ------------------------------------------------------------------------------------------------------ */
static const InsnInfo insns[INSN_COUNT] = {
#define INSN(NAME, ...) [INSN_##NAME] = {__VA_ARGS__},
#include "backends/npu/insn.def"
#undef INSN
};

const InsnInfo *insn_info(InsnCode code) { return &insns[code]; }

int insn_find(const char *text) {
    for (int i = 0; i < INSN_COUNT; i++) {
        if (strcmp(insns[i].text, text) == 0)
            return i;
    }
    return -1;
}

/* One field of "role:memory:layout:element:rows:columns"; s moves behind the colon or stands at the blank or end. */
static int field(const char **s, char *out, size_t size) {
    size_t n = strcspn(*s, ": ");
    assert(n < size);
    memcpy(out, *s, n);
    out[n] = '\0';
    *s += n + ((*s)[n] == ':');
    return (int)n;
}

/* Bits of the words of "a|b" in a list of texts; "-" and "gm" are none. */
static unsigned words_mask(const char *text, const char *(*name)(int), int n) {
    unsigned mask = 0;
    for (int i = 0; i < n; i++) {
        const char *word = name(i);
        size_t length = strlen(word);
        for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
            bool begins = at == text || at[-1] == '|', ends = at[length] == '\0' || at[length] == '|';
            mask |= begins && ends ? 1u << i : 0;
        }
    }
    return mask;
}

static const char *memory_name(int i) { return memories[i].text; }
static const char *layout_name(int i) { return npu_layout_texts[i]; }

static NpuElemRule elem_rule(const char *text) {
    static const char *const texts[] = {"T", "U", "B", "u32", "i32", "A", "i", "-"};
    int rule = find_text(texts, 8, text);
    assert(rule >= 0);
    return (NpuElemRule)rule;
}

int insn_operand_rules(InsnCode code, NpuOperandRule *rules) {
    const char *s = insns[code].operands;
    int n = 0;
    for (; *s; n++) {
        char text[24];
        s += strspn(s, " ");
        assert(n < NPU_MAX_OPERANDS);
        field(&s, text, sizeof text);
        rules[n].role = (NpuRole)find_text(npu_role_texts, NPU_ROLE_COUNT, text);
        field(&s, text, sizeof text);
        rules[n].memories = words_mask(text, memory_name, NPU_MEMORY_COUNT);
        field(&s, text, sizeof text);
        rules[n].layouts = words_mask(text, layout_name, NPU_LAYOUT_COUNT);
        field(&s, text, sizeof text);
        rules[n].elem = elem_rule(text);
        field(&s, text, sizeof text);
        rules[n].rows = text[0];
        field(&s, text, sizeof text);
        rules[n].cols = text[0];
    }
    return n;
}

static bool has_word(const char *words, const char *word) {
    size_t length = strlen(word);
    for (const char *at = words; at && (at = strstr(at, word)); at += length) {
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

bool insn_takes(InsnCode code, NpuArch arch, Elem elem) {
    const char *types = arch == NPU_A5 ? insns[code].a5 : insns[code].a2a3;
    return has_word(types, elem_info(elem)->text);
}

const char *insn_mode_cpp(InsnCode code, const char *mode, int *len) {
    const char *modes = insns[code].mode;
    size_t length = strlen(mode);
    for (const char *at = modes; at && (at = strstr(at, mode)); at += length) {
        if ((at == modes || at[-1] == ' ') && at[length] == '=') {
            *len = (int)strcspn(at + length + 1, " ");
            return at + length + 1;
        }
    }
    return NULL;
}

/* The conversions that the vector unit of both architectures has; others go through f32 or f16 in two steps. */
bool npu_tcvt_ok(NpuArch arch, Elem from, Elem to) {
    static const Elem pairs[][2] = {
        {ELEM_F32, ELEM_F16},  {ELEM_F32, ELEM_BF16}, {ELEM_F32, ELEM_I32}, {ELEM_F32, ELEM_I16}, {ELEM_F32, ELEM_F32},
        {ELEM_F16, ELEM_F32},  {ELEM_F16, ELEM_I32},  {ELEM_F16, ELEM_I16}, {ELEM_F16, ELEM_I8},  {ELEM_F16, ELEM_U8},
        {ELEM_BF16, ELEM_F32}, {ELEM_BF16, ELEM_I32}, {ELEM_I8, ELEM_F16},  {ELEM_U8, ELEM_F16},  {ELEM_I16, ELEM_F16},
        {ELEM_I16, ELEM_F32},  {ELEM_I32, ELEM_F32},
    };
    (void)arch;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i][0] == from && pairs[i][1] == to)
            return true;
    }
    return false;
}

/* ---- operands ------------------------------------------------------------------------------------------------------------ */
static int64_t round_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

int64_t place_operand_bytes(const PlaceOperand *o) {
    int64_t size = elem_bytes(o->elem), rows = o->rows, cols = o->cols;
    switch (o->layout) {
    case NPU_ND:
    case NPU_DN:
    case NPU_LAYOUT_COUNT: break;
    case NPU_NZ:
    case NPU_ZZ:
        rows = round_up(rows, NPU_FRACTAL);
        cols = round_up(cols, NPU_BLOCK / size);
        break;
    case NPU_ZN:
        rows = round_up(rows, NPU_BLOCK / size);
        cols = round_up(cols, NPU_FRACTAL);
        break;
    }
    return rows * cols * size;
}

bool place_operand_is_memory(const PlaceOperand *o) { return o->kind == PLACE_TILE || o->kind == PLACE_GM; }
bool place_role_reads(NpuRole role) {
    return role == NPU_IN || role == NPU_INOUT || role == NPU_TMP || role == NPU_GM_IN;
}
bool place_role_writes(NpuRole role) {
    return role == NPU_OUT || role == NPU_INOUT || role == NPU_TMP || role == NPU_GM_OUT;
}

int place_arg_root(const PlaceUnit *unit, int arg) {
    while (arg >= 0 && unit->args.data[arg].same > 0)
        arg = unit->args.data[arg].same - 1;
    return arg;
}

bool place_arg_changes(const PlaceUnit *unit, int arg) {
    int root = place_arg_root(unit, arg);
    for (int i = 0; i < unit->args.len; i++) {
        const PlaceArg *a = &unit->args.data[i];
        if (a->kind == PLACE_ARG_TENSOR && a->dir != DIR_IN && place_arg_root(unit, i) == root)
            return true;
    }
    return false;
}
