#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "base/nearest.hpp"
#include "pipeline/command_gate.hpp"

namespace wayside::pipeline {
namespace {

constexpr std::size_t kLongestText = 64;

bool is_truth(const device::PointSpec& spec) {
  return spec.encoding == device::Encoding::bit || (spec.bit >= 0 && spec.bit_width == 1) || !spec.true_when.empty();
}

std::optional<double> to_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<bool> to_truth(const model::Value& asked) {
  if (const auto number = model::as_number(asked)) {
    return *number == 0 ? std::optional(false) : *number == 1 ? std::optional(true) : std::nullopt;
  }
  const auto* text = std::get_if<std::string>(&asked);
  constexpr std::array<std::string_view, 3> kOn{"on", "true", "1"};
  constexpr std::array<std::string_view, 3> kOff{"off", "false", "0"};
  if (text != nullptr && std::ranges::find(kOn, *text) != kOn.end()) return true;
  if (text != nullptr && std::ranges::find(kOff, *text) != kOff.end()) return false;
  return std::nullopt;
}

base::Error not_for(const device::PointSpec& spec, const model::Value& asked, std::string_view wanted) {
  return base::invalid_argument(fmt::format("'{}' is no value for {}: {}", model::to_string(asked), spec.name, wanted));
}

// A name, or the raw value that has it: the name stands for both.
base::Result<model::Value> read_name(const model::Value& asked, const device::PointSpec& spec) {
  const auto* text = std::get_if<std::string>(&asked);
  const auto number = text != nullptr ? to_number(*text) : model::as_number(asked);
  std::vector<std::string> names;
  for (const auto& [raw, name] : spec.values) {
    if ((text != nullptr && name == *text) || (number && *number == static_cast<double>(raw)))
      return model::Value{name};
    names.push_back(name);
  }
  return not_for(spec, asked, "it takes one of its names" + base::hint(model::to_string(asked), names));
}

}  // namespace

base::Result<model::Value> read_value(const model::Value& asked, const device::PointSpec& spec) {
  const auto* text = std::get_if<std::string>(&asked);
  if (text != nullptr && text->size() > kLongestText) return base::invalid_argument("a value of over 64 characters");
  if (spec.encoding == device::Encoding::text) {
    if (text == nullptr) return not_for(spec, asked, "it takes a text");
    return asked;
  }
  if (!spec.values.empty()) return read_name(asked, spec);
  if (is_truth(spec)) {
    const auto truth = to_truth(asked);
    if (!truth) return not_for(spec, asked, "it takes on or off");
    return model::Value{*truth};
  }
  const auto number = text != nullptr ? to_number(*text) : model::as_number(asked);
  if (!number || !std::isfinite(*number)) {
    return not_for(spec, asked, spec.unit.empty() ? "it takes a number" : "it takes a number, in " + spec.unit);
  }
  if (text != nullptr) return model::Value{*number};
  return asked;
}

}  // namespace wayside::pipeline
