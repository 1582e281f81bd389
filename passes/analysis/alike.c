#include "passes/analysis/alike.h"

#include "ir/build.h"

typedef struct Alike {
    CloneMap *map; /* values of a -> values of b */
} Alike;

static bool types_alike(Alike *s, const Type *a, const Type *b) { return clone_map_type(s->map, a) == b; }

static bool same_regions(Alike *s, const Region *a, const Region *b);

static bool ops_alike(Alike *s, const Op *a, const Op *b) {
    bool same = a->code == b->code && a->noperands == b->noperands && a->nresults == b->nresults &&
                a->nexprs == b->nexprs && a->nattrs == b->nattrs && a->nregions == b->nregions && a->nsels == b->nsels;
    for (int i = 0; same && i < a->noperands; i++)
        same = clone_map_get(s->map, a->operands[i]) == b->operands[i];
    for (int i = 0; same && i < a->nexprs; i++)
        same = clone_map_expr(s->map, a->exprs[i]) == b->exprs[i];
    for (int i = 0; same && i < a->nattrs; i++)
        same =
            attr_equals(&a->attrs[i], &b->attrs[i]) || (a->attrs[i].key == ATTR_TIER && b->attrs[i].key == ATTR_TIER);
    for (int i = 0; same && i < a->nsels; i++)
        same = a->sels[i] == b->sels[i];
    for (int i = 0; same && i < a->nresults; i++) {
        same = types_alike(s, a->results[i]->type, b->results[i]->type);
        clone_map_set(s->map, a->results[i], b->results[i]);
    }
    for (int i = 0; same && i < a->nregions; i++)
        same = same_regions(s, a->regions[i], b->regions[i]);
    return same;
}

static const Op *skip_assumes(const Op *op) {
    while (op && op->code == OP_ASSUME)
        op = op->next;
    return op;
}

static bool same_regions(Alike *s, const Region *a, const Region *b) {
    if (a->nargs != b->nargs)
        return false;
    for (int i = 0; i < a->nargs; i++) {
        clone_map_set(s->map, a->args[i], b->args[i]);
        if (!types_alike(s, a->args[i]->type, b->args[i]->type))
            return false;
    }
    const Op *x = skip_assumes(a->first), *y = skip_assumes(b->first);
    while (x && y && ops_alike(s, x, y)) {
        x = skip_assumes(x->next);
        y = skip_assumes(y->next);
    }
    return !x && !y;
}

bool regions_are_alike(Module *m, const Region *a, const Region *b) {
    Alike s = {clone_map_create(m)};
    return same_regions(&s, a, b);
}

bool kernels_are_alike(const Func *a, const Func *b) {
    return a == b || (a->nindex_params == b->nindex_params && a->nparams == b->nparams &&
                      regions_are_alike(a->module, a->body, b->body));
}
