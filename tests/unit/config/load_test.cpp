#include "config/load.hpp"

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "base/nearest.hpp"
#include "config/scalars.hpp"
#include "site.hpp"
#include "support/catch.hpp"

namespace {

using namespace wayside;
using namespace std::chrono_literals;
using namespace wayside::config::test;

}  // namespace

TEST_CASE("a complete site is read with every value") {
  Site site;
  site.write("profiles/meter.yaml", kMeter);
  site.write("rules/light.yaml", kRules);
  const auto file = site.write("gateway.yaml", R"(gateway:
  id: gw-1
  area: {city: shenzhen, district: futian, street: binhe, grid: g12}
  area_names: [深圳, 福田, 滨河, 十二格]
  department: lighting
  position: {latitude: 22.54, longitude: 114.05}
  time_zone: Asia/Shanghai
clock: {trust: rtc}
profiles: [profiles]
rules: [rules/light.yaml]
buses:
  - {id: cabinet, serial: {port: /dev/ttyS1, baud: 19200, parity: even, stop_bits: 2, rs485: auto, echo: true}}
  - {id: junction, tcp: {host: 127.0.0.1, port: 5020, framing: rtu}}
devices:
  - id: meter-1
    bus: cabinet
    unit: 1
    profile: meter
    options: {lanes: 4}
    labels: {feeder: f1}
  - id: meter-2
    bus: junction
    unit: 0
    profile: meter
    period: 500ms
    department: traffic
store: {path: wayside.db, telemetry_loss_window: 2s, max_bytes: 512 MiB, min_free: 1 GiB, max_age: 400d, history: {keep: 0s}, seal: {key_file: new.key, earlier: [{credential: old-key}]}}
uplink: {broker: "mqtt://127.0.0.1:2883", username: u, password_file: secret, keep_alive: 30s, codec: none}
control: {socket: /run/wayside/control.sock}
log: {level: debug}
health: {period: 5m}
)");

  const auto loaded = config::load_gateway(file, kFamilies);

  REQUIRE(site.messages(loaded) == Strings{});
  const auto& config = *loaded.value;
  CHECK(config.id.value == "gw-1");
  CHECK(config.responsible.area.path() == "shenzhen/futian/binhe/g12");
  CHECK(config.area_names.at(3) == "十二格");
  CHECK(config.position->longitude == 114.05);
  CHECK(config.time_zone == "Asia/Shanghai");
  CHECK(config.clock == config::ClockTrust::rtc);
  const auto& serial = std::get<config::SerialSettings>(config.buses.at(0).transport);
  CHECK(serial.baud == 19200);
  CHECK(serial.parity == config::Parity::even);
  CHECK(serial.stop_bits == 2);
  CHECK(serial.rs485 == config::Rs485::automatic);
  CHECK(serial.echo);
  CHECK(std::get<config::TcpSettings>(config.buses.at(1).transport).framing == config::TcpFraming::rtu);
  CHECK(std::get<config::TcpSettings>(config.buses.at(1).transport).port == 5020);
  const auto& meter = config.devices.at(0);
  CHECK(meter.options == device::Options{{"lanes", "4"}, {"nominal_voltage", "230"}});
  CHECK(meter.period == 2s);
  CHECK(meter.labels.at("feeder") == "f1");
  CHECK(meter.responsible.department == "lighting");
  CHECK(meter.place.line == 15);
  CHECK(config.devices.at(1).period == 500ms);
  CHECK(config.devices.at(1).unit == 0);
  CHECK(config.devices.at(1).responsible.department == "traffic");
  CHECK(config.rules.at(0).id() == "light/LampFailure");
  CHECK(config.store.path == site.path("wayside.db"));
  CHECK(config.store.telemetry_loss_window == 2s);
  CHECK(config.store.max_bytes == std::uint64_t{512} << 20U);
  CHECK(config.store.min_free == std::uint64_t{1} << 30U);
  CHECK(config.store.max_age == 400 * 24h);
  CHECK(config.store.history == 0s);
  CHECK(config.store.seal->newest.name == site.path("new.key"));
  CHECK_FALSE(config.store.seal->newest.is_credential);
  CHECK(config.store.seal->earlier.at(0).name == "old-key");
  CHECK(config.store.seal->earlier.at(0).is_credential);
  REQUIRE(config.uplink->brokers.size() == 1);
  CHECK(config.uplink->brokers[0].host == "127.0.0.1");
  CHECK(config.uplink->brokers[0].port == 2883);
  CHECK_FALSE(config.uplink->brokers[0].tls);
  CHECK(config.uplink->client_id == "gw-1");
  CHECK(config.uplink->password_file == site.path("secret"));
  CHECK(config.uplink->keep_alive == 30s);
  CHECK(config.uplink->codec == config::BodyCodec::none);
  CHECK(config.control_socket == "/run/wayside/control.sock");
  CHECK(config.log_level == base::log::Level::debug);
  CHECK(config.health_period == std::chrono::minutes{5});
}

