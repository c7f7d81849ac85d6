// The language of profiles: what raw values mean, what is written, what is set up.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "site.hpp"

namespace {

using namespace wayside;
using namespace std::chrono_literals;
using namespace wayside::config::test;

const std::string kFull = R"(profile: full
version: 1
family: streetlight
limits: {quiet: 20ms}
identity:
  serial: {register: input, address: 270, type: u32}
  firmware: {register: input, address: 250, type: text, length: 16}
setup:
  - {title: watchdog, register: holding, address: 8, type: u16, value: 60}
  - {title: ratio, register: holding, address: 20, type: u32, order: CDAB, scale: 0.1, value: 12.5, read_first: false}
  - {title: raw, register: holding, address: 30, values: [1, 0xFFFF], when: {lanes: 2}}
  - {title: mains, register: coil, address: 3, value: true, multiple: true}
points:
  - {name: mode, register: holding, address: 6, type: u16, values: {0: safe state, 0x10: restore}, write: true}
  - {name: level, register: input, address: 7, type: s16, scale: 0.5, range: [0, 100], max_rate: 5, stuck_after: 10m,
     dead_band: {absolute: 0.5, percent: 1, at_least: 1m}, unsupported_values: [0x8000, [-5, -1]],
     write: {register: holding, address: 15, multiple: true, range: [0, 50], read_back: mode, settle: 200ms,
             tolerance: 0.5}}
  - {name: fault, register: input, address: 9, type: u16, true_when: [0xFFFF]}
  - {name: where, register: input, address: 9, type: u16, unit: m, only_when: [[1, 32767]], since_firmware: "2.3.0"}
  - {name: field, register: input, address: 11, type: u64, bits: [40, 12], until_firmware: 3}
  - {name: serial, register: input, address: 40, type: text, length: 4, order: BADC}
  - {name: energy, register: input, address: 50, type: bcd64, error_values: [0x9999, 12]}
  - {name: odd, register: input, address: 60, type: f32, error_values: [0xFFFEFFFE, -9999, 1.5]}
groups:
  - name: lane
    count_option: lanes
    max: 4
    stride: 1
    points:
      - {name: relay, register: discrete, address: 96, write: {register: coil, address: 0, read_back: mode}}
      - {name: twin, register: coil, address: 8, write: {read_back: relay}}
)";

TEST_CASE("a profile says what is written, what is set up, and what raw values mean") {
  Site site;
  const auto loaded = config::load_profile(site.write("p.yaml", kFull), kFamilies);
  REQUIRE(site.messages(loaded) == Strings{});
  const auto& profile = *loaded.value;
  CHECK(profile.quiet == 20ms);
  CHECK(profile.identity.serial->encoding == device::Encoding::u32);
  CHECK(profile.identity.firmware->text_registers == 16);
  const auto& mode = profile.points.at(0);
  CHECK(mode.values == std::map<std::int64_t, std::string>{{0, "safe state"}, {16, "restore"}});
  CHECK(mode.write->address == 6);
  const auto& level = profile.points.at(1);
  CHECK(level.max_rate == 5.0);
  CHECK(level.stuck_after == 10min);
  CHECK(level.dead_band->percent == 1);
  CHECK(level.dead_band->at_least == 1min);
  CHECK(level.unsupported_values == std::vector<device::RawRange>{{-32768, -32768}, {-5, -1}});
  CHECK(level.write->kind == device::RegisterKind::holding);
  CHECK(level.write->address == 15);
  CHECK(level.write->multiple);
  CHECK(level.write->max == 50.0);
  CHECK(level.write->read_back == "mode");
  CHECK(level.write->settle == 200ms);
  CHECK(level.write->tolerance == 0.5);
  CHECK(profile.points.at(2).true_when == std::vector<device::RawRange>{{65535, 65535}});
  CHECK(profile.points.at(3).only_when == std::vector<device::RawRange>{{1, 32767}});
  CHECK(profile.points.at(3).since_firmware == "2.3.0");
  CHECK(profile.points.at(4).bit == 40);
  CHECK(profile.points.at(4).bit_width == 12);
  CHECK(profile.points.at(4).until_firmware == "3");
  CHECK(profile.points.at(5).text_registers == 4);
  CHECK(profile.points.at(6).error_values == std::vector<device::RawRange>{{9999, 9999}, {12, 12}});
  CHECK(profile.points.at(7).error_values ==
        std::vector<device::RawRange>{{0xFFFEFFFE, 0xFFFEFFFE}, {0xC61C3C00, 0xC61C3C00}, {0x3FC00000, 0x3FC00000}});
  CHECK(profile.groups.at(0).points.at(0).write->kind == device::RegisterKind::coil);
}

