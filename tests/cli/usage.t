# The command line itself: what is wrong with it, in one run.

$ ptoc --version
| ptoc 0.1.0
$ ptoc
! ptoc: error: [E0806] no input file
! hint: `ptoc --help` says how ptoc is used
? 2
$ ptoc --emmit=c scale.pto
! ptoc: error: [E0801] unknown option `--emmit`
! hint: did you mean `--emit`?
? 2
$ ptoc --zzz scale.pto
! ptoc: error: [E0801] unknown option `--zzz`
! hint: `ptoc --help` lists the options
? 2
$ ptoc scale.pto -o
! ptoc: error: [E0802] option `-o` wants a value: FILE
! hint: write `-o FILE`
? 2
$ ptoc scale.pto --header
! ptoc: error: [E0802] option `--header` wants a value: FILE
! hint: write `--header=FILE`
? 2
$ ptoc scale.pto --verify-each=yes
! ptoc: error: [E0803] option `--verify-each` takes no value, found `yes`
? 2
$ ptoc scale.pto --checks=ful
! ptoc: error: [E0804] option `--checks`: expected one of `none`, `entry`, `full`, found `ful`
! hint: did you mean `full`?
? 2
$ ptoc run scale.pto --repeat=0
! ptoc: error: [E0804] option `--repeat`: expected an integer from 1 to 1000000, found `0`
? 2
$ ptoc scale.pto -O7
! ptoc: error: [E0804] option `-O`: expected one of `0`, `1`, `2`, `3`, found `7`
? 2
$ ptoc scale.pto --emit=c,jpeg
! ptoc: error: [E0804] option `--emit`: expected one of `ast`, `ir`, `c`, `npu`, `estimate`, `llvm-ir`, `bc`, `asm`, `obj`, `header`, `dot`, `html`, `report`, found `jpeg`
? 2
$ ptoc scale.pto -Wno-such
! ptoc: error: [E0804] option `-W`: expected a code of `ptoc --print=diagnostics` (W0402) or its name (parallel-undecided), found `such`
? 2
$ ptoc run scale.pto -o x.c
! ptoc: error: [E0805] option `-o` has no meaning for `ptoc run`
? 2
$ ptoc scale.pto --dim B=2
! ptoc: error: [E0805] option `--dim` has no meaning for `ptoc FILE`
? 2
$ ptoc scale.pto two.pto
! ptoc: error: [E0807] expected one input, found `scale.pto` and `two.pto`
? 2
$ ptoc scale.pto run
! ptoc: error: [E0807] expected one input, found `scale.pto` and `run`
! hint: the command comes first: `ptoc run ...`
? 2
$ ptoc scale.pto -MF x.d
! ptoc: error: [E0805] option `-MF` has no meaning for `ptoc FILE` without `-MD`
! hint: write `-MD`, too
? 2
$ ptoc run
! ptoc: error: [E0806] no input file
! hint: write `ptoc run [options] FILE.pto`
? 2
$ ptoc explain
! ptoc: error: [E0806] no code
! hint: write `ptoc explain CODE...`
? 2

# Every mistake is reported, in the format that is asked for.
$ ptoc --zzz --emit=jpeg -fdiagnostics-format=json
! {"code":"E0801","severity":"error","message":"unknown option `--zzz`","ranges":[],"notes":[],"hints":["`ptoc --help` lists the options"],"fixes":[]}
! {"code":"E0804","severity":"error","message":"option `--emit`: expected one of `ast`, `ir`, `c`, `npu`, `estimate`, `llvm-ir`, `bc`, `asm`, `obj`, `header`, `dot`, `html`, `report`, found `jpeg`","ranges":[],"notes":[],"hints":[],"fixes":[]}
? 2

# No abbreviations.
$ ptoc scale.pto --verify
! ptoc: error: [E0801] unknown option `--verify`
! hint: did you mean `--verify-each`?
? 2
$ ls
| broken.pto
| disjoint.pto
| disjoint_behind.pto
| disjoint_lost.pto
| disjoint_paged.pto
| empty.pto
| ranks.pto
| ranks_not.pto
| ranks_placed.pto
| scale.pto
| tiers.pto
| two.pto
