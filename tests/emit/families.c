/* Modules that hold every operation with every element type. */
#include <stdio.h>
#include <string.h>
#include "tests/emit/emit_tool.h"

static const char *text_of(Elem e) { return elem_info(e)->text; }

static void begin_module(Buf *out) { buf_puts(out, "module families stage block\nsource 0 \"families.pto\"\n"); }

/* A parameter of both the kernel and the workload around it. */
typedef struct Operand {
    char name;
    Elem elem;
    bool out;
    const char *extents; /* "[%N]" */
} Operand;

static void put_params(Buf *out, const Operand *o, int n, const char *kind) {
    for (int i = 0; i < n; i++)
        buf_printf(out, "%s%%%c: %s %s %s%s", i ? ", " : "", o[i].name, o[i].out ? "out" : "in", kind,
                   text_of(o[i].elem), o[i].extents);
}

static void begin_kernel(Buf *out, const char *name, const Operand *o, int n) {
    buf_printf(out, "\nkernel @k_%s[%%N](", name);
    put_params(out, o, n, "view");
    buf_puts(out, ") {\n");
}

/* Ends the kernel and writes a workload that calls it once on whole tensors. */
static void end_kernel(Buf *out, const char *name, const Operand *o, int n) {
    buf_printf(out, "}\n\nworkload @t_%s[%%N](", name);
    put_params(out, o, n, "tensor");
    buf_puts(out, ") export {\n");
    for (int i = 0; i < n; i++)
        buf_printf(out, "  %%%c.v = view %%%c [%s] : view %s%s\n", o[i].name, o[i].name,
                   strchr(o[i].extents, ',') ? ":, :" : ":", text_of(o[i].elem), o[i].extents);
    buf_puts(out, "  call ");
    for (int i = 0; i < n; i++)
        buf_printf(out, "%s%%%c.v", i ? ", " : "", o[i].name);
    buf_printf(out, " [%%N] {callee = \"k_%s\"}\n}\n", name);
}

/* ---- element-wise operations ---- */

static int operand_count(const OpInfo *info) {
    int n = 1;
    for (const char *p = info->sig; *p; p++)
        n += *p == ' ';
    return n;
}

static void put_ewise(Buf *out, OpCode code, Elem e) {
    const OpInfo *info = op_info(code);
    int n = operand_count(info);
    char name[64];
    snprintf(name, sizeof name, "%s_%s", info->name, text_of(e));
    Operand o[4];
    for (int i = 0; i < n; i++)
        o[i] = (Operand){"abc"[i], code == OP_WHERE && i == 0 ? ELEM_BOOL : e, false, "[%N]"};
    o[n] = (Operand){'r', info->result == RES_BROADCAST_BOOL ? ELEM_BOOL : e, true, "[%N]"};
    begin_kernel(out, name, o, n + 1);
    buf_puts(out, "  loop [0, %N, 1] {kind = lane, name = \"i\"} {\n    ^(%i)\n");
    for (int i = 0; i < n; i++)
        buf_printf(out, "    %%x%d = get %%%c [%%i] : %s[1, 1]\n", i, o[i].name, text_of(o[i].elem));
    buf_printf(out, "    %%y = %s %%x0%s%s : %s[1, 1]\n    put %%r, %%y [%%i]\n  }\n", info->name, n > 1 ? ", %x1" : "",
               n > 2 ? ", %x2" : "", text_of(o[n].elem));
    end_kernel(out, name, o, n + 1);
}

static bool is_ewise(OpCode code) {
    return op_code_has(code, EWISE) && !op_code_has(code, LANG_ONLY) && code != OP_CAST && code != OP_BITCAST;
}

static void put_all_ewise(Buf *out) {
    for (int code = 0; code < OP_COUNT; code++) {
        for (int e = 0; is_ewise((OpCode)code) && e < ELEM_COUNT; e++) {
            bool fits = code == OP_WHERE || elem_in_set((Elem)e, op_info((OpCode)code)->elems);
            if (fits && e != ELEM_INDEX)
                put_ewise(out, (OpCode)code, (Elem)e);
        }
    }
}

/* ---- casts: eight results, each way of rounding, wrapped and clamped ---- */

