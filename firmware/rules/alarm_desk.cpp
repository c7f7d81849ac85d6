#include "rules/alarm_desk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace wayside::rules {
namespace {

using model::AlarmState;
using model::AlarmVerb;
using Cause = model::TransitionCause;

base::Error denied(std::string what) { return {base::Errc::denied, base::Consequence::drop_record, std::move(what)}; }

bool hides(AlarmVerb verb) { return verb == AlarmVerb::shelve || verb == AlarmVerb::take_out_of_service; }

bool is_by_person(Cause cause) {
  switch (cause) {
    case Cause::acknowledged:
    case Cause::reset:
    case Cause::shelved:
    case Cause::unshelved:
    case Cause::out_of_service:
    case Cause::in_service: return true;
    case Cause::condition:
    case Cause::cleared:
    case Cause::removed:
    case Cause::shelf_expired:
    case Cause::suppressed:
    case Cause::unsuppressed:
    case Cause::re_alarm:
    case Cause::escalated:
    case Cause::stale: return false;
  }
  return false;
}

// Why an order has no effect, in the words of the one who gave it.
std::string why_not(AlarmVerb verb, const AlarmLife& life) {
  switch (verb) {
    case AlarmVerb::acknowledge:
      if (life.live() == AlarmState::normal) return "it is normal: there is nothing to acknowledge";
      return "it is acknowledged already";
    case AlarmVerb::reset:
      if (life.is_active()) return "its condition still holds: it can be reset when that is over";
      if (life.live() == AlarmState::returned) return "acknowledge it first";
      return "it is not latched";
    case AlarmVerb::unshelve: return "it is not shelved";
    case AlarmVerb::take_out_of_service: return "it is out of service already";
    case AlarmVerb::put_in_service: return "it is in service";
    case AlarmVerb::shelve: return "it is shelved already";
  }
  return "?";
}

base::Result<void> check(const model::AlarmOrder& order, const model::AlarmAction& asked) {
  if (asked.by.empty()) return base::invalid_argument("it needs a name: say who you are");
  if (hides(order.verb) && asked.reason.empty()) {
    return base::invalid_argument("it needs a reason: others will ask why it is hidden");
  }
  if (order.verb == AlarmVerb::shelve &&
      (order.span < AlarmDesk::kShortestShelf || order.span > AlarmDesk::kLongestShelf)) {
    return base::invalid_argument(
        "an alarm can be shelved for 1 minute to 7 days; for longer it has to be taken out of service");
  }
  return {};
}

}  // namespace

std::optional<Cause> AlarmDesk::step(Instance instance, AlarmLife& life, const LifeTiming& timing,
                                     const Observation& seen, base::BootTime now) {
  if (life.is_shelved()) {
    auto& card = cards_[instance];
    if (!card.shelved_until || *card.shelved_until <= now) {
      card.shelved_until.reset();
      card.shelf_carried = false;
      return life.unshelve(Cause::shelf_expired, now);
    }
  }
  return life.step(timing, seen, now);
}

std::optional<base::BootTime> AlarmDesk::deadline(Instance instance, const AlarmLife& life,
                                                  const LifeTiming& timing) const {
  auto soonest = life.deadline(timing);
  if (!life.is_shelved()) return soonest;
  const auto* card = find(instance);
  if (card == nullptr || !card->shelved_until) return soonest;
  return soonest ? std::min(*soonest, *card->shelved_until) : *card->shelved_until;
}

base::Result<Cause> AlarmDesk::carry_out(const model::AlarmOrder& order, Instance instance, AlarmLife& life,
                                         const LifeTiming& timing, base::BootTime now) {
  model::AlarmAction asked{Cause::acknowledged, base::one_line(order.by, kLongestName),
                           base::one_line(order.reason, kLongestReason)};
  if (auto fine = check(order, asked); !fine) return fine.error();
  std::optional<Cause> cause;
  switch (order.verb) {
    case AlarmVerb::acknowledge: cause = life.acknowledge(timing, now); break;
    case AlarmVerb::reset: cause = life.reset(); break;
    case AlarmVerb::shelve:
      // Shelved again: the new span and reason hold.
      life.shelve();
      cause = Cause::shelved;
      break;
    case AlarmVerb::unshelve: cause = life.unshelve(Cause::unshelved, now); break;
    case AlarmVerb::take_out_of_service: cause = life.take_out_of_service(); break;
    case AlarmVerb::put_in_service: cause = life.put_in_service(now); break;
  }
  if (!cause) return denied(why_not(order.verb, life));
  auto& card = cards_[instance];
  asked.what = *cause;
  card.action = std::move(asked);
  if (order.verb == AlarmVerb::shelve) card.shelved_until = now + order.span;
  if (order.verb == AlarmVerb::unshelve) card.shelved_until.reset();
  if (order.verb == AlarmVerb::shelve || order.verb == AlarmVerb::unshelve) card.shelf_carried = false;
  return *cause;
}

void AlarmDesk::count(Instance instance, const AlarmLife& life, AlarmState from, Cause cause,
                      model::AlarmTransition& transition) {
  auto& card = cards_[instance];
  transition.count = ++card.count;
  transition.from = from;
  transition.to = life.shown();
  transition.live = life.live();
  transition.cause = cause;
  transition.summary = base::one_line(std::move(transition.summary), kLongestSummary);
  card.summary = transition.summary;
  card.at = transition.at;
  if (is_by_person(cause) && card.action) {
    transition.by = card.action->by;
    transition.reason = card.action->reason;
  }
  if (life.is_shelved()) transition.hidden_until = card.shelved_until;
}

void AlarmDesk::shorten_shelf(Instance instance, base::BootTime until) {
  const auto found = cards_.find(instance);
  if (found == cards_.end() || !found->second.shelved_until) return;
  found->second.shelved_until = std::min(*found->second.shelved_until, until);
}

const AlarmDesk::Card* AlarmDesk::find(Instance instance) const {
  const auto found = cards_.find(instance);
  return found == cards_.end() ? nullptr : &found->second;
}

void AlarmDesk::save(Instance instance, const AlarmLife& life, model::AlarmRecord& record) const {
  life.save(record);
  const auto* card = find(instance);
  if (card == nullptr) return;
  record.count = card->count;
  record.summary = card->summary;
  record.at = card->at;
  record.shelved_until = card->shelved_until;
  record.shelf_carried = card->shelf_carried;
  record.action = card->action;
}

void AlarmDesk::restore(Instance instance, AlarmLife& life, const model::AlarmRecord& record) {
  life.restore(record);
  auto& card = cards_[instance];
  card.count = record.count;
  card.summary = record.summary;
  card.at = record.at;
  card.shelved_until = record.shelved ? record.shelved_until : std::nullopt;
  card.shelf_carried = record.shelf_carried;
  card.action = record.action;
}

}  // namespace wayside::rules
