#include "sim/devices/device.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "sim/nearest.hpp"

namespace wayside::sim {
namespace {

// "on", "off", "3", "L3" (people name phases and lanes so), "12.5".
std::optional<double> argument_value(std::string_view text, bool is_switch) {
  if (is_switch) {
    if (text == "on") return 1.0;
    if (text == "off") return 0.0;
    return std::nullopt;
  }
  if (text.starts_with('L')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

base::Result<double> argument_of(const Fault& fault, const std::vector<std::string_view>& words) {
  const std::size_t wanted = fault.argument.empty() ? 0U : 1U;
  if (words.size() != wanted + 1) {
    return base::invalid_argument(wanted == 0 ? fmt::format("'{}' takes no argument", fault.name)
                                              : fmt::format("usage: {} {}", fault.name, fault.argument));
  }
  if (wanted == 0) return 0.0;
  const bool is_switch = fault.argument == "on|off";
  const auto value = argument_value(words[1], is_switch);
  if (!value) return base::invalid_argument(fmt::format("'{}': {} is not {}", fault.name, words[1], fault.argument));
  if (!is_switch && (*value < fault.lowest || *value > fault.highest)) {
    return base::invalid_argument(
        fmt::format("'{}': {} {} is outside {}..{}", fault.name, fault.argument, *value, fault.lowest, fault.highest));
  }
  return *value;
}

}  // namespace

Device::Device(std::uint64_t seed) : random_(seed) { add_common_faults(); }

void Device::add_common_faults() {
  add_fault({"silent", "on|off", 0, 1, [this](double on) { manner_.silent = on != 0; }});
  add_fault(
      {"exception", "CODE", 0, 255, [this](double code) { manner_.exception = static_cast<std::uint8_t>(code); }});
  add_fault({"delay", "MS", 0, 600'000,
             [this](double ms) { manner_.delay = std::chrono::milliseconds{static_cast<std::int64_t>(ms)}; }});
  add_fault({"drop", "PERCENT", 0, 100, [this](double percent) { manner_.drop_percent = percent; }});
  add_fault({"corrupt", "PERCENT", 0, 100, [this](double percent) { manner_.corrupt_percent = percent; }});
  add_fault({"truncate", "PERCENT", 0, 100, [this](double percent) { manner_.truncate_percent = percent; }});
  add_fault({"noise", "PERCENT", 0, 100, [this](double percent) { manner_.noise_percent = percent; }});
  add_fault({"wrong-unit", "PERCENT", 0, 100, [this](double percent) { manner_.wrong_unit_percent = percent; }});
  add_fault({"babble", "on|off", 0, 1, [this](double on) { manner_.babbles = on != 0; }});
  add_fault({"clear", "", 0, 0, [this](double) {
               manner_ = Manner{};
               clear();
             }});
}

ReadAnswer Device::read(Table table, std::uint16_t address, std::uint16_t count) const {
  const Bank& words = bank(table);
  if (words.empty()) return Exception::illegal_function;
  const bool is_bits = table == Table::coils || table == Table::discrete_inputs;
  if (count == 0 || count > (is_bits ? 2000 : most_registers())) return Exception::illegal_value;
  auto found = words.read(address, count);
  if (!found) return Exception::illegal_address;
  return std::move(*found);
}

WriteAnswer Device::write(std::uint16_t address, const Words& words) {
  const Bank& holding = bank(Table::holding);
  if (holding.empty()) return Exception::illegal_function;
  if (words.empty() || words.size() > 123) return Exception::illegal_value;
  if (!holding.read(address, static_cast<std::uint16_t>(words.size()))) return Exception::illegal_address;
  return accept(address, words);
}

WriteAnswer Device::accept(std::uint16_t, const Words&) { return Exception::illegal_address; }

base::Result<void> Device::fault(std::string_view text) {
  const auto words = split_words(text);
  if (words.empty()) return base::invalid_argument("no fault named");
  std::vector<std::string> names;
  for (const auto& known : faults_) {
    names.push_back(known.name);
    if (known.name != words[0]) continue;
    const auto value = argument_of(known, words);
    if (!value) return value.error();
    known.apply(*value);
    return {};
  }
  return base::invalid_argument(fmt::format("unknown fault '{}'{}", words[0], nearest_hint(words[0], names)));
}

}  // namespace wayside::sim
