#include "cli/text_width.hpp"

#include "support/catch.hpp"

namespace {

using wayside::cli::cut_to;
using wayside::cli::width_of;
using wayside::cli::wrapped;
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("colours take no columns, characters of East Asian scripts two, others one") {
  CHECK(width_of("") == 0);
  CHECK(width_of("meter-1") == 7);
  CHECK(width_of("\033[32manswers\033[0m") == 7);
  CHECK(width_of("Größe") == 5);
  CHECK(width_of("十二格") == 6);
  CHECK(width_of("\xFF\xFE") == 2);  // no UTF-8
  CHECK(width_of("\xE5\x8D") == 2);  // torn off
  CHECK(width_of("a\033[3") == 1);   // a sequence without its end
}

TEST_CASE("what is cut fits, is whole characters, says that it is cut and ends its colour") {
  CHECK(cut_to("meter-1", 7) == "meter-1");
  CHECK(cut_to("meter-12", 7) == "meter..");
  CHECK(cut_to("十二格街道", 7) == "十二..");
  CHECK(cut_to("meter", 2) == "me");
  CHECK(cut_to("meter", 0).empty());
  CHECK(cut_to("\033[31;1mno answer in time\033[0m", 10) == "\033[31;1mno answe..\033[0m");
  for (std::size_t width = 0; width < 12; ++width)
    CHECK(width_of(cut_to("十二\033[32m格 m³/h\033[0m", width)) <= width);
}

TEST_CASE("lines are broken at blanks, later ones indented, and nothing is lost") {
  CHECK(wrapped("", 20, 4) == Lines{""});
  CHECK(wrapped("short", 20, 4) == Lines{"short"});
  CHECK(wrapped("one two three four five", 12, 2) == Lines{"one two", "  three four", "  five"});
  CHECK(wrapped("exactly  twelve", 7, 2) == Lines{"exactly", "  twelv", "  e"});
  CHECK(wrapped("abcdefghijklmno", 6, 2) == Lines{"abcdef", "  ghij", "  klmn", "  o"});
  for (const auto& line : wrapped("测量值 十二格 街道 lane-1.volume=12345678 {vehicle}", 20, 4))
    CHECK(width_of(line) <= 20);
  CHECK(wrapped("十", 1, 0).size() >= 1);  // wider than the line: it ends all the same
}
