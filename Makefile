# SPDX-License-Identifier: LGPL-2.1-or-later
# The front door: each of these does all the set-up it needs. meson does the work.

BUILD := build

.PHONY: all demo test bench install clean format
all: $(BUILD)/whole
	ninja -C $(BUILD)

# Configured with all that can be built in. What `make demo` has configured may lack some of it, so
# then it is looked for once more.
$(BUILD)/whole: | setup-build
	meson setup $(if $(wildcard $(BUILD)/build.ninja),--reconfigure) $(BUILD)
	@touch $@

.PHONY: setup-build
setup-build:
	@tools/setup build media web

# The windows of a real Debian guest among your own; without a display: in Xvfb, and demo.png.
# The guest is built beside the packages' installation and the programs, and waited for at the end.
demo:
	@tools/setup guest --then guest/build build run $(if $(DISPLAY),,demo)
	@[ -e $(BUILD)/build.ninja ] || meson setup $(BUILD)
	@ninja -C $(BUILD) demo-programs
	@guest/build >/dev/null
	@guest/demo $(BUILD)

# Everything that proves it works. Ends with "N passed, N failed".
test: $(BUILD)/whole
	@tools/setup build media web run guest demo test
	@tests/run

bench: all
	@tools/setup build media web run guest demo test bench
	@bench/run $(BUILD)

install: all
	meson install -C $(BUILD)

clean:
	rm -rf $(BUILD) build-asan demo.png

format:
	git ls-files '*.[ch]' | xargs clang-format -i
