#include "cli/trial_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/nearest.hpp"
#include "cli/rule_points.hpp"
#include "cli/translation.hpp"
#include "config/point_info.hpp"
#include "pipeline/asset_points.hpp"
#include "pipeline/gateway_points.hpp"

namespace wayside::cli {
namespace {

using std::chrono::microseconds;

// Beyond the three periods after which rules take a value for too old.
constexpr int kTooOld = 3;

// "lane-1" as the label lane="1", as a profile's groups make it.
void add_instance_label(model::PointInfo& info) {
  const auto dot = info.name.find('.');
  if (dot == std::string::npos) return;
  const auto prefix = info.name.substr(0, dot);
  const auto dash = prefix.rfind('-');
  if (dash == std::string::npos || dash == 0 || dash + 1 == prefix.size()) return;
  info.labels.try_emplace(prefix.substr(0, dash), prefix.substr(dash + 1));
}

model::PointInfo own_point(const config::TestDevice& device, const config::TestDevice::Point& point) {
  model::PointInfo info;
  info.device = device.config.id;
  info.name = point.name;
  info.metric = point.name.substr(point.name.find('.') == std::string::npos ? 0 : point.name.find('.') + 1);
  info.labels = device.config.labels;
  info.labels["device"] = info.device.value;
  add_instance_label(info);
  for (const auto& [label, value] : point.labels) info.labels[label] = value;
  info.unit = point.unit;
  info.values = point.values;
  info.place = device.config.responsible;
  info.source = "test";
  return info;
}

// How often points are read: as the file says, or as often as series feed them or their neighbours.
class Periods {
 public:
  explicit Periods(const config::RuleTest& test) {
    for (const auto& series : test.series) {
      for (const auto& point : series.points) {
        lower(by_point_[point.id()], series.interval);
        lower(by_device_[point.device], series.interval);
        lower(any_, series.interval);
      }
    }
  }
  [[nodiscard]] microseconds of(const model::PointInfo& info) const {
    if (const auto own = by_point_.find(model::point_id(info.device, info.name)); own != by_point_.end()) {
      return own->second;
    }
    const auto near = by_device_.find(info.device.value);
    return near == by_device_.end() ? any_ : near->second;
  }

 private:
  static void lower(microseconds& known, microseconds interval) {
    known = known.count() == 0 ? interval : std::min(known, interval);
  }
  std::map<std::string, microseconds> by_point_;
  std::map<std::string, microseconds> by_device_;
  microseconds any_{};
};

void add_device(const config::TestDevice& device, const Periods& periods, model::PointTable& points,
                std::vector<config::Problem>& problems) {
  if (device.has_profile) {
    for (auto& info : points_of(device.config, problems)) {
      info.period = device.period.value_or(periods.of(info));
      points.add(std::move(info));
    }
    return;
  }
  for (const auto& point : device.points) {
    auto info = own_point(device, point);
    info.period = point.period ? *point.period : device.period.value_or(periods.of(info));
    points.add(std::move(info));
  }
}

std::string unknown_point(const config::TestPoint& wanted, const model::PointTable& points) {
  std::vector<std::string> ids;
  for (const auto& info : points.infos()) ids.push_back(model::point_id(info.device, info.name));
  const auto near = base::nearest(wanted.id(), ids);
  return tr_format("no device of this test has the point '{}'{}", wanted.id(),
                   near ? tr_format("; did you mean '{}'?", *near) : "");
}

// False: one of the names is none of the point's.
bool has_names(const config::TestSeries& series, const model::PointInfo& info, std::vector<config::Problem>& problems) {
  std::vector<std::string> known;
  for (const auto& [number, name] : info.values) known.push_back(name);
  for (const auto& name : series.values.names()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    problems.push_back({series.place, tr_format("{} has no value \"{}\"{}", model::point_id(info.device, info.name),
                                                name, base::hint(name, known))});
    return false;
  }
  return true;
}

model::Value value_of(const config::TestSample& sample, const model::PointInfo& info) {
  if (sample.kind == config::TestSample::Kind::truth) return sample.number != 0;
  if (sample.kind == config::TestSample::Kind::name) {
    const auto named = std::ranges::find(info.values, sample.name, [](const auto& value) { return value.second; });
    return named == info.values.end() ? model::Value{} : model::Value{named->first};
  }
  const bool whole = sample.number == std::floor(sample.number) && std::abs(sample.number) < 1e15;
  if (!info.values.empty() && whole) return static_cast<std::int64_t>(sample.number);
  return sample.number;
}

}  // namespace

std::vector<TrialFeed> make_trial_points(const config::RuleTest& test, model::PointTable& points,
                                         std::vector<config::Problem>& problems) {
  const Periods periods(test);
  std::vector<model::DeviceId> ids;
  for (const auto& device : test.devices) {
    add_device(device, periods, points, problems);
    ids.push_back(device.config.id);
  }
  pipeline::add_asset_points(points, ids);
  const model::GatewayId gateway{"gateway"};
  if (!points.find(model::DeviceId{gateway.value}, pipeline::kLinkUp)) {
    pipeline::add_gateway_points(points, gateway, {});
  }
  std::vector<TrialFeed> out;
  std::set<model::PointHandle> fed;
  for (const auto& series : test.series) {
    for (const auto& wanted : series.points) {
      const auto point = points.find(model::DeviceId{wanted.device}, wanted.name);
      if (!point) {
        problems.push_back({wanted.place, unknown_point(wanted, points)});
      } else if (!fed.insert(*point).second) {
        problems.push_back({wanted.place, tr_format("'{}' has a series already", wanted.id())});
      } else if (has_names(series, points.info(*point), problems)) {
        const auto device = std::ranges::find(ids, model::DeviceId{wanted.device}) - ids.begin();
        out.push_back({*point, static_cast<std::size_t>(device), &series});
      }
    }
  }
  std::ranges::stable_sort(out, {}, &TrialFeed::device);
  return out;
}

std::optional<model::Reading> read_sample(const config::TestSample& sample, model::PointHandle point,
                                          const model::PointTable& points, base::BootTime now) {
  using Kind = config::TestSample::Kind;
  switch (sample.kind) {
    case Kind::none: return std::nullopt;
    case Kind::bad: return model::Reading{point, {}, sample.quality, now};
    case Kind::stale: {
      const auto& last = points.newest(point);
      const auto period = points.info(point).period;
      if (period.count() == 0 || std::holds_alternative<std::monostate>(last.value)) {
        return model::Reading{point, {}, model::Quality::bad, now};
      }
      return model::Reading{point, last.value, model::Quality::uncertain_last_usable,
                            now - kTooOld * period - microseconds{1}};
    }
    case Kind::number:
    case Kind::truth:
    case Kind::name: break;
  }
  return model::Reading{point, value_of(sample, points.info(point)), sample.quality, now};
}

}  // namespace wayside::cli
