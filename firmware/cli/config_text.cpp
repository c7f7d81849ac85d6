#include "cli/config_text.hpp"

#include <fmt/format.h>

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

}  // namespace

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
