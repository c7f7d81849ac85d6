#include "pipeline/read_now.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace wayside::pipeline {
namespace {

constexpr std::size_t kMostFrames = 64;  // of one turn of a frame protocol

class Reader : public std::enable_shared_from_this<Reader> {
 public:
  Reader(const ReadTarget& target, std::optional<std::uint32_t> point, std::chrono::microseconds patience,
         ReadNowDone done)
      : target_(target), point_(point), patience_(patience), done_(std::move(done)) {}

  void start() {
    const auto& plan = driver().plan();
    if (plan.listen) {
      return fail({base::Errc::denied, base::Consequence::skip_point,
                   "the device speaks by itself and cannot be asked: its newest samples are all there is"});
    }
    input_.boot = target_.device.boot;
    // A point of registers needs only its own; what a family computes needs all that the family reads.
    if (plan.protocol == nullptr && point_) {
      blocks_.push_back(registers_of(*point_));
      alone_ = true;
    } else {
      begin_group();
    }
    next();
  }

 private:
  [[nodiscard]] const device::Driver& driver() const { return *target_.device.driver; }

  [[nodiscard]] device::RegisterBlock registers_of(std::uint32_t point) const {
    const auto& spec = driver().points()[point];
    return {spec.kind, spec.address, device::word_count(spec)};
  }

  void begin_group() {
    const auto& groups = driver().plan().groups;
    input_.group = group_;
    input_.image = {};
    input_.frames.clear();
    if (group_ < groups.size()) blocks_.assign(groups[group_].blocks.begin(), groups[group_].blocks.end());
  }

  [[nodiscard]] bool group_is_read() const { return driver().plan().protocol != nullptr ? asked_ : blocks_.empty(); }

  void next() {
    while (alone_ || group_ < driver().plan().groups.size()) {
      if (!group_is_read()) return ask();
      decode();
      if (point_ && has(*point_)) break;
      // The family computes it of more than its own registers.
      if (alone_) {
        alone_ = false;
      } else {
        ++group_;
      }
      asked_ = false;
      begin_group();
    }
    finish();
  }

  void ask() {
    BusJob job;
    job.priority = BusClass::technician;
    job.expires = target_.home->now() + patience_;
    job.run = [self = shared_from_this()](base::Result<ports::RegisterBus*> bus, base::Task release) mutable {
      if (!bus) return self->fail(bus.error());
      self->release_ = std::move(release);
      self->transact(**bus);
    };
    target_.queue->submit(std::move(job));
  }

  void let_go() {
    if (auto release = std::exchange(release_, base::Task{})) release();
  }

  void transact(ports::RegisterBus& bus) {
    if (driver().plan().protocol != nullptr) return transact_frame(bus);
    bus.transact({target_.device.unit, blocks_.front(), target_.device.timeout},
                 [self = shared_from_this()](base::Result<ports::BusReply> reply) {
                   self->let_go();
                   self->take_block(std::move(reply));
                 });
  }

  void take_block(base::Result<ports::BusReply> reply) {
    const auto block = blocks_.front();
    blocks_.pop_front();
    if (reply) {
      result_.at = input_.at = reply->at;
      input_.image.add(block, std::move(reply->words));
      return next();
    }
    const bool refused = reply.error().consequence == base::Consequence::skip_point;
    if (!refused || point_) return fail(reply.error());
    ask_singly(block);
    next();
  }

  // A block that the device refuses as a whole may hold registers that it has.
  void ask_singly(const device::RegisterBlock& refused) {
    for (std::uint32_t i = 0; i < driver().points().size(); ++i) {
      const auto mine = registers_of(i);
      const bool inside = mine.kind == refused.kind && mine.first >= refused.first &&
                          mine.first + mine.count <= refused.first + refused.count;
      if (!inside || mine == refused || std::ranges::find(blocks_, mine) != blocks_.end()) continue;
      blocks_.push_back(mine);
    }
  }

  // A turn of frames stays together: the device may count what it hears.
  void transact_frame(ports::RegisterBus& bus) {
    auto frame = input_.frames.size() < kMostFrames ? driver().next_frame(group_, input_.frames, target_.device.state)
                                                    : std::nullopt;
    if (!frame) {
      asked_ = true;
      let_go();
      return next();
    }
    bus.transact({target_.device.unit, ports::FrameExchange{driver().plan().protocol, std::move(frame->send)},
                  target_.device.timeout},
                 [self = shared_from_this(), &bus](base::Result<ports::BusReply> reply) {
                   if (!reply) {
                     self->let_go();
                     return self->fail(reply.error());
                   }
                   self->result_.at = self->input_.at = reply->at;
                   self->input_.frames.push_back(std::move(reply->frame));
                   self->transact_frame(bus);
                 });
  }

  [[nodiscard]] bool has(std::uint32_t point) const {
    return std::ranges::find(result_.samples, point, &model::Sample::point) != result_.samples.end();
  }

  void decode() {
    if (input_.image.empty() && input_.frames.empty()) return;
    auto decoded = driver().decode(input_, target_.device.state);
    for (auto& sample : decoded.samples) {
      if (point_ && sample.point != *point_) continue;
      if (!has(sample.point)) result_.samples.push_back(std::move(sample));
    }
  }

  void finish() {
    if (point_ && !has(*point_)) {
      return fail({base::Errc::not_found, base::Consequence::skip_point,
                   "the device answered, but its driver gives no value of this point for one answer alone"});
    }
    if (result_.samples.empty()) {
      return fail({base::Errc::not_found, base::Consequence::skip_point, "the device refuses all of its registers"});
    }
    answer(std::move(result_));
  }

  void fail(base::Error error) { answer(std::move(error)); }

  void answer(base::Result<ReadNow> result) {
    target_.core->post([done = std::move(done_), result = std::move(result)]() mutable { done(std::move(result)); });
  }

  ReadTarget target_;
  std::optional<std::uint32_t> point_;
  std::chrono::microseconds patience_;
  ReadNowDone done_;
  device::DecodeInput input_;
  std::deque<device::RegisterBlock> blocks_;  // of this group, not yet read
  std::size_t group_ = 0;
  bool alone_ = false;  // the registers of the point and no others
  bool asked_ = false;  // the turn of frames of this group is over
  base::Task release_;
  ReadNow result_;
};

}  // namespace

void read_now(const ReadTarget& target, std::optional<std::uint32_t> point, std::chrono::microseconds patience,
              ReadNowDone done) {
  target.home->post([reader = std::make_shared<Reader>(target, point, patience, std::move(done))] { reader->start(); });
}

}  // namespace wayside::pipeline
