// The life of the configuration while the gateway works (docs/config-life.md): a new one is prepared beside the one at
// work, put to work in one step, and gone back from by itself unless it is confirmed and the gateway is as well as
// before: the link as up, as large a share of devices answering. Home: core; files are read and written on `worker`.
//
// What is durable, in this order: the new version and that it is on trial -> it is at work -> it is the current one, or
// it is refused -> the one before is at work again. A start that finds one on trial refuses it and runs the current
// one.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "base/clock.hpp"
#include "base/scheduler.hpp"
#include "daemon/config_versions.hpp"
#include "device/driver.hpp"
#include "model/command.hpp"
#include "site/candidate.hpp"
#include "site/difference.hpp"
#include "site/effects.hpp"

namespace wayside::daemon {

// How well the gateway does, as far as a configuration may spoil it.
struct ConfigVitals {
  std::optional<bool> link_up;      // none: no uplink is configured
  std::set<std::string> devices;    // ids
  std::set<std::string> answering;  // of them
};

// Empty: as well as before; else what is worse, for a person. Devices that are no longer there do not count; of those
// that are new as large a share must answer as of the others before.
[[nodiscard]] std::string worse(const ConfigVitals& before, const ConfigVitals& now);

struct ConfigOrder {
  // What to apply: a bundle, else a version, else the file of the command line.
  std::optional<model::ConfigBundle> bundle;
  std::uint64_t version = 0;
  model::Asker by;
  std::string origin;  // "reload", "cabinet", "platform"
  std::string reason;
  std::chrono::microseconds confirm_within = std::chrono::minutes{5};
  std::chrono::microseconds answer_first{};  // put to work only so long after the answer: it goes over the link
  bool confirmed = false;                    // whoever asks will not confirm it: only how the gateway does counts
};

struct ConfigLooked {
  std::vector<config::Problem> problems;  // not empty: it cannot be applied
  std::vector<config::Problem> warnings;
  site::Difference difference;
  std::optional<site::Effects> effects = {};  // none: it has problems
  bool same = false;                          // not a byte differs from what is at work
};

struct ConfigApplied {
  ConfigLooked looked;
  std::uint64_t number = 0;  // 0: it was not applied: it has problems, or is the same
};

// The version on trial, and what it waits for.
struct ConfigTrial {
  std::uint64_t number = 0;
  base::BootTime until{};
  bool confirmed = false;
  ConfigVitals before;
};

class ConfigLife {
 public:
  using Switched = base::UniqueFunction<void(base::Result<void>)>;
  struct Parts {
    ConfigVersions& versions;  // touched on `worker` only, once this lives
    base::Scheduler& core;
    base::Scheduler& worker;
    const base::Clock& clock;
    std::span<const device::DriverFamily* const> families;
    std::string file;  // of the command line
    // Puts it to work; on core, answered there. Error: the one before is at work as before.
    std::function<void(site::Candidate, Switched)> put_to_work;
    std::function<const config::GatewayConfig&()> at_work;
    std::function<ConfigVitals()> vitals;
    std::function<void(model::AuditNote)> audit;
    base::Bytes digest;         // of the bundle at work
    std::uint64_t running = 0;  // its version; 0: versions cannot be kept
    std::string trouble;        // why versions cannot be kept; empty: they can
    std::optional<ConfigTrial> trial = {};
    std::function<const site::Assembly&()> assembly_at_work = {};  // may be empty: effects are not told
  };
  explicit ConfigLife(Parts parts);
  ~ConfigLife();

  // Watches a trial that an earlier life began.
  void start();

  // Answered on core, never inline. Errors: denied (another change is under way, or on trial), not_found, io.
  using LookAnswer = base::UniqueFunction<void(base::Result<ConfigLooked>)>;
  void look(ConfigOrder order, LookAnswer answer);
  using ApplyAnswer = base::UniqueFunction<void(base::Result<ConfigApplied>)>;
  void apply(ConfigOrder order, ApplyAnswer answer);
  // Errors: not_found (nothing is on trial), denied (the gateway does worse than before: the trial goes on and is
  // confirmed as soon as it does not).
  using Answer = base::UniqueFunction<void(base::Result<void>)>;
  void confirm(const model::Asker& by, Answer answer);
  // Gives up the trial at once. Errors: not_found, io.
  void give_up(const model::Asker& by, const std::string& reason, Answer answer);
  // The files of a version. Errors: not_found, corrupt, io.
  using ShowAnswer = base::UniqueFunction<void(base::Result<model::ConfigBundle>)>;
  void show(std::uint64_t number, ShowAnswer answer);

  [[nodiscard]] const model::ConfigJournal& journal() const { return journal_; }
  [[nodiscard]] const std::optional<ConfigTrial>& trial() const { return trial_; }
  [[nodiscard]] std::uint64_t running() const { return parts_.running; }
  [[nodiscard]] const std::string& file() const { return parts_.file; }
  [[nodiscard]] const std::string& trouble() const { return parts_.trouble; }
  // What holds the confirmation up, or would; empty: nothing.
  [[nodiscard]] std::string worse_now() const;

 private:
  using Work = base::UniqueFunction<void()>;
  // A candidate on its way between the threads.
  using Carried = std::shared_ptr<site::Candidate>;

  [[nodiscard]] std::optional<base::Error> not_now() const;
  void prepare(ConfigOrder order, base::UniqueFunction<void(base::Result<Carried>, ConfigOrder)> then);
  [[nodiscard]] ConfigLooked looked(const site::Candidate& candidate) const;
  void file_it(Carried candidate, ConfigOrder order, ApplyAnswer answer);
  void put_to_work(Carried candidate, ConfigOrder order, std::uint64_t number, ApplyAnswer answer);
  void refuse_unused(std::uint64_t number, const base::Error& why, ApplyAnswer answer);
  void watch();
  void settle();
  void commit(Answer answer);
  void go_back(const std::string& why, Answer answer);
  void at_work_again(base::Result<Carried> candidate, Answer answer);
  void note(const model::Asker& by, const std::string& origin, const std::string& action, std::uint64_t number,
            std::string_view outcome, const std::string& detail);
  // Runs on the worker; `then` on core with what it gave.
  template <class T>
  void on_worker(base::UniqueFunction<T(ConfigVersions&)> work, base::UniqueFunction<void(T)> then);

  Parts parts_;
  model::ConfigJournal journal_;  // as of the last change
  std::optional<ConfigTrial> trial_;
  bool busy_ = false;
  base::TimerId timer_ = base::TimerId::none;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // answers of the worker may come behind the end
};

}  // namespace wayside::daemon
