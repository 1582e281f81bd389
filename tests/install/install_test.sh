#!/usr/bin/env bash
# install_test.sh cmake|make|meson BUILD_DIR SOURCE_DIR CMAKE CC
# Installs the build into a scratch prefix and builds and runs samples/integration/SYSTEM with it; 77 when SYSTEM is missing.
set -euo pipefail
system=$1 build=$2 source=$3 cmake=$4
export CC=$5
command -v "$system" >/dev/null || exit 77

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
prefix=$dir/prefix
"$cmake" --install "$build" --prefix "$prefix" >"$dir/install.log" || { cat "$dir/install.log"; exit 1; }
for file in bin/ptoc include/ptoc_rt.h include/ptoc.h; do
    [ -e "$prefix/$file" ] || { echo "the installation has no $file"; exit 1; }
done
pkgconfig=$(dirname "$(find "$prefix" -name ptoc.pc)")

# A copy without the rest of the tree: nothing may be found by way of it.
cp -r "$source/samples/integration" "$dir/demo"
cd "$dir/demo/$system"
case $system in
cmake)
    "$cmake" -S . -B build -DCMAKE_PREFIX_PATH="$prefix" >"$dir/log" && "$cmake" --build build >>"$dir/log" || { cat "$dir/log"; exit 1; }
    ./build/demo
    cp -r "$source/samples/jit" "$dir/jit" # the library, and with it where the module of LLVM was built
    "$cmake" -S "$dir/jit" -B "$dir/jit/build" -DCMAKE_PREFIX_PATH="$prefix" >"$dir/log" && "$cmake" --build "$dir/jit/build" >>"$dir/log" || { cat "$dir/log"; exit 1; }
    [ ! -e "$(find "$prefix" -name ptoc-llvm.so)" ] || "$dir/jit/build/jit_demo" 2
    rebuild=("$cmake" --build build)
    generated=build/scale.ptoc/scale.c
    ;;
make)
    make PTOC="$prefix/bin/ptoc" >"$dir/log" || { cat "$dir/log"; exit 1; }
    ./demo
    rebuild=(make PTOC="$prefix/bin/ptoc")
    generated=scale.c
    ;;
meson)
    export PKG_CONFIG_PATH=$pkgconfig
    meson setup build >"$dir/log" && meson compile -C build >>"$dir/log" || { cat "$dir/log"; exit 1; }
    ./build/demo
    rebuild=(meson compile -C build)
    generated=build/scale.c
    ;;
esac

# The source changes: the C file is made again, and only then.
before=$(cksum <"$generated")
sleep 1.1
sed -i 's/x \* 2\.0/x * 3.0/' ../scale.pto
"${rebuild[@]}" >"$dir/log" || { cat "$dir/log"; exit 1; }
[ "$(cksum <"$generated")" != "$before" ] || { echo "a changed scale.pto did not make $generated again"; exit 1; }
stamp=$(stat -c %Y.%y "$generated")
sleep 1.1
"${rebuild[@]}" >"$dir/log"
[ "$(stat -c %Y.%y "$generated")" = "$stamp" ] || { echo "$generated was made again for nothing"; exit 1; }
echo "install.$system: ok"
