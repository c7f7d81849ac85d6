#include "pipeline/baseline_share.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "base/nearest.hpp"
#include "wire/baseline.hpp"

namespace wayside::pipeline {
namespace {

constexpr std::size_t kStep = 1;  // functions at once: a summary or a start takes milliseconds of a small CPU

base::Error error(base::Errc code, std::string what) { return {code, base::Consequence::drop_record, std::move(what)}; }

std::string key_of(const model::BaselineKind& kind) {
  return fmt::format("{}|{}|{}|{}", kind.function, kind.family, kind.profile, fmt::join(kind.metrics, " "));
}

using Priors = std::vector<model::SharedBaseline>;

}  // namespace

struct BaselineShare::Export {
  std::vector<std::size_t> places;
  std::size_t next = 0;
  Exported out;
  ExportAnswer answer;
};

struct BaselineShare::Import {
  Priors priors;
  std::size_t next = 0;
  std::optional<std::string> by;  // none: they were stored, and are told to no one
  std::map<model::BaselineKind, std::optional<model::BaselineSummary>> chosen;  // by the place's kind
  Imported out;
  ImportAnswer answer;
};

BaselineShare::BaselineShare(Parts parts) : parts_(parts), places_(parts.rules.sharing_places()) {}

BaselineShare::~BaselineShare() {
  if (timer_ != base::TimerId::none) parts_.core.cancel(timer_);
}

void BaselineShare::arm(base::Task task) { timer_ = parts_.core.post_at(parts_.core.now(), std::move(task)); }

void BaselineShare::restore(const std::vector<ports::StateEntry>& stored) {
  Priors priors;
  std::vector<ports::StateChange> gone;
  for (const auto& entry : stored) {
    auto read = wire::decode_baselines(entry.value);
    if (!read) base::log::error("rules.unreadable_prior", {{"key", entry.key}, {"what", read.error().what}});
    bool fits = false;
    for (auto& one : read ? *read : Priors{}) {
      fits = fits || std::ranges::any_of(places_, [&one](const auto& place) {
               return model::fit(place.kind, one.kind) != model::Fit::none;
             });
      priors.push_back(std::move(one));
    }
    if (fits) {
      stored_.push_back(entry.key);
    } else {
      gone.push_back({kSpace, entry.key, std::nullopt});
    }
  }
  if (!gone.empty()) parts_.judge.keep(std::move(gone));
  if (priors.empty()) return;
  import_ = std::make_unique<Import>();
  import_->priors = std::move(priors);
  arm([this] { step_import(); });
}

base::Result<std::vector<std::size_t>> BaselineShare::chosen(const Filter& filter) const {
  std::vector<std::string> devices;
  std::vector<std::string> names;
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const auto fits = [&](model::PointHandle point) {
      const auto& info = parts_.points.info(point);
      devices.push_back(info.device.value);
      if (!filter.device.empty() && info.device.value != filter.device) return false;
      names.push_back(info.name);
      return filter.point.empty() || info.name == filter.point || info.metric == filter.point;
    };
    if (std::ranges::any_of(places_[i].points, fits)) out.push_back(i);
  }
  if (!out.empty()) return out;
  if (places_.empty()) {
    return error(base::Errc::not_found, "no rule of this gateway learns a season: seasonal_score() in a rule does");
  }
  const bool device_known = filter.device.empty() || std::ranges::find(devices, filter.device) != devices.end();
  const auto& wanted = device_known ? filter.point : filter.device;
  auto& known = device_known ? names : devices;
  std::ranges::sort(known);
  known.erase(std::ranges::unique(known).begin(), known.end());
  return error(base::Errc::not_found,
               fmt::format("no rule learns a season of {} '{}'{}", device_known ? "a point" : "a device", wanted,
                           base::hint(wanted, known)));
}

void BaselineShare::export_baselines(Filter filter, ExportAnswer answer) {
  if (export_ || import_) {
    return answer(error(base::Errc::denied, "another export or import of baselines is under way: try again"));
  }
  auto places = chosen(filter);
  if (!places) return answer(places.error());
  export_ = std::make_unique<Export>(Export{std::move(*places), 0, {}, std::move(answer)});
  step_export();
}

