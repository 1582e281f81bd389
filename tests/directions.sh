#!/usr/bin/env bash
# directions.sh COMPILER SOURCE_DIR LIBRARY INCLUDE_DIRS
# Includes every header of the tree through the include path LIBRARY is really compiled with (colon-separated) and
# compares with what it may see: a header it may see must be found, any other one must not compile.
set -euo pipefail
compiler=$1 source=$2 library=$3 include_dirs=$4

case $library in
ptoc_base) sees='^ir/base/' ;;
ptoc_ir) sees='^(ir|runtime/include)/' ;;
ptoc_frontend) sees='^(ir|frontend)/' ;;
ptoc_passes) sees='^(ir|passes)/' ;;
ptoc_backend_common | ptoc_backend_c | ptoc_backend_npu) sees='^(ir|backends)/' ;;
ptoc_driver) sees='^(ir|frontend|passes|backends|runtime/include)/' ;;
*) echo "directions.sh: no row for library $library" >&2; exit 1 ;;
esac

flags=()
while IFS= read -r -d : dir; do
    if [ -n "$dir" ]; then flags+=("-I$dir"); fi
done <<<"$include_dirs:"

# Runs from / so that nothing is found by way of the working directory.
cd /
failures=0 allowed=0 forbidden=0
includes() { # includes HEADER: does it come in? -E is enough: finding it is the question, not what it says.
    printf '#include "%s"\n' "$1" | "$compiler" -std=c11 "${flags[@]}" -E -x c -o /dev/null - 2>/dev/null
}
found() { # the header itself is found, whatever its own includes come to
    local dir
    for dir in "${flags[@]#-I}"; do
        if [ -e "$dir/$1" ]; then return 0; fi
    done
    return 1
}
check() {
    local header=$1
    if [[ $header =~ $sees ]]; then
        allowed=$((allowed + 1))
        found "$header" || { echo "$library must see $header and does not"; failures=$((failures + 1)); }
    else
        forbidden=$((forbidden + 1))
        if includes "$header"; then echo "$library must not see $header and does"; failures=$((failures + 1)); fi
    fi
}
while IFS= read -r header; do
    check "$header"
done < <(cd "$source" && find ir frontend passes backends runtime/include -name '*.h' 2>/dev/null | sort)

includes ir/base/arena.h || { echo "$library cannot include ir/base/arena.h"; failures=$((failures + 1)); }
# The libraries above the base are only held back if something is there to hold them back from.
if [ "$allowed" -eq 0 ] || { [ "$library" != ptoc_driver ] && [ "$forbidden" -eq 0 ]; }; then
    echo "nothing was checked for $library: allowed $allowed, forbidden $forbidden"
    exit 1
fi
echo "$library: $allowed headers seen, $forbidden refused, $failures wrong"
[ "$failures" -eq 0 ]
