// The way of a command to the bus and back. Each step finds its command by id and phase: one that has ended meanwhile
// (its time was over) is not there any more, and what comes late for it has no effect.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "pipeline/commander.hpp"

namespace wayside::pipeline {
namespace {

constexpr auto kReadBackWithin = std::chrono::seconds{30};

base::Error expired() {
  return {base::Errc::timeout, base::Consequence::drop_record, "its time ended before it could be written"};
}

// 05 ("acknowledge") means that it is at it: like an answer that did not come, what is measured counts.
bool refused_by_device(const std::optional<base::Error>& error) {
  constexpr int kAcknowledge = 0x05;
  return error && error->code == base::Errc::exception_reply && error->detail != kAcknowledge;
}

}  // namespace

Commander::Running* Commander::find(const std::string& id, Phase phase) {
  const auto found = running_.find(id);
  return found == running_.end() || found->second.phase != phase ? nullptr : &found->second;
}

void Commander::begin_next(std::size_t device) {
  auto& line = lines_[device];
  while (line.current.empty() && !line.queued.empty()) {
    line.current = std::move(line.queued.front());
    line.queued.pop_front();
    const std::string id = line.current;
    auto& running = running_.at(id);
    if (running.interrupted) return read_back_soon(id);
    if (parts_.core.now() >= running.expires) {
      finish(id, model::CommandOutcome::expired, expired().what);
      continue;
    }
    running.phase = Phase::journalling;
    ports::Commit commit;
    commit.state.push_back(CommandJournal::started(running.result));
    parts_.outbox.commit(std::move(commit), [this, id](const auto& committed) { journalled(id, committed); });
  }
}

void Commander::journalled(const std::string& id, const base::Result<std::vector<ports::StoredKey>>& committed) {
  auto* running = find(id, Phase::journalling);
  if (running == nullptr) return;
  if (!committed) {
    ++counters_.unwritable;
    return finish(id, model::CommandOutcome::failed,
                  "not carried out: it could not be written into the journal: " + committed.error().what);
  }
  if (parts_.core.now() >= running->expires) return finish(id, model::CommandOutcome::expired, expired().what);
  running->phase = Phase::on_bus_queue;
  const auto& device = gate_.device(running->target.device);
  BusJob job;
  job.priority = BusClass::command;
  job.expires = running->expires;
  job.run = [this, id, home = device.home](base::Result<ports::RegisterBus*> bus, base::Task release) mutable {
    parts_.core.post([this, id, home, bus, held = std::make_shared<base::Task>(std::move(release))] {
      take_turn(id, *home, bus, held);
    });
  };
  device.queue->submit(std::move(job));
}

// The bus is ours, and nothing has gone out yet.
void Commander::take_turn(const std::string& id, base::Scheduler& home, base::Result<ports::RegisterBus*> bus,
                          const Release& release) {
  auto* running = find(id, Phase::on_bus_queue);
  const auto give_back = [&home, &release] { home.post([release] { (*release)(); }); };
  if (running == nullptr) return bus ? give_back() : void();  // ended while it waited
  if (!bus) {
    const bool late = bus.error().code == base::Errc::timeout;
    return finish(id, late ? model::CommandOutcome::expired : model::CommandOutcome::failed,
                  late ? expired().what : "not written: " + bus.error().what);
  }
  if (const auto good = last_look(*running); !good) {
    give_back();
    const bool late = good.error().code == base::Errc::timeout;
    return finish(id, late ? model::CommandOutcome::expired : model::CommandOutcome::refused, good.error().what);
  }
  running->phase = Phase::writing;
  home.post([this, id, bus = *bus, release, target = exchange_target(*running), plan = running->plan] {
    write_plan(*bus, target, plan, [this, id, release](WriteEnd end) {
      (*release)();
      parts_.core.post([this, id, end = std::move(end)]() mutable { written(id, std::move(end)); });
    });
  });
}

base::Result<void> Commander::last_look(Running& running) {
  const auto now = parts_.core.now();
  if (now >= running.expires) return expired();
  const auto may = gate_.may_now(running.target, running.result.asked, running.result.origin, running.by,
                                 moving(running.result.id), now);
  if (!may) return may.error();
  auto plan = gate_.plan(running.target, running.result.asked);
  if (!plan) return plan.error();
  running.plan = std::move(*plan);
  return {};
}

ExchangeTarget Commander::exchange_target(const Running& running) const {
  const auto& device = gate_.device(running.target.device);
  return {device.driver, device.state(), parts_.clock.boot_id(), device.unit, device.timeout};
}

void Commander::written(const std::string& id, WriteEnd end) {
  auto* running = find(id, Phase::writing);
  if (running == nullptr) return;
  running->result.written = end.written;
  running->result.written_at = end.at;
  running->write_error = std::move(end.error);
  running->phase = Phase::settling;
  running->timer = parts_.core.post_at(parts_.core.now() + running->plan.settle, [this, id] { read_back_soon(id); });
}

void Commander::read_back_soon(const std::string& id) {
  auto& running = running_.at(id);
  running.timer = base::TimerId::none;
  running.phase = Phase::reading;
  const auto& device = gate_.device(running.target.device);
  BusJob job;
  job.priority = BusClass::command;
  job.expires = parts_.core.now() + kReadBackWithin;
  job.run = [this, id, target = exchange_target(running), plan = running.plan](base::Result<ports::RegisterBus*> bus,
                                                                               base::Task release) mutable {
    auto held = std::make_shared<base::Task>(std::move(release));
    const auto done = [this, id, held](base::Result<Measured> got) {
      if (*held) (*held)();
      parts_.core.post([this, id, got = std::move(got)] { measured(id, got); });
    };
    if (!bus) return done(bus.error());
    read_back(**bus, target, plan, done);
  };
  device.queue->submit(std::move(job));
}

void Commander::measured(const std::string& id, base::Result<Measured> measured) {
  auto* running = find(id, Phase::reading);
  if (running == nullptr) return;
  const auto point = gate_.handle(running->target.device, running->plan.measured);
  auto& result = running->result;
  result.measured_point = parts_.points.info(point).name;
  model::Reading reading{point, {}, model::Quality::bad_no_communication, parts_.core.now()};
  if (measured) {
    result.measured = measured->value;
    result.quality = measured->quality;
    result.measured_at = measured->at;
    reading = {point, measured->value, measured->quality, measured->at};
  } else {
    // It may have been changed, and what it is now is not known: what was read before must not be taken for it.
    result.quality = reading.quality;
  }
  parts_.judge.measured({std::move(reading)}, measured ? measured->at : parts_.core.now());
  judge_effect(id, *running, measured);
}

void Commander::judge_effect(const std::string& id, Running& running, const base::Result<Measured>& measured) {
  using Outcome = model::CommandOutcome;
  const auto& result = running.result;
  const bool usable = measured && !model::is_bad(measured->quality);
  const auto now_reads =
      usable     ? fmt::format("{} now reads {}", result.measured_point, model::to_string(result.measured))
      : measured ? fmt::format("{} now reads {}", result.measured_point, model::to_string(result.quality))
                 : "it could not be read back: " + measured.error().what;
  if (running.interrupted) {
    running.result.written = model::Written::unknown;
    return finish(id, Outcome::interrupted,
                  "the gateway ended before the result was known; it was not tried again; " + now_reads);
  }
  const auto& error = running.write_error;
  if (refused_by_device(error)) {
    return finish(id, Outcome::failed, "the device refused the write: " + error->what + "; " + now_reads);
  }
  if (error && result.written == model::Written::no) {
    return finish(id, Outcome::failed, "not sent: " + error->what + "; " + now_reads);
  }
  const bool as_asked = usable && device::fulfilled(running.plan, measured->value);
  if (error) {
    return as_asked ? finish(id, Outcome::done, now_reads + ", though the write was not answered: " + error->what)
                    : finish(id, Outcome::failed, "the write was not answered: " + error->what + "; " + now_reads);
  }
  if (!usable) return finish(id, Outcome::failed, "written, but " + now_reads);
  if (as_asked) return finish(id, Outcome::done, now_reads);
  finish(id, Outcome::not_fulfilled,
         fmt::format("written, but {} instead of {}", now_reads, model::to_string(running.plan.expected)));
}

void Commander::expire(const std::string& id) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  auto& running = found->second;
  running.timer = base::TimerId::none;
  // While it is being journalled the answer of the disk comes first; once it is written it is past its expiry.
  if (running.phase == Phase::queued) {
    std::erase(lines_[running.target.device].queued, id);
  } else if (running.phase != Phase::on_bus_queue) {
    return;
  }
  finish(id, model::CommandOutcome::expired, expired().what);
}

