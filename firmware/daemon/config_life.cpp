#include "daemon/config_life.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/log.hpp"

namespace wayside::daemon {
namespace {

constexpr auto kLookEvery = std::chrono::seconds{1};
constexpr std::size_t kMostNamed = 3;

base::Error denied(std::string what) { return {base::Errc::denied, base::Consequence::retry_later, std::move(what)}; }

std::string name_some(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i) out += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kMostNamed ? out + ", ..." : out;
}

model::AuditOrigin audit_origin(const std::string& origin) {
  return origin == "platform" ? model::AuditOrigin::platform
         : origin.empty()     ? model::AuditOrigin::gateway
                              : model::AuditOrigin::local;
}

}  // namespace

std::string worse(const ConfigVitals& before, const ConfigVitals& now) {
  if (before.link_up.value_or(false) && !now.link_up.value_or(true)) {
    return "the link to the platform was up, and is down";
  }
  std::vector<std::string> silent;
  for (const auto& device : before.answering) {
    if (now.devices.contains(device) && !now.answering.contains(device)) silent.push_back(device);
  }
  if (!silent.empty()) {
    return fmt::format("{} of the devices that answered before {} not answer: {}", silent.size(),
                       silent.size() == 1 ? "does" : "do", name_some(silent));
  }
  std::vector<std::string> unheard;
  std::size_t fresh = 0;
  for (const auto& device : now.devices) {
    if (before.devices.contains(device)) continue;
    ++fresh;
    if (!now.answering.contains(device)) unheard.push_back(device);
  }
  // The share of the new ones against that of those before.
  if ((fresh - unheard.size()) * before.devices.size() < before.answering.size() * fresh) {
    return fmt::format("{} of {} new devices {} not answer: {}", unheard.size(), fresh,
                       unheard.size() == 1 ? "does" : "do", name_some(unheard));
  }
  return "";
}

ConfigLife::ConfigLife(Parts parts)
    : parts_(std::move(parts)), journal_(parts_.versions.journal()), trial_(std::exchange(parts_.trial, {})) {}

ConfigLife::~ConfigLife() {
  *alive_ = false;
  if (timer_ != base::TimerId::none) parts_.core.cancel(timer_);
}

template <class T>
void ConfigLife::on_worker(base::UniqueFunction<T(ConfigVersions&)> work, base::UniqueFunction<void(T)> then) {
  parts_.worker.post([this, &versions = parts_.versions, &core = parts_.core, alive = alive_, work = std::move(work),
                      then = std::move(then)]() mutable {
    auto result = work(versions);
    core.post(
        [this, alive, journal = versions.journal(), result = std::move(result), then = std::move(then)]() mutable {
          if (!*alive) return;
          journal_ = std::move(journal);
          then(std::move(result));
        });
  });
}

void ConfigLife::start() {
  if (trial_) watch();
}

std::string ConfigLife::worse_now() const { return trial_ ? worse(trial_->before, parts_.vitals()) : ""; }

std::optional<base::Error> ConfigLife::not_now() const {
  if (!busy_) return std::nullopt;
  return denied("another change of the configuration is being made; ask again in a moment");
}

void ConfigLife::note(const model::Asker& by, const std::string& origin, const std::string& action,
                      std::uint64_t number, std::string_view outcome, const std::string& detail) {
  parts_.audit({audit_origin(origin), by.text(), action, fmt::format("configuration {}", number), std::string(outcome),
                detail, "", ""});
}

// --- preparing -----------------------------------------------------------------------------------------------------

void ConfigLife::prepare(ConfigOrder order, base::UniqueFunction<void(base::Result<Carried>, ConfigOrder)> then) {
  using Given = std::pair<base::Result<Carried>, ConfigOrder>;
  on_worker<Given>(
      [order = std::move(order), families = parts_.families, file = parts_.file](ConfigVersions& versions) mutable {
        const auto folder = std::filesystem::path(config::plain_path(file)).parent_path().string();
        std::optional<site::Candidate> candidate;
        if (order.bundle) {
          candidate = site::read_candidate(*order.bundle, folder, config::disk(), families);
        } else if (order.version != 0) {
          auto kept = versions.bundle(order.version);
          if (!kept) return Given{kept.error(), std::move(order)};
          candidate = site::open_candidate(*kept, "/", families);
        } else {
          candidate = site::read_candidate(file, config::disk(), families);
        }
        return Given{std::make_shared<site::Candidate>(*std::move(candidate)), std::move(order)};
      },
      [then = std::move(then)](Given given) mutable { then(std::move(given.first), std::move(given.second)); });
}

ConfigLooked ConfigLife::looked(const site::Candidate& candidate) const {
  ConfigLooked out;
  out.problems = candidate.problems;
  out.warnings = candidate.warnings;
  out.same = candidate.digest == parts_.digest;
  if (!candidate.is_good()) return out;
  out.difference = site::difference(parts_.at_work(), *candidate.config);
  if (out.same || !parts_.assembly_at_work) return out;
  out.effects = site::effects({parts_.at_work(), parts_.assembly_at_work()}, {*candidate.config, *candidate.assembly});
  for (auto& bus : out.effects->buses) {
    if (out.difference.starts_over && bus.fate == site::BusFate::goes_on) bus.fate = site::BusFate::opened_anew;
  }
  return out;
}