static void put_cast(Buf *out, Elem from, Elem to) {
    static const char *const modes[] = {"rint", "floor", "ceil", "trunc"};
    char name[64];
    snprintf(name, sizeof name, "%s_%s", text_of(from), text_of(to));
    Operand o[2] = {{'a', from, false, "[%N]"}, {'r', to, true, "[8, %N]"}};
    begin_kernel(out, name, o, 2);
    buf_printf(out,
               "  loop [0, %%N, 1] {kind = lane, name = \"i\"} {\n    ^(%%i)\n    %%x = get %%a [%%i] : %s[1, 1]\n",
               text_of(from));
    for (int m = 0; m < 8; m++) {
        buf_printf(out, "    %%y%d = cast %%x {round = %s%s} : %s[1, 1]\n    put %%r, %%y%d [%d, %%i]\n", m,
                   modes[m / 2], m % 2 ? ", sat" : "", text_of(to), m, m);
    }
    buf_puts(out, "  }\n");
    end_kernel(out, name, o, 2);
}

static void put_bitcast(Buf *out, Elem from, Elem to) {
    char name[64];
    snprintf(name, sizeof name, "bits_%s_%s", text_of(from), text_of(to));
    Operand o[2] = {{'a', from, false, "[%N]"}, {'r', to, true, "[%N]"}};
    begin_kernel(out, name, o, 2);
    buf_printf(out,
               "  loop [0, %%N, 1] {kind = lane, name = \"i\"} {\n    ^(%%i)\n    %%x = get %%a [%%i] : %s[1, 1]\n"
               "    %%y = bitcast %%x : %s[1, 1]\n    put %%r, %%y [%%i]\n  }\n",
               text_of(from), text_of(to));
    end_kernel(out, name, o, 2);
}

static void put_all_casts(Buf *out) {
    for (int from = 0; from < ELEM_COUNT; from++) {
        for (int to = 0; to < ELEM_COUNT; to++) {
            if (from == ELEM_INDEX || to == ELEM_INDEX)
                continue;
            put_cast(out, (Elem)from, (Elem)to);
            if (from != ELEM_BOOL && to != ELEM_BOOL && elem_bytes((Elem)from) == elem_bytes((Elem)to))
                put_bitcast(out, (Elem)from, (Elem)to);
        }
    }
}

/* ---- accumulators: over rows of 3 x N, once as single ones, once as a vector of N along the columns ---- */

static bool wants_position(Monoid m) {
    return monoid_class(m) == MONOID_CLASS_LANES16 || m == MONOID_ARGMAX || m == MONOID_ARGMIN || m == MONOID_TOPK;
}

static void put_acc(Buf *out, Monoid m, Elem e) {
    char name[64], position[16];
    const char *mt = monoid_text(m);
    bool fma = m == MONOID_FMA_SEQ, arg = m == MONOID_ARGMAX || m == MONOID_ARGMIN;
    Elem to = arg                                     ? ELEM_I32
              : fma && (e == ELEM_I8 || e == ELEM_U8) ? ELEM_I32
                                                      : e,
         of = fma && to == ELEM_I32 ? ELEM_I32 : e;
    snprintf(name, sizeof name, "%s_%s", mt, text_of(e));
    for (char *p = name; *p; p++)
        *p = *p == '.' ? '_' : *p;
    Operand o[3] = {{'a', e, false, "[3, %N]"}, {'r', to, true, "[3]"}, {'c', to, true, "[%N]"}};
    begin_kernel(out, name, o, 3);
    snprintf(position, sizeof position, "%s", wants_position(m) ? " [%j]" : "");
    buf_printf(
        out,
        "  loop [0, 3, 1] {kind = row, name = \"i\"} {\n    ^(%%i)\n    %%s = acc {monoid = %s} : acc %s[]\n"
        "    loop [0, %%N, 1] {kind = red, name = \"j\"} {\n      ^(%%j)\n      %%x = get %%a [%%i, %%j] : %s[1, 1]\n"
        "      step %%s, %%x%s%s\n    }\n    %%y = fin %%s : %s[1, 1]\n    put %%r, %%y [%%i]\n  }\n",
        mt, text_of(of), text_of(e), fma ? ", %x" : "", position, text_of(to));
    buf_printf(out,
               "  %%v = acc {monoid = %s} : acc %s[%%N]\n  loop [0, 3, 1] {kind = red, name = \"i\"} {\n    ^(%%i.1)\n"
               "    loop [0, %%N, 1] {kind = row, name = \"j\"} {\n      ^(%%j.1)\n      %%x.1 = get %%a [%%i.1, "
               "%%j.1] : %s[1, 1]\n"
               "      step %%v, %%x.1%s [%%j.1%s]\n    }\n  }\n",
               mt, text_of(of), text_of(e), fma ? ", %x.1" : "", wants_position(m) ? ", %i.1" : "");
    buf_printf(
        out,
        "  loop [0, %%N, 1] {kind = row, name = \"j\"} {\n    ^(%%j.2)\n    %%y.1 = fin %%v [%%j.2%s] : %s[1, 1]\n"
        "    put %%c, %%y.1 [%%j.2]\n  }\n",
        m == MONOID_SUM_SEQ ? ", 3" : "", text_of(to));
    end_kernel(out, name, o, 3);
}

