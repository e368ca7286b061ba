# SPDX-License-Identifier: Apache-2.0
#
# bcc-dnstools: see `make help`.

VERSION = 0.1.0

PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
# Where samples are installed: a config file, and the list of known services that is built in.
DOCDIR ?= $(PREFIX)/share/doc/bcc-dnstools
DESTDIR ?=
# Appended to the names of programs and man pages at installation, e.g. -bpfcc.
APP_SUFFIX ?=
# Kernels (those of tests/kernels/run) that `make test-kernels` runs on, and those that `make test`
# has time for; Debian releases whose libbcc is tried.
KERNELS ?= 5.10 6.1 6.12 newest
CI_KERNELS ?= 5.10:core 6.1:probes
LIBBCC ?= bullseye trixie sid
# Resolvers of `make lab`; none: all.
LAB ?=
# Arguments of the tool that `make run` starts, and how long each fuzz target runs, in `make test`
# too.
ARGS ?=
FUZZ_SECONDS ?= 20
TEST_FUZZ_SECONDS ?= 10

ifeq ($(origin CC),default)
CC = gcc
endif
CLANG ?= clang
AR ?= ar
PKG_CONFIG ?= pkg-config
PYTHON ?= /usr/bin/python3
CFLAGS ?= -O3 -g
LDFLAGS ?=

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

ifeq ($(V),1)
Q =
say =
else
Q = @
say = @printf '  %-7s %s\n' $(1) '$(2)';
endif

# ---- What there is to build: found, not listed ----------------------------------------------

# tools/dnsX.c is the tool dnsX; tools/dnsX_*.c belong to it.
BPF_SOURCES := $(wildcard common/bpf/*.bpf.c tools/*.bpf.c)
TOOL_SOURCES := $(filter-out %.bpf.c,$(wildcard tools/dns*.c))
TOOL_NAMES := $(foreach s,$(TOOL_SOURCES:tools/%.c=%),$(if $(findstring _,$(s)),,$(s)))
TOOLS := $(TOOL_NAMES:%=build/%)
COMMON_SOURCES := $(filter-out %.bpf.c,$(wildcard common/*/*.c))
COMMON_OBJECTS := $(COMMON_SOURCES:%.c=build/%.o)
TOOL_OBJECTS := $(TOOL_SOURCES:%.c=build/%.o)
EMBEDDED := $(foreach s,$(BPF_SOURCES),build/bpf/$(notdir $(s:.bpf.c=.bpf.inc.o))) \
	build/etc/known-services.inc.o
STUB_HEADERS := $(shell find common/bpf/kernel_stub -name '*.h' 2>/dev/null)
COMMON_LIBRARY := build/libdnstools.a

SAMPLES := etc/bcc-dnstools.yaml etc/known-services

