#include "pipeline/bus_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace wayside::pipeline {
namespace {

constexpr std::size_t kMostFrames = 64;  // of one turn of a frame protocol

// Whether an exception says that the device did nothing (MODBUS Application Protocol V1.1b3, 7). 04 came "while
// performing the action", 05 means "at it"; 0A is a gateway that had no way to the device, 0B one that heard no answer.
bool says_nothing_done(const base::Error& error) {
  switch (error.detail) {
    case 0x01:
    case 0x02:
    case 0x03:
    case 0x06:
    case 0x07: return error.code == base::Errc::exception_reply;
    case 0x0A: return error.code == base::Errc::closed;
    default: return false;
  }
}

class WriteExchange : public std::enable_shared_from_this<WriteExchange> {
 public:
  WriteExchange(ports::RegisterBus& bus, const ExchangeTarget& target, const device::CommandPlan& plan, WriteDone done)
      : bus_(bus), done_(std::move(done)) {
    for (const auto& write : plan.writes) requests_.push_back({target.unit, write, target.timeout});
    for (const auto& frame : plan.frames) {
      requests_.push_back({target.unit, ports::FrameExchange{target.driver->plan().protocol, frame}, target.timeout});
    }
  }

  void next() {
    bus_.transact(requests_[at_], [self = shared_from_this()](base::Result<ports::BusReply> reply) {
      if (!reply) return self->fail(reply.error());
      if (++self->at_ == self->requests_.size()) return self->done_({model::Written::yes, reply->at, {}});
      self->next();
    });
  }

 private:
  void fail(base::Error error) {
    const bool nothing = at_ == 0 && (!bus_.was_sent() || says_nothing_done(error));
    if (at_ > 0)
      error.what += fmt::format(" (write {} of {}; those before it were answered)", at_ + 1, requests_.size());
    done_({nothing ? model::Written::no : model::Written::unknown, {}, std::move(error)});
  }

  ports::RegisterBus& bus_;
  std::vector<ports::BusRequest> requests_;
  std::size_t at_ = 0;
  WriteDone done_;
};

class ReadExchange : public std::enable_shared_from_this<ReadExchange> {
 public:
  ReadExchange(ports::RegisterBus& bus, const ExchangeTarget& target, const device::CommandPlan& plan, ReadBack done)
      : bus_(bus), target_(target), plan_(plan), done_(std::move(done)) {
    input_.boot = target_.boot;
    input_.group = plan_.read_back_group;
  }

  void next() {
    auto request = next_request();
    if (!request) return decode();
    bus_.transact(*request, [self = shared_from_this()](base::Result<ports::BusReply> reply) {
      if (!reply) return self->done_(reply.error());
      self->take(std::move(*reply));
      self->next();
    });
  }

 private:
  std::optional<ports::BusRequest> next_request() {
    if (target_.driver->plan().protocol == nullptr) {
      if (at_ == plan_.read_back.size()) return std::nullopt;
      return ports::BusRequest{target_.unit, plan_.read_back[at_], target_.timeout};
    }
    if (input_.frames.size() == kMostFrames) return std::nullopt;
    auto frame = target_.driver->next_frame(plan_.read_back_group, input_.frames, target_.state);
    if (!frame) return std::nullopt;
    return ports::BusRequest{
        target_.unit, ports::FrameExchange{target_.driver->plan().protocol, std::move(frame->send)}, target_.timeout};
  }

  void take(ports::BusReply reply) {
    input_.at = reply.at;
    if (target_.driver->plan().protocol != nullptr) return input_.frames.push_back(std::move(reply.frame));
    input_.image.add(plan_.read_back[at_++], std::move(reply.words));
  }

  // The state that decoding leaves behind is the poller's business: here it is dropped.
  void decode() {
    auto decoded = target_.driver->decode(input_, target_.state);
    const auto sample = std::ranges::find(decoded.samples, plan_.measured, &model::Sample::point);
    if (sample == decoded.samples.end()) {
      return done_(base::Error{base::Errc::protocol, base::Consequence::retry_later,
                               "what was read back does not show the point that measures the effect"});
    }
    done_(Measured{std::move(sample->value), sample->quality, input_.at});
  }

  ports::RegisterBus& bus_;
  ExchangeTarget target_;
  device::CommandPlan plan_;
  device::DecodeInput input_;
  std::size_t at_ = 0;
  ReadBack done_;
};

}  // namespace

void write_plan(ports::RegisterBus& bus, const ExchangeTarget& target, const device::CommandPlan& plan,
                WriteDone done) {
  std::make_shared<WriteExchange>(bus, target, plan, std::move(done))->next();
}

void read_back(ports::RegisterBus& bus, const ExchangeTarget& target, const device::CommandPlan& plan, ReadBack done) {
  std::make_shared<ReadExchange>(bus, target, plan, std::move(done))->next();
}

}  // namespace wayside::pipeline
