# make              builds every program into bin/
# make demo         starts the main program at PORT (3000)
# make setup        installs what the tests and the diagrams need
# make doctor       what is here, what is not, and which command fixes it
# make test         runs every test, and every command of every page
# make sim          runs each simulation: SEEDS (1000) seeds, from FIRST (1) on
# make lint         the format, and who may call whom: layers pure order arrows
# make analyse      clang-tidy and cppcheck (slow)
# make fuzz         runs every fuzz target for SECONDS (60) each; needs clang
# make mutants      which faults does no test notice? FILES= SAMPLE= (slow)
# make coverage     the lines and branches of every module that the tests reach
# make test-bigendian test-cross     the unit tests on s390x, or ARCH=aarch64
# make interop      runs the tests with outside judges: tshark, Node.js and npm
# make answers      what people say about networks, and the evidence
# make docs         draws lessons/diagrams/, writes lessons/rules.md
# make format clean formats all sources; removes what was built
# make V=1 ...      shows each command; SAN=1: sanitizers; CC=clang: with clang
#
# Names decide everything; there is no list of files to keep up to date:
#   tcp/101_echo_server.c  starts with a digit: a program, bin/101_echo_server
#   lessons/ask.c          a tool, bin/ask; lessons/pages/*.c are one, bin/pages
#   websocket/frame_test.c ends in _test: a CUnit test of websocket/frame.c
#   websocket/frame_fuzz.c ends in _fuzz: a libFuzzer target (needs clang)
#   socketio/server_sim.c  ends in _sim: a simulation; its parts are in sim/
#   websocket/frame.c      anything else: a module, archived in libtoolkit.a

CFLAGS ?= -O3 -g
# What a strict POSIX hides on these systems is needed for networking.
OPEN_Darwin  := -D_DARWIN_C_SOURCE
OPEN_FreeBSD := -D__BSD_VISIBLE=1
OPEN_OpenBSD := -D_BSD_SOURCE
OPEN_NetBSD  := -D_NETBSD_SOURCE
ALL    := -std=c11 -D_POSIX_C_SOURCE=200809L $(OPEN_$(shell uname -s)) -I.
WARN   := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Werror \
          -Wstrict-prototypes -Wmissing-prototypes
# Not every compiler has these: used only if a program can be built with them.
taken   = $(shell echo 'int main(void) { return 0; }' | $(CC) -Werror $1 -x c \
            -o /dev/null - 2>/dev/null && echo '$1')

# bin/ holds what "make" alone builds; other builds live in build/.
B      := build/$(or $(filter-out 1,$(SAN)),$(notdir $(CC))$(SAN:1=-san))
BIN    := $(if $(filter default,$(origin CC)$(SAN)),bin,$B/bin)
SAFE_         = -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
                $(call taken,-fcf-protection)
SAFE_1        = -fsanitize=address,undefined -fno-sanitize-recover=all
SAFE_fuzz     = $(SAFE_1) -fsanitize=fuzzer-no-link
SAFE_coverage = --coverage -Wl,--wrap=kill -include lessons/exit_inside.h
LINK_         = $(call taken,-pie -z relro -z now -Xlinker --gc-sections)
LINK_fuzz     = -fsanitize=fuzzer
# Where speed matters, a program is compiled once more, as one file with its
# modules, and with longer functions inline. gcc needs -fno-lto not to do so.
LTO_          = $(call taken,-flto=auto -flto-partition=one -finline-limit=200 \
                -ffat-lto-objects -ffunction-sections -fno-plt)
SAFE   := $(SAFE_$(SAN))
LTO    := $(LTO_$(SAN))
LINK   := $(LINK_$(SAN))

SIM_SRC  := $(wildcard */sim/*.c)
SOURCES  := $(wildcard */*.c lessons/*/*.c) $(SIM_SRC)
HEADERS  := $(wildcard */*.h lessons/*/*.h */sim/*.h)
CHECK    := %_test.c %_fuzz.c %_sim.c
PROG_SRC := $(wildcard */[0-9]*.c)
TOOL_SRC := $(filter-out $(CHECK),$(filter lessons/%,$(SOURCES)))
MOD_SRC  := $(filter-out $(CHECK) lessons/% $(PROG_SRC) $(SIM_SRC),$(SOURCES))

tool_of   = $(BIN)/$(basename $(firstword $(subst /, ,$(1:lessons/%=%))))
PROGRAMS := $(addprefix $(BIN)/,$(notdir $(PROG_SRC:.c=))) \
            $(sort $(foreach t,$(TOOL_SRC),$(call tool_of,$t)))
CHECKS   := $(patsubst %.c,$B/%,$(filter $(CHECK),$(SOURCES)))
TESTS    := $(filter %_test,$(CHECKS))
SIMS     := $(filter %_sim,$(CHECKS))
MODULES  := $(MOD_SRC:%.c=$B/%.o)
LIB      := $B/libtoolkit.a
FAST     := $(filter %_server %_rooms %/explain,$(PROGRAMS))

