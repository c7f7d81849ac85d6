#include "cjt188/cjt188.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "cjt188/cjt188_frame.hpp"
#include "common/family.hpp"
#include "common/items.hpp"
#include "common/meter_bytes.hpp"

namespace wayside::drivers {

namespace {

using base::Bytes;
using base::ByteView;
using device::Decoded;
using device::DecodeInput;
using device::DriverState;
using model::Quality;
using model::Sample;

constexpr std::array kOptions{
    device::OptionSpec{"address", "auto",
                       "The 14 digits of the meter's address, leading zeros included. auto: any, with one meter on "
                       "the line only."},
    device::OptionSpec{"type", "10", "Type of meter, two digits: 10 cold water, 11 hot water, 12 drinking, 13 reused."},
    device::OptionSpec{"id_order", "low_first", "Order of the identifier's bytes: low_first (1F 90) or high_first."},
    device::OptionSpec{"battery_bit", "2", "Bit of the status word that says the battery is low, 0 to 15."},
    device::OptionSpec{"wake_up", "4", "Bytes FE before each request, 0 to 4."},
};

constexpr std::size_t kIdentifierDigits = 4;
constexpr std::uint8_t kCubicMetre = 0x2C;  // the unit code seen in published frames; others are not taken on trust
constexpr std::size_t kVolumeBytes = 4;
constexpr std::size_t kStatusBytes = 2;

enum class Format : std::uint8_t { volume, bits, valve, valve_closed, valve_fault, battery };

struct FormatName {
  std::string_view name;
  Format format;
  std::size_t width;
};
constexpr std::array kFormats{
    FormatName{"volume", Format::volume, kVolumeBytes + 1},
    FormatName{"bits", Format::bits, kStatusBytes},
    FormatName{"valve", Format::valve, kStatusBytes},
    FormatName{"valve_closed", Format::valve_closed, kStatusBytes},
    FormatName{"valve_fault", Format::valve_fault, kStatusBytes},
    FormatName{"battery", Format::battery, kStatusBytes},
};

// Bits 0 and 1 of the status word.
enum Valve : unsigned { kOpen = 0, kClosed = 1, kUndefined = 2, kFault = 3 };

Sample truth(std::uint32_t point, bool value) { return {point, value, Quality::good}; }
Sample none(std::uint32_t point, Quality quality) { return {point, {}, quality}; }

Sample valve_sample(std::uint32_t point, Format format, unsigned valve) {
  if (valve == kUndefined) return none(point, Quality::bad_sensor_failure);
  if (format == Format::valve_fault) return truth(point, valve == kFault);
  if (format == Format::valve) {
    const char* state = valve == kOpen ? "open" : valve == kClosed ? "closed" : "fault";
    return {point, std::string(state), Quality::good};
  }
  // A valve that failed is neither known to be open nor to be closed.
  if (valve == kFault) return none(point, Quality::bad_device_failure);
  return truth(point, valve == kClosed);
}

class Meter final : public device::Driver {
 public:
  struct Parts {
    std::vector<device::PointSpec> points;
    std::vector<Item> items;
    std::vector<FormatName> formats;
    cjt188::Target target;
    unsigned battery_bit = 0;
  };
  Meter(Parts parts, std::chrono::microseconds period)
      : parts_(std::move(parts)), plan_(plan_items(parts_.points, parts_.items, period, cjt188::kProtocol)) {
    for (std::size_t i = 0; i < parts_.points.size(); ++i) name_encoding(i);
  }

  std::span<const device::PointSpec> points() const override { return parts_.points; }
  const device::ReadPlan& plan() const override { return plan_.plan; }

  std::optional<device::FrameRequest> next_frame(std::size_t group, std::span<const Bytes> so_far,
                                                 const DriverState& /*state*/) const override {
    if (group >= plan_.turns.size() || so_far.size() >= plan_.turns[group].ids.size()) return std::nullopt;
    const auto index = so_far.size();
    return device::FrameRequest{cjt188::encode_read(parts_.target, identifier(group, index), ser(group, index))};
  }

  Decoded decode(const DecodeInput& input, const DriverState& state) const override {
    Decoded result{{}, state};
    if (input.group >= plan_.turns.size()) return result;
    const auto& turn = plan_.turns[input.group];
    for (const auto point : turn.points) {
      const auto found = std::find(turn.ids.begin(), turn.ids.end(), parts_.items[point].id);
      const auto index = static_cast<std::size_t>(found - turn.ids.begin());
      if (index >= input.frames.size()) continue;  // not asked, or not answered
      result.samples.push_back(sample_of(point, input.group, index, input.frames[index]));
    }
    return result;
  }

 private:
  // What a truth or a text is, for those who list points; numbers are s64.
  void name_encoding(std::size_t point) {
    auto& spec = parts_.points[point];
    const auto format = parts_.formats[point].format;
    if (format == Format::volume || format == Format::bits) return;
    spec.encoding = format == Format::valve ? device::Encoding::text : device::Encoding::bit;
  }

  std::uint16_t identifier(std::size_t group, std::size_t index) const {
    return static_cast<std::uint16_t>(plan_.turns[group].ids[index]);
  }
  // Tells the answers of one turn apart. It repeats from turn to turn (a driver counts nothing), and the first is 0:
  // there are meters that answer 0 whatever was asked.
  static std::uint8_t ser(std::size_t group, std::size_t index) {
    return static_cast<std::uint8_t>(group * 16 + index);
  }