void Commander::finish(const std::string& id, model::CommandOutcome outcome, std::string reason) {
  auto node = running_.extract(id);
  auto& running = node.mapped();
  if (running.timer != base::TimerId::none) parts_.core.cancel(running.timer);
  running.result.outcome = outcome;
  running.result.reason = std::move(reason);
  tell(running.result, std::move(running.answers));
  auto& line = lines_[running.target.device];
  if (line.current != running.result.id) return;
  line.current.clear();
  for (auto& task : std::exchange(line.after, {})) parts_.core.post(std::move(task));
  // Not from here: begin_next may be what called us.
  parts_.core.post([this, device = running.target.device] { begin_next(device); });
}

model::DataClass Commander::class_of(const model::CommandResult& result) const {
  // Never public: it names who asked.
  auto highest = model::DataClass::internal;
  for (const auto& name : {result.point, result.measured_point}) {
    if (const auto point = parts_.points.find(result.device, name)) {
      highest = model::highest(highest, parts_.points.info(*point).data_class);
    }
  }
  return highest;
}

void Commander::tell(const model::CommandResult& result, std::vector<Answer> answers) {
  switch (result.outcome) {
    case model::CommandOutcome::done: ++counters_.done; break;
    case model::CommandOutcome::refused: ++counters_.refused; break;
    default: ++counters_.other; break;
  }
  base::log::info("command.ended", {{"id", result.id},
                                    {"device", result.device.value},
                                    {"point", result.point},
                                    {"by", result.by},
                                    {"outcome", model::to_string(result.outcome)}});
  const auto now = parts_.core.now();
  parts_.judge.record({now, class_of(result), result}, journal_.ended(result, now));
  parts_.recorder.after_commit([answers = std::move(answers), result]() mutable {
    for (auto& answer : answers) answer(result);
  });
}

}  // namespace wayside::pipeline
