/* place_tool.h - what the two halves of the tool share. */
#ifndef PTOC_TESTS_NPU_PLACE_TOOL_H
#define PTOC_TESTS_NPU_PLACE_TOOL_H
#include "ir/base/arena.h"
#include "ir/base/buf.h"

bool tool_verify(Arena *arena, const char *name, const char *text, Buf *messages);
int tool_mutate(const char *path, const char *text, bool verbose); /* 1: it must be refused more often */
#endif
