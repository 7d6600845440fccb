# Trestle's build. `make` alone prints the targets; each line of help stands
# behind its target as "## text".

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# A compiler cache is used where there is one.
CXX := $(shell command -v ccache) $(or $(TRESTLE_CXX),g++)

# A long build shows a line a file; `make V=1` shows the commands, and with -s
# there is nothing to see.
Q := $(if $(V),,@)
say = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@printf '  %-4s %s\n' $(1) $(2))

# `make test` and `make demo` build on all cores, unless a -j says otherwise.
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

# `make SANITIZE=1 ...` builds the same tree with ASan and UBSan beside it.
ifdef SANITIZE
BUILD := build/asan
OPTIMIZE := -O1 -g1 -fno-omit-frame-pointer -U_FORTIFY_SOURCE \
            -fsanitize=address,undefined -fno-sanitize-recover=undefined
LINK_FLAGS := -fsanitize=address,undefined
else
BUILD := build
OPTIMIZE := -O2 -g1
LINK_FLAGS :=
endif

# A package is built with WERROR= : what warns is not ours to choose there.
WERROR := -Werror
WARNINGS := -Wall -Wextra -Wshadow -Wnon-virtual-dtor $(WERROR)
# g++ 12 sees overlaps in assignments to a std::string that are none (GCC bug
# 105651); clang 14 dislikes how RapidJSON's iterators are compared in C++20.
QUIET := $(if $(findstring clang,$(TRESTLE_CXX)),\
           -Wno-ambiguous-reversed-operator,-Wno-restrict)
WARNINGS += $(QUIET)
CXXFLAGS := -std=c++20 $(OPTIMIZE) $(WARNINGS) -fPIC -fvisibility=hidden \
            -Imodule -MMD -MP

# --- the pure core: no nginx, no libpq on the include path -------------------

CORE_AREAS := base catalog sql auth encode frontend query rest graphql \
              pages live status
