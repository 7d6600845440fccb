# Test programs and the targets that run them. Included by the Makefile.

# --- server tests: one program per file of tests/server -----------------------
#
# They start the stock nginx with the module and a PostgreSQL of their own.

SUPPORT_OBJECTS := $(patsubst %.cc,$(BUILD)/%.o,$(wildcard tests/support/*.cc))
SUPPORT := $(BUILD)/tests/libsupport.a
SERVER_NAMES := $(patsubst tests/server/%_test.cc,%,\
                  $(wildcard tests/server/*_test.cc))
SERVER_PROGRAMS := $(SERVER_NAMES:%=$(BUILD)/tests/server_%)
SUPPORT_LIBS := -lpq -lcurl -lcrypto -lgtest -lgtest_main -lpthread

# What must be loaded before a sanitized module into the stock nginx.
ifdef SANITIZE
TEST_DEFINES := -DTRESTLE_PRELOAD='"$(shell gcc -print-file-name=libasan.so) \
                $(shell gcc -print-file-name=libubsan.so)"'
endif

$(BUILD)/tests/support/%.o $(BUILD)/tests/server/%.o: \
  AREA_FLAGS := -Itests -I/usr/include/postgresql \
                -DTRESTLE_BUILD='"$(BUILD)"' $(TEST_DEFINES)

$(SUPPORT): $(SUPPORT_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/tests/server_%: $(BUILD)/tests/server/%_test.o $(SUPPORT)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CXX) $(LINK_FLAGS) $^ $(SUPPORT_LIBS) -o $@

.SECONDARY: $(SERVER_NAMES:%=$(BUILD)/tests/server/%_test.o)

# What tells how much memory a process uses, loaded into the stock nginx.
HEAP_PROBE := $(BUILD)/tests/heap_probe.so

$(HEAP_PROBE): tests/probe/heap_probe.cc
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CXX) -std=c++20 -O1 $(WARNINGS) -fPIC -shared $< -o $@

$(BUILD)/tests/server_mixed_load: | $(HEAP_PROBE)

# npm's clients of REST, with a node of their own; scripts run where they are
# installed.
REST_CLIENT_MODULES := build/rest_clients/node_modules/.package-lock.json
REST_CLIENT_SCRIPTS := $(wildcard tests/rest_clients/*.mjs tests/rest_clients/*.ts)

$(REST_CLIENT_MODULES): tests/rest_clients/package-lock.json
	@mkdir -p build/rest_clients
	@cp tests/rest_clients/package.json $< build/rest_clients/
	cd build/rest_clients && npm ci --loglevel=error --no-audit --no-fund
	@touch $@

build/rest_clients/scripts: $(REST_CLIENT_SCRIPTS) $(REST_CLIENT_MODULES)
	@cp $(REST_CLIENT_SCRIPTS) build/rest_clients/
	@touch $@

$(BUILD)/tests/server_rest_clients: | build/rest_clients/scripts $(TRESTLE)

# Subcommands of `trestle` are run beside a server.
$(BUILD)/tests/server_pages_check $(BUILD)/tests/server_docs \
  $(BUILD)/tests/server_explain: | $(TRESTLE)

# --- browser tests: one program per file of tests/browser ---------------------
#
# Server tests that drive Debian's Chromium with npm's playwright-core.

BROWSER_NAMES := $(patsubst tests/browser/%_test.cc,%,\
                   $(wildcard tests/browser/*_test.cc))
BROWSER_MODULES := build/browser/node_modules/.package-lock.json
# Chromium is no part of what is sanitized.
ifndef SANITIZE
BROWSER_PROGRAMS := $(BROWSER_NAMES:%=$(BUILD)/tests/browser_%)
BROWSER_NEEDS := browser
endif

$(BUILD)/tests/browser/%.o: AREA_FLAGS := -Itests -I/usr/include/postgresql \
                                          -DTRESTLE_BUILD='"$(BUILD)"'

$(BUILD)/tests/browser_%: $(BUILD)/tests/browser/%_test.o $(SUPPORT) \
                          | $(BROWSER_MODULES)
	@mkdir -p $(@D)
	$(CXX) $(LINK_FLAGS) $^ $(SUPPORT_LIBS) -o $@

$(BROWSER_MODULES): tests/browser/package-lock.json
	@mkdir -p build/browser
	@cp tests/browser/package.json $< build/browser/
	cd build/browser && npm ci --loglevel=error --no-audit --no-fund
	@touch $@

.SECONDARY: $(BROWSER_NAMES:%=$(BUILD)/tests/browser/%_test.o)

# --- clients of npm: one program per file of tests/clients ---------------------
#
# Server tests that run client libraries, unmodified, in node.

CLIENT_NAMES := $(patsubst tests/clients/%_test.cc,%,\
                  $(wildcard tests/clients/*_test.cc))
CLIENT_MODULES := build/clients/node_modules/.package-lock.json
CLIENT_SCRIPTS := $(patsubst tests/%,build/%,$(wildcard tests/clients/*.mjs))
# Node is no part of what is sanitized.
ifndef SANITIZE
CLIENT_PROGRAMS := $(CLIENT_NAMES:%=$(BUILD)/tests/clients_%)
CLIENT_NEEDS := client
endif

$(BUILD)/tests/clients/%.o: AREA_FLAGS := -Itests -I/usr/include/postgresql \
                                          -DTRESTLE_BUILD='"$(BUILD)"'

$(BUILD)/tests/clients_%: $(BUILD)/tests/clients/%_test.o $(SUPPORT) \
                          | $(CLIENT_MODULES) $(CLIENT_SCRIPTS)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CXX) $(LINK_FLAGS) $^ $(SUPPORT_LIBS) -o $@

$(CLIENT_MODULES): tests/clients/package-lock.json
	@mkdir -p build/clients
	@cp tests/clients/package.json $< build/clients/
	cd build/clients && npm ci --loglevel=error --no-audit --no-fund
	@touch $@

$(CLIENT_SCRIPTS): build/clients/%: tests/clients/%
	@mkdir -p $(@D)
	@cp $< $@

.SECONDARY: $(CLIENT_NAMES:%=$(BUILD)/tests/clients/%_test.o)

# --- what conformance suites run against: tests/conformance/NAME --------------

$(BUILD)/tests/conformance/%.o: \
  AREA_FLAGS := -Itests -I/usr/include/postgresql \
                -DTRESTLE_BUILD='"$(BUILD)"' $(TEST_DEFINES)

$(BUILD)/tests/conformance_%: $(BUILD)/tests/conformance/%.o $(SUPPORT)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CXX) $(LINK_FLAGS) $^ -lpq -lcurl -lcrypto -lgtest -lpthread -o $@

.SECONDARY: $(BUILD)/tests/conformance/websocket.o

# --- fuzzers: one program per tests/fuzz/NAME_fuzz.cc --------------------------

FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.cc,build/fuzz/%,\
                   $(wildcard tests/fuzz/*_fuzz.cc))
FUZZ_FLAGS := -std=c++20 -O1 -gline-tables-only -fno-omit-frame-pointer -Imodule -Itests -MMD \
              -MP -fsanitize=address,undefined -fno-sanitize-recover=undefined \
              -fsanitize-ignorelist=tests/fuzz/ignore.txt
FUZZ_CXX := $(shell command -v ccache) clang++-14
FUZZ_CORE := $(CORE_SOURCES:%.cc=build/fuzz/%.o) \
             $(patsubst $(BUILD)/%,build/fuzz/%,\
               $(filter $(BUILD)/generated/%,$(CORE_OBJECTS)))

build/fuzz/generated/%.o: $(BUILD)/generated/%.cc
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(FUZZ_CXX) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -c $< -o $@

build/fuzz/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(FUZZ_CXX) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -c $< -o $@

build/fuzz/libtrestle_core.a: $(FUZZ_CORE)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

build/fuzz/%_fuzz: build/fuzz/tests/fuzz/%_fuzz.o build/fuzz/libtrestle_core.a
	$(call say,LD,$@)
	$(Q)clang++-14 -fsanitize=fuzzer,address,undefined $^ $(CORE_LIBS) -o $@

-include $(shell find build/fuzz -name '*.d' 2>/dev/null)

# --- targets ------------------------------------------------------------------

.PHONY: dependencies programs test server browser clients asan soak fuzz fuzzers

dependencies:
	@tools/install-dependencies build server test $(BROWSER_NEEDS) $(CLIENT_NEEDS)

PG_PROGRAMS := $(PG_TESTS) $(PG_FAULTS)
TEST_PROGRAMS := $(UNIT_PROGRAMS) $(PG_PROGRAMS) $(SERVER_PROGRAMS) \
                 $(BROWSER_PROGRAMS) $(CLIENT_PROGRAMS)
programs: $(TEST_PROGRAMS)

test: dependencies ## every test; installs what is missing, ends "N passed, M failed"
	@$(MAKE) --no-print-directory $(PARALLEL) module programs
	@tests/run $(TEST_PROGRAMS)

server: module $(SERVER_PROGRAMS) ## tests of the whole server: nginx, module, PostgreSQL
	@tests/run $(SERVER_PROGRAMS)

server-%: module $(BUILD)/tests/server_% ## server tests of one file, as in make server-harness
	$(BUILD)/tests/server_$* $(ARGS)

clients: module $(CLIENT_PROGRAMS) ## tests of client libraries of npm
	@tests/run $(CLIENT_PROGRAMS)

browser: module $(BROWSER_PROGRAMS) ## tests of pages in headless Chromium
	@tests/run $(BROWSER_PROGRAMS)

asan: ## every test again, built with AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory SANITIZE=1 test

# Everything at once runs as it is released and, as the last one, sanitized.
SOAK_SANITIZED := build/asan/tests/server_mixed_load
soak: dependencies ## every test at full length, and 1,000,000 mixed requests under ASan (an hour, not for CI)
	@$(MAKE) --no-print-directory $(PARALLEL) module programs
	@$(MAKE) --no-print-directory $(PARALLEL) SANITIZE=1 module $(SOAK_SANITIZED)
	@TRESTLE_SOAK=1 tests/run $(TEST_PROGRAMS) $(SOAK_SANITIZED)

fuzzers: $(FUZZ_PROGRAMS)

fuzz: ## each parser's fuzzer for SECONDS=60, from its seed corpus
	@tests/fuzz/run $(or $(SECONDS),60)

.PHONY: demo bench

demo: ## a shop on port 8080: installs what is missing, builds, runs until Ctrl-C
	@demo/run

bench: module $(BUILD)/bench/libpq_floor $(BUILD)/bench/live_load ## CPU per request beside other servers, in one interleaved run
	@BUILD=$(BUILD) bench/run

.PHONY: bench-overload
bench-overload: module $(BUILD)/bench/open_load ## an open loop at twice the capacity, beside other servers
	@BUILD=$(BUILD) bench/overload

$(BUILD)/bench/libpq_floor: bench/libpq_floor.cc
	@mkdir -p $(@D)
	$(CXX) $(LINK_FLAGS) -std=c++20 -O2 -I$(shell pg_config --includedir) $< -lpq -o $@

$(BUILD)/bench/open_load: bench/open_load.cc
	@mkdir -p $(@D)
	$(CXX) $(LINK_FLAGS) -std=c++20 -O2 $< -o $@

# --- GraphQL validation against graphql-js ------------------------------------

GRAPHQL_JUDGE := $(BUILD)/tests/graphql_judge

$(GRAPHQL_JUDGE): $(BUILD)/tests/graphql/judge.o $(CORE)
	$(call say,LD,$@)
	$(Q)$(CXX) $(LINK_FLAGS) $^ $(CORE_LIBS) -o $@

.PHONY: graphql-differential
graphql-differential: $(GRAPHQL_JUDGE) ## GraphQL validation beside graphql-js (needs npm graphql in GQL_MODULES)
	node tests/graphql/differential.mjs $(GRAPHQL_JUDGE)

# The clients' tests run a part of it.
$(BUILD)/tests/clients_graphql: | $(GRAPHQL_JUDGE)

# --- templates against Jinja2 itself ------------------------------------------

.PHONY: test-jinja
test-jinja: ## 12,000 generated templates beside Debian's python3-jinja2
	@tools/install-dependencies build test
	@$(MAKE) --no-print-directory $(RENDER)
	/usr/bin/python3 tests/jinja/differential.py $(RENDER) --count 12000

# The unit tests run a small part of it.
$(BUILD)/tests/unit_pages: | $(RENDER)

$(BUILD)/bench/render_bench: $(BUILD)/bench/render_bench.o $(CORE)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CXX) $(LINK_FLAGS) $^ $(CORE_LIBS) -o $@

LIVE_BENCH := $(BUILD)/bench/live_load $(BUILD)/bench/send_floor
$(LIVE_BENCH): $(BUILD)/bench/%: bench/%.cc
	@mkdir -p $(@D)
	$(CXX) $(LINK_FLAGS) -std=c++20 -O2 $< -o $@

.PHONY: bench-live
bench-live: module $(LIVE_BENCH) ## CPU and memory of live messages beside nchan
	@BUILD=$(BUILD) bench/live

.PHONY: bench-render
bench-render: $(BUILD)/bench/render_bench ## nanoseconds per row of the template engine
	$<

# --- the REST planner -----------------------------------------------------------

$(BUILD)/bench/rest_plan_bench.o: AREA_FLAGS := -Itests

$(BUILD)/bench/rest_plan_bench: $(BUILD)/bench/rest_plan_bench.o $(CORE)
	@mkdir -p $(@D)
	$(CXX) $(LINK_FLAGS) $^ $(CORE_LIBS) -o $@

.PHONY: bench-rest-plan
bench-rest-plan: $(BUILD)/bench/rest_plan_bench ## nanoseconds to plan a REST request
	$<
