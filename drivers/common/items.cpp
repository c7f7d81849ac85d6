#include "common/items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/assert.hpp"
#include "common/family.hpp"
#include "device/decoder.hpp"

namespace wayside::drivers {

namespace {

constexpr std::size_t kMostOffset = 4095;

template <class Number>
bool read_number(std::string_view text, int base, Number& out) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return problem == std::errc{} && end == text.data() + text.size();
}

}  // namespace

base::Result<Item> parse_item(const device::PointSpec& point, std::size_t digits) {
  const std::string_view text = point.locator;
  const auto blank = text.find(' ');
  const auto plus = std::min(text.find('+'), blank);
  Item item;
  bool good = blank != std::string_view::npos && plus == digits && read_number(text.substr(0, plus), 16, item.id);
  if (good && plus != blank) {
    good = read_number(text.substr(plus + 1, blank - plus - 1), 10, item.offset) && item.offset <= kMostOffset;
  }
  if (good) item.format = text.substr(blank + 1);
  if (!good || item.format.empty()) {
    return config_error(
        fmt::format("point '{}': item '{}' is not '<{} hex digits>[+<offset>] <format>'", point.name, text, digits));
  }
  return item;
}

base::Result<std::vector<device::PointSpec>> item_points(const device::DriverConfig& config) {
  const auto& profile = config.profile;
  const bool has_identity = profile.identity.serial.has_value() || profile.identity.firmware.has_value();
  if (!profile.groups.empty() || !profile.setup.empty() || has_identity) {
    return config_error(
        fmt::format("profile '{}': groups, setup and identity are of register devices; family '{}' has items",
                    profile.name, profile.family));
  }
  auto points = device::expand(profile, config.options);
  if (points.has_error()) return points;
  for (auto& point : *points) {
    if (point.locator.empty()) return config_error(fmt::format("point '{}': 'item' is missing", point.name));
    if (point.role == kComputed) return config_error(fmt::format("point '{}': no role of an item", point.name));
    if (point.write) return config_error(fmt::format("point '{}': items of this family are read only", point.name));
    point.encoding = device::Encoding::s64;
    point.order = device::ByteOrder::abcd;
    point.kind = device::RegisterKind::holding;
    point.address = 0;
  }
  return points;
}

ItemPlan plan_items(const std::vector<device::PointSpec>& points, const std::vector<Item>& items,
                    std::chrono::microseconds period, const device::FrameProtocol& protocol) {
  WAYSIDE_ASSERT(items.size() == points.size());
  std::map<std::chrono::microseconds, ItemTurn> by_period;
  for (std::uint32_t i = 0; i < points.size(); ++i) {
    auto& turn = by_period[points[i].period.value_or(period)];
    turn.points.push_back(i);
    if (std::find(turn.ids.begin(), turn.ids.end(), items[i].id) == turn.ids.end()) turn.ids.push_back(items[i].id);
  }
  ItemPlan out;
  out.plan.protocol = &protocol;
  for (auto& [every, turn] : by_period) {
    out.plan.groups.push_back({every, {}});
    out.turns.push_back(std::move(turn));
  }
  return out;
}

model::Sample sample_of_number(const device::PointSpec& spec, std::uint32_t point, std::int64_t raw) {
  const auto bits = static_cast<std::uint64_t>(raw);
  const auto word = [bits](unsigned shift) { return static_cast<std::uint16_t>(bits >> shift); };
  device::RegisterImage image;
  image.add({spec.kind, spec.address, 4}, {word(48), word(32), word(16), word(0)});
  auto sample = device::decode_point(spec, point, image);
  WAYSIDE_ASSERT(sample.has_value());
  return std::move(*sample);
}

std::optional<std::size_t> width_of(std::string_view format, std::string_view word) {
  if (!format.starts_with(word) || format.size() != word.size() + 1) return std::nullopt;
  const char digit = format.back();
  if (digit < '1' || digit > '8') return std::nullopt;
  return static_cast<std::size_t>(digit - '0');
}

}  // namespace wayside::drivers
