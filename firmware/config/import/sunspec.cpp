#include "config/import/sunspec.hpp"

#include <fmt/format.h>

#include <utility>

#include "config/import/names.hpp"
#include "config/import/sunspec_point.hpp"

namespace wayside::config {
namespace {

using device::PointGroup;
using device::PointSpec;

constexpr int kDeepest = 8;  // groups inside groups; the deepest published is 4
constexpr std::size_t kMostVisits = 20'000;
constexpr int kMostInstances = 1000;
constexpr int kFirstModel = 2;  // registers after "SunS"

struct Placed {
  PointSpec spec;
  int line = 1;
};

class Model {
 public:
  Model(const YamlView& root, Collector& out) : root_(root), out_(out) {}

  void read() {
    const auto id = root_["id"].integer().value_or(0);
    const auto group = root_["group"];
    if (!group.is_map() || id < 1 || id > 65535) {
      out_.refused(root_.line(), "the file", "no 'id' and 'group': this is no SunSpec model");
      return;
    }
    const auto offset = model_offset(id);
    if (!offset) return;
    first_ = out_.options().base + *offset;
    out_.note(group.line(), fmt::format("model {}", id),
              fmt::format("its ID stands at holding register {}: it must read {} there", first_, id));
    auto factors = ScaleFactorPlaces();
    int at = first_;
    read_points(group, at, factors, "");
    read_groups(group, at, factors);
    // Registers of one model may be read in one piece, those not asked for too.
    out_.profile().max_hole = device::kMaxReadRegisters - 1;
  }

 private:
  std::optional<int> model_offset(std::int64_t id) {
    const auto& given = out_.options().model_offset;
    if (given) return given;
    if (id == 1) return kFirstModel;
    out_.refused(
        root_.line(), fmt::format("model {}", id),
        fmt::format("where it stands differs from device to device: read ID and length from register {} on, add "
                    "the length and 2 for the next, until the ID is {}, and give --model-offset with its "
                    "distance from {}",
                    out_.options().base + kFirstModel, id, out_.options().base));
    return std::nullopt;
  }

  bool may_go_on(const YamlView& group) {
    if (++visits_ <= kMostVisits) return true;
    if (visits_ == kMostVisits + 1) out_.dropped(group.line(), "the rest of the model", "it has too many parts");
    return false;
  }

  // The points of one group from `at` on; moves `at` behind them. None: a point without a size, so what follows has no
  // address.
  std::vector<Placed> points_of(const YamlView& group, int& at, ScaleFactorPlaces& factors, const std::string& prefix,
                                bool& sound) {
    std::vector<Placed> out;
    const auto points = group["points"].items();
    int place = at;
    for (const auto& point : points) {
      const auto size = sunspec_size(point);
      if (!size || place > 65535) break;
      if (point["type"].text() == "sunssf") factors[point["name"].text()] = place;
      place += *size;
    }
    for (const auto& point : points) {
      if (!may_go_on(group)) break;
      const auto size = sunspec_size(point);
      const auto name = point["name"].text();
      if (!size || name.empty()) {
        out_.dropped(point.line(), fmt::format("point '{}' and all behind it", name),
                     "it has no name or no size from 1 to 1000");
        sound = false;
        break;
      }
      // ID and L say where the model is, nothing about the device.
      const bool head = prefix.empty() && at < first_ + 2 && (name == "ID" || name == "L");
      if (!head) {
        for (auto& spec : sunspec_points(point, at, factors, out_)) {
          spec.name = prefix + spec.name;
          out.push_back({std::move(spec), point.line()});
        }
      }
      if (point["count"].exists() && point["count"].integer() != 1) {
        out_.dropped(point.line(), fmt::format("what follows point '{}'", name), "repeated points are not known here");
        sound = false;
        break;
      }
      at += *size;
    }
    return out;
  }

  void read_points(const YamlView& group, int& at, ScaleFactorPlaces& factors, const std::string& prefix) {
    for (auto& [spec, line] : points_of(group, at, factors, prefix, sound_)) out_.add(std::move(spec), line);
  }

