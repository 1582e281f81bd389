# The target and the engine llvm.

$ ptoc scale.pto --target=llvm --emit=llvm-ir,bc,asm,obj && ls scale.ll scale.bc scale.s scale.o
| scale.bc
| scale.ll
| scale.o
| scale.s
$ grep -c 'define.*i32 @scaled(' scale.ll
| 1
$ ptoc run scale.pto --example=tiny --engine=llvm --compare=interp | tail -1
| Compared with interp: every output has the same bits.

# Code for another machine is compiled, not run.
$ ptoc run scale.pto --example=tiny --engine=llvm -march=armv8-a 2>&1 | sed 's/for x86-64.*/for HOST/'
| ptoc: error: [E0840] this machine does not run code for -march=armv8-a, but for HOST

$ ptoc scale.pto --target=llvm -march=x86-64-v3 -mcpu=nonesuch -o x.o
! ptoc: error: [E0839] the target llvm cannot compile this program: -mcpu=nonesuch is no processor of x86_64-unknown-linux-gnu
? 1
$ ptoc scale.pto --target=llvm -march=armv8-a -mcpu=neoverse-n1 -o arm.o

# Without its module the rest of ptoc works.
$ cp "$(readlink -f "$(command -v ptoc)")" lone && ./lone check scale.pto && ./lone run scale.pto --example=tiny --engine=llvm
! ptoc: error: [E0838] LLVM cannot be used: there is no ptoc-llvm.so beside this program or in its folder of libraries
? 3

# It is what runs by default, and one of the engines that are tested.
$ ptoc run scale.pto --example=tiny | grep Engine | sed 's/(.*//'
|   Engine: llvm
$ ptoc test scale.pto | grep -c llvm
| 3
$ PTOC_LLVM_MODULE= ptoc run scale.pto --example=tiny | grep Engine | sed 's/(.*//'
|   Engine: c
$ PTOC_LLVM_MODULE=nonesuch.so ptoc run scale.pto --example=tiny --engine=llvm
! ptoc: error: [E0838] LLVM cannot be used: $PTOC_LLVM_MODULE is `nonesuch.so`
? 3

# A module that is there and does not load: auto takes the next engine.
$ PTOC_LLVM_MODULE=scale.pto ptoc run scale.pto --example=tiny --no-cache | grep Engine | sed 's/(.*//'
|   Engine: c
! ptoc: remark: [R0801] the engine llvm is left out: LLVM cannot be used: scale.pto: cannot open shared object file: No such file or directory

# Code for a machine that this is not runs as C.
$ ptoc run scale.pto --example=tiny -march=armv8-a | grep Engine | sed 's/(.*//'
|   Engine: c

# Compiled code is kept, and LLVM need not be loaded to run it again.
$ rm -rf cache && export XDG_CACHE_HOME=$PWD/cache && ptoc run scale.pto --example=tiny --no-cache >/dev/null; test -e cache || echo none
| none
$ export XDG_CACHE_HOME=$PWD/cache && ptoc run scale.pto --example=tiny --time-report 2>&1 | grep -o 'not in the cache\|load LLVM\|optimise'
| not in the cache
| load LLVM
| optimise
$ export XDG_CACHE_HOME=$PWD/cache && ptoc run scale.pto --example=tiny --time-report 2>&1 | grep -o 'found in the cache\|load LLVM\|optimise'
| found in the cache
