#!/usr/bin/env bash
# What the library may reach, from its own symbols: it exports the names of ptoc.h and no other, keeps nothing that can be written but one
# pointer of each thread, and calls nothing that ends the process, starts another, writes to a stream of the process or changes its state.
# symbols.sh LIBPTOC.a BUILD_DIR
set -euo pipefail
lib=$1 build=$2
bad=0
fail() {
    echo "symbols: $*"
    bad=1
}

exported=$(nm -g --defined-only "$lib" | awk 'NF == 3 { print $3 }' | sort)
declared=$(grep -vE '^typedef' "$build/include-public/ptoc.h" | grep -oE '[ *]ptoc_[a-z_]+\(' | tr -d ' *(' | sort -u)
[ "$exported" = "$declared" ] || fail "exports $(tr '\n' ' ' <<<"$exported"), and ptoc.h declares $(tr '\n' ' ' <<<"$declared")"

# Objects in sections that can be written when the program runs; what the linker fills in once is read only then.
written=$(objdump -t "$lib" | awk '$0 ~ / O / { for (i = 1; i <= NF; i++) if ($i == "O") print $(i + 1), $NF }' |
    grep -E '^(\.data|\.bss|\*COM\*|\.tdata|\.tbss)' | grep -v '^\.data\.rel\.ro' || true)
[ -z "$(grep -vx '.tbss rescue' <<<"$written")" ] || fail "can be written: $written"

called=$(nm -u "$lib" | awk '{ print $NF }')
for name in exit _exit _Exit quick_exit atexit fork vfork execve execv execvp execvpe system popen posix_spawn posix_spawnp \
    printf vprintf fprintf vfprintf puts fputs putchar putc fputc perror fflush signal sigaction setlocale setenv putenv unsetenv chdir \
    strtok rand srand localtime gmtime asctime umask dup2; do
    ! grep -qx "$name\|__${name}_chk" <<<"$called" || fail "calls $name"
done
# The streams: what compiled code may print to is an address for it, and flex's skeleton names two that are never used.
for archive in "$build"/libptoc_*.a; do
    for pair in $(nm -A -u "$archive" | awk '$NF ~ /^std(in|out|err)$/ { split($1, at, ":"); print at[length(at) - 1] "," $NF }'); do
        case $pair in
        callee.c.o,stderr | lexer.c.o,std*) ;;
        eval_control.c.o,stderr) ;; # of tl.print where the interpreter was told of no other place; the driver tells it
        # of the program ptoc, not of the library
        driver.c.o,* | test_cmd.c.o,* | print.c.o,* | options_*.c.o,* | commands.c.o,* | main.c.o,*) ;;
        *) fail "${archive##*/} has $pair" ;;
        esac
    done
done
exit $bad