void BaselineShare::step_export() {
  auto& job = *export_;
  std::optional<base::Error> failed;
  for (std::size_t i = 0; i < kStep && job.next < job.places.size() && !failed; ++i, ++job.next) {
    const auto place = job.places[job.next];
    auto summary = parts_.rules.share(place);
    if (summary.gateways == 0) {
      ++job.out.empty;
      continue;
    }
    if (auto merged = wire::merge_into(job.out.baselines, {places_[place].kind, std::move(summary)}); !merged)
      failed = merged.error();
    if (job.out.baselines.size() > kMostKinds) {
      failed = error(base::Errc::full, fmt::format("more than {} kinds of baselines: name a --device", kMostKinds));
    }
  }
  if (!failed && job.next < job.places.size()) return arm([this] { step_export(); });
  const auto done = std::exchange(export_, nullptr);
  if (failed) return done->answer(*failed);
  for (auto& one : done->out.baselines) one.summary.gateways = 1;
  done->answer(std::move(done->out));
}

void BaselineShare::import_baselines(std::vector<model::SharedBaseline> baselines, const model::Asker& by,
                                     ImportAnswer answer) {
  if (export_ || import_) {
    return answer(error(base::Errc::denied, "another export or import of baselines is under way: try again"));
  }
  auto job = std::make_unique<Import>();
  for (auto& one : baselines) {
    const bool fits = std::ranges::any_of(
        places_, [&one](const auto& place) { return model::fit(place.kind, one.kind) != model::Fit::none; });
    if (fits) {
      job->priors.push_back(std::move(one));
    } else {
      job->out.unused.push_back({std::move(one.kind), one.summary.gateways, one.summary.points});
    }
  }
  if (job->priors.empty()) {
    return answer(base::invalid_argument(
        places_.empty() ? "no rule of this gateway learns a season: there is nothing that could begin with it"
                        : "nothing in it fits: `wayside baseline export` lists the kinds that this gateway has"));
  }
  std::vector<std::string> keys(stored_);
  for (const auto& prior : job->priors) {
    if (auto key = key_of(prior.kind); std::ranges::find(keys, key) == keys.end()) keys.push_back(std::move(key));
  }
  if (keys.size() > kMostKinds) {
    return answer(error(base::Errc::full, fmt::format("{} kinds of priors, at most {}: import those of fewer products",
                                                      keys.size(), kMostKinds)));
  }
  stored_ = std::move(keys);
  job->by = by.text();
  job->answer = std::move(answer);
  import_ = std::move(job);
  step_import();
}

void BaselineShare::step_import() {
  auto& job = *import_;
  for (std::size_t i = 0; i < kStep && job.next < places_.size(); ++i, ++job.next) {
    const auto [found, fresh] = job.chosen.try_emplace(places_[job.next].kind);
    if (fresh) found->second = model::prior_for(places_[job.next].kind, job.priors);
    if (!found->second) continue;
    (parts_.rules.start_from(job.next, *found->second) ? job.out.started : job.out.kept) += 1;
  }
  if (job.next < places_.size()) return arm([this] { step_import(); });
  finish_import();
}

void BaselineShare::finish_import() {
  auto& job = *import_;
  if (!job.by) {
    base::log::info("rules.priors", {{"stored", stored_.size()}, {"started", job.out.started}});
    import_.reset();
    return;
  }
  std::vector<ports::StateChange> changes;
  for (const auto& prior : job.priors) {
    job.out.taken.push_back({prior.kind, prior.summary.gateways, prior.summary.points});
    changes.push_back({kSpace, key_of(prior.kind), wire::encode_baselines({&prior, 1})});
  }
  model::BaselineImport told{*job.by, job.out.taken, job.out.started, job.out.kept};
  parts_.judge.record({parts_.core.now(), model::DataClass::internal, std::move(told)}, std::move(changes));
  parts_.recorder.after_commit([this] {
    const auto done = std::exchange(import_, nullptr);
    done->answer(std::move(done->out));
  });
}

}  // namespace wayside::pipeline