TEST_CASE("a profile is read with registers, types and groups") {
  Site site;

  const auto loaded = config::load_profile(site.write("p.yaml", kMeter), kFamilies);

  REQUIRE(site.messages(loaded) == Strings{});
  const auto& profile = *loaded.value;
  CHECK(profile.version == 3);
  CHECK(profile.max_read_registers == 80);
  CHECK(profile.max_hole == 8);
  CHECK(profile.response_timeout == 300ms);
  const auto& voltage = profile.points.at(0);
  CHECK(voltage.address == 16);
  CHECK(voltage.encoding == device::Encoding::f32);
  CHECK(voltage.order == device::ByteOrder::cdab);
  CHECK(*voltage.valid_max == 500);
  CHECK(voltage.data_class == model::DataClass::open);
  CHECK(profile.points.at(1).encoding == device::Encoding::u16);
  CHECK(profile.points.at(1).bit == 3);
  CHECK(profile.points.at(2).error_values == std::vector<device::RawRange>{{-32768, -32768}, {-1, -1}});
  CHECK(*profile.points.at(2).period == 10s);
  CHECK(profile.points.at(3).encoding == device::Encoding::bit);
  CHECK(profile.points.at(3).maps_to.at("talq") == "lampOn");
  CHECK(profile.points.at(3).maps_to_unverified.at("ngsi") == "Streetlight.powerState");
  CHECK(profile.points.at(3).since == "0.2");
  CHECK(profile.points.at(3).changed == "0.10");
  CHECK(profile.points.at(3).definition == "By a relay.");
  CHECK(profile.department == "lighting");
  CHECK(profile.since == "0.1");
  REQUIRE(profile.retired.size() == 1);
  CHECK(profile.retired[0].metric == "old");
  CHECK(profile.retired[0].since == "0.1");
  CHECK(profile.retired[0].retired == "0.2");
  CHECK(profile.groups.at(0).max_count == 12);
  CHECK(profile.groups.at(0).points.at(0).unit == "1");
}

TEST_CASE("a rule knows where its expression begins") {
  Site site;

  const auto loaded = config::load_rules(site.write("r.yaml", kRules));

  REQUIRE(site.messages(loaded) == Strings{});
  const auto& rule = loaded.value->at(0);
  CHECK(rule.hold_for == 10s);
  CHECK(rule.severity == model::Severity::high);
  CHECK(rule.match.at("family") == "streetlight");
  CHECK(rule.place.line == 4);
  CHECK(rule.expr.text == "lamp_failure == 1");
  CHECK(rule.expr.place.line == 5);
  CHECK(rule.expr.place.column == 16);  // after the quote
  CHECK(rule.clear->place.column == 16);
}

