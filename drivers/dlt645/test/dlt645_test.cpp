#include "dlt645/dlt645.hpp"

#include "common/test/frame_chance.hpp"
#include "common/test/frames.hpp"
#include "dlt645/dlt645_frame.hpp"

namespace wayside::drivers {
namespace {

using base::Bytes;
using device::PointSpec;
using dlt645::Frame;
using model::Quality;
using test::load_frames;
using test::number_of;
using test::sample_of;
using namespace std::chrono_literals;

const Bytes kAddress{0x61, 0x01, 0x00, 0x00, 0x00, 0x00};

PointSpec item(std::string name, std::string locator, double scale = 1) {
  PointSpec spec;
  spec.name = std::move(name);
  spec.locator = std::move(locator);
  spec.scale = scale;
  return spec;
}

PointSpec bit(std::string name, std::string locator, int number) {
  auto spec = item(std::move(name), std::move(locator));
  spec.bit = number;
  return spec;
}

// As in the profile dlt645-2007-meter: six exchanges in the first group, the energy in the second.
device::Profile three_phase() {
  device::Profile profile;
  profile.points = {item("voltage_l1", "0201FF00 bcd2", 0.1),
                    item("voltage_l3", "0201FF00+4 bcd2", 0.1),
                    item("current_l1", "0202FF00 sbcd3", 0.001),
                    item("current_l2", "0202FF00+3 sbcd3", 0.001),
                    item("current_l3", "0202FF00+6 sbcd3", 0.001),
                    item("power_total", "0203FF00 sbcd3", 0.1),
                    item("power_l1", "0203FF00+3 sbcd3", 0.1),
                    item("power_l3", "0203FF00+9 sbcd3", 0.1),
                    item("power_factor_total", "0206FF00 sbcd2", 0.001),
                    item("frequency", "02800002 bcd2", 0.01),
                    bit("relay_open", "04000503 bits2", 4),
                    bit("battery_supply", "04000503 bits2", 2),
                    item("energy_import", "00010000 bcd4", 0.01)};
  profile.points.back().period = 1min;
  profile.points[0].valid_max = 500;
  return profile;
}

device::Profile one(std::string locator) {
  device::Profile profile;
  profile.points = {item("value", std::move(locator))};
  return profile;
}

std::unique_ptr<device::Driver> make(device::Profile profile,
                                     device::Options options = {{"address", "000000000161"}, {"wake_up", "0"}}) {
  auto driver = dlt645_family().make({std::move(profile), std::move(options), 10s});
  REQUIRE(driver.has_value());
  return std::move(*driver);
}

Bytes reply(std::uint8_t control, Bytes data) { return dlt645::encode({kAddress, control, std::move(data)}, 0); }

device::DecodeInput input(std::vector<Bytes> frames, std::size_t group = 0) {
  device::DecodeInput in;
  in.group = group;
  in.frames = std::move(frames);
  return in;
}

// The value of the one point, read from these frames.
model::Sample value_of(const std::string& locator, std::vector<Bytes> frames) {
  const auto driver = make(one(locator));
  return sample_of(*driver, driver->decode(input(std::move(frames)), {}), "value");
}

TEST_CASE("a meter is asked for each identifier once a turn, blocks in one exchange") {
  const auto driver = make(three_phase());
  REQUIRE(driver->plan().groups.size() == 2);
  CHECK(driver->plan().protocol == dlt645_family().protocol);
  std::vector<std::uint32_t> asked;
  std::vector<Bytes> so_far;
  const auto answers = load_frames(WAYSIDE_FRAMES "/three-phase.hex");
  while (const auto next = driver->next_frame(0, so_far, {})) {
    const auto request = dlt645::parse(next->send);
    REQUIRE(request);
    CHECK(request->address == kAddress);
    CHECK(request->control == dlt645::kRead);
    asked.push_back(*dlt645::identifier(*request));
    REQUIRE(so_far.size() < answers.size());
    REQUIRE(dlt645::answers(next->send, answers[so_far.size()]));
    so_far.push_back(answers[so_far.size()]);
  }
  CHECK(asked == std::vector<std::uint32_t>{0x0201FF00, 0x0202FF00, 0x0203FF00, 0x0206FF00, 0x02800002, 0x04000503});
  CHECK(driver->plan().groups[1].period == 1min);
  CHECK(driver->next_frame(1, {}, {})->send == dlt645::encode_read(kAddress, 0x00010000, 0));
  CHECK_FALSE(driver->next_frame(2, {}, {}));
}

TEST_CASE("the values of a three-phase meter, with signs, absent phases and wrong digits") {
  const auto driver = make(three_phase());
  const auto result = driver->decode(input(load_frames(WAYSIDE_FRAMES "/three-phase.hex")), {});
  CHECK(number_of(*driver, result, "voltage_l1") == 230.3);
  CHECK(number_of(*driver, result, "voltage_l3") == 231.7);
  CHECK(number_of(*driver, result, "current_l1") == 1.5);
  CHECK(number_of(*driver, result, "current_l2") == -1.234);
  CHECK(sample_of(*driver, result, "current_l3").quality == Quality::bad_configuration_error);
  CHECK(number_of(*driver, result, "power_total") == -345.6);
  CHECK(number_of(*driver, result, "power_l1") == 100.0);
  CHECK(sample_of(*driver, result, "power_l3").quality == Quality::bad_sensor_failure);
  CHECK(number_of(*driver, result, "power_factor_total") == -0.985);
  CHECK(number_of(*driver, result, "frequency") == 50.01);
  CHECK(sample_of(*driver, result, "relay_open").value == model::Value(true));
  CHECK(sample_of(*driver, result, "battery_supply").value == model::Value(false));
  CHECK(result.samples.size() == driver->points().size() - 1);  // the energy is of another group
}

TEST_CASE("the published energy and voltage") {
  const auto driver = make(three_phase());
  const auto energy = driver->decode(input(load_frames(WAYSIDE_FRAMES "/energy.hex"), 1), {});
  CHECK(number_of(*driver, energy, "energy_import") == 0.26);
  CHECK(energy.samples.size() == 1);
  const auto single = make(one("02010100 bcd2"));
  const auto voltage = single->decode(input(load_frames(WAYSIDE_FRAMES "/voltage.hex")), {});
  CHECK(number_of(*single, voltage, "value") == 1001.0);
}

TEST_CASE("a value out of its range is uncertain") {
  const auto driver = make(three_phase());
  const auto result = driver->decode(input({reply(0x91, {0x00, 0xFF, 0x01, 0x02, 0x99, 0x99})}), {});
  CHECK(sample_of(*driver, result, "voltage_l1").quality == Quality::uncertain_range_exceeded);
}

TEST_CASE("a block that ends early has no more phases") {
  const auto driver = make(three_phase());
  const auto result = driver->decode(input({reply(0x91, {0x00, 0xFF, 0x01, 0x02, 0x03, 0x23})}), {});
  CHECK(number_of(*driver, result, "voltage_l1") == 230.3);
  CHECK(sample_of(*driver, result, "voltage_l3").quality == Quality::bad_configuration_error);
  CHECK(result.samples.size() == 2);  // what was not answered yet is not told
}

TEST_CASE("a refusal makes the points of that identifier bad, and the turn goes on") {
  CHECK(value_of("02010100 bcd2", {reply(0xD1, {0x02})}).quality == Quality::bad_configuration_error);
  CHECK(value_of("02010100 bcd2", {reply(0xD1, {0x04})}).quality == Quality::bad_configuration_error);
  CHECK(value_of("02010100 bcd2", {reply(0xD1, {0x01})}).quality == Quality::bad_communication_error);
  CHECK(value_of("02010100 bcd2", {reply(0xD1, {})}).quality == Quality::bad_communication_error);
  const auto driver = make(three_phase());
  const std::vector<Bytes> refused{reply(0xD1, {0x02})};
  CHECK(dlt645::identifier(*dlt645::parse(driver->next_frame(0, refused, {})->send)) == 0x0202FF00U);
}

TEST_CASE("an answer of several frames is asked for frame by frame and put together") {
  const auto driver = make(one("02010100+1 bcd4"));
  std::vector<Bytes> so_far{reply(0xB1, {0x00, 0x01, 0x01, 0x02, 0x99, 0x78})};
  CHECK(driver->next_frame(0, so_far, {})->send == dlt645::encode_read_following(kAddress, 0x02010100, 1, 0));
  CHECK(driver->decode(input(so_far), {}).samples.empty());  // the turn broke off: nothing is known of it
  so_far.push_back(reply(0xB2, {0x00, 0x01, 0x01, 0x02, 0x56, 0x34, 1}));
  CHECK(driver->next_frame(0, so_far, {})->send == dlt645::encode_read_following(kAddress, 0x02010100, 2, 0));
  so_far.push_back(reply(0x92, {0x00, 0x01, 0x01, 0x02, 0x12, 2}));
  CHECK_FALSE(driver->next_frame(0, so_far, {}));
  CHECK(number_of(*driver, driver->decode(input(so_far), {}), "value") == 12345678.0);
}

TEST_CASE("a meter that never ends its answer is given up") {
  const auto driver = make(one("02010100 bcd2"));
  std::vector<Bytes> so_far{reply(0xB1, {0x00, 0x01, 0x01, 0x02})};
  for (std::uint8_t n = 1; driver->next_frame(0, so_far, {}); ++n) {
    REQUIRE(n < 100);
    so_far.push_back(reply(0xB2, {0x00, 0x01, 0x01, 0x02, n}));
  }
  const auto result = driver->decode(input(so_far), {});
  CHECK(sample_of(*driver, result, "value").quality == Quality::bad_communication_error);
}

TEST_CASE("an answer that cannot be used is told as such") {
  const std::string locator = "02010100 bcd2";
  const Bytes good{0x00, 0x01, 0x01, 0x02, 0x01, 0x10};
  for (const Bytes& frame : {Bytes{}, Bytes{1, 2, 3}, reply(0x11, good), reply(0x92, good), reply(0x91, {1, 2, 3}),
                             reply(0x91, {0x00, 0x02, 0x01, 0x02, 0x01, 0x10})}) {
    INFO(base::to_hex(frame));
    CHECK(value_of(locator, {frame}).quality == Quality::bad_communication_error);
  }
}

TEST_CASE("numbers of all widths, and the largest") {
  const Bytes id{0x00, 0x01, 0x01, 0x02};
  const auto with = [&id](Bytes data) {
    data.insert(data.begin(), id.begin(), id.end());
    return std::vector<Bytes>{reply(0x91, std::move(data))};
  };
  CHECK(value_of("02010100 bcd1", with({0x42})).value == model::Value(std::int64_t{42}));
  CHECK(value_of("02010100 bcd8", with(Bytes(8, 0x99))).value == model::Value(std::int64_t{9'999'999'999'999'999}));
  CHECK(value_of("02010100 sbcd1", with({0x80})).value == model::Value(std::int64_t{0}));
  CHECK(value_of("02010100 sbcd2", with({0x99, 0xF9})).value == model::Value(std::int64_t{-7999}));
  CHECK(value_of("02010100 sbcd2", with({0x00, 0xFA})).quality == Quality::bad_sensor_failure);
  CHECK(value_of("02010100 bits2", with({0x34, 0x12})).value == model::Value(std::int64_t{0x1234}));
  CHECK(value_of("02010100 bits2", with({0xFF, 0xFF})).quality == Quality::bad_configuration_error);
  CHECK(value_of("02010100+1 bcd1", with({0xFF, 0x07})).value == model::Value(std::int64_t{7}));
}

TEST_CASE("auto asks any meter, and wake-up bytes go before") {
  const auto driver = make(three_phase(), {});
  CHECK(driver->next_frame(0, {}, {})->send == dlt645::encode_read(Bytes(6, 0xAA), 0x0201FF00, 4));
}

TEST_CASE("bad options are refused by name") {
  const std::vector<std::pair<std::string, std::string>> bad{{"address", "161"},           {"address", "00000000016A"},
                                                             {"address", "0000000000161"}, {"address", "999999999999"},
                                                             {"wake_up", "1.5"},           {"wake_up", "5"}};
  for (const auto& [name, text] : bad) {
    INFO(name << " " << text);
    const auto refused = dlt645_family().make({three_phase(), {{name, text}}, 1s});
    REQUIRE(refused.has_error());
    CHECK(refused.error().what.find(name) != std::string::npos);
  }
}

TEST_CASE("items that are none are refused by their point") {
  for (const std::string locator : {"", "02010100", "02010100 ", "0201010 bcd2", "020101000 bcd2", "0201010G bcd2",
                                    "02010100+ bcd2", "02010100+-1 bcd2", "02010100+9999 bcd2", "02010100 bcd0",
                                    "02010100 bcd9", "02010100 bcd", "02010100 f32", "02010100 bcd2 ", " bcd2"}) {
    INFO("'" << locator << "'");
    const auto refused = dlt645_family().make({one(locator), {}, 1s});
    REQUIRE(refused.has_error());
    CHECK(refused.error().what.find("'value'") != std::string::npos);
  }
}

TEST_CASE("what only a register device has is refused") {
  auto grouped = three_phase();
  grouped.groups.push_back({"lamp", "lamps", 1, 1, 1, 1, {item("x", "02010100 bcd2")}});
  CHECK(dlt645_family().make({grouped, {}, 1s}).has_error());
  auto written = three_phase();
  written.points[0].write = device::WriteSpec{};
  CHECK(dlt645_family().make({written, {}, 1s}).has_error());
  auto set_up = three_phase();
  set_up.setup.push_back({});
  CHECK(dlt645_family().make({set_up, {}, 1s}).has_error());
}

// A turn with a meter that answers with anything; it must end, and decode to at most one sample a point.
void any_turn(base::Random& random, const device::Driver& driver) {
  std::vector<Bytes> so_far;
  while (const auto next = driver.next_frame(0, so_far, {})) {
    REQUIRE(so_far.size() < 200);
    Frame frame = dlt645::parse(next->send).value_or(Frame{kAddress, 0, {}});
    constexpr std::array<std::uint8_t, 7> kControls{0x91, 0xB1, 0xD1, 0x92, 0xB2, 0xD2, 0x81};
    frame.control = kControls.at(random.below(kControls.size()));
    if (frame.data.size() > 4 && random.chance(0.3)) frame.data.pop_back();
    const Bytes values = test::noise(random, 12);
    frame.data.insert(frame.data.begin() + std::min<std::ptrdiff_t>(4, std::ssize(frame.data)), values.begin(),
                      values.end());
    auto bytes = dlt645::encode(frame, 0);
    if (random.chance(0.3)) bytes = test::mutated(random, std::move(bytes));
    so_far.push_back(std::move(bytes));
    if (random.chance(0.1)) break;
  }
  const auto result = driver.decode(input(so_far), {});
  for (std::size_t i = 1; i < result.samples.size(); ++i) {
    REQUIRE(result.samples[i - 1].point < result.samples[i].point);
  }
}

TEST_CASE("any answers end their turn and are decoded without harm") {
  base::SeededRandom random(16);
  const auto driver = make(three_phase());
  for (int round = 0; round < 30'000; ++round) any_turn(random, *driver);
}

}  // namespace
}  // namespace wayside::drivers
