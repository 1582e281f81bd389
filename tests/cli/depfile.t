# Depfiles: make rules.

$ mkdir -p "sub dir" && printf 'const FACTOR = 2;\n' >"sub dir/c.pto" && sed '/^const/d; 1a import "sub dir/c.pto";' scale.pto >imp.pto
$ ptoc imp.pto -o imp.c -MD && cat imp.d
| imp.c: imp.pto \
|   sub\ dir/c.pto
$ ptoc imp.pto -o imp.c -MD -MF - -MT a.c -MT 'b$.c' -MP
| a.c b$$.c: imp.pto \
|   sub\ dir/c.pto
|
| sub\ dir/c.pto:
$ printf 'import "c.pto";\n' >top.pto && sed '/^const/d; /^\/\//d' scale.pto >>top.pto && ptoc top.pto -I "sub dir" -o top.c -MD && cat top.d
| top.c: top.pto \
|   sub\ dir/c.pto
