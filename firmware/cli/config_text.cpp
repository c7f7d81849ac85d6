#include "cli/config_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;

std::string line_of(const v1::ConfigChange& change) {
  const bool added = change.kind() == "added";
  const bool removed = change.kind() == "removed";
  const auto sign = added ? "+" : removed ? "-" : "~";
  auto line = fmt::format("{} {} {}", sign, change.what(), change.name());
  if (!change.detail().empty()) line += "  " + change.detail();
  return coloured(line, added ? Colour::good : removed ? Colour::bad : Colour::plain);
}

// The first few, and how many more.
std::string some_of(const google::protobuf::RepeatedPtrField<std::string>& names) {
  constexpr int kMost = 6;
  std::string out;
  for (int i = 0; i < std::min(names.size(), kMost); ++i) out += (i > 0 ? ", " : "") + names.Get(i);
  if (names.size() > kMost) out += tr_format(" and {} more", names.size() - kMost);
  return out;
}

std::string percent(double share) { return fmt::format("{:.0f} %", share * 100); }

std::string line_of(const v1::BusEffect& bus) {
  auto out = tr_format("bus {}: {}", bus.bus(), tr_word(bus.what()));
  if (bus.has_use_before() && bus.has_use_after()) {
    const auto before = percent(bus.use_before());
    const auto after = percent(bus.use_after());
    return out + (before == after ? tr_format(", {} of its time is used", after)
                                  : tr_format(", {} -> {} of its time is used", before, after));
  }
  return bus.has_use_after() ? out + tr_format(", {} of its time is used", percent(bus.use_after())) : out;
}

}  // namespace

std::vector<std::string> effect_lines(const v1::ConfigResponse& response) {
  if (!response.has_effects()) return {};
  const auto& effects = response.effects();
  std::vector<std::string> out;
  for (const auto& bus : effects.buses()) out.push_back(line_of(bus));
  if (effects.rules_anew_size() > 0)
    out.push_back(tr_format("rules that begin anew: {}", some_of(effects.rules_anew())));
  if (effects.rules_that_go_on() > 0) out.push_back(tr_format("rules that go on: {}", effects.rules_that_go_on()));
  const auto& added = effects.points_added();
  if (!added.empty()) out.push_back(tr_format("points added: {} ({})", added.size(), some_of(added)));
  const auto& removed = effects.points_removed();
  if (!removed.empty()) out.push_back(tr_format("points removed: {} ({})", removed.size(), some_of(removed)));
  return out;
}

std::vector<std::string> change_lines(const v1::ConfigResponse& response) {
  std::vector<std::string> out;
  for (const auto& change : response.changes()) out.push_back(line_of(change));
  if (out.empty() && !response.same()) out.emplace_back(tr("nothing that it means differs: only its text"));
  if (response.starts_over()) {
    out.emplace_back(tr("the gateway starts over to take this: it measures nothing for a few seconds"));
  }
  return out;
}

std::vector<std::string> state_lines(const v1::ConfigResponse& response) {
  std::vector<std::string> out;
  if (!response.trouble().empty()) {
    out.push_back(tr("versions cannot be kept: ") + response.trouble());
    return out;
  }
  if (!response.has_trial()) {
    out.push_back(tr_format("configuration {} is at work", response.running()));
    return out;
  }
  const auto& trial = response.trial();
  out.push_back(tr_format("configuration {} is at work, on trial: in {} it is gone back to {}", trial.version(),
                          for_people(trial.left_us()), response.current()));
  if (!trial.worse().empty()) out.push_back(tr("worse than before: ") + trial.worse());
  if (trial.confirmed()) {
    out.push_back(trial.worse().empty() ? tr("it is kept as soon as it has been looked at: nothing to do")
                                        : tr("it is kept as soon as that is mended"));
  } else {
    out.emplace_back(tr("to keep it:    wayside config confirm"));
    out.emplace_back(tr("to go back:    wayside config rollback"));
  }
  return out;
}

}  // namespace wayside::cli
