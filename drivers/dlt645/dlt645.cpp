#include "dlt645/dlt645.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "common/family.hpp"
#include "common/items.hpp"
#include "common/meter_bytes.hpp"
#include "dlt645/dlt645_frame.hpp"

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
                       "The 12 digits on the meter's plate, leading zeros included. auto: any, with one meter on the "
                       "line only."},
    device::OptionSpec{"wake_up", "4", "Bytes FE before each request, 0 to 4."},
};

constexpr std::size_t kIdentifierDigits = 8;
constexpr std::uint8_t kMostFollowing = 16;  // frames after the first of one answer; more is a meter gone wrong

// Bits of the error word (DL/T 645-2007): 0 other, 1 no such data, 2 password or rights, 3 baud rate, 4..6 too many.
constexpr std::uint8_t kNoSuchData = 1U << 1U;
constexpr std::uint8_t kNoRights = 1U << 2U;

// How the bytes of an item are a number. bits: a word of bits, low byte first.
struct Format {
  enum class Kind { bcd, signed_bcd, bits } kind = Kind::bcd;
  std::size_t width = 1;
};

std::optional<Format> format_of(const std::string& text) {
  if (const auto width = width_of(text, "bcd")) return Format{Format::Kind::bcd, *width};
  if (const auto width = width_of(text, "sbcd")) return Format{Format::Kind::signed_bcd, *width};
  if (const auto width = width_of(text, "bits")) return Format{Format::Kind::bits, *width};
  return std::nullopt;
}

std::optional<std::int64_t> number(const Format& format, ByteView bytes) {
  if (format.kind == Format::Kind::bits) {
    std::uint64_t word = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) word = (word << 8U) | bytes[i];
    return static_cast<std::int64_t>(word);
  }
  if (format.kind == Format::Kind::bcd) return from_bcd(bytes);
  Bytes magnitude(bytes.begin(), bytes.end());
  const bool negative = (magnitude.back() & 0x80U) != 0;
  magnitude.back() = magnitude.back() & 0x7FU;
  const auto value = from_bcd(magnitude);
  return value && negative ? -*value : value;
}

// What came for one identifier.
struct Answer {
  Bytes data;
  bool complete = false;
  std::optional<Quality> failed;  // the meter refused, or what it said cannot be used
};

Quality refusal(const dlt645::Frame& frame) {
  const std::uint8_t word = frame.data.empty() ? 0 : frame.data.front();
  return (word & (kNoSuchData | kNoRights)) != 0 ? Quality::bad_configuration_error : Quality::bad_communication_error;
}

// Where a turn stands after the frames that came: frames answer the identifiers in their order.
class Progress {
 public:
  explicit Progress(const std::vector<std::uint32_t>& ids) : ids_(ids), answers_(ids.size()) {}

  [[nodiscard]] bool done() const { return item_ == ids_.size(); }
  [[nodiscard]] std::uint32_t id() const { return ids_[item_]; }
  [[nodiscard]] std::uint8_t sequence() const { return sequence_; }  // 0: the identifier is to be asked for
  [[nodiscard]] const std::vector<Answer>& answers() const { return answers_; }

  void note(ByteView bytes) {
    auto& answer = answers_[item_];
    const auto frame = dlt645::parse(bytes);
    if (frame && frame->is_answer() && frame->is_error()) return fail(refusal(*frame));
    if (!frame || !frame->is_answer() || dlt645::identifier(*frame) != id()) {
      return fail(Quality::bad_communication_error);
    }
    auto data = ByteView(frame->data).subspan(4);
    if (frame->function() != (sequence_ == 0 ? dlt645::kRead : dlt645::kReadFollowing)) {
      return fail(Quality::bad_communication_error);
    }
    if (sequence_ > 0) {  // a following frame ends with its number
      if (data.empty() || data.back() != sequence_) return fail(Quality::bad_communication_error);
      data = data.first(data.size() - 1);
    }
    answer.data.insert(answer.data.end(), data.begin(), data.end());
    if (!frame->has_more()) {
      answer.complete = true;
      return next();
    }
    if (sequence_ == kMostFollowing) return fail(Quality::bad_communication_error);
    ++sequence_;
  }

 private:
  void fail(Quality quality) {
    answers_[item_].failed = quality;
    next();
  }
  void next() {
    ++item_;
    sequence_ = 0;
  }

  const std::vector<std::uint32_t>& ids_;
  std::vector<Answer> answers_;
  std::size_t item_ = 0;
  std::uint8_t sequence_ = 0;
};

Progress progress(const std::vector<std::uint32_t>& ids, std::span<const Bytes> frames) {
  Progress out(ids);
  for (const auto& frame : frames) {
    if (out.done()) break;
    out.note(frame);
  }
  return out;
}

