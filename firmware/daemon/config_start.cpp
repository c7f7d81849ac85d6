#include "daemon/config_start.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace wayside::daemon {
namespace {

class Chooser {
 public:
  Chooser(const std::string& file, ConfigVersions& versions, std::span<const device::DriverFamily* const> families,
          const base::Clock& clock)
      : file_(file), versions_(versions), families_(families), clock_(clock) {}

  std::optional<ConfigStart> choose() {
    open();
    auto from_file = site::read_candidate(file_, config::disk(), families_);
    const auto current = versions_.journal().current;
    const bool seen = current != 0 && from_file.digest == versions_.journal().file_digest;
    if (seen) {
      if (from_file.is_good() && from_file.digest == versions_.journal().find(current)->digest) {
        return start(std::move(from_file), current);
      }
      if (auto kept = open_version(current)) {
        base::log::info("config.version", {{"version", current}, {"file", file_}, {"file_is", "as it was before"}});
        return start(*std::move(kept), current);
      }
    }
    if (from_file.is_good()) {
      const auto number = file_it(from_file);
      return start(std::move(from_file), number);
    }
    for (const auto& problem : from_file.problems) fmt::print(stderr, "{}\n", problem.message());
    return last_good();
  }

 private:
  void open() {
    if (auto opened = versions_.open(); !opened) {
      base::log::error("config.versions", {{"what", opened.error().what}});
      if (opened.error().code != base::Errc::corrupt) trouble_ = opened.error().what;
    }
    const auto trial = versions_.journal().trial;
    if (trial == 0) return;
    base::log::warn("config.rolls_back", {{"version", trial}, {"why", "it was on trial when the gateway ended"}});
    kept(versions_.refuse("the gateway was started anew before it was kept"));
  }

  void kept(const base::Result<void>& done) {
    if (!done && trouble_.empty()) trouble_ = done.error().what;
  }

  [[nodiscard]] std::optional<site::Candidate> open_version(std::uint64_t number) {
    auto bundle = versions_.bundle(number);
    if (!bundle) {
      base::log::error("config.version", {{"version", number}, {"what", bundle.error().what}});
      return std::nullopt;
    }
    auto candidate = site::open_candidate(*bundle, "/", families_);
    if (candidate.is_good()) return candidate;
    base::log::error("config.version", {{"version", number},
                                        {"what", candidate.problems.empty() ? std::string("it has problems")
                                                                            : candidate.problems.front().message()}});
    return std::nullopt;
  }

  [[nodiscard]] std::uint64_t file_it(const site::Candidate& candidate) {
    if (!trouble_.empty()) return 0;
    const auto& journal = versions_.journal();
    const auto* current = journal.find(journal.current);
    if (current != nullptr && current->digest == candidate.digest) {
      kept(versions_.note_file(candidate.digest));
      return current->number;
    }
    model::ConfigVersion version;
    if (clock_.wall_trusted()) version.wall_us = clock_.wall_now().time_since_epoch().count();
    version.origin = "start";
    version.file = candidate.bundle.main;
    const auto number = versions_.add(candidate.bundle, std::move(version), model::ConfigState::good, candidate.digest);
    if (number) return *number;
    base::log::error("config.versions", {{"what", number.error().what}});
    trouble_ = number.error().what;
    return 0;
  }

  // Better an old configuration than none: what is measured goes on being measured.
  [[nodiscard]] std::optional<ConfigStart> last_good() {
    const auto& versions = versions_.journal().versions;
    std::vector<std::uint64_t> numbers;
    if (versions_.journal().current != 0) numbers.push_back(versions_.journal().current);
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
      if (version->state == model::ConfigState::good && !version->forgotten) numbers.push_back(version->number);
    }
    for (const auto number : numbers) {
      auto candidate = open_version(number);
      if (!candidate) continue;
      base::log::error("config.file_refused", {{"file", file_}, {"runs_version", number}});
      fmt::print(stderr, "waysided: the gateway runs version {} of its configuration instead\n", number);
      return start(*std::move(candidate), number);
    }
    return std::nullopt;
  }

  [[nodiscard]] ConfigStart start(site::Candidate candidate, std::uint64_t number) {
    return {std::move(candidate), trouble_.empty() ? number : 0, trouble_};
  }

  const std::string& file_;
  ConfigVersions& versions_;
  std::span<const device::DriverFamily* const> families_;
  const base::Clock& clock_;
  std::string trouble_;
};

}  // namespace

std::optional<ConfigStart> choose_config(const std::string& file, ConfigVersions& versions,
                                         std::span<const device::DriverFamily* const> families,
                                         const base::Clock& clock) {
  return Chooser(file, versions, families, clock).choose();
}

std::string versions_folder(const std::string& file, const std::string& state) {
  if (!state.empty()) return state + "/config";
  const char* given = std::getenv("STATE_DIRECTORY");  // NOLINT(concurrency-mt-unsafe): before any thread
  if (given != nullptr && *given != '\0') {
    const std::string folders(given);
    return folders.substr(0, folders.find(':')) + "/config";
  }
  return file + ".versions";
}

}  // namespace wayside::daemon
