# The C compiler of the engine c, good and bad.

$ CC=nonesuch ptoc run scale.pto --engine=c
! ptoc: error: [E0816] no C compiler was found: $CC is `nonesuch`
? 3
$ PATH=$(dirname "$(command -v ptoc)") ptoc run scale.pto --engine=c
! ptoc: error: [E0816] no C compiler was found: tried cc, gcc and clang
? 3
$ PATH=$(dirname "$(command -v ptoc)") ptoc run scale.pto | grep Engine
|   Engine: interp
$ CC=false ptoc run scale.pto --engine=c
! ptoc: error: [E0817] the C compiler `false` failed: it returned 1
? 3
$ printf '#!/bin/sh\necho "broken: no" >&2\nexit 3\n' >badcc && chmod +x badcc && CC=./badcc ptoc run scale.pto --engine=c
! ptoc: error: [E0817] the C compiler `./badcc` failed: it returned 3
! broken: no
? 3
$ printf '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho junk >"$2"\n' >junkcc && chmod +x junkcc && CC=./junkcc ptoc run scale.pto --engine=c
! ptoc: error: [E0818] cannot load the compiled program: file too short
? 3
$ printf '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho "int x;" | cc -shared -x c - -o "$2"\n' >hollowcc && chmod +x hollowcc && CC=./hollowcc ptoc run scale.pto --engine=c
! ptoc: error: [E0818] cannot load the compiled program: it has no entry point `jit_scaled`
? 3
$ TMPDIR=/nonexistent ptoc run scale.pto --engine=c
! ptoc: error: [E0810] cannot write `/nonexistent`: No such file or directory
? 3

# A compiler that changes the program: the comparison says where.
$ printf '#!/bin/sh\nfor a; do case $a in *.c) sed -i "s/_splat_i32x8(3)/_splat_i32x8(4)/" "$a";; esac; done\nexec cc "$@"\n' >liar && chmod +x liar
$ CC=./liar ptoc run scale.pto --engine=c --compare=interp --example=wide
! ptoc: error: [E0831] `Y` differs at [0, 0, 0]: c gives 80, interp gives 60
? 5
$ CC=./liar ptoc run scale.pto --engine=interp --compare=c --example=wide
! ptoc: error: [E0831] `Y` differs at [0, 0, 0]: interp gives 60, c gives 80
? 5
$ CC=./liar ptoc test scale.pto
| ok   scale.pto: example tiny: interp
| ok   scale.pto: example tiny: interp: expect Y
| ok   scale.pto: example wide: interp
| FAIL scale.pto: example tiny: c = interp: `Y`[0, 0, 1] is 4, but 3 with interp
| FAIL scale.pto: example tiny: c: expect Y: `Y`[0, 0, 1] is 4, expected 3
| FAIL scale.pto: example wide: c = interp: `Y`[0, 0, 0] is 80, but 60 with interp
| 3 passed, 3 failed
? 5
# A compiler without OpenMP still does.
$ printf '#!/bin/sh\nfor a; do case $a in -fopenmp) echo no OpenMP >&2; exit 1;; esac; done\nexec cc "$@"\n' >serial && chmod +x serial && CC=./serial ptoc run scale.pto --engine=c --compare=interp | tail -1
| Compared with interp: every output has the same bits.

# Nothing stays in the temporary folder.
$ ls "$TMPDIR" | grep ptoc
? 1

# A program that fails on one engine and not on the other.
$ printf '#!/bin/sh\nfor a; do case $a in *.c) sed -i "s/1024/4096/g" "$a";; esac; done\nexec cc "$@"\n' >lax && chmod +x lax && sed 's/, 8]/, 2000]/; s/T = 8/T = 2000/' tiers.pto >late.pto
$ CC=./lax ptoc run late.pto --engine=c --compare=interp
! ptoc: error: [E0832] engines differ: c returns success, interp returns PTOC_E_TIER (n = 2000 is above the last tier 1024 (b = 2))
? 5
