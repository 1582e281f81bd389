# Explanations and tables.

$ ptoc explain E0801 W0402
| error E0801: unknown option `...`
|
| `ptoc --help` lists the options. Long options cannot be abbreviated. A file whose name begins with
| `-` is given after `--`.
|
| warning W0402: cannot show that ... are independent: `...` ... and `...` ...
|
| The compiler proves independence for subscripts `c * i + e`, blocks `c * i + e :+ len` with len <=
| c, mixed radix and disjoint constants. `@disjoint parallel` promises what it cannot see and silences
| this warning. --checks=full checks it in front of the loop: which iteration writes which element, in
| order. It cannot where block tables, or values that the loop writes, decide.
$ ptoc --explain=E0101
| error E0101: expected ..., found ...
|
| The text does not follow the grammar at this place. The item that holds it (kernel, workload, ...)
| is left out and the others are still checked, so mend the first message of each item first.
$ ptoc explain E9999
! ptoc: error: [E0815] there is no diagnostic `E9999`
! hint: `ptoc --print=diagnostics` lists the codes
? 2
$ ptoc --print=limits
| nesting of brackets, blocks and operators   256
| rank of a tensor or view                    8
| size of a source file                       64 MiB
| size of a tensor                            2^63 - 1 bytes
| integers                                    64 bits
| passes in one pipeline                      64
| kernels x tiers counted apart in a report   64
| message of a run-time error                 512 bytes
$ ptoc --print=passes | head -2
| simplify   any -> same, from -O1
|     Folds constants, merges equal values, removes what nothing uses, drops checks that facts prove.
$ ptoc --print=diagnostics | head -2
| E0101 error   expected ..., found ...
| E0102 error   expected a top-level item, found ...
$ ptoc --print=targets | cut -c1-30
| target     suffix  present  de
| c          .c      yes      C1
| npu-a2a3   .cpp    yes      As
| npu-a5     .cpp    yes      As
| llvm       .o      yes      LL
|
| -march     lanes  registers  L
| x86-64     4      16         2
| x86-64-v2  4      16         2
| x86-64-v3  8      16         5
| x86-64-v4  16     32         1
| armv8-a    4      32         1
$ ptoc --print=ops | head -3 | cut -c1-40
| | operation | arguments | elements | mea
| |---|---|---|---|
| | `tl.add` | `a:tile b:tile` | number |
$ ptoc --capabilities | head -2
| operation      c         npu-a2a3  npu-a5    llvm    
| add            yes       yes       yes       yes
$ ptoc run --help | head -3
| Usage: ptoc run [options] FILE.pto
|   compile a workload, run it on an example or on given data, and report
|
$ ptoc --help=man | head -4
| .TH PTOC 1 "" "ptoc 0.1.0" "User Commands"
| .SH NAME
| ptoc \- ahead\-of\-time compiler for tile kernels
| .SH SYNOPSIS