static void put_topk(Buf *out, Elem e, bool largest, bool sorted) {
    char name[64];
    snprintf(name, sizeof name, "topk_%d%d_%s", largest, sorted, text_of(e));
    Operand o[3] = {{'a', e, false, "[%N]"}, {'v', e, true, "[5]"}, {'i', ELEM_I32, true, "[5]"}};
    begin_kernel(out, name, o, 3);
    buf_printf(out,
               "  %%vb = buffer {memory = l1} : buffer %s[1, 5]\n  %%ib = buffer {memory = ws} : buffer i32[1, 5]\n"
               "  %%t = acc [5] {%s%smonoid = topk} : acc %s[]\n",
               text_of(e), largest ? "largest, " : "", sorted ? "sorted, " : "", text_of(e));
    buf_printf(out,
               "  loop [0, %%N, 1] {kind = stream, name = \"j\"} {\n    ^(%%j)\n    %%x = get %%a [%%j] : %s[1, 1]\n   "
               " step %%t, %%x [%%j]\n  }\n"
               "  topk_fin %%t, %%vb, %%ib\n  loop [0, 5, 1] {kind = lane, name = \"t\"} {\n    ^(%%t.1)\n"
               "    %%y = get %%vb [0, %%t.1] : %s[1, 1]\n    put %%v, %%y [%%t.1]\n    %%z = get %%ib [0, %%t.1] : "
               "i32[1, 1]\n"
               "    put %%i, %%z [%%t.1]\n  }\n",
               text_of(e), text_of(e));
    end_kernel(out, name, o, 3);
}

static void put_all_accs(Buf *out) {
    for (int e = 0; e < ELEM_COUNT; e++) {
        if (e == ELEM_BOOL || e == ELEM_INDEX)
            continue;
        for (int m = MONOID_NONE + 1; m < MONOID_COUNT; m++) {
            if (m != MONOID_TOPK && (m != MONOID_FMA_SEQ || elem_in_set((Elem)e, ELEMS_MATMUL)))
                put_acc(out, (Monoid)m, (Elem)e);
        }
        for (int i = 0; i < 4; i++)
            put_topk(out, (Elem)e, i & 1, i & 2);
    }
}

/* ---- running them ---- */

int run_family(const char *what, char **commands, int n) {
    EmitSession *s = session_create();
    Buf text = {0};
    begin_module(&text);
    if (strcmp(what, "ewise") == 0)
        put_all_ewise(&text);
    else if (strcmp(what, "cast") == 0)
        put_all_casts(&text);
    else
        put_all_accs(&text);
    if (!session_parse(s, "families.ptoir", buf_text(&text), text.len))
        return 1;
    buf_free(&text);
    static const RunPlan plans[] = {{.dims = {67}, .ndims = 1, .seed = 1},
                                    {.dims = {400}, .ndims = 1, .seed = 2},
                                    {.dims = {0}, .ndims = 1, .seed = 3}};
    return run_module(s, plans, 3, commands, n) != 0;
}
