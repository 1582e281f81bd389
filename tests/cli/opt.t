# ptoc opt: IR to IR, and what is shown between passes.

$ ptoc opt scale.pto -o a.ptoir && ptoc opt a.ptoir | cmp - a.ptoir && ptoc opt - <a.ptoir | cmp - a.ptoir && head -2 a.ptoir
| module scale stage tile
| source 0 "scale.pto"
$ ptoc opt -O2 scale.pto -o b.ptoir && ptoc opt b.ptoir | cmp - b.ptoir && ptoc scale.pto --emit=ir -o - | cmp - b.ptoir
$ ptoc opt scale.pto --passes=simplify,tier --verify-each --check-each | head -1
| module scale stage tile
$ ptoc opt - --passes= <scale.pto | head -1
| module _stdin_ stage tile
$ ptoc opt scale.pto --passes=simplfy
! ptoc: error: [E0705] there is no pass `simplfy`
! hint: did you mean `simplify`? `ptoc --print=passes` lists them
? 2
$ ptoc opt scale.pto --passes=clean
! ptoc: error: [E0707] pass `clean` needs a module at stage `block`, but it is at stage `tile` there
? 2
$ ptoc opt scale.pto -fno-stream
! ptoc: error: [E0706] pass `stream` cannot be left out: -fno-stream
? 2
$ ptoc opt scale.pto -O2 -fno-clean | head -1
| module scale stage block
$ ptoc opt scale.pto --print-ir-after=nopass
! ptoc: error: [E0705] there is no pass `nopass`
? 2
$ ptoc scale.pto --print-ir-after=tier -o x.c 2>&1 | head -2
| // IR after pass 2, tier
| module scale stage tile
$ ptoc scale.pto --print-ir-after-all -o x.c 2>&1 | grep '^//'
| // IR after pass 1, simplify
| // IR after pass 2, tier
| // IR after pass 3, pages
| // IR after pass 4, tidy
| // IR after pass 5, fuse
| // IR after pass 6, stream
| // IR after pass 7, missing
| // IR after pass 8, unpage
| // IR after pass 9, clean
| // IR after pass 10, blocks
| // IR after pass 11, split
| // IR after pass 12, coarsen
| // IR after pass 13, batch
| // IR after pass 14, join
| // IR after pass 15, contract
| // IR after pass 16, rows
| // IR after pass 17, digits
| // IR after pass 18, strip
| // IR after pass 19, block
| // IR after pass 20, pack
| // IR after pass 21, guard
| // IR after pass 22, lanes
| // IR after pass 23, island
$ ptoc scale.pto --dump-dir=dumps -o x.c && ls dumps && for f in dumps/*; do ptoc opt $f | cmp - $f; done
| 00-input.ptoir
| 01-simplify.ptoir
| 02-tier.ptoir
| 03-pages.ptoir
| 04-tidy.ptoir
| 05-fuse.ptoir
| 06-stream.ptoir
| 07-missing.ptoir
| 08-unpage.ptoir
| 09-clean.ptoir
| 10-blocks.ptoir
| 11-split.ptoir
| 12-coarsen.ptoir
| 13-batch.ptoir
| 14-join.ptoir
| 15-contract.ptoir
| 16-rows.ptoir
| 17-digits.ptoir
| 18-strip.ptoir
| 19-block.ptoir
| 20-pack.ptoir
| 21-guard.ptoir
| 22-lanes.ptoir
| 23-island.ptoir
$ ptoc scale.pto --dump-dir=nowhere/dumps -o x.c
! ptoc: error: [E0810] cannot write `nowhere/dumps`: No such file or directory
? 3
$ ptoc scale.pto --check-each -o x.c && echo checked
| checked
$ sed '/^example/,$d' scale.pto >none.pto && ptoc none.pto --check-each -o x.c
! ptoc: error: [E0823] --check-each: `none.pto` has no example that binds everything
? 2
$ sed 's/, 8]/, 2000]/; s/T = 8/T = 2000/' tiers.pto >late.pto && ptoc late.pto --check-each -o x.c
! ptoc: error: [E0827] --check-each: example `small` fails before the first pass: n = 2000 is above the last tier 1024 (b = 2)
? 6
$ printf 'module m stage nowhere\n' >bad.ptoir && ptoc opt bad.ptoir
! bad.ptoir:1:16: error: [E0703] IR text: unknown stage `nowhere`
! module m stage nowhere
!                ^~~~~~~
? 1
$ ptoc opt missing.ptoir
! ptoc: error: [E0207] cannot read `missing.ptoir`: No such file or directory
? 3

# What only IR text can ask for.
$ ptoc opt scale.pto --passes=$(yes simplify | head -65 | paste -sd,)
! ptoc: error: [E0708] more than 64 passes in one pipeline
? 4
$ ptoc opt tiers.pto --passes=simplify | sed 's/\[%CAP, /[%T, /' | ptoc opt - --passes=tier
! ptoc: error: [E0709] the argument for const parameter `CAP` of `total` is no constant
? 1
