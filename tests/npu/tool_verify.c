#include <string.h>

#include "backends/npu/verify/verify.h"
#include "tests/npu/place_tool.h"

bool tool_verify(Arena *arena, const char *name, const char *text, Buf *messages) {
    static const DiagOptions plain = {.error_limit = 20};
    SourceMap *map = source_map_create(arena);
    DiagContext *dc = diag_context_create(arena, map, &plain);
    PlaceUnit *unit = place_parse(arena, strtab_create(arena), dc, source_add(map, name, text, strlen(text)));
    bool ok = unit && place_verify(unit, dc);
    diag_render(dc, messages);
    return ok;
}