TEST_CASE("an expression in a block is placed at its mark, also behind other scripts") {
  Site site;
  const auto loaded = config::load_rules(site.write("r.yaml", R"(# 深圳
groups:
  - name: 灯
    rules:
      - alert: A
        expr: |
          "x" > 1
      - {alert: 乙, expr: 'y > 2'}
)"));

  REQUIRE(site.messages(loaded) == Strings{});
  CHECK(loaded.value->at(0).expr.place.column == 15);
  CHECK(loaded.value->at(1).expr.place.line == 8);
  CHECK(loaded.value->at(1).expr.place.column == 29);
}

TEST_CASE("an unknown key is told with the nearest known one") {
  Site site;
  CHECK(site.devices("  - {id: a, bus: line, unit: 1, profle: meter}\n") ==
        Strings{"gateway.yaml:11:5: missing key 'profile' in item 1 of 'devices'",
                "gateway.yaml:11:33: unknown key 'profle'; did you mean 'profile'?"});
  CHECK(site.gateway(kHead + "buses: []\ndevices: []\nlog: {colour: red}\n") ==
        Strings{"gateway.yaml:9:7: unknown key 'colour'; known: level"});
}

TEST_CASE("a key that stands twice is refused with the line of the first") {
  Site site;
  CHECK(site.gateway(kHead + "buses: []\ndevices: []\nstore: {path: other.db}\n") ==
        Strings{"gateway.yaml:9:1: key 'store' stands twice; the first is on line 5"});
}

TEST_CASE("a value of the wrong type is told with what was found and what was expected") {
  Site site;
  CHECK(site.devices("  - {id: 12, bus: [line], unit: \"1\", profile: meter, labels: }\n") ==
        Strings{"gateway.yaml:11:10: expected a text for 'id', found the number 12; write \"12\"",
                "gateway.yaml:11:19: expected a text for 'bus', found a list",
                "gateway.yaml:11:33: expected a whole number from 0 to 255 for 'unit', found the text '1'",
                "gateway.yaml:11:54: expected a map for 'labels', found nothing"});
  CHECK(site.gateway("just text") ==
        Strings{"gateway.yaml:1:1: expected a map for the file, found the text 'just text'"});
}

TEST_CASE("a value out of its range is refused") {
  Site site;
  CHECK(site.devices("  - {id: a, bus: line, unit: 0, profile: meter, period: 5ms}\n") ==
        Strings{"gateway.yaml:11:30: expected a whole number from 1 to 247 for 'unit', found the number 0",
                "gateway.yaml:11:57: expected a duration from 20ms to 1d for 'period', found 5ms"});
}

TEST_CASE("two devices with one address on a bus name each other") {
  Site site;
  CHECK(site.devices("  - {id: a, bus: line, unit: 7, profile: meter}\n"
                     "  - {id: b, bus: line, unit: 7, profile: meter}\n"
                     "  - {id: a, bus: line, unit: 8, profile: meter}\n") ==
        Strings{"gateway.yaml:12:5: unit 7 on bus 'line' is taken already by device 'a' (line 11)",
                "gateway.yaml:13:5: device id 'a' stands twice; the first is on line 11"});
}

TEST_CASE("a device that names a missing bus, profile or option is told the nearest") {
  Site site;
  CHECK(site.devices("  - {id: a, bus: lime, unit: 1, profile: metre}\n"
                     "  - {id: b, bus: line, unit: 2, profile: meter, options: {lane: 2}}\n") ==
        Strings{"gateway.yaml:11:18: unknown bus 'lime'; did you mean 'line'?",
                "gateway.yaml:11:42: unknown profile 'metre'; did you mean 'meter'?",
                "gateway.yaml:12:59: unknown option 'lane'; did you mean 'lanes'?"});
}

TEST_CASE("a count that the profile cannot have is told at the device") {
  Site site;
  const auto messages = site.devices("  - {id: a, bus: line, unit: 1, profile: meter, options: {lanes: 99}}\n");
  REQUIRE(messages.size() == 1);
  CHECK_THAT(messages[0], Catch::StartsWith("gateway.yaml:11:5: ") && Catch::Contains("lanes"));
}

TEST_CASE("a label that the gateway sets itself is refused") {
  Site site;
  CHECK(site.devices("  - {id: a, bus: line, unit: 1, profile: meter, labels: {family: x}}\n") ==
        Strings{"gateway.yaml:11:57: label 'family' is set by the gateway; choose another name"});
}

TEST_CASE("two buses on one line or endpoint are refused") {
  Site site;
  CHECK(site.gateway(kHead + "devices: []\nbuses:\n"
                             "  - {id: a, serial: {port: /dev/ttyS1}}\n"
                             "  - {id: b, serial: {port: /dev/ttyS1, baud: 9601}}\n"
                             "  - {id: a, tcp: {host: x}}\n"
                             "  - {id: c}\n") ==
        Strings{"gateway.yaml:10:5: bus 'b' has the serial port /dev/ttyS1 of bus 'a' (line 9): put their devices on "
                "one bus",
                "gateway.yaml:10:46: expected one of 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, "
                "460800 for 'baud', found the number 9601",
                "gateway.yaml:11:5: bus id 'a' stands twice; the first is on line 9",
                "gateway.yaml:12:5: a bus needs one of 'serial' and 'tcp'"});
}

TEST_CASE("a bad duration is told with what to write") {
  Site site;
  CHECK(site.devices("  - {id: a, bus: line, unit: 1, profile: meter, period: 5}\n"
                     "  - {id: b, bus: line, unit: 2, profile: meter, period: 5sec}\n"
                     "  - {id: c, bus: line, unit: 3, profile: meter, period: 1.5s}\n"
                     "  - {id: d, bus: line, unit: 4, profile: meter, period: fast}\n") ==
        Strings{"gateway.yaml:11:57: bad duration '5' for 'period': it needs a unit: write 5s for seconds or 5ms for "
                "milliseconds",
                "gateway.yaml:12:57: bad duration '5sec' for 'period': unknown unit 'sec': write ms, s, m, h or d, "
                "such as 5s",
                "gateway.yaml:13:57: bad duration '1.5s' for 'period': it must be a whole number with a unit: write "
                "1500ms and not 1.5s",
                "gateway.yaml:14:57: bad duration 'fast' for 'period': write a whole number with a unit, such as "
                "500ms, 1s, 2m, 1h or 1d"});
}

TEST_CASE("text that is no YAML is a problem at its place") {
  Site site;
  CHECK(site.gateway("gateway: {id: a\nstore: [\n") ==
        Strings{"gateway.yaml:2:6: not valid YAML: end of map flow not found"});
  const std::string more = "expected one YAML document, found more: a '---', or a bracket or comma too many";
  CHECK(site.gateway("a: 1\n---\nb: 2\n") == Strings{"gateway.yaml:2:1: " + more});
  CHECK(site.gateway(",groups: 1\n") == Strings{"gateway.yaml:1:1: " + more});
}

TEST_CASE("a missing file is a problem and not the end of the checks") {
  Site site;
  CHECK(site.messages(config::load_gateway(site.path("none.yaml"), kFamilies)) ==
        Strings{"none.yaml:1:1: no such file"});
  CHECK(site.gateway(kHead + "buses: []\ndevices: []\nprofiles: [p]\nrules: [r.yaml]\nlog: {level: loud}\n") ==
        Strings{"gateway.yaml:9:12: no such file or folder: 'p'", "gateway.yaml:10:9: no such file: 'r.yaml'",
                "gateway.yaml:11:14: expected one of debug, info, warn, error for 'level', found 'loud'"});
}

TEST_CASE("an empty file is told what it lacks") {
  Site site;
  CHECK(site.gateway("") == Strings{"gateway.yaml:1:1: expected a map for the file, found nothing"});
  CHECK(site.gateway("log: {}\n") == Strings{"gateway.yaml:1:1: missing key 'gateway' in the file",
                                             "gateway.yaml:1:1: missing key 'store' in the file",
                                             "gateway.yaml:1:1: missing key 'control' in the file",
                                             "gateway.yaml:1:1: missing key 'buses' in the file",
                                             "gateway.yaml:1:1: missing key 'devices' in the file"});
}

TEST_CASE("several brokers, and what TLS is made with") {
  Site site;
  const auto with = [&site](const std::string& uplink) {
    return site.gateway(kHead + "buses: []\ndevices: []\nuplink: {" + uplink + "}\n");
  };
  CHECK(with("brokers: [mqtts://a, 'mqtts://[2001:db8::1]:8884', mqtt://127.0.0.1], mqtt: 3.1.1, tls: {ca_file: c, "
             "certificate_file: g, key_file: k, revocation: true}") == Strings{});
  CHECK(with("broker: mqtts://a, brokers: [mqtts://b]") ==
        Strings{"gateway.yaml:9:18: either 'broker' or 'brokers', not both"});
  CHECK(with("brokers: []").front().starts_with("gateway.yaml:9:19: expected 1 to 16 brokers for 'brokers'"));
  CHECK(with("broker: mqtt://localhost, tls: {ca_file: c}") ==
        Strings{"gateway.yaml:9:41: 'tls' goes with a broker of mqtts://"});
  CHECK(with("broker: mqtts://a, tls: {key_file: k}") ==
        Strings{"gateway.yaml:9:45: 'key_file' goes with a 'certificate_file'"});
  CHECK(with("broker: mqtts://a, tls: {revocation: true}") ==
        Strings{"gateway.yaml:9:47: 'revocation' goes with a 'ca_file' that holds the lists"});
  CHECK(with("broker: mqtts://a, mqtt: 4") ==
        Strings{"gateway.yaml:9:35: expected one of auto, 5, 3.1.1 for 'mqtt', found '4'; did you mean '5'?"});
}

TEST_CASE("a broker needs TLS, loopback or a word for it") {
  Site site;
  const auto with = [&site](const std::string& uplink) {
    return site.gateway(kHead + "buses: []\ndevices: []\nuplink: {" + uplink + "}\n");
  };
  CHECK(with("broker: mqtts://b:8883") == Strings{});
  CHECK(with("broker: mqtt://127.evil.org") ==
        Strings{"gateway.yaml:9:18: mqtt:// to '127.evil.org' leaves this machine in the clear: use mqtts://; if its "
                "network protects it (a VPN), say so with 'insecure: true'"});
  CHECK(with("broker: mqtt://b, insecure: true") == Strings{});
  CHECK(with("broker: 'mqtt://[::1]:1884'") == Strings{});
  CHECK(with("broker: mqtt://localhost:0") ==
        Strings{"gateway.yaml:9:18: expected a broker such as mqtts://broker.example:8883 for 'broker', found the "
                "text 'mqtt://localhost:0'"});
  CHECK(with("broker: mqtt://localhost, keep_alive: 1500ms, password_file: p") ==
        Strings{"gateway.yaml:9:48: 'keep_alive' must be whole seconds (MQTT has no smaller ones)",
                "gateway.yaml:9:71: 'password_file' goes with a 'username'"});
}

TEST_CASE("a rule id that stands twice is refused across files") {
  Site site;
  site.write("a.yaml", kRules);
  site.write("b.yaml", kRules);
  CHECK(site.gateway(kHead + "buses: []\ndevices: []\nrules: [a.yaml, b.yaml]\n") ==
        Strings{"b.yaml:4:9: rule 'light/LampFailure' is defined already at a.yaml:4:9"});
}

TEST_CASE("a rule without its expression and with a wrong severity is refused") {
  Site site;
  CHECK(site.rules("groups:\n  - name: g\n    rules:\n      - alert: A\n        severity: hihg\n") ==
        Strings{"r.yaml:4:9: missing key 'expr' in item 1 of 'rules'",
                "r.yaml:5:19: expected one of low, medium, high, critical for 'severity', found 'hihg'; did you mean "
                "'high'?"});
}

TEST_CASE("a profile of an unknown family or with unknown options is refused") {
  Site site;
  CHECK(site.profile("profile: p\nversion: 1\nfamily: streetlights\npoints: []\n") ==
        Strings{"p.yaml:3:9: unknown family 'streetlights'; did you mean 'streetlight'?"});
  CHECK(site.profile("profile: p\nversion: 0\nfamily: traffic\npoints: []\noptions: {x: 1}\n") ==
        Strings{"p.yaml:2:10: expected a whole number from 1 to 4294967295 for 'version', found the number 0",
                "p.yaml:5:11: unknown option 'x'"});
}

TEST_CASE("points that cannot be are refused") {
  Site site;
  CHECK(site.profile(R"(profile: p
version: 1
family: traffic
limits: {max_read_registers: 2}
points:
  - {name: a, register: holding, address: 65535, type: u32}
  - {name: b, register: holding, address: 1, type: f64}
  - {name: c, register: coil, address: 1, bit: 1}
  - {name: d, register: input, address: 1, type: f32, bit: 1}
  - {name: e, register: input, address: 1}
  - {name: f, register: input, address: 1, type: u16, scale: 0, range: [5, 5], error_values: [65536]}
  - {name: f, register: input, address: 1, type: u16}
  - {name: g, register: input, address: 1, type: f32, error_values: [one]}
)") == Strings{"p.yaml:6:5: the 2 registers at 65535 end past 65535",
               "p.yaml:7:5: a value of 4 registers does not fit into 'max_read_registers' 2",
               "p.yaml:8:48: 'bit' picks a bit of a register; a coil or discrete input is one bit already",
               "p.yaml:9:60: 'bit' goes with whole numbers (u16 to s64), not f32",
               "p.yaml:10:5: missing key 'type' in item 5 of 'points'", "p.yaml:11:62: 'scale' must not be 0",
               "p.yaml:11:72: 'range' must rise: 5 is not below 5",
               "p.yaml:11:95: expected a whole number of 16 bits, decimal or 0x, for item 1 of 'error_values', found "
               "the number 65536",
               "p.yaml:12:5: point 'f' stands twice",
               "p.yaml:13:70: expected a number, or 0x and a pattern of 32 bits, for item 1 of 'error_values', found "
               "the text "
               "'one'"});
}

