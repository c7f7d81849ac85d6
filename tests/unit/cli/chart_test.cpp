#include "cli/chart.hpp"

#include "support/catch.hpp"

using namespace wayside::cli;

namespace {
using Values = std::vector<std::optional<double>>;
}

TEST_CASE("a rising series climbs from the lower left to the upper right") {
  const auto drawn = chart(Values{0, 1, 2, 3}, 4, 4, Ink::ascii);
  CHECK(drawn.lines == std::vector<std::string>{"   *", "  * ", " *  ", "*   "});
  CHECK(drawn.least == 0);
  CHECK(drawn.greatest == 3);
}

TEST_CASE("the newest value stands at the right edge, older ones fall off at the left") {
  CHECK(chart(Values{7}, 3, 1, Ink::ascii).lines == std::vector<std::string>{"  *"});
  const auto drawn = chart(Values{100, 1, 2, 3}, 3, 3, Ink::ascii);
  CHECK(drawn.greatest == 3);
  CHECK(drawn.lines == std::vector<std::string>{"  *", " * ", "*  "});
}

TEST_CASE("what has no value is a gap, and nothing at all is empty") {
  CHECK(chart(Values{1, std::nullopt, 1}, 3, 1, Ink::ascii).lines == std::vector<std::string>{"* *"});
  CHECK(chart(Values{}, 3, 2, Ink::ascii).lines == std::vector<std::string>{"   ", "   "});
}

TEST_CASE("values far from each other are joined, across a gap they are not") {
  CHECK(chart(Values{0, 3}, 2, 4, Ink::ascii).lines == std::vector<std::string>{" *", " *", " *", "* "});
  CHECK(chart(Values{0, std::nullopt, 3}, 3, 4, Ink::ascii).lines ==
        std::vector<std::string>{"  *", "   ", "   ", "*  "});
}

TEST_CASE("in braille a character holds two values of four heights") {
  CHECK(chart(Values{0, 3}, 1, 1, Ink::braille).lines == std::vector<std::string>{"⡸"});
}

TEST_CASE("a sparkline has a character a value") {
  CHECK(sparkline(Values{0, std::nullopt, 9}, 4, Ink::ascii) == " 0 9");
  CHECK(sparkline(Values{0, 7}, 2, Ink::braille) == "▁█");
  CHECK(sparkline(Values{5, 5}, 2, Ink::ascii) == "55");
}
