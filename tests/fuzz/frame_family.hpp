// A driver family of a frame protocol under the fuzzer: its cutter over any bytes, and the driver of a shipped profile
// through turns as the poller makes them, over a restart or two.
//
// The input: flags, after how many frames a turn is cut short (0: never), step of time, how much of the state survives
// a turn (0: all), then the frames: as a stream to be cut, or (flag `sealed`) one after another as length and content,
// which the target makes a frame with the right sums of. A fuzzer does not guess a checksum.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "device/driver.hpp"
#include "fuzz/input.hpp"

namespace wayside::fuzz {

struct FrameFamily {
  std::string profile;  // below drivers/: "adec_tdc/profiles/adec-tdc3.yaml"
  device::Options options;
  // A good frame of this content, whatever it is.
  base::Bytes (*seal)(base::ByteView content);
  // A whole head is believed until its frame is there. (Otherwise a whole frame inside an unfinished one wins.)
  bool believes_head = true;
};

class FrameTarget {
 public:
  explicit FrameTarget(FrameFamily family) : family_(std::move(family)) {
    const auto families = device::driver_table();
    const auto loaded = config::load_profile(WAYSIDE_SOURCE_DIR "/drivers/" + family_.profile, families);
    require(loaded.value.has_value(), "the shipped profile can be read");
    const auto found = std::ranges::find(families, std::string_view(loaded.value->family), &device::DriverFamily::name);
    require(found != families.end(), "the family is built in");
    auto made = (*found)->make({*loaded.value, family_.options, loaded.value->period});
    require(made.has_value(), "the driver of the shipped profile can be made");
    driver_ = *std::move(made);
    protocol_ = (*found)->protocol;
  }

  int run(base::ByteView bytes) const {
    Input input(bytes);
    Script script;
    const auto flags = input.u8();
    script.answers_only = (flags & kAnswersOnly) != 0;
    script.reboots = (flags & kReboots) != 0;
    script.cut_short = input.u8();
    script.step = std::chrono::seconds{input.u8()} * ((flags & kLongSteps) != 0 ? 3600 : 1);
    script.state_kept = input.u8();
    cut_filled(input.rest());
    play((flags & kSealed) != 0 ? sealed(input) : cut_all(input.rest()), script);
    return 0;
  }

 private:
  enum Flags : std::uint8_t { kSealed = 1, kAnswersOnly = 2, kReboots = 4, kLongSteps = 8 };
  struct Script {
    bool answers_only = false;  // a frame that cannot be the answer is not handed on, as on a bus
    bool reboots = false;       // before each turn
    std::size_t cut_short = 0;
    std::chrono::microseconds step{};
    std::size_t state_kept = 0;
  };
  using Frames = std::vector<base::Bytes>;
  static constexpr std::size_t kMostInTurn = 64;          // the poller's limit
  static constexpr std::size_t kMostState = 64UL * 1024;  // small, says the contract

  device::Cut checked_cut(base::ByteView bytes) const {
    const auto cut = protocol_->cut(bytes);
    require(cut.skip <= bytes.size() && cut.size <= bytes.size() - cut.skip, "a cut lies within the bytes");
    require(cut.skip + cut.size > 0 || bytes.size() < device::kMostFrameBytes, "a cutter makes progress");
    return cut;
  }

  Frames cut_all(base::ByteView bytes) const {
    Frames frames;
    while (!bytes.empty()) {
      const auto cut = checked_cut(bytes.first(std::min(bytes.size(), device::kMostFrameBytes)));
      if (cut.skip + cut.size == 0) break;
      const auto frame = bytes.subspan(cut.skip, cut.size);
      bytes = bytes.subspan(cut.skip + cut.size);
      if (frame.empty()) continue;
      const auto again = checked_cut(frame);
      require(again.skip == 0 && again.size == frame.size(), "a frame alone is the same frame");
      frames.emplace_back(frame.begin(), frame.end());
    }
    return frames;
  }

  // The most that a bus keeps, filled with these bytes again and again.
  void cut_filled(base::ByteView bytes) const {
    if (bytes.empty() || bytes.size() > kMostInTurn) return;  // a longer one is no other, only slower
    base::Bytes full(device::kMostFrameBytes);
    for (std::size_t i = 0; i < full.size(); ++i) full[i] = bytes[i % bytes.size()];
    static_cast<void>(checked_cut(full));
  }

  // An empty frame stands for an answer that did not come.
  Frames sealed(Input& input) const {
    Frames frames;
    while (!input.empty()) {
      const auto content = input.take(input.u8());
      auto frame = content.empty() ? base::Bytes{} : family_.seal(content);
      if (!frame.empty()) {
        const auto cut = checked_cut(frame);
        require(cut.skip == 0 && cut.size == frame.size(), "a good frame is cut as a whole");
        for (std::size_t size = 1; family_.believes_head && size < frame.size(); ++size) {
          const auto torn = checked_cut(base::ByteView(frame).first(size));
          require(torn.skip == 0 && torn.size == 0, "a good frame that has not come as a whole is waited for");
        }
      }
      frames.push_back(std::move(frame));
    }
    return frames;
  }

  void play(const Frames& frames, const Script& script) const {
    device::DriverState state;
    device::DecodeInput input;
    base::Bytes asked;
    std::size_t turns = 0;
    for (std::size_t next = 0; next < frames.size() || turns == 0; ++turns) {
      input.frames.clear();
      input.group = driver_->plan().groups.empty() ? 0 : turns % driver_->plan().groups.size();
      while (const auto request = input.frames.size() < kMostInTurn ? ask(input, state) : std::nullopt) {
        if (!request->send.empty()) asked = request->send;
        if (next == frames.size()) break;
        const auto& frame = frames[next++];
        if (frame.empty()) break;
        if (script.cut_short != 0 && next % script.cut_short == 0) break;
        if (!protocol_->answers(asked, frame) && script.answers_only) continue;
        input.frames.push_back(frame);
      }
      if (input.frames.empty() && next == frames.size() && turns > 0) break;
      pass_time(input, script);
      state = decode(input, state);
      if (script.state_kept != 0 && state.size() > script.state_kept) state.resize(script.state_kept);
      if (turns > frames.size() + 1) require(false, "a turn asks for something");
    }
  }

  static void pass_time(device::DecodeInput& input, const Script& script) {
    if (script.reboots) {
      ++input.boot[0];
      input.at = {};
    }
    input.at += script.step;
  }

  std::optional<device::FrameRequest> ask(const device::DecodeInput& input, const device::DriverState& state) const {
    auto request = driver_->next_frame(input.group, input.frames, state);
    if (request && !request->send.empty()) {
      require(!protocol_->answers(request->send, request->send), "an echo is no answer");
    }
    return request;
  }

  device::DriverState decode(const device::DecodeInput& input, const device::DriverState& state) const {
    auto decoded = driver_->decode(input, state);
    require(decoded.state.size() <= kMostState, "a state is small");
    require(driver_->decode(input, state).state == decoded.state, "the same input and state give the same state");
    for (const auto& sample : decoded.samples) {
      require(sample.point < driver_->points().size(), "a sample is of a point");
      if (!model::is_good(sample.quality)) continue;
      require(!std::holds_alternative<std::monostate>(sample.value), "a good sample has a value");
      const auto* number = std::get_if<double>(&sample.value);
      require(number == nullptr || std::isfinite(*number), "a good number is finite");
    }
    return std::move(decoded.state);
  }

  FrameFamily family_;
  std::unique_ptr<device::Driver> driver_;
  const device::FrameProtocol* protocol_ = nullptr;
};

}  // namespace wayside::fuzz
