// Where importers put what they find: names made ours and unlike each other, points checked against what a profile can
// hold, findings with a limit. Private to config/import; one thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/import/import.hpp"

namespace wayside::config {

class Collector {
 public:
  explicit Collector(const ImportOptions& options) : options_(options) {}

  void note(int line, std::string what, std::string reason) { tell(line, Finding::Kind::note, what, reason); }
  void not_kept(int line, std::string what, std::string reason) { tell(line, Finding::Kind::not_kept, what, reason); }
  void dropped(int line, std::string what, std::string reason) { tell(line, Finding::Kind::dropped, what, reason); }
  void refused(int line, std::string what, std::string reason) { tell(line, Finding::Kind::refused, what, reason); }

  // `point.name` as the source has it. False: it was dropped, and a finding says why.
  bool add(device::PointSpec point, int line);
  // The same for a group whose points have the names of the source. Groups without a point left are dropped.
  bool add_group(device::PointGroup group, int line);

  // More points than a profile may have have been offered; the rest is not looked at.
  [[nodiscard]] bool full() const { return count_ >= kMaxImportPoints; }
  [[nodiscard]] const ImportOptions& options() const { return options_; }
  [[nodiscard]] device::Profile& profile() { return out_.profile; }

  // Name, version, family and source filled in. `named`: what the source calls itself; `kind`: "EdgeX device profile".
  [[nodiscard]] Imported finish(std::string_view named, std::string_view kind) &&;

 private:
  // Each name that is taken, and the number that the next one like it gets.
  using Names = std::map<std::string, int>;

  void tell(int line, Finding::Kind kind, std::string& what, std::string& reason);
  // Names the point and checks it; false: dropped.
  bool settle(device::PointSpec& point, Names& taken, int line);
  void settle_name(device::PointSpec& point, Names& taken, int line);
  void settle_kind(device::PointSpec& point, const std::string& label, int line);
  void settle_unit(device::PointSpec& point, const std::string& label, int line);
  void settle_range(device::PointSpec& point, const std::string& label, int line);

  const ImportOptions& options_;
  Imported out_;
  Names names_;
  std::set<std::string> groups_;
  std::set<std::string> told_units_;
  std::size_t count_ = 0;
};

}  // namespace wayside::config
