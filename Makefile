# make              builds every program into bin/
# make demo         starts the main job at PORT (3000)
# make setup        installs what the tests and the diagrams need
# make test         runs every test, and every command of every page
# make lint         checks the layout, the layers, the purity and the order
# make analyse      clang-tidy and cppcheck (slow)
# make fuzz         runs every fuzz target for SECONDS (60) each; needs clang
# make interop      runs the tests with outside judges; needs Node.js and npm
# make docs         draws lessons/diagrams/ into build/docs/
# make SAN=1 ...    the same with sanitizers; CC=clang ... with clang
#
# Names decide everything; there is no list of files to keep up to date:
#   tcp/101_echo_server.c  starts with a digit: a program, bin/101_echo_server
#   lessons/pages.c        a tool of the classroom, bin/pages
#   websocket/frame_test.c ends in _test: a CUnit test of websocket/frame.c
#   websocket/frame_fuzz.c ends in _fuzz: a libFuzzer target (needs clang)
#   websocket/frame.c      anything else: a module, archived in libtoolkit.a

PORT   ?= 3000
ROOMS  := packets tcp udp websocket socketio
CFLAGS ?= -O3 -g
WARN   := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Werror \
          -Wstrict-prototypes -Wmissing-prototypes
ALL    := -std=c11 -D_POSIX_C_SOURCE=200809L -I. $(WARN)
SAFE   := -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2
LINK   := -pie -Wl,-z,relro,-z,now
# Not every machine has these: taken only if a program can be built with them.
taken   = $(shell echo 'int main(void) { return 0; }' | $(CC) $1 -x c \
            -o /dev/null - 2>/dev/null && echo '$1')
SAFE   += $(call taken,-fcf-protection)
LINK   := $(call taken,$(LINK))

# bin/ holds what "make" alone builds; other builds live in build/.
B      := build/$(notdir $(CC))$(if $(SAN),-san)
BIN    := $(if $(filter default,$(origin CC)$(SAN)),bin,$B/bin)
ifdef SAN
SAFE   := -fsanitize=address,undefined -fno-sanitize-recover=all
LINK   :=
endif

