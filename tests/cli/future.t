# What the manual describes and this version does not do yet is refused by name.

$ ptoc scale.pto --emit=bc
! ptoc: error: [E0835] --emit=bc is not made for the target `c`
? 2
$ ptoc scale.pto -mcpu=znver3
! ptoc: error: [E0826] option `-mcpu` is for the target llvm
? 2
$ ptoc fmt --check scale.pto
! ptoc: error: [E0808] `ptoc fmt` is not in this version of ptoc
? 2
$ ptoc lsp
! ptoc: error: [E0808] `ptoc lsp` is not in this version of ptoc
? 2
