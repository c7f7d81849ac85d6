#include "pipeline/commander.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace wayside::pipeline {
namespace {

constexpr std::size_t kLongestId = 64;
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kMostTold = 600;
constexpr auto kToldWithin = std::chrono::hours{1};
constexpr auto kReadAgainWithin = std::chrono::seconds{60};

// Ids come from outside and become keys and log lines.
bool is_printable(std::string_view text, std::size_t most) {
  return text.size() <= most && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

// Names may be in any script: only what would break a line is kept out, and nothing is cut inside a character.
std::string cleaned(std::string text) {
  if (text.size() > kLongestName) {
    std::size_t end = kLongestName;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.resize(end);
  }
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == '\x7f'; });
  return text;
}

base::Error denied(std::string what) { return {base::Errc::denied, base::Consequence::drop_record, std::move(what)}; }

}  // namespace

Commander::Commander(Parts parts)
    : parts_(std::move(parts)),
      holds_(parts_.clock, parts_.holds),
      gate_(std::move(parts_.devices), parts_.points, holds_),
      journal_(parts_.commands, parts_.core.now()),
      lines_(gate_.size()) {}

Commander::~Commander() {
  for (const auto& [id, running] : running_) {
    if (running.timer != base::TimerId::none) parts_.core.cancel(running.timer);
  }
  if (hold_timer_ != base::TimerId::none) parts_.core.cancel(hold_timer_);
}

void Commander::start() {
  for (const auto& command : journal_.unfinished()) {
    Running running;
    running.result = command;
    running.interrupted = true;
    running.expires = parts_.core.now() + kReadAgainWithin;
    const auto target = gate_.find(command.device, command.point);
    auto plan = target ? gate_.plan(*target, command.asked) : base::Result<device::CommandPlan>(target.error());
    base::log::warn("command.interrupted", {{"id", command.id}, {"device", command.device.value}});
    if (!plan || gate_.device(target->device).queue == nullptr) {
      running.result.outcome = model::CommandOutcome::interrupted;
      running.result.written = model::Written::unknown;
      running.result.reason = fmt::format(
          "the gateway ended before the result was known; it was not tried again, and "
          "cannot be read back: {}",
          plan ? "the bus takes no jobs" : plan.error().what);
      tell(running.result, {});
      continue;
    }
    running.target = *target;
    running.plan = std::move(*plan);
    running_[command.id] = std::move(running);
    lines_[target->device].queued.push_back(command.id);
  }
  for (std::size_t device = 0; device < lines_.size(); ++device) begin_next(device);
  look_at_holds();
}

void Commander::submit(model::CommandOrder order, Answer answer) {
  ++counters_.asked;
  order.by = {cleaned(std::move(order.by.account)), cleaned(std::move(order.by.name))};
  model::CommandResult result;
  const bool good_id = is_printable(order.id, kLongestId);
  if (order.id.empty() || !good_id) {
    order.id = base::to_hex(parts_.random.next()) + base::to_hex(parts_.random.next());
  } else if (answer_again(order, answer)) {
    return;
  }
  result.id = order.id;
  result.device = model::DeviceId{cleaned(order.device.value)};
  result.point = cleaned(order.point);
  result.asked = order.value;
  result.by = order.by.text();
  result.origin = order.origin;
  result.asked_at = parts_.core.now();
  result.asked_boot = parts_.clock.boot_id();
  if (!good_id) return refuse(std::move(result), "an id has at most 64 printable characters", std::move(answer));
  const auto target = let_in(order, result);
  if (!target) return refuse(std::move(result), target.error().what, std::move(answer));

  Running running;
  running.result = std::move(result);
  running.by = order.by;
  running.target = *target;
  running.expires = parts_.core.now() + order.lives;
  running.timer = parts_.core.post_at(running.expires, [this, id = order.id] { expire(id); });
  running.answers.push_back(std::move(answer));
  running_[order.id] = std::move(running);
  lines_[target->device].queued.push_back(order.id);
  begin_next(target->device);
}

bool Commander::asks_the_same(const model::CommandOrder& order, const model::CommandResult& known) const {
  if (known.device != order.device || known.point != order.point) return false;
  if (known.asked == order.value) return true;
  const auto target = gate_.find(order.device, order.point);
  if (!target) return false;
  const auto value = gate_.value_for(*target, order.value);
  return value && *value == known.asked;
}