SOURCES  := $(foreach d,$(ROOMS) lessons,$(wildcard $d/*.c))
HEADERS  := $(foreach d,$(ROOMS) lessons,$(wildcard $d/*.h))
TEST_SRC := $(filter %_test.c,$(SOURCES))
FUZZ_SRC := $(filter %_fuzz.c,$(SOURCES))
PROG_SRC := $(filter-out $(TEST_SRC) $(FUZZ_SRC),$(wildcard lessons/*.c) \
            $(foreach d,$(ROOMS),$(wildcard $d/[0-9]*.c)))
MOD_SRC  := $(filter-out $(PROG_SRC) $(TEST_SRC) $(FUZZ_SRC),$(SOURCES))
CORE_SRC := $(filter-out tcp/% udp/%,$(MOD_SRC)) # the protocol cores

PROGRAMS := $(addprefix $(BIN)/,$(notdir $(PROG_SRC:.c=)))
TESTS    := $(TEST_SRC:%.c=$B/%)
FUZZERS  := $(FUZZ_SRC:%.c=build/fuzz/%)
LIB      := $B/libtoolkit.a

.PHONY: all demo setup test fuzz lint analyse format docs interop help clean \
        layers pure order
.SECONDARY:

all: $(PROGRAMS)

# The linker takes from the archive only what a program calls, so a program
# that calls no module is linked to none.
define program
$(BIN)/%: $B/$1/%.o $(LIB)
	@mkdir -p $$(@D)
	$$(CC) $$(ALL) $$(SAFE) $$(CFLAGS) $$(LINK) -o $$@ $$^
endef
$(foreach d,$(ROOMS) lessons,$(eval $(call program,$d)))

$(TESTS): $B/%: $B/%.o $(LIB)
	$(CC) $(ALL) $(SAFE) $(CFLAGS) $(LINK) -o $@ $^ -lcunit

$(LIB): $(MOD_SRC:%.c=$B/%.o)
	rm -f $@ && $(AR) rcs $@ $^

# -MMD -MP writes beside each object the headers it came from.
$B/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL) $(SAFE) $(CFLAGS) -MMD -MP -c -o $@ $<

demo: $(BIN)/506_echo_server
	@echo "open http://127.0.0.1:$(PORT)/ in a browser; Ctrl-C ends the server"
	@$(BIN)/506_echo_server --port $(PORT)

setup:
	@lessons/setup.sh
$(if $(filter setup,$(MAKECMDGOALS)),$(eval $(TESTS:%=%.o): | setup)) # with -j, too

test: $(TESTS) $(PROGRAMS) layers pure order
	@BIN=$(BIN) lessons/test.sh $(TESTS)

# A module may not include from the directories named here after its own. A
# program may include from any directory, in the order of the lessons.
INCLUDES = grep -nE '^\#include "($(2))/' $(wildcard $(1)/[a-z]*.[ch])
layers:
	@! $(call INCLUDES,packets,tcp|udp|websocket|socketio) /dev/null
	@! $(call INCLUDES,tcp,udp|websocket|socketio) /dev/null
	@! $(call INCLUDES,udp,websocket|socketio) /dev/null
	@! $(call INCLUDES,websocket,tcp|udp|socketio) /dev/null
	@! $(call INCLUDES,socketio,tcp|udp) /dev/null

order:
	@lessons/order.sh

# A core turns bytes into events and bytes: link the cores together and see
# what is still missing. Anything beyond this list is a hidden input or output.
ALLOWED := mem(cpy|move|set|cmp|chr)|bcmp|str(len|cmp|ncmp|chr)|snprintf
ALLOWED := $(ALLOWED)|(m|c|re)alloc|free|__assert_fail|__stack_chk_fail
ALLOWED := $(ALLOWED)|__.*_chk|__(a|ub)san_.*|_GLOBAL_OFFSET_TABLE_
pure: $(CORE_SRC:%.c=$B/%.o)
	@$(LD) -r -o $B/cores.o $^
	@! nm -u $B/cores.o | awk '{print $$2}' | grep -vxE '$(ALLOWED)'

build/fuzz/%: %.c $(MOD_SRC) $(HEADERS)
	@mkdir -p $(@D)
	clang $(ALL) -g -O1 -fsanitize=fuzzer,address,undefined \
	  -fno-sanitize-recover=all -o $@ $< $(MOD_SRC)

fuzz: $(FUZZERS)
	@for f in $^; do echo "== $$f"; $$f -max_total_time=$(or $(SECONDS),60) \
	  -artifact_prefix=$$f. >$$f.log 2>&1 || { tail -n 40 $$f.log; exit 1; }; \
	  grep DONE $$f.log; done

lint: layers pure order
	clang-format --dry-run -Werror $(SOURCES) $(HEADERS)

# Slow readers of the code: .clang-tidy says which checks and why.
analyse:
	@printf '%s\n' $(MOD_SRC) $(PROG_SRC) | xargs -P2 -n4 sh -c \
	  'clang-tidy --quiet "$$@" -- $(ALL) 2>/dev/null' tidy
	@cppcheck --quiet --std=c11 -I. --error-exitcode=1 --inline-suppr \
	  --enable=warning,performance,portability -j2 $(MOD_SRC) $(PROG_SRC)

format: ; clang-format -i $(SOURCES) $(HEADERS)

docs: $(patsubst lessons/%.dot,build/docs/%.svg,$(wildcard lessons/diagrams/*.dot))
build/docs/%.svg: lessons/%.dot
	@mkdir -p $(@D)
	dot -Tsvg -o $@ $<

interop: all
	@BIN=$(BIN) socketio/interop/run.sh

clean: ; rm -rf bin build

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

-include $(SOURCES:%.c=$B/%.d)
