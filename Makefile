# A thin layer over CMake: every target first installs what is missing (Debian packages), then configures and builds.
#   make        build into build/dev            make run    build and run samples/lightning_indexer
#   make test   build and run every test        make lint   clang-format, clang-tidy, cppcheck
#   make asan   the tests under ASan + UBSan    make bench  times ptoc and what it generates against the machine and peers
#   make format  clang-format -i on the tree
#   make install [PREFIX=/usr/local] [DESTDIR=]  make clean
PREFIX ?= /usr/local
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
# Ninja where there is one; asked for when the recipe runs, because the recipe before it may install it.
CONFIGURE = cmake $(if $(wildcard build/$(1)/CMakeCache.txt),,$$(command -v ninja >/dev/null && echo -G Ninja)) --preset $(1) --log-level=WARNING
BUILD = cmake --build build/$(1) --parallel $(JOBS)

.PHONY: all deps run test lint format asan bench install clean

all: deps
	@$(call CONFIGURE,dev)
	@$(call BUILD,dev)

deps:
	@scripts/install-deps.sh build

run: deps
	@$(call CONFIGURE,release)
	@$(call BUILD,release) --target lightning_indexer
	@build/release/samples/lightning_indexer/lightning_indexer

test: deps
	@scripts/install-deps.sh test
	@$(call CONFIGURE,dev)
	@$(call BUILD,dev)
	@scripts/run-tests.sh build/dev

asan: deps
	@$(call CONFIGURE,asan)
	@$(call BUILD,asan)
	@scripts/run-tests.sh build/asan

lint:
	@scripts/install-deps.sh build lint
	@$(call CONFIGURE,dev)
	@$(call BUILD,dev)
	@scripts/lint.sh build/dev

format:
	@scripts/install-deps.sh lint
	@find ir frontend passes backends runtime tests samples -name "*.[ch]" -type f -not -path "*/golden/*" | xargs clang-format -i

bench:
	@scripts/install-deps.sh build bench
	@$(call CONFIGURE,release)
	@$(call BUILD,release)
	@scripts/bench.sh build/release
	@bench/run.sh build/release/ptoc build/bench --chart=docs/bench.svg $(BENCH)

install: deps
	@$(call CONFIGURE,release)
	@$(call BUILD,release)
	@cmake --install build/release --prefix "$(PREFIX)"

clean:
	@rm -rf build
