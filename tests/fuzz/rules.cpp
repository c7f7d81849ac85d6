// Any text as a rule, and any readings for it: refused with a reason and a place, or an evaluator that takes every
// reading, in any order of times, without a value that is no number. The first byte says what kind of rule it is.
#include "rules/evaluator.hpp"

#include <cmath>
#include <string>

#include "fuzz/input.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

model::PointTable make_points() {
  model::PointTable points;
  for (const std::string device : {"lamp-1", "lamp-2", "meter"}) {
    for (const std::string metric : {"power", "mode", "level"}) {
      model::PointInfo info;
      info.device = model::DeviceId{device};
      info.name = info.metric = metric;
      info.unit = metric == "power" ? "W" : "";
      info.period = std::chrono::seconds{10};
      info.labels = {{"device", device}, {"feeder", device == "meter" ? "2" : "1"}};
      if (metric == "mode") info.values = {{0, "off"}, {1, "on"}};
      points.add(std::move(info));
    }
  }
  return points;
}

// Until a newline, or the end.
std::string line(fuzz::Input& input) {
  std::string out;
  while (!input.empty()) {
    const char c = static_cast<char>(input.u8());
    if (c == '\n') break;
    out += c;
  }
  return out;
}

void run(rules::Evaluator& evaluator, model::PointTable& points, fuzz::Input& input) {
  std::int64_t now = 0;
  while (!input.empty()) {
    const auto what = input.u8();
    now += static_cast<std::int64_t>(input.u8()) * 250'000;
    if (what >= 0xC0U) {
      (void)evaluator.on_timer(base::from_us(now));
      continue;
    }
    const auto point = model::PointHandle{static_cast<std::uint32_t>(what % 9)};
    const auto quality = (what & 0x40U) != 0 ? model::Quality::bad : model::Quality::good;
    points.apply({point, (static_cast<double>(input.u8()) - 128) * 0.5, quality, base::from_us(now)});
    const auto verdict = evaluator.on_readings({&point, 1}, base::from_us(now));
    for (const auto& reading : verdict.derived) {
      const auto number = model::as_number(reading.value);
      fuzz::require(!number || std::isfinite(*number), "a derived value is a number");
    }
    for (const auto& transition : verdict.transitions) fuzz::require(!transition.alarm.empty(), "an alarm has a name");
  }
  while (const auto piece = evaluator.next_baseline()) {
    fuzz::require(evaluator.restore_baseline(*piece), "what was saved can be taken back");
    break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input({data, size});
  const auto kind = input.u8();
  std::vector<model::RuleSpec> specs(1);
  auto& spec = specs.front();
  spec.group = "g";
  spec.name = "derived";
  spec.place = {"rules.yaml", 1, 1};
  spec.expr = {line(input), {"rules.yaml", 2, 7}};
  if ((kind & 1U) != 0) spec.recorded = model::DerivedSpec{};
  if ((kind & 2U) != 0) spec.clear = model::ExpressionText{line(input), {"rules.yaml", 3, 8}};
  if ((kind & 4U) != 0) spec.hold_for = std::chrono::seconds{15};
  if ((kind & 8U) != 0) {
    specs.push_back(spec);
    specs.back().name = "second";
    specs.back().recorded.reset();
    specs.back().expr.text = "derived > 3 or " + spec.expr.text;
  }
  auto points = make_points();
  const auto before = points.size();
  const auto compiled = rules::Evaluator::compile(specs, points);
  if (!compiled.evaluator) {
    fuzz::require(!compiled.problems.empty(), "nothing is refused without a word");
    for (const auto& problem : compiled.problems) {
      fuzz::require(!problem.what.empty() && problem.place.line > 0, "a problem has a place and says what it is");
    }
    return 0;
  }
  fuzz::require(compiled.problems.empty() && points.size() >= before, "an evaluator has no problems");
  run(*compiled.evaluator, points, input);
  return 0;
}