class Meter final : public device::Driver {
 public:
  struct Parts {
    std::vector<device::PointSpec> points;
    std::vector<Item> items;
    std::vector<Format> formats;
    Bytes address;
    std::size_t wake_up = 0;
  };
  Meter(Parts parts, std::chrono::microseconds period)
      : parts_(std::move(parts)), plan_(plan_items(parts_.points, parts_.items, period, dlt645::kProtocol)) {}

  std::span<const device::PointSpec> points() const override { return parts_.points; }
  const device::ReadPlan& plan() const override { return plan_.plan; }

  std::optional<device::FrameRequest> next_frame(std::size_t group, std::span<const Bytes> so_far,
                                                 const DriverState& /*state*/) const override {
    if (group >= plan_.turns.size()) return std::nullopt;
    const auto at = progress(plan_.turns[group].ids, so_far);
    if (at.done()) return std::nullopt;
    if (at.sequence() == 0) return device::FrameRequest{dlt645::encode_read(parts_.address, at.id(), parts_.wake_up)};
    return device::FrameRequest{dlt645::encode_read_following(parts_.address, at.id(), at.sequence(), parts_.wake_up)};
  }

  Decoded decode(const DecodeInput& input, const DriverState& state) const override {
    Decoded result{{}, state};
    if (input.group >= plan_.turns.size()) return result;
    const auto& turn = plan_.turns[input.group];
    const auto at = progress(turn.ids, input.frames);
    for (const auto point : turn.points) {
      const auto index = std::find(turn.ids.begin(), turn.ids.end(), parts_.items[point].id) - turn.ids.begin();
      if (auto sample = sample_of(point, at.answers()[static_cast<std::size_t>(index)])) {
        result.samples.push_back(std::move(*sample));
      }
    }
    return result;
  }

 private:
  std::optional<Sample> sample_of(std::uint32_t point, const Answer& answer) const {
    const auto& format = parts_.formats[point];
    const std::size_t first = parts_.items[point].offset;
    if (first + format.width > answer.data.size()) {
      if (answer.failed) return Sample{point, {}, *answer.failed};
      // A block that ends earlier: this meter has fewer phases than the profile.
      if (answer.complete) return Sample{point, {}, Quality::bad_configuration_error};
      return std::nullopt;
    }
    const auto bytes = ByteView(answer.data).subspan(first, format.width);
    if (is_all(bytes, 0xFF)) return Sample{point, {}, Quality::bad_configuration_error};  // the meter has no such value
    const auto raw = number(format, bytes);
    if (!raw) return Sample{point, {}, Quality::bad_sensor_failure};
    return sample_of_number(parts_.points[point], point, *raw);
  }

  Parts parts_;
  ItemPlan plan_;
};

base::Result<void> read_items(Meter::Parts& parts) {
  for (const auto& point : parts.points) {
    auto item = parse_item(point, kIdentifierDigits);
    if (item.has_error()) return item.error();
    const auto format = format_of(item->format);
    if (!format) {
      return config_error(fmt::format("point '{}': format '{}' is none of bcd1..bcd8, sbcd1..sbcd8, bits1..bits8",
                                      point.name, item->format));
    }
    parts.items.push_back(std::move(*item));
    parts.formats.push_back(*format);
  }
  return {};
}

base::Result<std::unique_ptr<device::Driver>> make(const device::DriverConfig& config) {
  Meter::Parts parts;
  auto points = item_points(config);
  if (points.has_error()) return points.error();
  parts.points = std::move(*points);
  if (const auto read = read_items(parts); read.has_error()) return read.error();
  const auto text = text_option(config, kOptions, "address");
  auto address = address_bytes(text, dlt645::kAddressBytes);
  if (!address || is_all(*address, 0x99)) {  // 99...: to all, without an answer
    return config_error(fmt::format("option 'address': '{}' is neither 12 digits nor auto", text));
  }
  parts.address = std::move(*address);
  const auto wake_up = number_option(config, kOptions, "wake_up", 0, dlt645::kMostWakeUp);
  if (wake_up.has_error()) return wake_up.error();
  if (*wake_up != std::floor(*wake_up)) return config_error("option 'wake_up': a whole number is needed");
  parts.wake_up = static_cast<std::size_t>(*wake_up);
  return std::make_unique<Meter>(std::move(parts), config.period);
}

}  // namespace

const device::DriverFamily& dlt645_family() {
  static constexpr device::DriverFamily family{.name = "dlt645",
                                               .title = "Electricity meters, DL/T 645-2007",
                                               .options = kOptions,
                                               .make = &make,
                                               .protocol = &dlt645::kProtocol};
  return family;
}

}  // namespace wayside::drivers
