# Pipes: what must stop is an error when compiling, what stops at run time names process and channel, on every engine.

$ cat > k.pto <<'END'
> kernel put(v: f32, y: out f32[1, 4]) { tl.store(y, tl.full([1, 4], v, f32)); }
> kernel add(x: in f32[1, 4], y: inout f32[1, 4]) { tl.store(y, tl.load(y) + x); }
> END
$ cat > crossed.pto <<'END'
> import "k.pto";
> const N = 3;
> workload crossed(Y: inout f32[1, 4]) {
>     pipe {
>         channel a: f32[1, 4];
>         channel b: f32[1, 4];
>         process p { for i in N { receive b as s { add(s, Y); } send a as s { put(1.0, s); } } }
>         process q { for i in N { receive a as s { } send b as s { put(2.0, s); } } }
>     }
> }
> workload uneven(Y: inout f32[1, 4]) {
>     pipe {
>         channel a: f32[1, 4] depth 2;
>         process p { for i in N + 1 { send a as s { put(1.0, s); } } }
>         process q { for i in N { receive a as s { add(s, Y); } } }
>     }
> }
> END
$ ptoc check crossed.pto
! crossed.pto:4:5: error: [E0437] this pipe cannot come to its end: process `p` waits for an item of channel `b`, process `q` waits for an item of channel `a`
!     pipe {
!     ^~~~
! crossed.pto:12:5: error: [E0437] this pipe cannot come to its end: 1 of the 4 items that process `p` sends to channel `a` are not received
!     pipe {
!     ^~~~
? 1
$ cat > dynamic.pto <<'END'
> import "k.pto";
> workload w(n: in i32[2], Y: inout f32[1, 4], Z: inout f32[1, 4]) {
>     let sends = n[0];
>     let receives = n[1];
>     pipe {
>         channel c: f32[1, 4] depth 2;
>         channel done: f32[1, 4];
>         process producer { for i in sends { send c as s { put(tl.cast(i, f32), s); } } }
>         process consumer { for i in receives { receive c as s { add(s, Y); } } send done as s { put(0.0, s); } }
>         process last { receive done as s { add(s, Z); } }
>     }
> }
> example even for w { n = [5, 5]; Y = zeros; Z = ones; }
> END
$ ptoc run dynamic.pto --engine=interp | grep Y
|   Y f32[1, 4]: 10 10 10 10
$ ptoc run dynamic.pto --engine=interp --set n=5,6
! dynamic.pto:5:5: error: [E0830] workload `w` returned PTOC_E_CHANNEL: process consumer waits for an item of channel c, process last waits for an item of channel done: none can go on
!     pipe {
!     ^
? 6
$ ptoc run dynamic.pto --engine=interp --set n=9,6
! dynamic.pto:5:5: error: [E0830] workload `w` returned PTOC_E_CHANNEL: process producer waits for room in channel c: none can go on
!     pipe {
!     ^
? 6
$ ptoc run dynamic.pto --engine=interp --set n=7,6
! dynamic.pto:5:5: error: [E0830] workload `w` returned PTOC_E_CHANNEL: channel c: 1 of the 7 items that process producer sent were not received
!     pipe {
!     ^
? 6
$ ptoc run dynamic.pto --engine=c --threads=2 --compare=interp | grep -e Y -e put -e Compared
|   put: 6 tasks (50.0%)
| Outputs:
|   Y f32[1, 4]: 10 10 10 10
| Compared with interp: every output has the same bits.
$ ptoc run dynamic.pto --engine=c --threads=1 --set n=9,6
! ptoc: error: [E0830] workload `w` returned PTOC_E_CHANNEL: process producer waits for room in channel c: none can go on
? 6
$ ptoc run dynamic.pto --engine=c --threads=4 --set n=5,6
! ptoc: error: [E0830] workload `w` returned PTOC_E_CHANNEL: process consumer waits for an item of channel c, process last waits for an item of channel done: none can go on
? 6
