/* Names: scopes as small hash tables of bindings, definition and lookup, suggestions for misspelt names. */
#include <string.h>

#include "frontend/elab_internal.h"

struct ElabScope {
    ElabScope *outer;
    VEC(Binding *) list; /* in order of definition */
    Binding **table;     /* open addressing by the name's address; NULL while the list is short */
    int table_size;      /* a power of two */
};

static uint32_t name_hash(const char *name) {
    uint64_t h = (uint64_t)(uintptr_t)name * 0x9E3779B97F4A7C15u;
    return (uint32_t)(h >> 32);
}

static void table_insert(ElabScope *scope, Binding *b) {
    uint32_t mask = (uint32_t)scope->table_size - 1;
    uint32_t at = name_hash(b->name) & mask;
    while (scope->table[at])
        at = (at + 1) & mask;
    scope->table[at] = b;
}

static void scope_add(Elab *e, ElabScope *scope, Binding *b) {
    VEC_PUSH(e->arena, &scope->list, b);
    if (scope->list.len < 8)
        return;
    if (scope->list.len * 2 > scope->table_size) {
        scope->table_size = scope->table_size ? scope->table_size * 4 : 64;
        scope->table = ARENA_ARRAY(e->arena, Binding *, scope->table_size);
        for (int i = 0; i < scope->list.len; i++)
            table_insert(scope, scope->list.data[i]);
        return;
    }
    table_insert(scope, b);
}

static Binding *scope_find(const ElabScope *scope, const char *name) {
    if (!scope->table) {
        for (int i = scope->list.len - 1; i >= 0; i--)
            if (scope->list.data[i]->name == name)
                return scope->list.data[i];
        return NULL;
    }
    uint32_t mask = (uint32_t)scope->table_size - 1;
    for (uint32_t at = name_hash(name) & mask; scope->table[at]; at = (at + 1) & mask)
        if (scope->table[at]->name == name)
            return scope->table[at];
    return NULL;
}

void elab_scope_push(Elab *e) {
    ElabScope *scope = ARENA_NEW(e->arena, ElabScope);
    scope->outer = e->scope;
    e->scope = scope;
}

void elab_scope_pop(Elab *e) { e->scope = e->scope->outer; }

Binding *elab_lookup(Elab *e, const char *name) {
    for (const ElabScope *scope = e->scope; scope; scope = scope->outer) {
        Binding *b = scope_find(scope, name);
        if (b)
            return b;
    }
    return NULL;
}

bool elab_name_is_builtin_type(const char *name) { return elem_find(name) >= 0 || strcmp(name, "csr") == 0; }

static bool is_definition_item(BindingKind kind) {
    return kind == BIND_CONST || kind == BIND_FUNC || kind == BIND_KERNEL || kind == BIND_WORKLOAD;
}

/* False: the name stays what it was. A name that hides another is reported and means the new thing all the same, so that its
 * uses give no errors of their own. */
static bool may_define(Elab *e, AstName name, BindingKind kind) {
    if (elab_name_is_builtin_type(name.text)) {
        ELAB_ERROR(e, TYPE_NAME_REDEFINED, name.span, name.text);
        return false;
    }
    Binding *old = elab_lookup(e, name.text);
    if (!old)
        return true;
    Diag *d = is_definition_item(kind) ? ELAB_ERROR(e, DEFINED_TWICE, name.span, name.text)
                                       : ELAB_ERROR(e, NAME_SHADOWS, name.span, name.text);
    ELAB_NOTE(d, old->span, "`%s` is defined here", name.text);
    return !is_definition_item(kind) && !scope_find(e->scope, name.text);
}

static Binding *binding_create(Elab *e, AstName name, BindingKind kind, ElabValue value) {
    Binding *b = ARENA_NEW(e->arena, Binding);
    b->kind = kind;
    b->name = name.text;
    b->span = name.span;
    b->value = value;
    b->order = e->next_order++;
    return b;
}

Binding *elab_define(Elab *e, AstName name, BindingKind kind, ElabValue value) {
    if (!name.text || ast_name_discards(name) || !may_define(e, name, kind))
        return NULL;
    Binding *b = binding_create(e, name, kind, value);
    scope_add(e, e->scope, b);
    return b;
}

Binding *elab_define_hiding(Elab *e, AstName name, BindingKind kind, ElabValue value) {
    if (!name.text || ast_name_discards(name))
        return NULL;
    if (elab_name_is_builtin_type(name.text)) {
        ELAB_ERROR(e, TYPE_NAME_REDEFINED, name.span, name.text);
        return NULL;
    }
    Binding *old = scope_find(e->scope, name.text);
    if (old) {
        Diag *d = ELAB_ERROR(e, DEFINED_TWICE, name.span, name.text);
        ELAB_NOTE(d, old->span, "`%s` is defined here", name.text);
        return NULL;
    }
    Binding *b = binding_create(e, name, kind, value);
    scope_add(e, e->scope, b);
    return b;
}

/* ---- unknown names ----------------------------------------------------------------------------------------------- */

const char *elab_nearest_name(Elab *e, const char *name, unsigned kinds) {
    VEC(const char *) names = {0};
    for (const ElabScope *scope = e->scope; scope; scope = scope->outer)
        for (int i = 0; i < scope->list.len; i++)
            if (kinds & 1u << scope->list.data[i]->kind)
                VEC_PUSH(e->arena, &names, scope->list.data[i]->name);
    return str_nearest(name, names.data, names.len);
}

/* A name that a broken item may define, or that a `let` with a mistake would have defined, is no mistake of its own. */
bool elab_name_may_be_broken(Elab *e, const char *name) {
    for (int i = 0; i < e->program->files.len; i++)
        if (ast_may_be_broken_name(e->program->files.data[i], name))
            return true;
    return e->missing_import;
}

bool elab_name_is_broken(Elab *e, const char *name) {
    for (int i = 0; i < e->program->files.len; i++)
        if (ast_is_broken_name(e->program->files.data[i], name))
            return true;
    return false;
}

Binding *elab_resolve(Elab *e, AstName name) {
    Binding *b = elab_lookup(e, name.text);
    if (b || elab_name_may_be_broken(e, name.text))
        return b;
    Diag *d = ELAB_ERROR(e, UNKNOWN_NAME, name.span, name.text);
    int op = op_find(name.text);
    const char *near = op >= 0 && op_code_has((OpCode)op, LANG) ? arena_printf(e->arena, "tl.%s", name.text)
                                                                : elab_nearest_name(e, name.text, ~0u);
    if (near) {
        ELAB_HINT(d, "did you mean `%s`?", near);
        ELAB_FIX(d, name.span, near);
    }
    return NULL;
}