// The same id again: the same result, now or when it is there.
bool Commander::answer_again(const model::CommandOrder& order, Answer& answer) {
  const auto running = running_.find(order.id);
  const auto* known = running != running_.end() ? &running->second.result : journal_.find(order.id);
  if (known == nullptr) return false;
  if (!asks_the_same(order, *known)) {
    model::CommandResult other;  // nothing of the other command but its name
    other.id = order.id;
    other.device = model::DeviceId{cleaned(order.device.value)};
    other.point = cleaned(order.point);
    other.asked = order.value;
    other.by = order.by.text();
    other.origin = order.origin;
    other.outcome = model::CommandOutcome::refused;
    other.reason = fmt::format("this id belongs to another command: {} = {}; take a new id",
                               model::point_id(known->device, known->point), model::to_string(known->asked));
    ++counters_.refused;
    parts_.core.post([answer = std::move(answer), other = std::move(other)]() mutable { answer(other); });
  } else if (running != running_.end()) {
    if (running->second.answers.size() < kMostRunning) {
      running->second.answers.push_back(std::move(answer));
    } else {
      auto other = *known;
      other.outcome = model::CommandOutcome::refused;
      other.reason = "too many ask for the result of this command";
      parts_.core.post([answer = std::move(answer), other = std::move(other)]() mutable { answer(other); });
    }
  } else {
    parts_.recorder.after_commit([answer = std::move(answer), again = *known]() mutable { answer(again); });
  }
  return true;
}

base::Result<CommandTarget> Commander::let_in(const model::CommandOrder& order, model::CommandResult& result) {
  const auto now = parts_.core.now();
  const auto target = gate_.find(order.device, order.point);
  if (!target) return target.error();
  const auto& info = parts_.points.info(gate_.handle(target->device, target->point));
  result.unit = info.unit;
  result.place = info.place;
  auto value = gate_.value_for(*target, order.value);
  if (!value) return value.error();
  result.asked = std::move(*value);
  if (const auto plan = gate_.plan(*target, result.asked); !plan) return plan.error();
  if (order.lives > kLongestLife) return denied("a command may live for 10 minutes at the most");
  if (const auto may = gate_.may_now(*target, result.asked, order.origin, order.by, {}, now); !may) return may.error();
  if (running_.size() >= kMostRunning) return denied("64 commands are under way, as many as there may be: ask later");
  if (lines_[target->device].queued.size() >= kMostOfDevice) {
    return denied(fmt::format("{} commands already wait for {}: ask later", kMostOfDevice, order.device.value));
  }
  if (const auto counted = gate_.count(target->device, now); !counted) return counted.error();
  return target;
}

base::Result<ReadTarget> Commander::reach(const model::DeviceId& id) const {
  const auto found = gate_.find(id);
  if (!found) return found.error();
  const auto& device = gate_.device(*found);
  return ReadTarget{{device.driver, device.state(), parts_.clock.boot_id(), device.unit, device.timeout},
                    device.queue,
                    device.home,
                    &parts_.core};
}

base::Result<Commander::Preview> Commander::preview(const model::CommandOrder& order) const {
  const auto target = gate_.find(order.device, order.point);
  if (!target) return target.error();
  Preview out;
  out.title = gate_.device(target->device).title;
  out.point = gate_.handle(target->device, target->point);
  out.value = order.value;
  const auto value = gate_.value_for(*target, order.value);
  if (!value) {
    out.refusal = value.error().what;
    return out;
  }
  out.value = *value;
  const auto plan = gate_.plan(*target, *value);
  const auto may = gate_.may_now(*target, *value, order.origin, order.by, {}, parts_.core.now());
  if (!plan) {
    out.refusal = plan.error().what;
  } else if (!may) {
    out.refusal = may.error().what;
  }
  return out;
}

void Commander::refuse(model::CommandResult result, const std::string& reason, Answer answer) {
  result.outcome = model::CommandOutcome::refused;
  result.reason = reason;
  std::vector<Answer> answers;
  answers.push_back(std::move(answer));
  if (may_be_told()) return tell(result, std::move(answers));
  ++counters_.untold;
  ++counters_.refused;
  parts_.core.post([answers = std::move(answers), result = std::move(result)]() mutable { answers.front()(result); });
}

// Whoever asks for nonsense without end must not fill the store with refusals.
bool Commander::may_be_told() {
  const auto now = parts_.core.now();
  while (!told_refusals_.empty() && now - told_refusals_.front() >= kToldWithin) told_refusals_.pop_front();
  if (told_refusals_.size() >= kMostTold) return false;
  told_refusals_.push_back(now);
  return true;
}

// What is on its way to another state: written to, or about to be, and not measured yet.
std::vector<model::PointHandle> Commander::moving(const std::string& but_not) const {
  std::vector<model::PointHandle> out;
  for (const auto& [id, running] : running_) {
    if (id == but_not || (running.phase < Phase::writing && !running.interrupted)) continue;
    out.push_back(gate_.handle(running.target.device, running.target.point));
    out.push_back(gate_.handle(running.target.device, running.plan.measured));
  }
  return out;
}

}  // namespace wayside::pipeline
