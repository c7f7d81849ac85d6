#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "config/import/names.hpp"
#include "config/import/profile_writer.hpp"

namespace wayside::config {
namespace {

using device::ByteOrder;
using device::Encoding;
using device::PointSpec;

constexpr std::size_t kMostNames = 256;

bool fits_type(std::int64_t raw, Encoding encoding) {
  const int bits = 16 * device::word_count(encoding);
  const bool is_signed = encoding == Encoding::s16 || encoding == Encoding::s32 || encoding == Encoding::s64;
  if (bits >= 64) return is_signed || raw >= 0;
  const auto most = (std::int64_t{1} << (is_signed ? bits - 1 : bits)) - 1;
  return raw <= most && raw >= (is_signed ? -most - 1 : 0);
}

// Takes out what `keys` cannot say.
class Fitter {
 public:
  Fitter(Imported& imported, const ImportOptions& options, const ProfileKeys& keys)
      : imported_(imported), options_(options), keys_(keys) {}

  void points(std::vector<PointSpec>& points) {
    std::erase_if(points, [this](PointSpec& point) { return !fit(point); });
  }

  void summary() {
    told(values_, "their values have names: the names stand in 'meaning'", Finding::Kind::not_kept);
    told(writes_,
         options_.writes ? "the source calls them writable: this version's profiles cannot say so"
                         : "the source calls them writable: imported for reading only; --with-writes carries it over",
         Finding::Kind::not_kept);
  }

 private:
  void tell(int line, Finding::Kind kind, std::string what, std::string reason) {
    if (imported_.findings.size() < kMaxImportFindings) {
      imported_.findings.push_back({{options_.file, line, 1}, kind, std::move(what), std::move(reason)});
    } else {
      ++imported_.more_findings;
    }
  }

  void told(const std::vector<std::string>& names, std::string_view reason, Finding::Kind kind) {
    if (names.empty()) return;
    constexpr std::size_t kShown = 8;
    const auto shown = std::span(names).first(std::min(names.size(), kShown));
    const auto more = names.size() > kShown ? fmt::format(", and {} more", names.size() - kShown) : "";
    tell(1, kind, fmt::format("{} point{}", names.size(), names.size() == 1 ? "" : "s"),
         fmt::format("{} ({}{})", reason, fmt::join(shown, ", "), more));
  }

  [[nodiscard]] int line_of(const std::string& metric) const {
    const auto at = imported_.lines.find(metric);
    return at == imported_.lines.end() ? 1 : at->second;
  }

  bool drop(const PointSpec& point, std::string_view what) {
    tell(line_of(point.metric), Finding::Kind::dropped, fmt::format("point '{}'", point.metric),
         fmt::format("{}: this version's profiles have none", what));
    return false;
  }

  bool fit(PointSpec& point) {
    const auto e = point.encoding;
    if (e == Encoding::text && !keys_.text)
      return drop(point, fmt::format("a text of {} registers", point.text_registers));
    if ((e == Encoding::bcd16 || e == Encoding::bcd32 || e == Encoding::bcd64) && !keys_.bcd)
      return drop(point, "a number in BCD");
    if (point.bit >= 0 && point.bit_width > 1 && !keys_.bits)
      return drop(point, fmt::format("bits {} to {}", point.bit, point.bit + point.bit_width - 1));
    if (point.bit >= 0 && point.bit_width == 1 && !keys_.wide_bit && e != Encoding::u16) narrow(point);
    if (point.bit >= 0 && !keys_.wide_bit) {
      if (!point.unsupported_values.empty()) {
        tell(line_of(point.metric), Finding::Kind::not_kept, fmt::format("point '{}'", point.metric),
             "it is true where the device does not implement it (all ones)");
      }
      point.error_values.clear();
      point.unsupported_values.clear();
    }
    fit_write(point);
    fit_values(point);
    return true;
  }

  void fit_write(PointSpec& point) {
    if (!point.write) return;
    const bool truth = point.encoding == Encoding::bit;
    if (truth || !point.values.empty()) {
      point.write->min.reset();
      point.write->max.reset();
    }
    if (options_.writes && keys_.write) return;
    writes_.push_back(point.metric);
    point.write.reset();
  }

  // An enumeration has names that differ, raw values of its type, and no range.
  void fit_values(PointSpec& point) {
    if (point.values.empty()) return;
    if (!keys_.values) {
      values_.push_back(point.metric);
      std::string words;
      for (const auto& [raw, name] : point.values)
        words += fmt::format("{}{} = {}", words.empty() ? "" : ", ", raw, name);
      const auto both = fmt::format("{} {}", point.meaning, words);
      point.meaning = sentence(both.size() > 400 ? words : both);
      point.values.clear();
      return;
    }
    std::set<std::string> names;
    std::map<std::int64_t, std::string> kept;
    for (const auto& [raw, name] : point.values) {
      if (!fits_type(raw, point.encoding) || kept.size() >= kMostNames) continue;
      const bool is_new = names.insert(name).second;
      kept.emplace(raw, is_new ? name : fmt::format("{} ({})", name, raw));
    }
    if (kept.size() != point.values.size()) {
      tell(line_of(point.metric), Finding::Kind::not_kept, fmt::format("point '{}'", point.metric),
           "names of raw values that its type does not have, or more than 256");
    }
    point.values = std::move(kept);
    if (point.values.empty()) return;
    point.valid_min.reset();
    point.valid_max.reset();
  }

  // The register that holds the bit of a wider value, as a u16.
  static void narrow(PointSpec& point) {
    const int words = device::word_count(point.encoding);
    const bool swapped_words = point.order == ByteOrder::cdab || point.order == ByteOrder::dcba;
    const bool swapped_bytes = point.order == ByteOrder::badc || point.order == ByteOrder::dcba;
    const int from_low = point.bit / 16;
    point.address = static_cast<std::uint16_t>(point.address + (swapped_words ? from_low : words - 1 - from_low));
    point.bit %= 16;
    point.encoding = Encoding::u16;
    point.order = swapped_bytes ? ByteOrder::badc : ByteOrder::abcd;
  }

  Imported& imported_;
  const ImportOptions& options_;
  const ProfileKeys& keys_;
  std::vector<std::string> values_;
  std::vector<std::string> writes_;
};

}  // namespace

void fit_to_keys(Imported& imported, const ImportOptions& options, const ProfileKeys& keys) {
  Fitter fitter(imported, options, keys);
  fitter.points(imported.profile.points);
  for (auto& group : imported.profile.groups) fitter.points(group.points);
  std::erase_if(imported.profile.groups, [](const auto& group) { return group.points.empty(); });
  fitter.summary();
}

}  // namespace wayside::config
