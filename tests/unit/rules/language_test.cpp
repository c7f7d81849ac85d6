#include <limits>

#include "rules/formula.hpp"
#include "rules/inputs.hpp"
#include "rules/language/parser.hpp"
#include "rules/language/types.hpp"
#include "unit/rules/world.hpp"

namespace wayside::rules::test {
namespace {

// What a condition over points a, b, c (0, 1, ...) gives: "true", "false" or "unknown".
std::string result(std::string_view text, std::vector<model::Value> values = {}) {
  Parsed parsed = parse(text);
  REQUIRE(parsed.root);
  REQUIRE_FALSE(check_condition(*parsed.root));
  FormulaCompiler compiler;
  REQUIRE_FALSE(compiler.add(*parsed.root, false));
  const auto finished = compiler.finish();
  std::vector<Cell> cells;
  std::vector<std::uint32_t> places;
  for (const auto& slot : finished.parts.references) {
    model::PointTable table;
    model::PointInfo info;
    info.device = model::DeviceId{"d"};
    info.name = info.metric = slot.point.metric;
    const auto point = table.add(std::move(info));
    const auto value = static_cast<std::size_t>(slot.point.metric[0] - 'a');
    if (value < values.size()) table.apply({point, values[value], Quality::good, {}});
    const auto usable = Inputs(table).usable(point, {});
    places.push_back(static_cast<std::uint32_t>(cells.size()));
    cells.push_back({usable.value_or(0), usable ? Cell::kForever : Cell::kBad});
  }
  const auto truth = finished.programs.front().run(cells.data(), places.data(), 0).truth();
  return truth ? (*truth ? "true" : "false") : "unknown";
}

TEST_CASE("multiplication binds tighter than addition, addition than comparison", "[rules]") {
  CHECK(result("1 + 2 * 3 == 7") == "true");
  CHECK(result("(1 + 2) * 3 == 9") == "true");
  CHECK(result("10 - 4 - 3 == 3") == "true");
  CHECK(result("8 / 4 / 2 == 1") == "true");
  CHECK(result("-2 * -3 == 6") == "true");
  CHECK(result("--2 == 2") == "true");
  CHECK(result("2 - -1 == 3") == "true");
}

TEST_CASE("not binds looser than comparison, and tighter than or", "[rules]") {
  CHECK(result("not 1 > 2") == "true");
  CHECK(result("not not 1 > 2") == "false");
  CHECK(result("true or false and false") == "true");
  CHECK(result("(true or false) and false") == "false");
  CHECK(result("not true or true") == "true");
  CHECK(result("not true and false") == "false");
}

TEST_CASE("every comparison compares", "[rules]") {
  CHECK(result("1 < 2 and 2 <= 2 and 3 > 2 and 2 >= 2 and 1 != 2 and 2 == 2") == "true");
  CHECK(result("2 < 2 or 3 <= 2 or 2 > 2 or 1 >= 2 or 2 != 2 or 1 == 2") == "false");
}

TEST_CASE("numbers may have a point and an exponent", "[rules]") {
  CHECK(result(".5 + 1.5e1 == 15.5") == "true");
  CHECK(result("1E-3 * 1e3 == 1") == "true");
}

TEST_CASE("a point of truths compares with 1 and with true", "[rules]") {
  CHECK(result("a == 1", {true}) == "true");
  CHECK(result("a == true", {true}) == "true");
  CHECK(result("a != true", {false}) == "true");
  CHECK(result("a == 5", {std::int64_t{5}}) == "true");
}

TEST_CASE("logic with an unknown side follows Kleene", "[rules]") {
  CHECK(result("a > 1 and false") == "false");
  CHECK(result("false and a > 1") == "false");
  CHECK(result("a > 1 and true") == "unknown");
  CHECK(result("a > 1 or true") == "true");
  CHECK(result("true or a > 1") == "true");
  CHECK(result("a > 1 or false") == "unknown");
  CHECK(result("not a > 1") == "unknown");
  CHECK(result("a > 1 and a > 1") == "unknown");
  CHECK(result("a + 1 > 0") == "unknown");
  CHECK(result("-a < 0") == "unknown");
}

TEST_CASE("a division by zero, and what is not a number, is unknown", "[rules]") {
  CHECK(result("1 / a > 0", {0.0}) == "unknown");
  CHECK(result("0 / a == 0", {0.0}) == "unknown");
  CHECK(result("a > 0", {std::numeric_limits<double>::quiet_NaN()}) == "unknown");
  CHECK(result("a > 0", {std::numeric_limits<double>::infinity()}) == "unknown");
  CHECK(result("a == 1", {std::string("on")}) == "unknown");
  CHECK(result("1e300 * a > 0", {1e300}) == "unknown");
}

TEST_CASE("an error of the text names its column and what to write", "[rules]") {
  CHECK(problems("level = 3") == "5:17 unexpected '=' in expression, write '==' to compare");
  CHECK(problems("level > 3 && level < 4") == "5:21 unexpected '&&' in expression, write 'and'");
  CHECK(problems("(level > 3 || level < 4)") == "5:22 unexpected '||' in expression, write 'or'");
  CHECK(problems("!level") == "5:11 unexpected '!' in expression, write 'not'");
  CHECK(problems("level > ") == "5:19 the expression ends too soon, a value is missing");
  CHECK(problems("") == "5:11 the expression ends too soon, a value is missing");
  CHECK(problems("level > 3 level") == "5:21 unexpected 'level' in expression");
  CHECK(problems("level > 3 # high") == "5:21 unexpected '#' in expression");
  CHECK(problems("Level > 3") == "5:11 unexpected 'L' in expression, names and words are lower case");
  CHECK(problems("level > 3 AND true") == "5:21 unexpected 'A' in expression, names and words are lower case");
  CHECK(problems("level > 3µ") == "5:20 unexpected 'µ' in expression");
  CHECK(problems("level > 5m") == "5:19 a duration stands only in a function over time, such as avg_over(x, 5m)");
  CHECK(problems("level > 1e999") == "5:19 the number 1e999 is too large or too small");
  CHECK(problems("(level > 3") == "5:11 this '(' is not closed");
  CHECK(problems("level > 3)") == "5:20 unexpected ')' in expression");
  CHECK(problems("rat(level, 5m) > 3") == "5:11 there is no function \"rat\" of 2 arguments (nearest: \"rate\")");
  CHECK(problems("rate(level) > 3") == "5:11 rate wants 2 arguments: rate(x, 5m)");
  CHECK(problems("level[5m] > 3") == "5:16 unexpected '[', write the duration as an argument: avg_over(level, 5m)");
  CHECK(problems("level > 5min") == "5:20 unexpected 'm' after a number");
  CHECK(problems("level == \"high\"") == "5:20 the values of pump-3.level have no names, compare it with a number");
  CHECK(problems("level > not 3") == "5:19 unexpected 'not' in expression, put it and its condition in parentheses");
}

TEST_CASE("of two mistakes the first is told", "[rules]") {
  CHECK(problems("level = 3 # high") == "5:17 unexpected '=' in expression, write '==' to compare");
}

TEST_CASE("comparisons do not chain", "[rules]") {
  CHECK(problems("1 < level < 3") == "5:21 comparisons do not chain at '<', write a < b and b < c");
  CHECK(problems("1 == level == 3") == "5:22 comparisons do not chain at '==', write a < b and b < c");
  CHECK(problems("(1 < level) == true").empty());
}

TEST_CASE("an error of a selector names its column", "[rules]") {
  CHECK(problems("volume{lane=2} > 1") == "5:23 unexpected '2' in selector, wanted lane=\"...\"");
  CHECK(problems("volume{lane==\"2\"} > 1") == "5:22 unexpected '==' in selector, wanted '=' after label lane");
  CHECK(problems("volume{\"2\"} > 1") == "5:18 unexpected '2' in selector, wanted a label");
  CHECK(problems("volume{lane=\"2\" x} > 1") == "5:27 unexpected 'x' in selector, wanted ',' or '}'");
  CHECK(problems("volume{lane=\"2\", lane=\"1\"} > 1") == "5:28 label lane is given twice");
  CHECK(problems("volume{} > 1") == "5:17 an empty selector picks nothing, leave out '{}' or name a label");
  CHECK(problems("volume{lane=\"2\"") == "5:17 this '{' is not closed");
  CHECK(problems("volume{lane=\"2") == "5:23 this text has no closing '\"'");
}

TEST_CASE("numbers and conditions are not mixed", "[rules]") {
  CHECK(problems("1 and 2") == "5:13 and needs conditions on both sides");
  CHECK(problems("level > 1 and running") == "5:21 and needs conditions on both sides, write running == 1");
  CHECK(problems("not running") == "5:11 not needs a condition, write running == 1");
  CHECK(problems("level + true > 1") == "5:17 + needs numbers on both sides");
  CHECK(problems("(level > 1) < 2") == "5:23 < needs numbers on both sides");
  CHECK(problems("-true == 1") == "5:11 - needs a number");
}

TEST_CASE("an alert must be a condition", "[rules]") {
  CHECK(problems("running") == "5:11 this is a number and not a condition, write running == 1");
  CHECK(problems("level + 1") == "5:11 this is a number and not a condition, compare it with something");
  CHECK(problems("1 > 2") == "5:11 this uses no point, it would never change");
}

TEST_CASE("the clear condition is checked at its own place", "[rules]") {
  auto spec = rule("level > 3");
  spec.clear = model::ExpressionText{"level", {"rules.yaml", 9, 12}};
  CHECK(problems(World{}, spec) == "9:12 this is a number and not a condition, write level == 1");
  spec.clear->text = "3 > levle";
  CHECK(problems(World{}, spec) == "9:16 no point has metric \"levle\" (nearest: \"level\")");
}

TEST_CASE("in a text of several lines the error names line and column within it", "[rules]") {
  CHECK(problems("level > 3\n and level = 4\n") ==
        "5:11 unexpected '=' in expression, write '==' to compare (line 2, column 12 of the expression)");
}

TEST_CASE("deep nesting and endless text are refused and do not overflow", "[rules]") {
  CHECK_FALSE(parse(std::string(2000, '(')).root);
  CHECK_FALSE(parse(std::string(2000, '-') + "1 > 0").root);
  CHECK_FALSE(parse(std::string(5000, ' ')).root);
  std::string nots;
  for (int i = 0; i < 500; ++i) nots += "not ";
  CHECK_FALSE(parse(nots + "true").root);
  std::string right = "1";
  for (int i = 0; i < 40; ++i) right = "1 + (" + right + ")";
  CHECK(problems(right + " > level") == "5:11 needs 41 places of 32, write it with fewer parentheses");
  std::string left = "level";
  for (int i = 0; i < 900; ++i) left += " + 1";
  CHECK(problems(left + " > 0").empty());
}

TEST_CASE("any bytes give an error or a tree", "[rules]") {
  constexpr std::string_view kAlphabet = "a1.e+-*/<>=!(){}\",\\ \n&\x80\xc3not and";
  std::uint64_t seed = 1;
  for (int run = 0; run < 20000; ++run) {
    std::string text;
    for (int i = 0; i < 12; ++i) {
      seed = seed * 6364136223846793005U + 1442695040888963407U;
      text += kAlphabet[(seed >> 33U) % kAlphabet.size()];
    }
    const auto parsed = parse(text);
    REQUIRE((parsed.root == nullptr) == parsed.error.has_value());
    if (parsed.error) REQUIRE(parsed.error->offset <= text.size());
  }
}

TEST_CASE("any words give problems or an evaluator", "[rules]") {
  constexpr std::array<std::string_view, 16> kWords{"level", "running", "1",   "0", "true",
                                                    "and",   "or",      "not", "(", ")",
                                                    "<",     "==",      "-",   "/", "level{device=\"pump-3\"}",
                                                    "+"};
  const World world;
  std::uint64_t seed = 2;
  int good = 0;
  for (int run = 0; run < 5000; ++run) {
    std::string text;
    for (int i = 0; i < 5; ++i) {
      seed = seed * 6364136223846793005U + 1442695040888963407U;
      text += std::string(kWords[(seed >> 33U) % kWords.size()]) + " ";
    }
    if (problems(world, rule(text)).empty()) ++good;
  }
  CHECK(good > 10);
}

}  // namespace
}  // namespace wayside::rules::test