TEST_CASE("of a folder only the profiles in use must be in order") {
  Site site;
  site.write("profiles/other.yaml", "profile: other\nversion: 1\nfamily: not-built-in\npoints: []\n");
  CHECK(site.devices("  - {id: a, bus: line, unit: 1, profile: meter}\n") == Strings{});
  CHECK(site.devices("  - {id: a, bus: line, unit: 1, profile: other}\n") ==
        Strings{"profiles/other.yaml:3:9: unknown family 'not-built-in'; known: streetlight, traffic, framed"});
}

TEST_CASE("two profiles of one name are refused") {
  Site site;
  site.write("profiles/copy.yaml", kMeter);
  CHECK(site.devices("  - {id: a, bus: line, unit: 1, profile: meter}\n") ==
        Strings{"profiles/meter.yaml:1:1: profile 'meter' is defined already in profiles/copy.yaml"});
}

TEST_CASE("the nearest name is near, or none") {
  CHECK(wayside::base::nearest("bsu", {"unit", "bus"}) == "bus");  // two neighbours swapped
  CHECK(wayside::base::nearest("ABCD", {"abdc", "abcd"}) == "abcd");
  CHECK_FALSE(wayside::base::nearest("temperature", {"voltage", "current"}));
  CHECK(wayside::base::edit_distance("", "abc") == 3);
}

