#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs nstest into an empty folder and uses it from there as a stranger would: with CMake, with
# pkg-config, the program, its man pages, what the docs show of C. Static and shared.
#
#	suites/install/check.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$here/../..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

quietly() {
	"$@" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		echo "install: failed: $*" >&2
		return 1
	}
}

# there FOLDER PATTERN...: each is installed and not empty.
there() {
	folder=$1
	shift
	for name; do
		found=$(find "$folder" -name "$name" \( -type l -o -size +0 \) | head -n 1)
		[ -n "$found" ] || {
			echo "install: $name is not installed" >&2
			return 1
		}
	done
}

# is_open COMMAND...: the outside program says that the port is open.
is_open() {
	[ "$("$@")" = open ]
}

# use PREFIX: compiles the outside project both ways and runs it, its suite by the installed program.
use() {
	mkdir "$1-cmake"
	cp "$here/outside.c" "$here/outside_suite.c" "$1-cmake"
	cp "$here/outside.cmake" "$1-cmake/CMakeLists.txt"
	quietly cmake -S "$1-cmake" -B "$1-cmake/build" -G Ninja -DCMAKE_PREFIX_PATH="$1"
	quietly cmake --build "$1-cmake/build"
	is_open "$1-cmake/build/outside"
	quietly "$1/bin/nstest" run "$1-cmake/build/outside_suite"

	pc=$(dirname "$(find "$1" -name nstest.pc)")
	# shellcheck disable=SC2046 # words are wanted
	quietly cc -Wall -Wextra -Werror -o "$1-outside" "$here/outside.c" \
		$(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs nstest)
	is_open env LD_LIBRARY_PATH="$(dirname "$pc")" "$1-outside"
	# shellcheck disable=SC2046
	quietly cc -Wall -Werror -o "$1-outside-suite" "$here/outside_suite.c" \
		$(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs nstest-criterion)
	quietly env LD_LIBRARY_PATH="$(dirname "$pc")" "$1/bin/nstest" run "$1-outside-suite"
}

# symbols PREFIX: the shared library shows the functions of the public headers, versioned, and no others.
symbols() {
	for header in "$1"/include/nstest/*.h; do
		case $header in */criterion.h) ;; *) echo "#include <nstest/$(basename "$header")>" ;; esac
	done >"$work/headers.c"
	quietly gcc -I"$1/include" -fsyntax-only -aux-info "$work/declared" "$work/headers.c"
	sed -n '/\/nstest\/.* extern /s/^[^(]*\<\(nst_[a-z0-9_]*\) (.*/\1/p' "$work/declared" | sort -u >"$work/public"
	grep -q '^nst_lab_up$' "$work/public"
	nm -D --defined-only --with-symbol-versions "$(find "$1" -name libnstest.so)" |
		awk '$2 != "A" && $3 !~ /@@NSTEST_PRIVATE$/ { print $3 }' | sed 's/@@NSTEST_.*//' |
		sort -u >"$work/shown"
	quietly diff "$work/public" "$work/shown"
}

# cplusplus PREFIX: every public header alone, and a suite.
cplusplus() {
	for header in "$1"/include/nstest/*.h; do
		echo "#include <nstest/$(basename "$header")>" >"$work/alone.cc"
		# shellcheck disable=SC2046
		quietly g++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only "$work/alone.cc" \
			$(PKG_CONFIG_PATH=$pc pkg-config --cflags nstest-criterion)
	done
	# shellcheck disable=SC2046
	quietly g++ -std=c++17 -Wall -Wextra -Wno-missing-field-initializers -Werror -o "$1-outside-cc" \
		"$here/outside.cc" $(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs nstest-criterion)
	quietly env LD_LIBRARY_PATH="$(dirname "$pc")" "$1/bin/nstest" run "$1-outside-cc"
}

# fresh PREFIX: the project that `nstest new suite` writes builds, and its test passes.
fresh() {
	quietly "$1/bin/nstest" new suite "$1-fresh"
	quietly cmake -S "$1-fresh" -B "$1-fresh/build" -G Ninja -DCMAKE_PREFIX_PATH="$1"
	quietly cmake --build "$1-fresh/build"
	quietly ctest --test-dir "$1-fresh/build" --output-on-failure --no-tests=error
	quietly "$1/bin/nstest" run "$1-fresh/build"
	! "$1/bin/nstest" new suite "$1-fresh" 2>/dev/null # nothing is overwritten
}

# examples PREFIX PAGE: what a page shows of C works as it stands there.
examples() {
	folder=$1-$(basename "$2" .md)
	mkdir "$folder"
	awk -v to="$folder/example" '/^```c$/ { f = to (++n) ".c"; next } /^```/ { f = "" } f { print >f }' "$2"
	there "$folder" 'example*.c'
	for source_file in "$folder"/*.c; do
		library=nstest run=
		! grep -q criterion.h "$source_file" || library=nstest-criterion run="$1/bin/nstest run"
		# shellcheck disable=SC2046,SC2086
		quietly cc -Wall -Wextra -Werror -o "${source_file%.c}" "$source_file" \
			$(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs $library)
		# shellcheck disable=SC2086
		quietly env LD_LIBRARY_PATH="$(dirname "$pc")" $run "${source_file%.c}"
	done
}

for shared in OFF ON; do
	quietly cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
		-DNSTEST_TESTS=OFF -DNSTEST_BENCH=OFF -DBUILD_SHARED_LIBS=$shared
	quietly cmake --build "$work/build"
	quietly cmake --install "$work/build" --prefix "$work/$shared"
	there "$work/$shared" nstest lab.h probe.h topology.h ruleset.h nstest.pc nstestConfig.cmake \
		nstest.1 nstest-run.1 _nstest nstest.fish LICENSE '*.schema.json'
	quietly "$work/$shared/bin/nstest" --version
	use "$work/$shared"
	cplusplus "$work/$shared"
	fresh "$work/$shared"
	[ $shared = OFF ] || symbols "$work/$shared"
	examples "$work/$shared" "$source/docs/c-api.md"
	examples "$work/$shared" "$source/docs/tutorial.md"
done
there "$work/OFF" libnstest.a
there "$work/ON" libnstest.so.0
echo "install: program, library (static, shared), pkg-config, CMake package: used from outside"