CORE_SOURCES := $(wildcard $(CORE_AREAS:%=module/%/*.cc))
CORE_OBJECTS := $(CORE_SOURCES:%.cc=$(BUILD)/%.o) \
                $(BUILD)/generated/catalog_sql.o
CORE := $(BUILD)/libtrestle_core.a
CORE_LIBS := -lpg_query -lprotobuf-c -lcrypto -lz -licuuc

$(CORE): $(CORE_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

# The statements that read a catalog are embedded.
$(BUILD)/generated/catalog_sql.cc: tools/embed-catalog-sql \
                                   $(wildcard sql/catalog/*.sql)
	@mkdir -p $(@D)
	@tools/embed-catalog-sql > $@

$(BUILD)/generated/%.o: $(BUILD)/generated/%.cc
	$(call say,CXX,$<)
	$(Q)$(CXX) $(CXXFLAGS) -c $< -o $@

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CXX) $(CXXFLAGS) $(AREA_FLAGS) $(TEST_FLAGS) -c $< -o $@

# Tests are run once: compiling them takes longer than running them.
$(BUILD)/tests/%.o: TEST_FLAGS := -O0

# --- programs for the command line ---------------------------------------------

# build/trestle: main() with the table of subcommands, a file for each of them.
TRESTLE := $(BUILD)/trestle
COMMANDS := $(BUILD)/libtrestle_commands.a
COMMAND_SOURCES := $(wildcard tools/trestle/*.cc)

$(BUILD)/tools/%.o: AREA_FLAGS = -I. $(PG_FLAGS)

$(COMMANDS): $(COMMAND_SOURCES:%.cc=$(BUILD)/%.o)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(TRESTLE): $(BUILD)/tools/trestle.o $(COMMANDS) $(CORE)
	$(call say,LD,$@)
	$(Q)$(CXX) $(LINK_FLAGS) $^ $(CORE_LIBS) -lpq -o $@

# build/trestle-render: the template engine of pages without a server.
RENDER := $(BUILD)/trestle-render

$(RENDER): $(BUILD)/tools/trestle_render.o $(CORE)
	$(call say,LD,$@)
	$(Q)$(CXX) $(LINK_FLAGS) $^ $(CORE_LIBS) -o $@

# --- the database client: libpq, but no nginx ---------------------------------

PG_SOURCES := $(wildcard module/pg/*.cc)
PG := $(BUILD)/libtrestle_pg.a
PG_LIBS := -lpq -lssl -lcrypto
PG_FLAGS := -I$(shell pg_config --includedir 2>/dev/null)

$(PG): $(PG_SOURCES:%.cc=$(BUILD)/%.o)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/module/pg/%.o: AREA_FLAGS := $(PG_FLAGS)

# --- unit tests: one program per folder of tests/unit -------------------------

UNIT_AREAS := $(notdir $(wildcard tests/unit/*))
UNIT_PROGRAMS := $(UNIT_AREAS:%=$(BUILD)/tests/unit_%)
unit_objects = $(patsubst %.cc,$(BUILD)/%.o,$(wildcard tests/unit/$(1)/*.cc))

define unit_program
$(BUILD)/tests/unit_$(1): $(call unit_objects,$(1)) $(CORE)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CXX) $$(LINK_FLAGS) $$^ $$(CORE_LIBS) -lgtest -lgtest_main -lpthread -o $$@
endef
$(foreach area,$(UNIT_AREAS),$(eval $(call unit_program,$(area))))

# What of module/http needs no nginx.
$(BUILD)/tests/unit_http: $(BUILD)/module/http/cors.o
$(BUILD)/tests/unit_http: CORE_LIBS := $(CORE) $(CORE_LIBS)

$(BUILD)/tests/unit_pg: $(PG)
$(BUILD)/tests/unit_pg: CORE_LIBS := $(CORE) $(CORE_LIBS) $(PG_LIBS)

$(BUILD)/tests/unit_tools: $(COMMANDS)
$(BUILD)/tests/unit_tools: CORE_LIBS := $(CORE) $(CORE_LIBS) $(PG_LIBS)

# --- tests of the database client, against a PostgreSQL of their own ----------

PG_TESTS := $(BUILD)/tests/pg_tests
PG_TEST_SOURCES := $(wildcard tests/pg/*.cc) \
                   $(addprefix tests/support/,postgres_cluster.cc poll_loop.cc \
                     fault_proxy.cc http_client.cc process.cc)

$(PG_TESTS): $(PG_TEST_SOURCES:%.cc=$(BUILD)/%.o) $(PG) $(CORE)
	$(call say,LD,$@)
	$(Q)$(CXX) $(LINK_FLAGS) $^ $(CORE_LIBS) $(PG_LIBS) -lgtest -lgtest_main -lpthread -o $@

# The same client with functions that fail on demand.
PG_FAULTS := $(BUILD)/tests/pg_faults
PG_FAULT_SOURCES := $(wildcard tests/fault/pg_*.cc) tests/pg/pool_fixture.cc \
                    $(addprefix tests/support/,postgres_cluster.cc poll_loop.cc \
                     process.cc)
PG_WRAPPED := PQconnectStartParams PQconnectPoll PQsocket PQgetCancel send recv

$(PG_FAULTS): $(PG_FAULT_SOURCES:%.cc=$(BUILD)/%.o) $(PG) $(CORE)
	$(call say,LD,$@)
	$(Q)$(CXX) $(LINK_FLAGS) $(PG_WRAPPED:%=-Wl,--wrap=%) $^ $(CORE_LIBS) $(PG_LIBS) \
	  -lgtest -lgtest_main -lpthread -o $@

$(BUILD)/tests/fault/%.o: AREA_FLAGS := -Itests -Itests/pg $(PG_FLAGS)
$(BUILD)/tests/%.o: AREA_FLAGS := -Itests $(PG_FLAGS)
$(BUILD)/tests/unit/%.o: AREA_FLAGS := -Itests
$(BUILD)/tests/unit/pg/%.o: AREA_FLAGS := -Itests $(PG_FLAGS)
$(BUILD)/tests/unit/tools/%.o: AREA_FLAGS := -Itests -I.

# --- the module, built out of tree against Debian's nginx-dev ------------------
#
# nginx's configure writes the Makefile, from `config` and `config.make`. The
# core and pg are handed in as static libraries, so only module/http is compiled
# there.

NGX_DEV := /usr/share/nginx/src
NGX_BUILD := $(CURDIR)/$(BUILD)/nginx
MODULE := $(BUILD)/ngx_http_trestle_module.so
MODULE_SOURCES := $(wildcard module/http/*.cc)
MODULE_FLAGS := -Wextra -Wshadow -Wnon-virtual-dtor $(QUIET) \
                $(if $(WERROR),,-Wno-error)
# One name for both languages: the driver tells C from C++ by the file.
MODULE_CC := $(subst clang++,clang,$(subst g++,gcc,$(or $(TRESTLE_CXX),g++)))
MODULE_CC := $(subst clangcc,clang,$(MODULE_CC))
MODULE_LINK := $(LINK_FLAGS) -Wl,--exclude-libs,ALL
ifdef SANITIZE
# nginx unloads the module at its end; leaks of unloaded code have no names.
MODULE_LINK += -Wl,-z,nodelete
endif

# Changes when a source file comes or goes. nginx's build holds absolute names,
# so a tree that has moved begins it anew.
$(NGX_BUILD).sources: FORCE
	@mkdir -p $(@D)
	@grep -qsx '$(CURDIR)' $@ || rm -rf $(NGX_BUILD)
	@printf '%s\n' $(CURDIR) $(MODULE_SOURCES) | cmp -s - $@ || \
	  printf '%s\n' $(CURDIR) $(MODULE_SOURCES) > $@

$(NGX_BUILD)/Makefile: config config.make Makefile $(NGX_BUILD).sources
	@mkdir -p $(NGX_BUILD)
	@echo "configuring nginx (log: $(BUILD)/nginx.log)"
	@cd $(NGX_DEV) && . ./conf_flags && \
	  TRESTLE_LIBS="$(CURDIR)/$(PG) $(CURDIR)/$(CORE)" \
	  TRESTLE_CXXFLAGS="$(MODULE_FLAGS)" \
	  ./configure --with-cc="$(MODULE_CC)" \
	    --with-cc-opt="$(OPTIMIZE) -fPIC" --with-ld-opt="$(MODULE_LINK)" \
	    "$${NGX_CONF_FLAGS[@]}" --add-dynamic-module=$(CURDIR) \
	    --builddir=$(NGX_BUILD) > $(CURDIR)/$(BUILD)/nginx.log 2>&1 \
	  || { tail -n 20 $(CURDIR)/$(BUILD)/nginx.log; exit 1; }
	@touch $@

$(MODULE): FORCE $(PG) $(CORE) $(NGX_BUILD)/Makefile
	@$(MAKE) -s --no-print-directory -f $(NGX_BUILD)/Makefile -C $(NGX_DEV) \
	  CC="$(strip $(shell command -v ccache) $(MODULE_CC))" modules
	@cmp -s $(NGX_BUILD)/$(@F) $@ || install -m 644 $(NGX_BUILD)/$(@F) $@

TIDY_FLAGS = -std=c++20 -Imodule $(PG_FLAGS)
NGX_FLAGS = $(foreach folder,core event event/modules os/unix http \
              http/modules http/v2,-isystem $(NGX_DEV)/src/$(folder)) \
            -isystem $(NGX_BUILD)

# Where Debian's nginx looks for modules and for the lines that load them.
MODULES_DIR = $(DESTDIR)/usr/lib/nginx/modules
AVAILABLE_DIR = $(DESTDIR)/usr/share/nginx/modules-available
ENABLED_DIR = $(DESTDIR)/etc/nginx/modules-enabled

# --- targets ------------------------------------------------------------------

.PHONY: FORCE module install uninstall deb docs tidy

.PHONY: help core tools pg check check-% check-pg-database format format-check clean

help: ## print this list
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | \
	  sed -E 's/^([a-z%-]+):.*## (.*)/  \1\t\2/' | expand -t 18

core: $(CORE) ## build the pure core as a static library

tools: $(TRESTLE) $(RENDER) ## build the programs for the command line: trestle, trestle-render

pg: $(PG) ## build the database client as a static library

module: $(MODULE) ## build the nginx module, build/ngx_http_trestle_module.so

install: $(MODULE) ## install the module where Debian's nginx loads it (DESTDIR)
	install -D -m 644 $(MODULE) $(MODULES_DIR)/$(notdir $(MODULE))
	install -d $(AVAILABLE_DIR) $(ENABLED_DIR)
	echo 'load_module modules/$(notdir $(MODULE));' \
	  > $(AVAILABLE_DIR)/mod-http-trestle.conf
	ln -sf /usr/share/nginx/modules-available/mod-http-trestle.conf \
	  $(ENABLED_DIR)/50-mod-http-trestle.conf

uninstall: ## take away what install has put there
	rm -f $(MODULES_DIR)/$(notdir $(MODULE)) \
	  $(AVAILABLE_DIR)/mod-http-trestle.conf \
	  $(ENABLED_DIR)/50-mod-http-trestle.conf

deb: ## build the Debian package, build/deb/*.deb, and check it with lintian
	@packaging/build-deb

docs: ## README and docs/ as a static site, build/docs/index.html
	@tools/build-docs

# Some files at a time on each core.
tidy_each = printf '%s\n' $(1) | xargs -P "$$(nproc)" -n 4 \
              sh -c 'clang-tidy-14 --quiet "$$@" -- $(2)' tidy

tidy: $(NGX_BUILD)/Makefile ## clang-tidy over the module
	@tools/install-dependencies build tidy
	$(call tidy_each,$(CORE_SOURCES) $(PG_SOURCES),$(TIDY_FLAGS))
	$(call tidy_each,$(MODULE_SOURCES),$(TIDY_FLAGS) $(NGX_FLAGS))

check: $(UNIT_PROGRAMS) ## unit tests of the core: seconds, no database
	@for program in $(UNIT_PROGRAMS); do $$program --gtest_brief=1; done

check-%: $(BUILD)/tests/unit_% ## unit tests of one folder, as in make check-base
	$< --gtest_brief=1

check-pg-database: $(PG_TESTS) $(PG_FAULTS) ## tests of the database client on a private PostgreSQL
	$(PG_TESTS) --gtest_brief=1
	$(PG_FAULTS) --gtest_brief=1

FORMATTED = $(shell git ls-files '*.h' '*.cc')

format: ## rewrite all C++ files in the project's format
	clang-format-14 -i $(FORMATTED)

format-check: ## fail when a C++ file is not in the project's format
	clang-format-14 --dry-run --Werror $(FORMATTED)

clean: ## remove everything that was built
	rm -rf build

include tests/tests.mk

-include $(shell find $(BUILD)/module $(BUILD)/tests $(BUILD)/tools -name '*.d' 2>/dev/null)