TEST_CASE("set-up writes are laid out in words") {
  Site site;
  const auto loaded = config::load_profile(site.write("p.yaml", kFull), kFamilies);
  REQUIRE(site.messages(loaded) == Strings{});
  using device::RegisterKind;
  using device::RegisterWrite;
  const auto& setup = loaded.value->setup;
  CHECK(setup.at(0).write == RegisterWrite{RegisterKind::holding, 8, {60}, false});
  CHECK(setup.at(0).read_first);
  CHECK(setup.at(1).write == RegisterWrite{RegisterKind::holding, 20, {125, 0}, false});
  CHECK_FALSE(setup.at(1).read_first);
  CHECK(setup.at(2).write == RegisterWrite{RegisterKind::holding, 30, {1, 0xFFFF}, false});
  CHECK(setup.at(2).option == "lanes");
  CHECK(setup.at(2).equals == "2");
  CHECK(setup.at(3).write == RegisterWrite{RegisterKind::coil, 3, {1}, true});
}

Strings point_problems(Site& site, const std::string& point) {
  return site.profile("profile: p\nversion: 1\nfamily: traffic\npoints:\n  - {name: a, " + point + "}\n");
}

TEST_CASE("raw values that cannot be are refused") {
  Site site;
  const auto told = [&site](const std::string& rest) {
    const auto messages = point_problems(site, "register: input, address: 1, " + rest);
    return messages.size() == 1 ? messages[0] : fmt::format("{} problems", messages.size());
  };
  CHECK_THAT(told("type: u16, error_values: [[5, 3]]"), Catch::Contains("must rise: 5 is above 3"));
  CHECK_THAT(told("type: u16, error_values: [[5]]"), Catch::Contains("[first, last], found a list of 1"));
  CHECK_THAT(told("type: bcd16, error_values: [10000]"), Catch::Contains("whole number of 4 digits"));
  CHECK_THAT(told("type: bcd16, unsupported_values: [0xFFFF]"), Catch::Contains("whole number of 4 digits"));
  CHECK_THAT(told("type: f32, error_values: [0x100000000]"), Catch::Contains("pattern of 32 bits"));
  CHECK_THAT(told("type: f32, error_values: [1e39]"), Catch::Contains("pattern of 32 bits"));
  CHECK_THAT(told("type: u16, values: {0: a, 0x0: b}"), Catch::Contains("raw value 0 stands twice"));
  CHECK_THAT(told("type: u16, values: {0: a, 1: a}"), Catch::Contains("'a' stands twice"));
  CHECK_THAT(told("type: u16, values: {}"), Catch::Contains("must name a raw value"));
  CHECK_THAT(told("type: u16, values: {0: a}, scale: 0.1"), Catch::Contains("an enumeration has no 'scale'"));
  CHECK_THAT(told("type: f32, values: {0: a}"), Catch::Contains("a float has no 'values'"));
  CHECK_THAT(told("type: text, length: 2, unit: m"), Catch::Contains("a text has no 'unit'"));
  CHECK_THAT(told("type: text, length: 2, order: CDAB"), Catch::Contains("ABCD or BADC"));
  CHECK_THAT(told("type: text"), Catch::Contains("missing key 'length'"));
  CHECK_THAT(told("type: text, length: 126"), Catch::Contains("from 1 to 125"));
  CHECK_THAT(told("type: u16, length: 2"), Catch::Contains("'length' is that of a text"));
  CHECK_THAT(told("bit: 3, range: [0, 1]"), Catch::Contains("a truth has no 'range'"));
  CHECK_THAT(told("bit: 3, true_when: [1]"), Catch::Contains("a bit has no 'true_when'"));
}