TEST_CASE("numbers are read without a locale and without surprises") {
  CHECK(config::parse_integer("0xFFFF") == 65535);
  CHECK(config::parse_integer("-12") == -12);
  CHECK_FALSE(config::parse_integer("12 "));
  CHECK_FALSE(config::parse_integer("0x"));
  CHECK_FALSE(config::parse_integer("9223372036854775808"));
  CHECK(config::parse_number("1.5e3") == 1500.0);
  CHECK_FALSE(config::parse_number("nan"));
  CHECK_FALSE(config::parse_number("-inf"));
  CHECK(config::parse_duration("99999999999999d").has_error());
  CHECK(config::duration_text(90s) == "90s");
}

TEST_CASE("what a bus cannot be is told with the nearest that it can") {
  Site site;
  const auto told = site.gateway(kHead +
                                 "buses:\n"
                                 "  - {id: a, serial: {port: /dev/ttyS1, rs485: kernal, echo: maybe}}\n"
                                 "  - {id: b, tcp: {host: x, framing: ascii}}\n"
                                 "  - {id: c, tcp: {host: x, port: 1, echo: true}}\n"
                                 "devices: []\n");
  REQUIRE(told.size() == 4);
  CHECK(told[0].starts_with("gateway.yaml:8:"));
  CHECK(told[0].find("kernel") != std::string::npos);
  CHECK(told[1].find("'echo'") != std::string::npos);
  CHECK(told[2].find("framing") != std::string::npos);
  CHECK(told[3].find("echo") != std::string::npos);
}
