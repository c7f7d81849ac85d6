// Holds of technicians: what they do to commands under way, and how they are told.
#include <fmt/format.h>

#include <utility>

#include "pipeline/commander.hpp"

namespace wayside::pipeline {
namespace {

base::Error denied(std::string what) { return {base::Errc::denied, base::Consequence::drop_record, std::move(what)}; }

}  // namespace

void Commander::hold(const model::DeviceId& device, const model::Asker& by, std::chrono::microseconds span,
                     HoldAnswer answer) {
  const auto say = [this, &answer](base::Error error) {
    parts_.core.post([answer = std::move(answer), error = std::move(error)]() mutable { answer(std::move(error)); });
  };
  const auto index = gate_.find(device);
  if (!index) return say(index.error());
  if (by.text().empty()) return say(base::invalid_argument("a hold needs a name: say who you are"));
  if (span < std::chrono::seconds{1} || span > Holds::kLongest) {
    return say(base::invalid_argument("a hold lasts from 1 s to 24 h"));
  }
  const auto* before = holds_.of(device);
  if (before != nullptr && !before->by.is_same_person(by) && before->until > parts_.core.now()) {
    return say(denied(fmt::format("{} is held by {}", device.value, before->by.text())));
  }
  auto change = holds_.place(device, by, span);
  const auto placed = *holds_.of(device);
  tell_hold(model::HoldStep::placed, placed, by.text(), std::move(change));
  arm_holds();
  answer_hold(*index, placed, std::move(answer));
}

const model::Hold* Commander::held(const model::DeviceId& device) const {
  const auto* hold = holds_.of(device);
  return hold != nullptr && hold->until > parts_.core.now() ? hold : nullptr;
}

// "Held" must be true when it is said: a write of someone else's that has begun is waited for.
void Commander::answer_hold(std::size_t device, model::Hold hold, HoldAnswer answer) {
  if (touched_by_other(device, hold.by)) {
    lines_[device].after.push_back([this, device, hold = std::move(hold), answer = std::move(answer)]() mutable {
      answer_hold(device, std::move(hold), std::move(answer));
    });
    return;
  }
  parts_.recorder.after_commit(
      [hold = std::move(hold), answer = std::move(answer)]() mutable { answer(std::move(hold)); });
}

bool Commander::touched_by_other(std::size_t device, const model::Asker& by) const {
  const auto found = running_.find(lines_[device].current);
  if (found == running_.end()) return false;
  const auto& running = found->second;
  const bool own = running.result.origin == model::CommandOrigin::local && running.by.is_same_person(by);
  return !own && running.phase >= Phase::writing && !running.interrupted;
}

void Commander::release(const model::DeviceId& device, const model::Asker& by, HoldAnswer answer) {
  const auto index = gate_.find(device);
  const auto* found = index ? holds_.of(device) : nullptr;
  if (found == nullptr) {
    auto error =
        index ? base::Error{base::Errc::not_found, base::Consequence::drop_record, "no one holds " + device.value}
              : index.error();
    parts_.core.post([answer = std::move(answer), error = std::move(error)]() mutable { answer(std::move(error)); });
    return;
  }
  auto hold = *found;
  tell_hold(model::HoldStep::released, hold, by.text(), holds_.release(device));
  arm_holds();
  parts_.recorder.after_commit(
      [hold = std::move(hold), answer = std::move(answer)]() mutable { answer(std::move(hold)); });
}

void Commander::look_at_holds() {
  for (auto& hold : holds_.over()) {
    auto change = holds_.release(hold.device);
    tell_hold(model::HoldStep::ended, hold, hold.by.text(), std::move(change));
  }
  arm_holds();
}

void Commander::arm_holds() {
  if (hold_timer_ != base::TimerId::none) parts_.core.cancel(std::exchange(hold_timer_, base::TimerId::none));
  const auto next = holds_.next_look();
  if (!next) return;
  hold_timer_ = parts_.core.post_at(*next, [this] {
    hold_timer_ = base::TimerId::none;
    look_at_holds();
  });
}

void Commander::tell_hold(model::HoldStep step, const model::Hold& hold, const std::string& by,
                          ports::StateChange change) {
  model::HoldChange told{step, hold, by, {}};
  if (const auto index = gate_.find(hold.device); index && !gate_.device(*index).driver->points().empty()) {
    told.place = parts_.points.info(gate_.device(*index).first_point).place;
  }
  std::vector<ports::StateChange> changes;
  changes.push_back(std::move(change));
  parts_.judge.record({parts_.core.now(), model::DataClass::internal, std::move(told)}, std::move(changes));
}

}  // namespace wayside::pipeline