  Sample sample_of(std::uint32_t point, std::size_t group, std::size_t index, ByteView bytes) const {
    const auto frame = cjt188::parse(bytes);
    if (!frame || !frame->is_answer()) return none(point, Quality::bad_communication_error);
    if (frame->is_error()) return none(point, Quality::bad_device_failure);
    const bool ours = frame->function() == cjt188::kRead && frame->data.size() >= cjt188::kHeadBytes &&
                      cjt188::has_identifier(*frame, identifier(group, index)) &&
                      frame->data[cjt188::kHeadBytes - 1] == ser(group, index);
    if (!ours) return none(point, Quality::bad_communication_error);
    const auto values = ByteView(frame->data).subspan(cjt188::kHeadBytes);
    const std::size_t first = parts_.items[point].offset;
    if (first + parts_.formats[point].width > values.size()) return none(point, Quality::bad_configuration_error);
    return decode_field(point, values.subspan(first, parts_.formats[point].width));
  }

  Sample decode_field(std::uint32_t point, ByteView bytes) const {
    const auto format = parts_.formats[point].format;
    if (format == Format::volume) return volume(point, bytes);
    // All ones are what a meter sends for what it does not have.
    if (is_all(bytes, 0xFF)) return none(point, Quality::bad_configuration_error);
    const unsigned status = bytes[0] | static_cast<unsigned>(bytes[1]) << 8U;
    if (format == Format::bits) return sample_of_number(parts_.points[point], point, status);
    if (format == Format::battery) return truth(point, (status >> parts_.battery_bit & 1U) != 0);
    return valve_sample(point, format, status & 3U);
  }

  Sample volume(std::uint32_t point, ByteView bytes) const {
    const auto digits = bytes.first(kVolumeBytes);
    // Without the number or in a unit not known: better none than a number a thousand times off.
    if (is_all(digits, 0xFF) || bytes.back() != kCubicMetre) return none(point, Quality::bad_configuration_error);
    const auto raw = from_bcd(digits);
    return raw ? sample_of_number(parts_.points[point], point, *raw) : none(point, Quality::bad_sensor_failure);
  }

  Parts parts_;
  ItemPlan plan_;
};

base::Result<void> read_items(Meter::Parts& parts) {
  for (const auto& point : parts.points) {
    auto item = parse_item(point, kIdentifierDigits);
    if (item.has_error()) return item.error();
    const auto format =
        std::find_if(kFormats.begin(), kFormats.end(), [&item](const FormatName& f) { return f.name == item->format; });
    if (format == kFormats.end()) {
      return config_error(
          fmt::format("point '{}': format '{}' is none of volume, bits, valve, valve_closed, valve_fault, battery",
                      point.name, item->format));
    }
    parts.items.push_back(std::move(*item));
    parts.formats.push_back(*format);
  }
  return {};
}

base::Result<std::uint8_t> read_type(const device::DriverConfig& config) {
  const auto text = text_option(config, kOptions, "type");
  const auto bytes = text.size() == 2 ? base::from_hex(text) : std::nullopt;
  if (bytes && from_bcd(*bytes) && bytes->front() >= cjt188::kFirstType && bytes->front() <= cjt188::kLastType) {
    return bytes->front();
  }
  return config_error(fmt::format("option 'type': '{}' is not two digits from 10 to 49", text));
}

base::Result<unsigned> whole_option(const device::DriverConfig& config, std::string_view name, unsigned most) {
  const auto value = number_option(config, kOptions, name, 0, most);
  if (value.has_error()) return value.error();
  if (*value != std::floor(*value)) return config_error(fmt::format("option '{}': a whole number is needed", name));
  return static_cast<unsigned>(*value);
}

base::Result<cjt188::Target> read_target(const device::DriverConfig& config) {
  cjt188::Target target;
  const auto text = text_option(config, kOptions, "address");
  auto address = address_bytes(text, cjt188::kAddressBytes);
  if (!address) return config_error(fmt::format("option 'address': '{}' is neither 14 digits nor auto", text));
  target.address = std::move(*address);
  const auto type = read_type(config);
  if (type.has_error()) return type.error();
  target.type = *type;
  const auto order = text_option(config, kOptions, "id_order");
  if (order != "low_first" && order != "high_first") {
    return config_error(fmt::format("option 'id_order': '{}' is neither low_first nor high_first", order));
  }
  target.low_first = order == "low_first";
  const auto wake_up = whole_option(config, "wake_up", cjt188::kMostWakeUp);
  if (wake_up.has_error()) return wake_up.error();
  target.wake_up = *wake_up;
  return target;
}

base::Result<std::unique_ptr<device::Driver>> make(const device::DriverConfig& config) {
  Meter::Parts parts;
  auto points = item_points(config);
  if (points.has_error()) return points.error();
  parts.points = std::move(*points);
  if (const auto read = read_items(parts); read.has_error()) return read.error();
  auto target = read_target(config);
  if (target.has_error()) return target.error();
  parts.target = std::move(*target);
  const auto battery_bit = whole_option(config, "battery_bit", 15);
  if (battery_bit.has_error()) return battery_bit.error();
  parts.battery_bit = *battery_bit;
  return std::make_unique<Meter>(std::move(parts), config.period);
}

}  // namespace

const device::DriverFamily& cjt188_family() {
  static constexpr device::DriverFamily family{.name = "cjt188",
                                               .title = "Water meters, CJ/T 188-2004",
                                               .options = kOptions,
                                               .make = &make,
                                               .protocol = &cjt188::kProtocol};
  return family;
}

}  // namespace wayside::drivers
