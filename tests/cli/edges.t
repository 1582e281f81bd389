# Large, deep and full: what ends with 3, 4 or 70, and leaves nothing behind.

# A source of more than 64 MiB is a limit, also where it is imported or comes from a pipe. One byte less is compiled.
$ head -c 67108865 /dev/zero | tr '\0' ' ' > big.pto; ptoc check big.pto
! ptoc: error: [E0114] `big.pto` is larger than 64 MiB
? 4
$ ptoc check - < big.pto
! ptoc: error: [E0114] `<stdin>` is larger than 64 MiB
? 4
$ ptoc opt - < big.pto
! ptoc: error: [E0114] `<stdin>` is larger than 64 MiB
? 4
$ echo 'import "big.pto";' > imports.pto; ptoc check imports.pto
! imports.pto:1:8: error: [E0114] `big.pto` is larger than 64 MiB
! import "big.pto";
!        ^~~~~~~~~
? 4
$ size=$(($(wc -c < scale.pto))); { head -c $((67108864 - size)) big.pto; cat scale.pto; } > most.pto; ptoc most.pto -o most.c && ls most.c; rm big.pto most.pto most.c imports.pto
| most.c

# Brackets and blocks, 100,000 deep.
$ { printf 'const X = '; head -c 100000 /dev/zero | tr '\0' '('; printf 1; head -c 100000 /dev/zero | tr '\0' ')'; echo ';'; } > deep.pto; ptoc check deep.pto 2>&1 | sed -n 1p; ptoc check deep.pto 2> errors; echo $?
| deep.pto:1:267: error: [E0113] nested more than 256 deep
| 4
$ { echo 'workload w(X: out f32[N]) {'; yes 'if N > 0 {' | head -100000; } > deep.pto; ptoc check deep.pto 2> errors; echo $?; sed -n 1p errors
| 4
| deep.pto:257:10: error: [E0113] nested more than 256 deep
$ { printf 'const X = 1'; yes ' + 1' | head -100000; echo ';'; } > long.pto; ptoc check long.pto; rm deep.pto long.pto errors

# A disk that is full, and folders that are none.
$ ptoc scale.pto -o /dev/full
! ptoc: error: [E0810] cannot write `/dev/full`: No space left on device
? 3
$ ptoc scale.pto -o - > /dev/full
! ptoc: error: [E0810] cannot write `<stdout>`: No space left on device
? 3
$ ptoc --print=ops > /dev/full
! ptoc: error: [E0810] cannot write `<stdout>`: No space left on device
? 3
$ ptoc --help > /dev/full
! ptoc: error: [E0810] cannot write `<stdout>`: No space left on device
? 3
$ ptoc run scale.pto --engine=interp > /dev/full
! ptoc: error: [E0810] cannot write `<stdout>`: No space left on device
? 3
$ ptoc run scale.pto --engine=interp --out Y=/dev/full
! ptoc: error: [E0810] cannot write `/dev/full`: No space left on device
? 3
$ ptoc scale.pto -o scale.pto/x.c
! ptoc: error: [E0810] cannot write `scale.pto/x.c`: Not a directory
? 3
$ ptoc scale.pto -o x.c --header=nowhere/x.h; ls x.c
! ptoc: error: [E0810] cannot write `nowhere/x.h`: No such file or directory
! ls: cannot access 'x.c': No such file or directory
? 2
$ ptoc scale.pto -o x.c -MD -MF nowhere/x.d; ls x.c
! ptoc: error: [E0810] cannot write `nowhere/x.d`: No such file or directory
! ls: cannot access 'x.c': No such file or directory
? 2
$ ptoc scale.pto -o x.c --dump-dir=scale.pto/dump; ls x.c
! ptoc: error: [E0810] cannot write `scale.pto/dump`: Not a directory
! ls: cannot access 'x.c': No such file or directory
? 2
$ ptoc run scale.pto --engine=interp --out Y=nowhere/y.npy > report; test -s report; echo $?; rm report
| 1
! ptoc: error: [E0810] cannot write `nowhere/y.npy`: No such file or directory

# A name in C begins with no digit.
$ ptoc scale.pto --symbol-prefix=9x -o x.c
! ptoc: error: [E0804] option `--symbol-prefix`: expected letters, digits and `_`, no digit first, found `9x`
? 2
$ ptoc scale.pto --symbol-prefix=a-b -o x.c
! ptoc: error: [E0804] option `--symbol-prefix`: expected letters, digits and `_`, no digit first, found `a-b`
? 2
$ ptoc scale.pto --symbol-prefix=_9 -o - | grep -c _9scaled
| 9

# Words of other languages.
$ echo 'kernel k(x: out f32[N]) { while true { } }' | ptoc check -
! <stdin>:1:33: error: [E0101] expected `,`, `;`, `=` or an operator, found `true`
! kernel k(x: out f32[N]) { while true { } }
!                                 ^~~~
! hint: there is no `while`: loops are counted, `for i in N { }` or `for i in lo .. hi step n { }`, and `if` skips iterations
? 1
$ echo 'kernel k(x: out f32[N]) { if N > 0 { } elif N > 1 { } }' | ptoc check -
! <stdin>:1:45: error: [E0101] expected `,`, `;`, `=` or an operator, found the name `N`
! kernel k(x: out f32[N]) { if N > 0 { } elif N > 1 { } }
!                                             ^
! hint: write `else if`
? 1
$ echo 'workload w(x: out f32[N]) { for i in N { break; } }' | ptoc check -
! <stdin>:1:42: error: [E0117] this expression has no effect
! workload w(x: out f32[N]) { for i in N { break; } }
!                                          ^~~~~
! hint: there is no `break`: loops are counted, and `if` skips iterations
? 1

# Names that are near to one there is.
$ ptoc run scale.pto --engine=interp --example=tini
! ptoc: error: [E0820] there is no example `tini`
! hint: did you mean `tiny`?
? 2
$ ptoc run scale.pto --engine=interp --workload=scalde
! ptoc: error: [E0820] there is no workload `scalde`
! hint: did you mean `scaled`?
? 2
$ ptoc run scale.pto --engine=interp --out YY=y.npy
! ptoc: error: [E0820] there is no tensor `YY`
! hint: did you mean `Y`?
? 2
$ ptoc run scale.pto --engine=interp --in XX=x.npy
! ptoc: error: [E0531] --in XX: workload `scaled` has no tensor `XX`
! hint: did you mean `X`?
? 2
$ ptoc run scale.pto --engine=interp --dim NN=2
! ptoc: error: [E0531] --dim NN: workload `scaled` has no symbol `NN`
! hint: did you mean `N`?
? 2
$ ptoc run tiers.pto --engine=interp --set lne=2
! ptoc: error: [E0531] --set lne: workload `totals` has no parameter `lne`
! hint: did you mean `len`?
? 2

# A folder that the path leaves again is not in the make rule, unless it is a link to elsewhere.
$ mkdir -p sub far/away; echo 'import "../scale.pto"; kernel k(x: out f32[N]) { tl.store(x, tl.zeros([1, N], f32)); }' > sub/i.pto; ptoc sub/i.pto -MD -MP -MF - -o x.c; cat x.d; rm -f x.d
| x.c: sub/i.pto \
|   scale.pto
|
| scale.pto:
! cat: x.d: No such file or directory
$ ln -s far/away link; cp scale.pto far/scale.pto; cp sub/i.pto far/away/i.pto; ptoc link/i.pto -MD -MF x.d -o x.c; cat x.d
| x.c: link/i.pto \
|   link/../scale.pto