  // How often a group stands there. None: only the device knows.
  std::optional<int> count_of(const YamlView& group) {
    const auto name = group["name"].text();
    const auto count = group["count"];
    const auto& given = out_.options().counts;
    if (const auto at = given.find(name); at != given.end()) return at->second;
    if (!count.exists()) return 1;
    const auto fixed = count.integer();
    if (fixed && *fixed > 0 && *fixed <= kMostInstances) return static_cast<int>(*fixed);
    if (const auto at = given.find(count.text()); at != given.end()) return at->second;
    const auto ask = fixed ? name : count.text();
    out_.dropped(group.line(), fmt::format("group '{}'", name),
                 fmt::format("how often it stands there only the device says{}: give --counts {}=NUMBER",
                             fixed ? " (by the model's length)" : fmt::format(" (point {})", ask), ask));
    return std::nullopt;
  }

  void read_groups(const YamlView& parent, int& at, const ScaleFactorPlaces& factors) {
    for (const auto& group : parent["groups"].items()) {
      if (!sound_ || !may_go_on(group)) return;
      const auto count = count_of(group);
      if (!count) {
        sound_ = false;  // what follows has no address
        continue;
      }
      if (*count > 0) read_group(group, *count, at, factors);
    }
    if (!sound_) note_rest(parent);
  }

  void note_rest(const YamlView& parent) {
    if (std::exchange(told_rest_, true)) return;
    out_.note(parent.line(), "groups", "what stands behind a part of unknown length has no address and is left out");
  }

  void read_group(const YamlView& view, int count, int& at, const ScaleFactorPlaces& factors) {
    PointGroup group;
    group.name = view["name"].text();
    const int first = at;
    bool sound = true;
    auto placed = inner(view, at, factors, "", 1, sound);
    sound_ = sound_ && sound;
    group.stride = at - first;
    group.default_count = count;
    group.max_count = count;
    if (count == 1) {
      for (auto& [spec, line] : placed) {
        spec.name = group.name + "_" + spec.name;
        out_.add(std::move(spec), line);
      }
      return;
    }
    for (auto& [spec, line] : placed) group.points.push_back(std::move(spec));
    at = first + count * group.stride;
    if (at > 65536) {
      out_.dropped(view.line(), fmt::format("group '{}'", group.name),
                   fmt::format("{} of {} registers end past 65535", count, group.stride));
      sound_ = false;
      return;
    }
    if (group.stride > 0) out_.add_group(std::move(group), view.line());
  }

  // Points of a group and, spelt out, of the groups in it.
  std::vector<Placed> inner(const YamlView& view, int& at, ScaleFactorPlaces factors, const std::string& prefix,
                            int depth, bool& sound) {
    auto out = points_of(view, at, factors, prefix, sound);
    for (const auto& group : view["groups"].items()) {
      if (!sound || !may_go_on(group)) return out;
      const auto count = depth < kDeepest ? count_of(group) : std::nullopt;
      if (!count) {
        sound = false;
        return out;
      }
      const auto name = group["name"].text();
      for (int n = 1; n <= *count && sound && out.size() < kMaxImportPoints; ++n) {
        const auto mark = *count == 1 ? fmt::format("{}{}_", prefix, name) : fmt::format("{}{}_{}_", prefix, name, n);
        for (auto& part : inner(group, at, factors, mark, depth + 1, sound)) out.push_back(std::move(part));
      }
    }
    return out;
  }

  const YamlView& root_;
  Collector& out_;
  int first_ = 0;
  std::size_t visits_ = 0;
  bool sound_ = true;
  bool told_rest_ = false;
};

}  // namespace

Imported import_sunspec(std::string_view text, const ImportOptions& options) {
  constexpr std::string_view kKind = "SunSpec model";
  Collector out(options);
  const auto root = read_yaml(text, out);
  if (!root) return std::move(out).finish("", kKind);
  Model(*root, out).read();
  const auto id = one_line((*root)["id"].text(), 10);
  const auto label = one_line((*root)["group"]["label"].text(), 80);
  out.profile().title =
      fmt::format("SunSpec model {}: {}", id, label.empty() ? (*root)["group"]["name"].text() : label);
  return std::move(out).finish(fmt::format("sunspec-{}", id), fmt::format("SunSpec model {}", id));
}

}  // namespace wayside::config
