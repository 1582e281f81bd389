#!/usr/bin/env bash
# install-deps.sh [build] [test] [lint] [bench]: installs the Debian packages that are missing, and says nothing when none is.
set -euo pipefail

build_packages=(build-essential cmake ninja-build flex bison libcunit1-dev clang llvm-19-dev clang-19)
test_packages=(lld gdb qemu-user libc6-dev-arm64-cross libgcc-12-dev-arm64-cross libopenmpi-dev openmpi-bin
               libstarpu-dev pkg-config libomp-19-dev)
lint_packages=(clang-format clang-tidy cppcheck)
bench_packages=(g++ clang-19 libomp-19-dev libopenblas-dev libdnnl-dev)

wanted=()
for set in "${@:-build}"; do
    case $set in
    build) wanted+=("${build_packages[@]}") ;;
    test) wanted+=("${test_packages[@]}") ;;
    lint) wanted+=("${lint_packages[@]}") ;;
    bench) wanted+=("${bench_packages[@]}") ;;
    *) echo "install-deps.sh: unknown set $set (build, test, lint, bench)" >&2; exit 2 ;;
    esac
done

# A command may also come from elsewhere than its Debian package.
command_of() {
    case $1 in
    build-essential) echo "cc make" ;;
    cmake | flex | bison | g++ | clang | clang-format | clang-tidy | cppcheck) echo "$1" ;;
    ninja-build) echo ninja ;;
    esac
}
present() {
    local command commands
    dpkg -s "$1" >/dev/null 2>&1 && return 0
    commands=$(command_of "$1")
    [ -n "$commands" ] || return 1
    for command in $commands; do
        command -v "$command" >/dev/null 2>&1 || return 1
    done
}

missing=()
for package in "${wanted[@]}"; do
    present "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "ptoc needs: ${missing[*]} (Debian names). Please install them; this system has no apt-get." >&2
    exit 3
fi
root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "ptoc needs: ${missing[*]}. Please run as root: apt-get install ${missing[*]}" >&2
        exit 3
    fi
    root=(sudo)
fi
echo "Installing ${missing[*]} ..."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1; then
    cat "$log" >&2
    exit 3
fi
