#include "daemon/control_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

v1::Response refusal(const base::Error& error) {
  v1::Response out;
  out.set_error(error.what);
  return out;
}

void fill(const std::vector<config::Problem>& problems, google::protobuf::RepeatedPtrField<v1::ConfigProblem>& out) {
  for (const auto& problem : problems) {
    auto& told = *out.Add();
    told.set_file(problem.place.file);
    told.set_line(problem.place.line);
    told.set_column(problem.place.column);
    told.set_what(problem.what);
  }
}

void fill(const site::Effects& effects, v1::ConfigEffects& out) {
  for (const auto& bus : effects.buses) {
    auto& told = *out.add_buses();
    told.set_bus(bus.bus);
    told.set_what(std::string(to_string(bus.fate)));
    if (bus.before) told.set_use_before(*bus.before);
    if (bus.after) told.set_use_after(*bus.after);
  }
  for (const auto& rule : effects.rules_anew) out.add_rules_anew(rule);
  out.set_rules_that_go_on(static_cast<std::uint32_t>(effects.rules_that_go_on));
  for (const auto& point : effects.points_added) out.add_points_added(point);
  for (const auto& point : effects.points_removed) out.add_points_removed(point);
}

void fill(const ConfigLooked& looked, v1::ConfigResponse& out) {
  if (looked.effects) fill(*looked.effects, *out.mutable_effects());
  fill(looked.problems, *out.mutable_problems());
  fill(looked.warnings, *out.mutable_warnings());
  out.set_same(looked.same);
  out.set_starts_over(looked.difference.starts_over);
  for (const auto& change : looked.difference.changes) {
    auto& told = *out.add_changes();
    told.set_kind(std::string(to_string(change.kind)));
    told.set_what(change.what);
    told.set_name(change.name);
    told.set_detail(change.detail);
  }
}

void fill_state(const ConfigLife& life, const base::Scheduler& core, v1::ConfigResponse& out) {
  out.set_running(life.running());
  out.set_current(life.journal().current);
  out.set_trouble(life.trouble());
  out.set_file(life.file());
  const auto& trial = life.trial();
  if (!trial) return;
  auto& told = *out.mutable_trial();
  told.set_version(trial->number);
  told.set_left_us(std::max<std::int64_t>((trial->until - core.now()).count(), 0));
  told.set_confirmed(trial->confirmed);
  told.set_worse(life.worse_now());
}

void fill_history(const ConfigLife& life, v1::ConfigResponse& out) {
  for (const auto& version : life.journal().versions) {
    auto& told = *out.add_versions();
    told.set_number(version.number);
    told.set_wall_us(version.wall_us);
    told.set_by(version.by);
    told.set_origin(version.origin);
    told.set_file(version.file);
    told.set_reason(version.reason);
    told.set_digest(version.digest.data(), version.digest.size());
    told.set_state(static_cast<wayside::v1::ConfigState>(static_cast<int>(version.state) + 1));
    told.set_outcome(version.outcome);
    told.set_forgotten(version.forgotten);
  }
}

model::ConfigBundle bundle_of(const wayside::v1::ConfigBundle& given) {
  model::ConfigBundle out;
  out.main = given.main();
  for (const auto& file : given.files()) out.files[file.path()] = file.text();
  return out;
}

ConfigOrder order_of(const v1::ConfigSource& source) {
  ConfigOrder out;
  if (source.has_bundle()) out.bundle = bundle_of(source.bundle());
  out.version = source.version();
  out.origin = "cabinet";
  return out;
}

ConfigOrder order_of(const v1::ConfigApplyRequest& request, const control::Peer& peer) {
  constexpr std::chrono::microseconds kShortest = std::chrono::seconds{10};
  constexpr std::chrono::microseconds kLongest = std::chrono::hours{24};
  auto out = order_of(request.source());
  out.by = {peer.user, request.by()};
  out.reason = request.reason();
  out.confirmed = request.confirmed();
  if (request.confirm_within_us() > 0) {
    out.confirm_within = std::clamp(std::chrono::microseconds{request.confirm_within_us()}, kShortest, kLongest);
  }
  return out;
}

// What stands after an order: an error, or how things are.
ConfigLife::Answer tell_state(const ConfigLife& life, const base::Scheduler& core, control::Answer answer) {
  return [&life, &core, answer = std::move(answer)](const base::Result<void>& done) mutable {
    if (!done) return answer(refusal(done.error()));
    v1::Response response;
    fill_state(life, core, *response.mutable_config());
    answer(std::move(response));
  };
}

