#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"
#include "device/decoder.hpp"
#include "device/driver.hpp"
#include "device/encoder.hpp"

namespace wayside::device {

namespace {

base::Error denied(const PointSpec& spec, std::string_view why) {
  return base::Error{base::Errc::denied, base::Consequence::drop_record,
                     fmt::format("point '{}' cannot be commanded: {}", spec.name, why)};
}

// A write of one bit would have to read the register, change the bit and write all: what the device changed between
// is lost. Only a register of its own can be written.
bool shares_its_register(const PointSpec& spec) {
  const bool part = spec.bit >= 0 || (spec.encoding != Encoding::bit && !spec.true_when.empty());
  return part && spec.write->kind == spec.kind && spec.write->address == spec.address;
}

base::Result<void> check_range(const PointSpec& spec, const model::Value& value) {
  const auto number = model::as_number(value);
  if (!number || is_truth(spec) || !spec.values.empty()) return {};
  const auto least = spec.write->min ? spec.write->min : spec.valid_min;
  const auto most = spec.write->max ? spec.write->max : spec.valid_max;
  // Written so that a NaN is outside.
  if ((!least || *number >= *least) && (!most || *number <= *most)) return {};
  const auto bound = [](const std::optional<double>& limit, std::string_view none) {
    return limit ? fmt::format("{:.10g}", *limit) : std::string(none);
  };
  return base::invalid_argument(fmt::format("{} is outside what point '{}' may be set to: {} to {}{}{}",
                                            model::to_string(value), spec.name, bound(least, "anything"),
                                            bound(most, "anything"), spec.unit.empty() ? "" : " ", spec.unit));
}

base::Result<std::uint32_t> measured_point(std::span<const PointSpec> points, std::uint32_t commanded) {
  const auto& name = points[commanded].write->read_back;
  if (name.empty()) return commanded;
  const auto at = std::find_if(points.begin(), points.end(), [&name](const PointSpec& p) { return p.name == name; });
  if (at == points.end()) {
    return denied(points[commanded], fmt::format("its profile reads it back at '{}', a point that is not there", name));
  }
  return static_cast<std::uint32_t>(at - points.begin());
}

}  // namespace

base::Result<CommandPlan> Driver::command(const CommandRequest& request, const DriverState& /*state*/) const {
  return plan_command(points(), request);
}

base::Result<CommandPlan> plan_command(std::span<const PointSpec> points, const CommandRequest& request) {
  WAYSIDE_ASSERT(request.point < points.size());
  const auto& spec = points[request.point];
  if (!spec.write) return denied(spec, "its profile has no 'write'");
  if (shares_its_register(spec)) {
    return denied(spec,
                  "it is a part of its register, and writing that would undo what the device changes in the rest");
  }
  if (const auto fits = check_range(spec, request.value); fits.has_error()) return fits.error();
  auto words = encode_value(spec, request.value);
  if (words.has_error()) return words.error();
  if (spec.write->kind == RegisterKind::coil && words->size() != 1) return denied(spec, "a coil holds one bit");
  const auto measured = measured_point(points, request.point);
  if (measured.has_error()) return measured.error();
  const auto& effect = points[*measured];
  CommandPlan plan;
  plan.expected = shown(spec, *words);
  plan.writes.push_back({spec.write->kind, spec.write->address, *std::move(words), spec.write->multiple});
  plan.settle = spec.write->settle;
  plan.read_back = {{effect.kind, effect.address, word_count(effect)}};
  plan.measured = *measured;
  plan.tolerance = spec.write->tolerance;
  return plan;
}

bool fulfilled(const CommandPlan& plan, const model::Value& measured) {
  const auto expected = model::as_number(plan.expected);
  const auto found = model::as_number(measured);
  if (!expected || !found) return plan.expected == measured;
  return std::abs(*expected - *found) <= plan.tolerance;
}

}  // namespace wayside::device
