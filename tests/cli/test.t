# ptoc test.

$ ptoc test scale.pto tiers.pto two.pto
| ok   scale.pto: example tiny: interp
| ok   scale.pto: example tiny: interp: expect Y
| ok   scale.pto: example wide: interp
| ok   scale.pto: example tiny: c = interp
| ok   scale.pto: example tiny: c: expect Y
| ok   scale.pto: example wide: c = interp
| ok   tiers.pto: example small: interp
| ok   tiers.pto: example small: c = interp
| ok   two.pto: example one: interp
| ok   two.pto: example two: interp
| ok   two.pto: example one: c = interp
| ok   two.pto: example two: c = interp
| 12 passed, 0 failed
$ ptoc test --engine=interp scale.pto
| ok   scale.pto: example tiny: interp
| ok   scale.pto: example tiny: interp: expect Y
| ok   scale.pto: example wide: interp
| 3 passed, 0 failed
$ sed 's/12, 15/12, 16/' scale.pto >off.pto && ptoc test off.pto
| ok   off.pto: example tiny: interp
| FAIL off.pto: example tiny: interp: expect Y: `Y`[1, 0, 2] is 15, expected 16
| ok   off.pto: example wide: interp
| ok   off.pto: example tiny: c = interp
| FAIL off.pto: example tiny: c: expect Y: `Y`[1, 0, 2] is 15, expected 16
| ok   off.pto: example wide: c = interp
| 4 passed, 2 failed
? 5
$ sed '/^example/,$d' scale.pto >none.pto && ptoc test none.pto
| 0 passed, 0 failed
! ptoc: warning: [W0801] `none.pto` has no example: there is nothing to test
$ ptoc test broken.pto scale.pto
| ok   scale.pto: example tiny: interp
| ok   scale.pto: example tiny: interp: expect Y
| ok   scale.pto: example wide: interp
| ok   scale.pto: example tiny: c = interp
| ok   scale.pto: example tiny: c: expect Y
| ok   scale.pto: example wide: c = interp
| 6 passed, 0 failed
! broken.pto:1:11: error: [E0201] unknown name `B`
! const A = B;
!           ^
? 1
$ sed 's/, 8]/, 2000]/; s/T = 8/T = 2000/' tiers.pto >late.pto && ptoc test late.pto
| FAIL late.pto: example small: interp: returned PTOC_E_TIER: n = 2000 is above the last tier 1024 (b = 2)
| ok   late.pto: example small: c = interp
| 1 passed, 1 failed
? 5
