#include "config/import/sunspec_point.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "config/import/names.hpp"
#include "config/scalars.hpp"

namespace wayside::config {
namespace {

using device::Encoding;
using device::PointSpec;
using device::RawRange;

constexpr int kMostSymbols = 256;

struct Type {
  std::string_view name;
  Encoding encoding;
  int size;
  std::optional<std::int64_t> not_implemented;  // raw
};

constexpr std::int64_t kLeast16 = -0x8000;
constexpr std::int64_t kLeast32 = -0x8000'0000LL;
constexpr std::int64_t kLeast64 = INT64_MIN;
constexpr std::int64_t kAllOnes64 = -1;  // as the bit pattern that the decoder compares with

constexpr std::array kTypes{
    Type{"int16", Encoding::s16, 1, kLeast16},
    Type{"int32", Encoding::s32, 2, kLeast32},
    Type{"int64", Encoding::s64, 4, kLeast64},
    Type{"uint16", Encoding::u16, 1, 0xFFFF},
    Type{"uint32", Encoding::u32, 2, 0xFFFF'FFFFLL},
    Type{"uint64", Encoding::u64, 4, kAllOnes64},
    Type{"acc16", Encoding::u16, 1, 0},
    Type{"acc32", Encoding::u32, 2, 0},
    Type{"acc64", Encoding::u64, 4, 0},
    Type{"enum16", Encoding::u16, 1, 0xFFFF},
    Type{"enum32", Encoding::u32, 2, 0xFFFF'FFFFLL},
    Type{"bitfield16", Encoding::u16, 1, 0xFFFF},
    Type{"bitfield32", Encoding::u32, 2, 0xFFFF'FFFFLL},
    Type{"bitfield64", Encoding::u64, 4, kAllOnes64},
    Type{"count", Encoding::u16, 1, std::nullopt},
    Type{"raw16", Encoding::u16, 1, std::nullopt},
    Type{"float32", Encoding::f32, 2, std::nullopt},
    Type{"float64", Encoding::f64, 4, std::nullopt},
    Type{"string", Encoding::text, 0, std::nullopt},
};

const Type* type_of(std::string_view name) {
  const auto at = std::ranges::find(kTypes, name, &Type::name);
  return at == kTypes.end() ? nullptr : &*at;
}

bool is_enumeration(std::string_view type) { return type.starts_with("enum"); }
bool is_bit_field(std::string_view type) { return type.starts_with("bitfield"); }

double power_of_ten(int exponent) { return *parse_number(fmt::format("1e{}", exponent)); }

class Reader {
 public:
  Reader(const YamlView& view, const ScaleFactorPlaces& factors, Collector& out)
      : view_(view), factors_(factors), out_(out), name_(view["name"].text()), type_(view["type"].text()) {}

  std::vector<PointSpec> read(int address) {
    if (type_ == "pad" || type_ == "sunssf") return {};
    const auto* type = type_of(type_);
    const auto size = view_["size"].integer();
    if (type == nullptr) return drop(fmt::format("type {}: profiles have none such", type_));
    if (type->size != 0 && size && *size != type->size) return drop(fmt::format("size {} of type {}", *size, type_));
    point_.name = name_;
    point_.kind = device::RegisterKind::holding;
    point_.address = static_cast<std::uint16_t>(std::clamp(address, 0, 65535));
    point_.encoding = type->encoding;
    point_.text_registers = type->size == 0 ? static_cast<std::uint16_t>(size.value_or(0)) : std::uint16_t{0};
    if (address > 65535) return drop(fmt::format("its address {} is past 65535", address));
    if (type->not_implemented) point_.unsupported_values = {RawRange{*type->not_implemented, *type->not_implemented}};
    if (auto why = read_scale(); !why.empty()) return drop(why);
    if (type_.starts_with("acc")) {
      out_.note(view_.line(), label(),
                "0 of an accumulator means that it is not implemented; one that has not counted yet reads so too");
    }
    read_rest();
    std::vector<PointSpec> points{point_};
    if (is_bit_field(type_) && out_.options().bits) add_bits(points);
    return points;
  }

 private:
  [[nodiscard]] std::string label() const { return fmt::format("point '{}'", name_); }
  std::vector<PointSpec> drop(const std::string& why) {
    out_.dropped(view_.line(), label(), why);
    return {};
  }

  std::string read_scale() {
    const auto factor = view_["sf"];
    if (!factor.exists()) return {};
    if (const auto fixed = factor.integer()) {
      if (*fixed < -10 || *fixed > 10) return fmt::format("scale factor {}: they go from -10 to 10", *fixed);
      point_.scale = power_of_ten(static_cast<int>(*fixed));
      return {};
    }
    const auto name = factor.text();
    const auto& given = out_.options().scale_factors;
    if (const auto at = given.find(name); at != given.end()) {
      point_.scale = power_of_ten(at->second);
      return {};
    }
    const auto place = factors_.find(name);
    if (place == factors_.end()) return fmt::format("its scale factor {} is not in the model", name);
    return fmt::format(
        "its scale factor {} stands in the device, in holding register {}: read it there (s16) and give "
        "--scale-factors {}=VALUE",
        name, place->second, name);
  }

  void read_rest() {
    point_.unit = view_["units"].text();
    point_.meaning = view_["desc"].exists() ? view_["desc"].text() : view_["label"].text();
    if (is_enumeration(type_)) {
      for (const auto& [raw, word] : symbols()) point_.values.emplace(raw, word);
    }
    if (view_["access"].text() != "RW") return;
    device::WriteSpec write;
    write.kind = point_.kind;
    write.address = point_.address;
    write.multiple = true;  // SunSpec devices need know only function 16
    point_.write = write;
  }

  [[nodiscard]] std::vector<std::pair<std::int64_t, std::string>> symbols() const {
    std::vector<std::pair<std::int64_t, std::string>> out;
    for (const auto& symbol : view_["symbols"].items()) {
      const auto raw = symbol["value"].integer();
      const auto word = one_line(symbol["name"].text(), 60);
      if (raw && !word.empty() && out.size() < kMostSymbols) out.emplace_back(*raw, word);
    }
    return out;
  }

  void add_bits(std::vector<PointSpec>& points) {
    for (const auto& [bit, word] : symbols()) {
      if (bit < 0 || bit >= 16 * device::word_count(point_)) continue;
      PointSpec truth;
      truth.name = name_ + "_" + word;
      truth.kind = point_.kind;
      truth.address = point_.address;
      truth.encoding = point_.encoding;
      truth.bit = static_cast<int>(bit);
      truth.unsupported_values = point_.unsupported_values;
      truth.meaning = fmt::format("{}: {}", point_.meaning.empty() ? name_ : one_line(point_.meaning), word);
      points.push_back(std::move(truth));
    }
  }

  const YamlView& view_;
  const ScaleFactorPlaces& factors_;
  Collector& out_;
  std::string name_;
  std::string type_;
  PointSpec point_;
};

}  // namespace

std::optional<int> sunspec_size(const YamlView& point) {
  const auto size = point["size"].integer();
  if (!size || *size < 1 || *size > 1000) return std::nullopt;
  return static_cast<int>(*size);
}

std::vector<PointSpec> sunspec_points(const YamlView& point, int address, const ScaleFactorPlaces& factors,
                                      Collector& out) {
  return Reader(point, factors, out).read(address);
}

}  // namespace wayside::config
