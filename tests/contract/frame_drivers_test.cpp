// What holds for every family with a frame protocol: its cutter, its turns, its decoding, for any bytes.
#include "contract/products.hpp"

namespace wayside::contract {
namespace {

constexpr std::size_t kMostExchanges = 1000;  // of one turn: a driver that asks for ever holds the bus for ever

base::Bytes random_bytes(base::Random& random, std::size_t most) {
  base::Bytes bytes(random.below(most + 1));
  std::generate(bytes.begin(), bytes.end(), [&random] { return static_cast<std::uint8_t>(random.next()); });
  return bytes;
}

template <class Check>
void for_each_frame_driver(Check check) {
  for_each_driver([&check](const Product& product, const Driver& driver) {
    if (has_frames(driver)) check(*product.family->protocol, driver);
  });
}

TEST_CASE("every protocol has a name and both its functions") {
  for (const auto* family : device::driver_table()) {
    if (family->protocol == nullptr) continue;
    INFO("family " << family->name);
    CHECK_FALSE(family->protocol->name.empty());
    REQUIRE(family->protocol->cut != nullptr);
    REQUIRE(family->protocol->answers != nullptr);
    CHECK(family->protocol->cut({}).skip == 0);
    CHECK(family->protocol->cut({}).size == 0);
  }
}

TEST_CASE("a cut of any bytes lies within them, and the longest run is always shortened") {
  base::SeededRandom random(12);
  for_each_frame_driver([&random](const device::FrameProtocol& protocol, const Driver&) {
    for (int round = 0; round < 2000; ++round) {
      const auto bytes = random_bytes(random, 300);
      const auto found = protocol.cut(bytes);
      REQUIRE(found.skip + found.size <= bytes.size());
    }
    for (unsigned fill = 0; fill < 256; ++fill) {
      INFO("all " << fill);
      const base::Bytes bytes(device::kMostFrameBytes, static_cast<std::uint8_t>(fill));
      const auto found = protocol.cut(bytes);
      REQUIRE(found.skip + found.size > 0);
      REQUIRE(found.skip + found.size <= bytes.size());
    }
  });
}

TEST_CASE("every group of a frame driver begins with a request, or listens") {
  for_each_frame_driver([](const device::FrameProtocol& protocol, const Driver& driver) {
    const auto groups = driver.plan().groups.size();
    for (std::size_t group = 0; group < groups; ++group) {
      const auto first = driver.next_frame(group, {}, {});
      if (driver.plan().listen) continue;
      REQUIRE(first);
      CHECK_FALSE(first->send.empty());
      CHECK(first->send.size() <= device::kMostFrameBytes);
      CHECK(driver.next_frame(group, {}, {})->send == first->send);
      CHECK_FALSE(protocol.answers(first->send, first->send));  // the echo of a two-wire line is no answer
    }
  });
}

TEST_CASE("no frames give no sample and keep the state") {
  for_each_frame_driver([](const device::FrameProtocol&, const Driver& driver) {
    for (std::size_t group = 0; group < driver.plan().groups.size(); ++group) {
      const auto result = decode_checked(driver, {{}, base::from_us(1), {}, group, {}}, {});
      CHECK(result.samples.empty());
      const auto again = decode_checked(driver, {{}, base::from_us(2), {}, group, {}}, result.state);
      CHECK(again.state == result.state);
    }
  });
}

// A turn whose answers are requests sent back with changed bytes, or just bytes.
std::vector<base::Bytes> random_turn(base::Random& random, const Driver& driver, std::size_t group,
                                     const device::DriverState& state) {
  std::vector<base::Bytes> frames;
  while (const auto next = driver.next_frame(group, frames, state)) {
    REQUIRE(frames.size() < kMostExchanges);
    auto frame = random.chance(0.5) ? next->send : random_bytes(random, 40);
    for (auto changes = random.below(3); changes-- > 0 && !frame.empty();) {
      frame[random.below(frame.size())] = static_cast<std::uint8_t>(random.next());
    }
    frames.push_back(std::move(frame));
    if (random.chance(0.1)) break;  // the device fell silent
  }
  return frames;
}

TEST_CASE("random frames, states, times and boots end their turn and never break a decode") {
  base::SeededRandom random(13);
  for_each_frame_driver([&random](const device::FrameProtocol&, const Driver& driver) {
    device::DriverState state;
    for (int round = 0; round < 500; ++round) {
      const auto group = random.below(driver.plan().groups.size() + 1);  // one is not there
      auto frames = random_turn(random, driver, group, state);
      if (driver.plan().listen) frames.push_back(random_bytes(random, 80));
      const auto at = base::from_us(static_cast<std::int64_t>(random.below(1'000'000'000'000)));
      const base::BootId boot{static_cast<std::uint8_t>(random.below(2))};
      state = decode_checked(driver, {{}, at, boot, group, std::move(frames)}, state).state;
      if (!state.empty() && random.chance(0.5))
        state[random.below(state.size())] = static_cast<std::uint8_t>(random.next());
    }
  });
}

}  // namespace
}  // namespace wayside::contract
