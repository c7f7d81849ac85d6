// Any bytes as a set of baselines: refused with a reason, or sound: written again it is the same, merging with itself
// does not depend on the order, and a detector that begins with it takes samples.
#include "wire/baseline.hpp"

#include <array>

#include "fuzz/input.hpp"
#include "rules/detect/seasonal.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

void begin_with(const model::BaselineSummary& prior) {
  rules::detect::SeasonalSettings settings;
  settings.cycle = static_cast<rules::detect::Cycle>(prior.cycle);
  settings.channels = prior.channels;
  settings.slot_s = prior.slot_s;
  if (!rules::detect::valid(settings)) return;
  rules::detect::Seasonal detector(settings);
  if (!detector.start_from(prior)) return;
  const std::array<double, 2> values{3, -7};
  for (std::int64_t s = 0; s < 2 * 86400; s += prior.slot_s) {
    const rules::detect::Instant when{base::from_us(s * 1'000'000), s, false};
    const auto score = detector.step(when, {values.data(), settings.channels});
    fuzz::require(!score || (*score >= 0 && *score <= 1), "a score is between 0 and 1");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = wire::decode_baselines({data, size});
  if (!read) {
    fuzz::require(!read.error().what.empty(), "nothing is refused without a word");
    return 0;
  }
  const auto again = wire::decode_baselines(wire::encode_baselines(*read));
  fuzz::require(again && *again == *read, "what was read is written as it was");
  for (const auto& one : *read) begin_with(one.summary);
  for (const auto& one : *read) {
    auto left = one.summary;
    auto right = read->front().summary;
    if (!left.merge(read->front().summary)) continue;
    fuzz::require(right.merge(one.summary) && left == right, "merging does not depend on the order");
  }
  return 0;
}
