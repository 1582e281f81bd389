/* Outputs in memory. */
#include "frontend/driver/outputs.h"

Output *outputs_add(Outputs *outputs, const char *path) {
    Output *o = ARENA_NEW(outputs->arena, Output);
    o->path = path;
    VEC_PUSH(outputs->arena, &outputs->all, o);
    return o;
}

void outputs_free(Outputs *outputs) {
    for (int i = 0; i < outputs->all.len; i++)
        buf_free(&outputs->all.data[i]->text);
}