TEST_CASE("bits that do not lie in their type are refused") {
  Site site;
  const auto told = [&site](const std::string& rest) {
    const auto messages = point_problems(site, "register: input, address: 1, " + rest);
    return messages.size() == 1 ? messages[0] : fmt::format("{} problems", messages.size());
  };
  CHECK_THAT(told("bit: 16"), Catch::Contains("from 0 to 15"));
  CHECK_THAT(told("type: u32, bit: 32"), Catch::Contains("from 0 to 31"));
  CHECK_THAT(told("bits: [8, 9]"), Catch::Contains("bits 8..16 do not lie in a type of 16 bits"));
  CHECK_THAT(told("bits: [8, 1]"), Catch::Contains("from 2 to 63"));
  CHECK_THAT(told("bits: [8]"), Catch::Contains("[lowest bit, how many]"));
  CHECK_THAT(told("bits: [0, 2], bit: 1"), Catch::Contains("write one of them"));
  CHECK_THAT(told("type: bcd16, bits: [0, 2]"), Catch::Contains("goes with whole numbers"));
}

TEST_CASE("a write that could never be done is refused when it is read") {
  Site site;
  const auto told = [&site](const std::string& rest) {
    const auto messages = point_problems(site, rest);
    return messages.size() == 1 ? messages[0] : fmt::format("{} problems", messages.size());
  };
  CHECK_THAT(told("register: input, address: 1, type: u16, write: true"), Catch::Contains("cannot be written"));
  CHECK_THAT(told("register: input, address: 1, type: u16, write: {settle: 1s}"),
             Catch::Contains("2 problems"));  // where to: 'register' and 'address'

  CHECK_THAT(told("register: holding, address: 1, type: u16, write: {address: 2}"), Catch::Contains("go together"));
  CHECK_THAT(told("register: holding, address: 1, type: u16, write: false"), Catch::Contains("leave 'write' out"));
  CHECK_THAT(told("register: holding, address: 1, bit: 2, write: true"),
             Catch::Contains("a part of a register cannot be written"));
  CHECK_THAT(told("register: holding, address: 1, type: u16, true_when: [2], write: true"),
             Catch::Contains("a part of a register cannot be written"));
  CHECK_THAT(told("register: holding, address: 1, type: u16, write: {register: coil, address: 1}"),
             Catch::Contains("a coil takes a truth"));
  CHECK_THAT(told("register: holding, address: 1, type: u16, write: {range: [5, 3]}"), Catch::Contains("must rise"));
  CHECK_THAT(told("register: holding, address: 1, type: u16, write: {read_back: b}"),
             Catch::Contains("unknown point 'b'"));
  CHECK_THAT(told("register: holding, address: 1, type: text, length: 124, write: true"),
             Catch::Contains("124 registers"));
  CHECK_THAT(told("register: holding, address: 1, type: u16, write: {setle: 1s}"),
             Catch::Contains("did you mean 'settle'"));
  CHECK(point_problems(site, "register: input, address: 1, bit: 2, write: {register: holding, address: 9}") ==
        Strings{});
}

TEST_CASE("set-up writes that cannot be are refused") {
  Site site;
  const auto told = [&site](const std::string& setup) {
    const auto messages = site.profile(
        "profile: p\nversion: 1\nfamily: streetlight\npoints: []\nsetup:\n  - {title: a, " + setup + "}\n");
    return messages.size() == 1 ? messages[0]
                                : fmt::format("{} problems: {}", messages.size(), fmt::join(messages, "\n"));
  };
  CHECK_THAT(told("register: input, address: 1, type: u16, value: 1"), Catch::Contains("one of coil, holding"));
  CHECK_THAT(told("register: holding, address: 1, type: u16, value: 65536"), Catch::Contains("0 to 65535"));
  CHECK_THAT(told("register: holding, address: 1, type: u16"), Catch::Contains("missing key 'value'"));
  CHECK_THAT(told("register: holding, address: 1, values: []"), Catch::Contains("1 to 123 words"));
  CHECK_THAT(told("register: holding, address: 65535, values: [1, 2]"), Catch::Contains("past 65535"));
  CHECK_THAT(told("register: holding, address: 1, values: [1], value: 2"), Catch::Contains("not both"));
  CHECK_THAT(told("register: coil, address: 1, values: [2]"), Catch::Contains("from 0 to 1"));
  CHECK_THAT(told("register: holding, address: 1, values: [1], when: {nominal_voltag: 1}"),
             Catch::Contains("did you mean 'nominal_voltage'"));
  CHECK_THAT(
      told("register: holding, address: 1, values: [1]}\n  - {title: a, register: coil, address: 1, values: [1]"),
      Catch::Contains("stands twice"));
}

}  // namespace
