#include "device/profile.hpp"
#include "device/encoding_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace wayside::device {

std::string_view to_string(Encoding e) {
  switch (e) {
    case Encoding::bit: return "bit";
    case Encoding::u16: return "u16";
    case Encoding::s16: return "s16";
    case Encoding::u32: return "u32";
    case Encoding::s32: return "s32";
    case Encoding::u64: return "u64";
    case Encoding::s64: return "s64";
    case Encoding::f32: return "f32";
    case Encoding::f64: return "f64";
    case Encoding::bcd16: return "bcd16";
    case Encoding::bcd32: return "bcd32";
    case Encoding::bcd64: return "bcd64";
    case Encoding::text: return "text";
  }
  return "?";
}

std::string_view to_string(ByteOrder o) {
  switch (o) {
    case ByteOrder::abcd: return "ABCD";
    case ByteOrder::cdab: return "CDAB";
    case ByteOrder::badc: return "BADC";
    case ByteOrder::dcba: return "DCBA";
  }
  return "?";
}

namespace {

using base::Errc;
using base::Error;

Error config_error(std::string what) { return Error{Errc::config, base::Consequence::fatal, std::move(what)}; }

base::Result<int> instance_count(const Profile& profile, const PointGroup& group, const Options& options) {
  const std::string* text = nullptr;
  for (const auto* source : {&options, &profile.defaults}) {
    const auto found = source->find(group.count_option);
    if (text == nullptr && found != source->end()) text = &found->second;
  }
  if (text == nullptr) return group.default_count;
  int count = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), count);
  if (problem != std::errc{} || end != text->data() + text->size() || count < 0 || count > group.max_count) {
    return config_error(
        fmt::format("option '{}': '{}' is no whole number from 0 to {}", group.count_option, *text, group.max_count));
  }
  return count;
}

std::string instance_name(const PointGroup& group, std::string_view metric, int number) {
  return fmt::format("{}-{}.{}", group.name, number, metric);
}

bool has_point(const PointGroup& group, std::string_view name) {
  return std::any_of(group.points.begin(), group.points.end(), [name](const auto& p) { return p.name == name; });
}

base::Result<std::uint16_t> moved(const PointSpec& point, std::uint16_t address, long by) {
  const long at = address + by;
  if (at < 0 || at + word_count(point) > 65536) {
    return config_error(fmt::format("point '{}': address {} is outside 0..65535", point.name, at));
  }
  return static_cast<std::uint16_t>(at);
}

base::Result<PointSpec> instance_of(const PointGroup& group, const PointSpec& point, int number) {
  PointSpec result = point;
  if (result.metric.empty()) result.metric = point.name;
  result.name = instance_name(group, result.metric, number);
  result.labels[group.name] = std::to_string(number);
  const long by = static_cast<long>(number - group.first) * group.stride;
  const auto address = moved(result, point.address, by);
  if (address.has_error()) return address.error();
  result.address = *address;
  if (!result.write) return result;
  const auto written = moved(result, result.write->address, by);
  if (written.has_error()) return written.error();
  result.write->address = *written;
  // A point of the group is that of the same instance; another one is the device's.
  auto& effect = result.write->read_back;
  if (has_point(group, effect)) effect = instance_name(group, effect, number);
  return result;
}

struct Need {
  RegisterKind kind;
  int first;
  int end;  // one past the last
};

int read_limit(const Profile& profile, RegisterKind kind) {
  const bool bits = kind == RegisterKind::coil || kind == RegisterKind::discrete;
  return bits ? kMaxReadBits : std::min(profile.max_read_registers, kMaxReadRegisters);
}

// From left to right, each block as long as it may be: no other cut of the same needs has fewer blocks.
std::vector<RegisterBlock> merge(const Profile& profile, std::vector<Need> needs) {
  std::sort(needs.begin(), needs.end(), [](const Need& a, const Need& b) {
    return std::tie(a.kind, a.first, a.end) < std::tie(b.kind, b.first, b.end);
  });
  std::vector<Need> open;
  for (const auto& need : needs) {
    if (!open.empty()) {
      auto& last = open.back();
      const int end = std::max(last.end, need.end);
      if (last.kind == need.kind && need.first <= last.end + profile.max_hole &&
          end - last.first <= read_limit(profile, need.kind)) {
        last.end = end;
        continue;
      }
    }
    open.push_back(need);
  }
  std::vector<RegisterBlock> blocks;
  for (const auto& n : open) {
    blocks.push_back({n.kind, static_cast<std::uint16_t>(n.first), static_cast<std::uint16_t>(n.end - n.first)});
  }
  return blocks;
}

}  // namespace

std::string PointSpec::source() const {
  if (!locator.empty()) return (role == "computed" ? "computed from item " : "item ") + locator;
  std::string where = fmt::format("{} {}", device::to_string(kind), address);
  if (bit >= 0 && bit_width > 1) {
    where += fmt::format(" bits {}..{}", bit, bit + bit_width - 1);
  } else if (bit >= 0) {
    where += fmt::format(" bit {}", bit);
  } else {
    where += fmt::format(" {}", to_string(encoding));
  }
  if (word_count(*this) > 1 || order != ByteOrder::abcd) where += fmt::format(" {}", to_string(order));
  return role == "computed" ? "computed from " + where : where;
}

base::Result<std::vector<PointSpec>> expand(const Profile& profile, const Options& options) {
  std::vector<PointSpec> points;
  for (const auto& point : profile.points) {
    if (point.address + word_count(point) > 65536) {
      return config_error(fmt::format("point '{}': it ends past address 65535", point.name));
    }
    points.push_back(point);
    if (points.back().metric.empty()) points.back().metric = point.name;
  }
  for (const auto& group : profile.groups) {
    const auto count = instance_count(profile, group, options);
    if (count.has_error()) return count.error();
    for (int number = group.first; number < group.first + *count; ++number) {
      for (const auto& point : group.points) {
        auto instance = instance_of(group, point, number);
        if (instance.has_error()) return instance.error();
        points.push_back(std::move(*instance));
      }
    }
  }
  return points;
}

base::Result<ReadPlan> plan_reads(const Profile& profile, const std::vector<PointSpec>& points,
                                  std::chrono::microseconds period) {
  std::map<std::chrono::microseconds, std::vector<Need>> by_period;
  for (const auto& point : points) {
    const int words = word_count(point);
    if (words > read_limit(profile, point.kind)) {
      return config_error(fmt::format("point '{}': {} registers are wider than a read of at most {}", point.name, words,
                                      read_limit(profile, point.kind)));
    }
    by_period[point.period.value_or(period)].push_back({point.kind, point.address, point.address + words});
  }
  ReadPlan plan;
  for (auto& [every, needs] : by_period) plan.groups.push_back({every, merge(profile, std::move(needs))});
  return plan;
}

}  // namespace wayside::device