UNIT_TESTS := $(patsubst tests/unit/%.c,build/tests/%,$(wildcard tests/unit/test_*.c))
UNIT_HELPERS := $(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c))
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
# Every other C file of a test folder is a small program: tests/live/x.c -> build/tests/live/x.
# tests/*/musl_*.c is linked statically with musl, tests/*/*.go is built with Go.
HELPER_SOURCES := $(filter-out tests/unit/% tests/fuzz/%,$(wildcard tests/*/*.c))
MUSL_SOURCES := $(filter $(wildcard tests/*/musl_*.c),$(HELPER_SOURCES))
GO_SOURCES := $(wildcard tests/*/*.go)
HELPERS := $(patsubst tests/%.c,build/tests/%,$(filter-out $(MUSL_SOURCES),$(HELPER_SOURCES)))
MUSL_HELPERS := $(MUSL_SOURCES:tests/%.c=build/tests/%)
GO_HELPERS := $(GO_SOURCES:tests/%.go=build/tests/%)

# ---- Flags ----------------------------------------------------------------------------------

# libbcc is opened at run time, in a child, by common/bpf/loader.c; its headers are enough here.
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Werror
BASE_CFLAGS := -std=gnu11 $(WARNINGS) -Icommon -D_GNU_SOURCE -DVERSION='"$(VERSION)"'
LDLIBS := -Wl,--as-needed $(or $(shell $(PKG_CONFIG) --libs libbpf yajl libcap-ng libseccomp libpsl libcurl yaml-0.1 2>/dev/null),-lbpf -lyajl -lcap-ng -lseccomp -lpsl -lcurl -lyaml) -ldl -lpthread
COMPILE = $(CC) $(BASE_CFLAGS) $(CFLAGS) $(CPPFLAGS)
SANITIZE := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined

# ---- Targets for people ---------------------------------------------------------------------

.PHONY: all run deps test-deps kernels-deps bench-deps test test-kernels check lint format fuzz bench install uninstall clean help
.PHONY: test-programs fuzz-programs bench-programs lab FORCE

all: $(TOOLS) $(COMMON_LIBRARY)

help:
	@echo 'make run       install what is missing, build, start dnssnoop (ARGS="..."); root'
	@echo 'make test      install what the tests need, run all of them; root'
	@echo 'make all       build the tools into build/'
	@echo 'make test-kernels'
	@echo '               the suites on KERNELS="$(KERNELS)" and with libbcc of'
	@echo '               LIBBCC="$(LIBBCC)"; writes the table in README.md; root'
	@echo '               tests/kernels/run KERNEL COMMAND runs one command on one; no root'
	@echo 'make check     unit tests alone; no root'
	@echo 'make lint      style, static analysis, man pages, layers'
	@echo 'make format    clang-format on all sources'
	@echo 'make fuzz      all fuzz targets, FUZZ_SECONDS=$(FUZZ_SECONDS) each'
	@echo 'make bench     start time, memory and load figures of this machine; root'
	@echo 'make lab       a DNS of our own, from root to resolvers, to try things in; root'
	@echo '               LAB="unbound bind9 kresd pdns dnsmasq resolved nscd" chooses'
	@echo 'make deps      what building and running need (apt or dnf); root'
	@echo 'make install   PREFIX=$(PREFIX) DESTDIR= APP_SUFFIX= ; and make uninstall'
	@echo 'make clean     remove build/'
	@echo 'V=1 shows the commands; CC, CFLAGS and LDFLAGS are yours to set.'

deps:
	@.ci/deps run

test-deps: deps
	@.ci/deps test

kernels-deps: test-deps
	@.ci/deps kernels

bench-deps: test-deps
	@.ci/deps bench

lab:
	@.ci/deps lab
	@$(PYTHON) tests/lab/by_hand.py $(LAB)

# These run a second make: the first one has looked for libraries before they were installed.
# Root's build/ is given back to the user who called sudo.
build_all = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
give_back = [ -z "$$SUDO_UID" ] || chown -R "$$SUDO_UID:$$SUDO_GID" build

run: deps
	@$(build_all) all
	@$(give_back)
	build/dnssnoop $(ARGS)

# CI reads the closing line, so there is one whatever happens.
test: test-deps
	@$(build_all) all test-programs fuzz-programs || { echo '0 passed, 1 failed'; exit 1; }
	@FUZZ_SECONDS=$(TEST_FUZZ_SECONDS) PYTHON=$(PYTHON) KERNELS='$(CI_KERNELS)' \
		tests/run -b 'lint differential fuzz model machines' \
		unit live lab sinks lists kernels; \
		status=$$?; $(give_back); exit $$status

test-kernels: kernels-deps
	@$(build_all) all test-programs
	@KERNELS='$(KERNELS)' KERNELS_TABLE=README.md LIBBCC='$(LIBBCC)' PYTHON=$(PYTHON) \
		tests/run kernels libbcc; status=$$?; $(give_back); exit $$status

check: $(UNIT_TESTS)
	@tests/run unit

lint: all
	@PYTHON=$(PYTHON) tests/run lint

format:
	clang-format -i $(shell find common tools tests -name '*.[ch]' 2>/dev/null)

fuzz: fuzz-programs
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run fuzz

bench: bench-deps
	@$(build_all) all bench-programs
	@$(PYTHON) tests/bench/bench.py $(BENCH); status=$$?; $(give_back); exit $$status

test-programs: $(UNIT_TESTS) $(HELPERS) $(MUSL_HELPERS) $(GO_HELPERS)

fuzz-programs: $(FUZZ_TARGETS)

bench-programs: $(filter build/tests/bench/% build/tests/live/novelty_dump,$(HELPERS))

install: all
	install -d '$(DESTDIR)$(SBINDIR)' '$(DESTDIR)$(MANDIR)/man8' '$(DESTDIR)$(DOCDIR)'
	$(Q)set -e; for tool in $(TOOL_NAMES); do \
		install -m 755 build/$$tool '$(DESTDIR)$(SBINDIR)'/$$tool$(APP_SUFFIX); \
		install -m 644 man/$$tool.8 '$(DESTDIR)$(MANDIR)/man8'/$$tool$(APP_SUFFIX).8; \
	done
	install -m 644 $(SAMPLES) '$(DESTDIR)$(DOCDIR)'

uninstall:
	$(Q)for tool in $(TOOL_NAMES); do \
		rm -f '$(DESTDIR)$(SBINDIR)'/$$tool$(APP_SUFFIX) \
			'$(DESTDIR)$(MANDIR)/man8'/$$tool$(APP_SUFFIX).8; \
	done
	rm -f $(SAMPLES:etc/%='$(DESTDIR)$(DOCDIR)'/%)
	$(Q)rmdir '$(DESTDIR)$(DOCDIR)' 2>/dev/null || true

clean:
	rm -rf build

# ---- How things are built -------------------------------------------------------------------

# Fails in one line, before the compiler does in a hundred.
build/.libraries:
	@mkdir -p build
	@command -v $(PKG_CONFIG) >/dev/null || \
		{ echo 'pkg-config is missing: run "sudo make deps"' >&2; exit 1; }
	@for want in 'libbcc 0.18' 'libbpf 0.7' 'yajl 2.0' 'libcap-ng 0.7' \
		'libseccomp 2.4' 'libpsl 0.20' 'libcurl 7.68' 'yaml-0.1 0.2'; do \
		set -- $$want; \
		$(PKG_CONFIG) --atleast-version=$$2 $$1 || { \
			echo "$$1 >= $$2 is missing: run \"sudo make deps\"" >&2; exit 1; }; \
	done
	@touch $@

# Everything is built again when the compiler, a flag or a library's version changes.
build/.flags: FORCE | build/.libraries
	@printf '%s\n' '$(subst ','\'',$(COMPILE) $(LDFLAGS) $(LDLIBS))' >$@.$$$$; \
	cmp -s $@.$$$$ $@ && rm $@.$$$$ || mv $@.$$$$ $@

build/%.o: %.c build/.flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

build/bpf/%.bpf.inc.o: build/bpf/%.bpf.inc.c build/.flags
	$(call say,CC,$<)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

build/bpf/%.bpf.inc.c: common/bpf/%.bpf.c common/bpf/embed
	$(call say,EMBED,$<)
	@mkdir -p $(@D)
	$(Q)common/bpf/embed program $(*F) $< $@ common/bpf common

build/bpf/%.bpf.inc.c: tools/%.bpf.c common/bpf/embed
	$(call say,EMBED,$<)
	@mkdir -p $(@D)
	$(Q)common/bpf/embed program $(*F) $< $@ common/bpf common

build/bpf/kernel_stub.inc.c: $(STUB_HEADERS) common/bpf/embed Makefile
	$(call say,EMBED,common/bpf/kernel_stub)
	@mkdir -p $(@D)
	$(Q)common/bpf/embed stubs common/bpf/kernel_stub $@

# etc/X becomes `const char X_text[]`, with _ for -.
build/etc/%.inc.c: etc/% common/bpf/embed
	$(call say,EMBED,$<)
	@mkdir -p $(@D)
	$(Q)common/bpf/embed text $(subst -,_,$*) $< $@

build/etc/%.inc.o: build/etc/%.inc.c build/.flags
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

build/bpf/kernel_stub.inc.o: build/bpf/kernel_stub.inc.c build/.flags
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

$(COMMON_LIBRARY): $(COMMON_OBJECTS) $(EMBEDDED) build/bpf/kernel_stub.inc.o
	$(call say,AR,$@)
	$(Q)rm -f $@; $(AR) rcs $@ $^

# The objects of tool $(1).
tool_parts = $(filter build/tools/$(1).o build/tools/$(1)_%.o,$(TOOL_OBJECTS))

.SECONDEXPANSION:

$(TOOLS): build/%: $$(call tool_parts,$$*) $(COMMON_LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(UNIT_TESTS): build/tests/%: build/tests/unit/%.o $(UNIT_HELPERS:%.c=build/%.o) $(COMMON_LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(HELPERS): build/tests/%: build/tests/%.o $(COMMON_LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lpcap -lpthread

# No helper of its own folder: these stand for programs that others wrote.
$(MUSL_HELPERS): build/tests/%: tests/%.c
	$(call say,MUSL,$@)
	@mkdir -p $(@D)
	$(Q)musl-gcc -static -O2 -o $@ $<

$(GO_HELPERS): build/tests/%: tests/%.go
	$(call say,GO,$@)
	@mkdir -p $(@D)
	$(Q)CGO_ENABLED=0 GOCACHE='$(CURDIR)/build/go-cache' GOFLAGS=-mod=mod GO111MODULE=off \
		go build -o $@ $<

# Fuzz targets have objects of their own: all of common/, instrumented.
build/fuzz/obj/%.o: %.c build/.flags
	$(call say,FUZZ,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BASE_CFLAGS) -O1 -g $(SANITIZE) -MMD -MP -c -o $@ $<

build/fuzz/libdnstools.a: $(COMMON_SOURCES:%.c=build/fuzz/obj/%.o) $(EMBEDDED) build/bpf/kernel_stub.inc.o
	$(Q)rm -f $@; $(AR) rcs $@ $^

$(FUZZ_TARGETS): build/fuzz/%: build/fuzz/obj/tests/fuzz/%.o build/fuzz/libdnstools.a
	$(call say,LINK,$@)
	$(Q)$(CLANG) $(SANITIZE) -o $@ $^ $(LDLIBS)

.SECONDARY:

-include $(shell find build -type f -name '*.d' 2>/dev/null)
