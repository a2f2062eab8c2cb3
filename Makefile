# SPDX-License-Identifier: LGPL-2.1-or-later
# The front door: each of these does all the set-up it needs. meson does the work.

BUILD := build

.PHONY: all demo test bench install clean format
all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja: | setup-build
	meson setup $(BUILD)

.PHONY: setup-build
setup-build:
	@tools/setup build

# The windows of a real Debian guest among your own; without a display: in Xvfb, and demo.png.
demo:
	@tools/setup build run guest $(if $(DISPLAY),,demo)
	@[ -e $(BUILD)/build.ninja ] || meson setup $(BUILD)
	@guest/build >/dev/null & guest=$$!; ninja -C $(BUILD) demo-programs; built=$$?; wait $$guest && exit $$built
	@guest/demo $(BUILD)

# Everything that proves it works. Ends with "N passed, N failed".
test:
	@tools/setup build run guest demo test
	@tests/run

bench: all
	@tools/setup build run guest demo test bench
	@bench/run $(BUILD)

install: all
	meson install -C $(BUILD)

clean:
	rm -rf $(BUILD) build-asan demo.png

format:
	git ls-files '*.[ch]' | xargs clang-format -i