# Each step begins with one short line; V=1 shows the commands instead.
$(if $(V),,$(eval .SILENT:))
MAKEFLAGS += --no-print-directory
QUIET := $(V)$(findstring s,$(firstword -$(MAKEFLAGS)))
begin = mkdir -p $(@D)$(if $(QUIET),, && printf '  %-3s %s\n' $1 $2)
.PHONY: all demo setup doctor cunit checks test sim layers pure order arrows \
        lint format analyse fuzz fuzzers coverage covered mutants \
        test-bigendian test-cross answers interop docs clean help
all: $(PROGRAMS)

# The linker takes only what a program calls: one that calls no module has none.
$(foreach p,$(PROG_SRC),$(eval $(BIN)/$(notdir $(p:.c=)): $(p:%.c=$B/%.o)))
$(foreach t,$(TOOL_SRC),$(eval $(call tool_of,$t): $(t:%.c=$B/%.o)))
$(CHECKS): $B/%: $B/%.o
$(PROGRAMS) $(CHECKS): $(LIB)
	$(call begin,LD,$@)
	$(CC) $(SAFE) $(CFLAGS) $(LINK) $(if $(filter $(FAST),$@),$(LTO),-fno-lto) \
	  -pthread -o $@ $(filter %.o,$^) $(LIB) \
	  $(if $(filter %_test,$@),$(CUNIT_LIBS))

# What simulations are made of. Where the linker can, they count allocations.
WRAP = $(call taken,$(patsubst %,-Xlinker --wrap=%,malloc calloc realloc free))
$(SIMS): $(SIM_SRC:%.c=$B/%.o)
$(SIMS): override LINK += $(WRAP)
$B/%/sim/memory.o: ALL += $(if $(WRAP),-DSIM_MEMORY)

$(LIB): $(MODULES)
	$(call begin,AR,$@)
	rm -f $@
	$(AR) rcs $@ $^

# -MMD -MP writes beside each object the headers it came from.
$B/%.o: %.c Makefile
	$(call begin,CC,$<)
	$(CC) $(ALL) $(WARN) $(SAFE) $(CFLAGS) \
	  $(if $(filter $(MOD_SRC) $(PROG_SRC) lessons/explain/%,$<),$(LTO)) \
	  $(if $(filter %_test.c,$<),$(CUNIT_CFLAGS)) -MMD -MP -c -o $@ $<

# CUnit may be where the compiler does not look, or not here yet.
CUNIT_CFLAGS = $(shell lessons/setup.sh --cflags)
CUNIT_LIBS   = $(shell lessons/setup.sh --libs)
setup: ; lessons/setup.sh
doctor: ; CC='$(CC)' MAKE='$(MAKE)' lessons/doctor.sh
cunit: $(filter setup,$(MAKECMDGOALS)) ; CC='$(CC)' lessons/setup.sh --check
$(TESTS:%=%.o): | cunit
demo: $(BIN)/506_echo_server ; lessons/demo.sh $< $(or $(PORT),3000)

checks: $(TESTS) $(SIMS)
test: cunit checks $(PROGRAMS) layers pure order arrows
	BIN=$(BIN) lessons/test.sh $(TESTS) $(SIMS)
sim: $(SIMS) ; SEEDS=$(SEEDS) FIRST=$(FIRST) lessons/sim.sh $^
layers order: ; lessons/$@.sh
pure: $(filter-out $B/tcp/% $B/udp/%,$(MODULES)) ; LD='$(LD)' lessons/pure.sh $^
arrows: $(MODULES) ; lessons/arrows.sh $^

fuzz: ; $(MAKE) SAN=fuzz CC=clang CFLAGS='-O1 -g' fuzzers
fuzzers: $(filter %_fuzz,$(CHECKS)) ; SECONDS=$(SECONDS) lessons/fuzz.sh $^
coverage: ; $(MAKE) SAN=coverage CFLAGS='-O0 -g' covered
covered: checks $(PROGRAMS) ; BIN=$(BIN) lessons/coverage.sh $(MOD_SRC)
mutants: ; MAKE='$(MAKE)' ALL='$(ALL)' WRAP='$(WRAP)' \
	    lessons/mutants.sh $(or $(FILES),$(MOD_SRC))
test-bigendian test-cross: ; MAKE='$(MAKE)' lessons/cross.sh $(or $(ARCH),s390x)
lint: layers pure order arrows
	for s in draw rules glossary mutants; do lessons/$$s.sh --check || exit; done
	lessons/format.sh $(SOURCES) $(HEADERS)
format: ; clang-format -i $(SOURCES) $(HEADERS)
analyse: ; lessons/analyse.sh '$(ALL)' $(MOD_SRC) $(PROG_SRC)
docs: all ; BIN=$(BIN) lessons/draw.sh && lessons/rules.sh && lessons/glossary.sh
answers: all ; BIN=$(BIN) lessons/answers.sh
interop: all ; BIN=$(BIN) socketio/interop/run.sh
clean: ; rm -rf bin build
help: ; sed -n 's/^# \(make .*\)/\1/p' Makefile

-include $(SOURCES:%.c=$B/%.d)