void ConfigLife::look(ConfigOrder order, LookAnswer answer) {
  prepare(std::move(order),
          [this, answer = std::move(answer)](base::Result<Carried> candidate, const ConfigOrder&) mutable {
            if (!candidate) return answer(candidate.error());
            answer(looked(**candidate));
          });
}

// --- applying ------------------------------------------------------------------------------------------------------

void ConfigLife::apply(ConfigOrder order, ApplyAnswer answer) {
  auto refusal = not_now();
  if (!refusal && trial_) {
    refusal = denied(fmt::format("configuration {} is on trial: confirm it or roll it back first", trial_->number));
  }
  if (!refusal && !parts_.trouble.empty()) refusal = denied("versions cannot be kept: " + parts_.trouble);
  if (refusal) {
    return parts_.core.post([refusal = *std::move(refusal), answer = std::move(answer)]() mutable { answer(refusal); });
  }
  busy_ = true;
  prepare(std::move(order),
          [this, answer = std::move(answer)](base::Result<Carried> candidate, ConfigOrder given) mutable {
            if (!candidate) {
              busy_ = false;
              return answer(candidate.error());
            }
            if ((*candidate)->is_good() && (*candidate)->digest != parts_.digest) {
              return file_it(std::move(*candidate), std::move(given), std::move(answer));
            }
            busy_ = false;
            if (!(*candidate)->is_good()) {
              note(given.by, given.origin, "apply", 0, model::kAuditRefused,
                   fmt::format("{} problems, the first: {}", (*candidate)->problems.size(),
                               (*candidate)->problems.empty() ? "" : (*candidate)->problems.front().message()));
            }
            answer(ConfigApplied{looked(**candidate), 0});
          });
}

void ConfigLife::file_it(Carried candidate, ConfigOrder order, ApplyAnswer answer) {
  model::ConfigVersion version;
  if (parts_.clock.wall_trusted()) version.wall_us = parts_.clock.wall_now().time_since_epoch().count();
  version.by = order.by.text();
  version.origin = order.origin;
  version.file = candidate->bundle.main;
  version.reason = order.reason;
  const bool from_file = !order.bundle && order.version == 0;
  on_worker<base::Result<std::uint64_t>>(
      [candidate, version = std::move(version), from_file](ConfigVersions& versions) mutable {
        return versions.add(candidate->bundle, std::move(version), model::ConfigState::trial,
                            from_file ? candidate->digest : base::Bytes());
      },
      [this, candidate, order = std::move(order),
       answer = std::move(answer)](base::Result<std::uint64_t> number) mutable {
        if (!number) {
          busy_ = false;
          return answer(number.error().in("the version cannot be kept"));
        }
        if (order.answer_first.count() == 0) {
          return put_to_work(std::move(candidate), std::move(order), *number, std::move(answer));
        }
        answer(ConfigApplied{looked(*candidate), *number});
        parts_.core.post_at(parts_.core.now() + order.answer_first,
                            [this, alive = alive_, candidate, order = std::move(order), number = *number]() mutable {
                              if (*alive) put_to_work(std::move(candidate), std::move(order), number, {});
                            });
      });
}

void ConfigLife::put_to_work(Carried candidate, ConfigOrder order, std::uint64_t number, ApplyAnswer answer) {
  ConfigApplied applied{looked(*candidate), number};
  // Known to whoever starts the gateway over in the middle of this.
  trial_ = ConfigTrial{number, parts_.core.now() + order.confirm_within, order.confirmed, parts_.vitals()};
  const auto digest = candidate->digest;
  note(order.by, order.origin, "apply", number, model::kAuditDone, order.reason);
  parts_.put_to_work(std::move(*candidate), [this, applied = std::move(applied), digest, number,
                                             answer = std::move(answer)](base::Result<void> done) mutable {
    if (!done) return refuse_unused(number, done.error(), std::move(answer));
    busy_ = false;
    parts_.digest = digest;
    parts_.running = number;
    base::log::info("config.on_trial", {{"version", number}});
    watch();
    if (answer) answer(std::move(applied));
  });
}

// It could not be put to work: the one before is.
void ConfigLife::refuse_unused(std::uint64_t number, const base::Error& why, ApplyAnswer answer) {
  trial_.reset();
  base::log::error("config.not_applied", {{"version", number}, {"why", why.what}});
  on_worker<base::Result<void>>(
      [what = why.what](ConfigVersions& versions) { return versions.refuse("it could not be put to work: " + what); },
      [this, number, why, answer = std::move(answer)](const base::Result<void>& /*a start refuses it too*/) mutable {
        busy_ = false;
        note({}, "", "roll back", number, model::kAuditDone, why.what);
        if (answer) answer(why);
      });
}

// --- on trial ------------------------------------------------------------------------------------------------------

void ConfigLife::watch() {
  if (timer_ != base::TimerId::none) parts_.core.cancel(timer_);
  timer_ = parts_.core.post_at(parts_.core.now() + kLookEvery, [this] {
    timer_ = base::TimerId::none;
    settle();
    if (trial_) watch();
  });
}

