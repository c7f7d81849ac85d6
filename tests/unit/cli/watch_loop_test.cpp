#include "cli/watch_loop.hpp"

#include "support/catch.hpp"

using wayside::cli::redraw;

TEST_CASE("the first picture clears the screen") {
  CHECK(redraw({}, {"a"}) == "\033[H\033[2J\033[1;1Ha\033[K\033[2;1H");
}

TEST_CASE("a picture that is the same sends nothing") { CHECK(redraw({"a", "b"}, {"a", "b"}).empty()); }

TEST_CASE("only lines that differ are sent") {
  CHECK(redraw({"a", "b", "c"}, {"a", "B", "c"}) == "\033[2;1HB\033[K\033[4;1H");
}

TEST_CASE("what is too much below is erased") { CHECK(redraw({"a", "b"}, {"a"}) == "\033[2;1H\033[J"); }
