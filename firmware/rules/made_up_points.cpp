#include "rules/made_up_points.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "rules/language/parser.hpp"

namespace wayside::rules {
namespace {

constexpr const char* kDevice = "device";

struct Mentioned {
  PointReference point;
  std::set<std::string> values;  // names it is compared with
};

class Collector {
 public:
  void add(const Node& node) {
    if (node.kind == NodeKind::point) mention(node.point);
    if (node.kind == NodeKind::equal || node.kind == NodeKind::not_equal) {
      add_value(*node.left, *node.right);
      add_value(*node.right, *node.left);
    }
    by_.insert(node.by.begin(), node.by.end());
    if (node.left) add(*node.left);
    if (node.right) add(*node.right);
    for (const auto& argument : node.arguments) add(*argument);
  }
  Mentioned& mention(const PointReference& point) {
    const auto found = std::ranges::find(points_, point, &Mentioned::point);
    if (found != points_.end()) return *found;
    return points_.emplace_back(Mentioned{point, {}});
  }
  [[nodiscard]] const std::vector<Mentioned>& points() const { return points_; }
  [[nodiscard]] const std::set<std::string>& by() const { return by_; }

 private:
  void add_value(const Node& point, const Node& name) {
    if (point.kind == NodeKind::point && name.kind == NodeKind::text) mention(point.point).values.insert(name.text);
  }

  std::vector<Mentioned> points_;
  std::set<std::string> by_;
};

void add_text(const model::ExpressionText& text, Collector& out) {
  const auto parsed = parse(text.text);
  if (parsed.root) out.add(*parsed.root);
}

model::PointInfo make_point(const Mentioned& mentioned, const Collector& all, const model::LabelFilter& match,
                            const std::string& device) {
  model::PointInfo info;
  info.metric = info.name = mentioned.point.metric;
  info.device = model::DeviceId{device};
  for (const auto& label : all.by()) info.labels[label] = "1";
  for (const auto& [label, value] : match) info.labels[label] = value;
  for (const auto& [label, value] : mentioned.point.labels) {
    info.labels[label] = value;
    if (label == "device") {
      info.device = model::DeviceId{value};
    } else {
      info.name += "-" + label + "-" + value;
    }
  }
  std::ranges::replace(info.name, '.', '-');  // a dot would make it a point of an instance
  info.labels["device"] = info.device.value;
  std::int64_t number = 0;
  for (const auto& name : mentioned.values) info.values.emplace(number++, name);
  return info;
}

}  // namespace

std::map<std::string, std::set<std::string>> mentioned_labels(std::span<const model::RuleSpec> rules) {
  std::map<std::string, std::set<std::string>> out;
  const auto add = [&out](const std::map<std::string, std::string>& labels) {
    for (const auto& [label, value] : labels) out[label].insert(value);
  };
  for (const auto& rule : rules) {
    Collector all;
    add_text(rule.expr, all);
    if (rule.clear) add_text(*rule.clear, all);
    add(rule.match);
    for (const auto& mentioned : all.points()) add(mentioned.point.labels);
    for (const auto& label : all.by()) out[label];
    for (const auto& parent : rule.suppressed_by) {
      for (const auto& label : parent.on) out[label];
    }
  }
  out.erase(kDevice);
  return out;
}

void add_made_up_points(std::span<const model::RuleSpec> rules, std::chrono::microseconds period,
                        model::PointTable& points) {
  std::map<model::LabelFilter, Collector> by_match;
  std::set<std::string> recorded;
  for (const auto& rule : rules) {
    auto& all = by_match[rule.match];
    add_text(rule.expr, all);
    if (rule.clear) add_text(*rule.clear, all);
    for (const auto& metric : rule.needs_good) all.mention({metric, false, {}});
    if (rule.recorded) recorded.insert(rule.name);
  }
  std::size_t devices = 0;
  for (const auto& [match, all] : by_match) {
    const auto own = match.find("device");
    const auto device = own != match.end() ? own->second
                        : devices == 0     ? kDevice
                                           : std::string(kDevice) + "-" + std::to_string(devices + 1);
    ++devices;
    for (const auto& mentioned : all.points()) {
      if (recorded.contains(mentioned.point.metric)) continue;
      auto info = make_point(mentioned, all, match, device);
      info.period = period;
      info.source = "made up";
      if (!points.find(info.device, info.name)) points.add(std::move(info));
    }
  }
}

}  // namespace wayside::rules
