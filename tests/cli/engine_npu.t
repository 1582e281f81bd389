# Kernels for NPUs on the stand-in, as far as no C++ compiler is needed (tests/npu runs them).

$ ptoc run scale.pto --engine=npu-stub
! ptoc: error: [E0836] no C++ compiler was found: $CXX is `nonesuch`
? 3
$ CXX=false ptoc run scale.pto --engine=npu-stub
! ptoc: error: [E0837] the C++ compiler `false` failed: it returned 1
? 3
$ ptoc test scale.pto --engine=npu-stub
| ok   scale.pto: example tiny: interp
| ok   scale.pto: example tiny: interp: expect Y
| ok   scale.pto: example wide: interp
| skip scale.pto: npu-stub (npu-a2a3): [E0836] (ptoc --target=npu-a2a3 tells why)
| 3 passed, 0 failed, 1 skipped