void show(ConfigLife& life, std::uint64_t number, control::Answer answer) {
  life.show(number, [answer = std::move(answer)](const base::Result<model::ConfigBundle>& bundle) mutable {
    if (!bundle) return answer(refusal(bundle.error()));
    v1::Response response;
    auto& out = *response.mutable_config()->mutable_bundle();
    out.set_main(bundle->main);
    for (const auto& [path, text] : bundle->files) {
      auto& file = *out.add_files();
      file.set_path(path);
      file.set_text(text);
    }
    answer(std::move(response));
  });
}

void apply(ConfigLife& life, const base::Scheduler& core, ConfigOrder order, control::Answer answer) {
  life.apply(std::move(order),
             [&life, &core, answer = std::move(answer)](const base::Result<ConfigApplied>& applied) mutable {
               if (!applied) return answer(refusal(applied.error()));
               v1::Response response;
               auto& out = *response.mutable_config();
               fill(applied->looked, out);
               out.set_applied(applied->number);
               fill_state(life, core, out);
               answer(std::move(response));
             });
}

}  // namespace

bool is_about_config(const v1::Request& request) { return request.has_config(); }

void handle_config(ConfigLife& life, const base::Scheduler& core, const v1::Request& request, const control::Peer& peer,
                   control::Answer answer) {
  const auto& asked = request.config();
  switch (asked.verb_case()) {
    case v1::ConfigRequest::kDiff:
      return life.look(order_of(asked.diff().source()),
                       [answer = std::move(answer)](const base::Result<ConfigLooked>& looked) mutable {
                         if (!looked) return answer(refusal(looked.error()));
                         v1::Response response;
                         fill(*looked, *response.mutable_config());
                         answer(std::move(response));
                       });
    case v1::ConfigRequest::kApply: return apply(life, core, order_of(asked.apply(), peer), std::move(answer));
    case v1::ConfigRequest::kConfirm:
      return life.confirm({peer.user, asked.confirm().by()}, tell_state(life, core, std::move(answer)));
    case v1::ConfigRequest::kGiveUp:
      return life.give_up({peer.user, asked.give_up().by()}, asked.give_up().reason(),
                          tell_state(life, core, std::move(answer)));
    case v1::ConfigRequest::kShow: return show(life, asked.show().version(), std::move(answer));
    case v1::ConfigRequest::kHistory: {
      v1::Response response;
      fill_history(life, *response.mutable_config());
      fill_state(life, core, *response.mutable_config());
      return answer(std::move(response));
    }
    case v1::ConfigRequest::VERB_NOT_SET: break;
  }
  v1::Response response;
  response.set_error("this daemon does not know that request; are `wayside` and `waysided` of one version?");
  answer(std::move(response));
}

void take_config(ConfigLife& life, model::ConfigOrder order, const model::Asker& by,
                 pipeline::Downlink::TakeAnswer answer) {
  constexpr std::chrono::milliseconds kForTheAnswer{1500};
  ConfigOrder wanted;
  wanted.bundle = std::move(order.bundle);
  wanted.version = order.version;
  wanted.by = by;
  wanted.origin = "platform";
  wanted.reason = std::move(order.reason);
  wanted.confirm_within = order.within;
  wanted.answer_first = kForTheAnswer;
  wanted.confirmed = true;
  life.apply(std::move(wanted), [answer = std::move(answer)](const base::Result<ConfigApplied>& applied) mutable {
    if (!applied) return answer(applied.error());
    wire::ConfigTaken taken;
    taken.version = applied->number;
    for (const auto& problem : applied->looked.problems) taken.problems.push_back(problem.message());
    for (const auto& change : applied->looked.difference.changes) {
      taken.changes.push_back(fmt::format("{} {} {}{}{}", to_string(change.kind), change.what, change.name,
                                          change.detail.empty() ? "" : ": ", change.detail));
    }
    answer(std::move(taken));
  });
}

ConfigVitals vitals_of(const Gateway& gateway) {
  ConfigVitals out;
  if (const auto* link = gateway.link()) out.link_up = link->status().up;
  const auto& devices = gateway.config().devices;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    out.devices.insert(devices[i].id.value);
    if (gateway.judge().device(i).communicating) out.answering.insert(devices[i].id.value);
  }
  return out;
}

}  // namespace wayside::daemon
