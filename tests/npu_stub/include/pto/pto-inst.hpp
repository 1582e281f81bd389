// pto-inst.hpp - a strict stand-in for the PTO-ISA library's header: what ptoc's emitted kernels include.
//
// Put the folder that holds pto/ before the library's on the include path and compile an emitted file unchanged. Calls check
// that they are legal and are recorded; nothing happens until the machine of ptoc_stub/machine.hpp runs the queues. README.md
// in tests/npu_stub tells the rules.
#ifndef PTOC_STUB_PTO_INST_HPP
#define PTOC_STUB_PTO_INST_HPP
#include "ptoc_stub/base.hpp"
#include "ptoc_stub/machine.hpp"
#include "ptoc_stub/schedule.hpp"
#include "ptoc_stub/tile.hpp"
#include "ptoc_stub/record.hpp"
#include "ptoc_stub/sync.hpp"
#include "ptoc_stub/move.hpp"
#include "ptoc_stub/cube.hpp"
#include "ptoc_stub/vector.hpp"
#include "ptoc_stub/convert.hpp"
#include "ptoc_stub/reduce.hpp"
#include "ptoc_stub/expand.hpp"
#include "ptoc_stub/sort.hpp"
#endif