void ConfigLife::settle() {
  if (!trial_ || busy_) return;
  const auto worse = worse_now();
  if (trial_->confirmed && worse.empty()) return commit({});
  if (parts_.core.now() < trial_->until) return;
  go_back(trial_->confirmed ? "the gateway does worse with it: " + worse : "it was not confirmed in time", {});
}

void ConfigLife::confirm(const model::Asker& by, Answer answer) {
  std::optional<base::Error> refusal = not_now();
  if (!refusal && !trial_) {
    refusal = base::Error{base::Errc::not_found, base::Consequence::drop_record, "no configuration is on trial"};
  }
  if (refusal) return parts_.core.post([refusal, answer = std::move(answer)]() mutable { answer(*refusal); });
  if (!std::exchange(trial_->confirmed, true)) {
    note(by, "cabinet", "confirm", trial_->number, model::kAuditDone, "");
  }
  const auto worse = worse_now();
  if (worse.empty()) return commit(std::move(answer));
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(trial_->until - parts_.core.now());
  auto told =
      denied(fmt::format("confirmed, but the gateway does worse than before: {}. It is kept as soon as that is "
                         "mended, and gone back from in {} s if it is not",
                         worse, std::max<std::int64_t>(left.count(), 0)));
  parts_.core.post([told = std::move(told), answer = std::move(answer)]() mutable { answer(told); });
}

void ConfigLife::commit(Answer answer) {
  busy_ = true;
  on_worker<base::Result<void>>([](ConfigVersions& versions) { return versions.commit(); },
                                [this, answer = std::move(answer)](base::Result<void> done) mutable {
                                  busy_ = false;
                                  if (done) {
                                    base::log::info("config.kept", {{"version", trial_->number}});
                                    note({}, "", "keep", trial_->number, model::kAuditDone, "");
                                    trial_.reset();
                                  } else {
                                    base::log::error("config.not_kept", {{"why", done.error().what}});
                                  }
                                  if (answer) answer(std::move(done));
                                });
}

void ConfigLife::give_up(const model::Asker& by, const std::string& reason, Answer answer) {
  std::optional<base::Error> refusal = not_now();
  if (!refusal && !trial_) {
    refusal = base::Error{base::Errc::not_found, base::Consequence::drop_record,
                          "no configuration is on trial; `wayside config rollback N` goes back to version N"};
  }
  if (refusal) return parts_.core.post([refusal, answer = std::move(answer)]() mutable { answer(*refusal); });
  const auto who = by.text();
  go_back(reason.empty() ? "rolled back by " + who : fmt::format("rolled back by {}: {}", who, reason),
          std::move(answer));
}

void ConfigLife::go_back(const std::string& why, Answer answer) {
  busy_ = true;
  base::log::warn("config.rolls_back", {{"version", trial_->number}, {"why", why}});
  note({}, "", "roll back", trial_->number, model::kAuditDone, why);
  on_worker<base::Result<Carried>>(
      [why, families = parts_.families](ConfigVersions& versions) -> base::Result<Carried> {
        // If this cannot be written the next start says the same.
        if (auto refused = versions.refuse(why); !refused) {
          base::log::error("config.journal", {{"what", refused.error().what}});
        }
        auto bundle = versions.bundle(versions.journal().current);
        if (!bundle) return bundle.error();
        return std::make_shared<site::Candidate>(site::open_candidate(*bundle, "/", families));
      },
      [this, answer = std::move(answer)](base::Result<Carried> candidate) mutable {
        at_work_again(std::move(candidate), std::move(answer));
      });
}

void ConfigLife::at_work_again(base::Result<Carried> candidate, Answer answer) {
  const auto ended = [this](const base::Error& why) {
    busy_ = false;
    trial_.reset();
    base::log::error("config.cannot_go_back", {{"why", why.what}});
  };
  if (candidate && !(*candidate)->is_good()) {
    const auto& problems = (*candidate)->problems;
    candidate = base::Error{base::Errc::config, base::Consequence::fatal,
                            problems.empty() ? "it has problems" : problems.front().message()};
  }
  if (!candidate) {
    ended(candidate.error());
    if (answer) answer(candidate.error());
    return;
  }
  trial_.reset();
  const auto digest = (*candidate)->digest;
  const auto number = journal_.current;
  parts_.put_to_work(std::move(**candidate),
                     [this, ended, digest, number, answer = std::move(answer)](base::Result<void> done) mutable {
                       if (done) {
                         busy_ = false;
                         parts_.digest = digest;
                         parts_.running = number;
                       } else {
                         ended(done.error());
                       }
                       if (answer) answer(std::move(done));
                     });
}

void ConfigLife::show(std::uint64_t number, ShowAnswer answer) {
  on_worker<base::Result<model::ConfigBundle>>(
      [number](ConfigVersions& versions) { return versions.bundle(number); },
      [answer = std::move(answer)](base::Result<model::ConfigBundle> bundle) mutable { answer(std::move(bundle)); });
}

}  // namespace wayside::daemon
