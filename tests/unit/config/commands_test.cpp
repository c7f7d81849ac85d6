// What of a device may be commanded, and which address it has.
#include "site.hpp"

namespace {

using namespace wayside;
using namespace wayside::config::test;

const std::string kRelay = R"(profile: relay
version: 1
family: streetlight
points:
  - {name: relay, register: coil, address: 1, write: true}
  - {name: power, register: input, address: 1, type: u16}
)";

TEST_CASE("nothing may be commanded but what is allowed") {
  Site site;
  site.write("profiles/relay.yaml", kRelay);
  const auto head = kHead + "profiles: [profiles]\nbuses:\n  - {id: line, serial: {port: /dev/ttyS1}}\ndevices:\n";
  const auto file = site.write("g.yaml", head + R"(  - {id: a, bus: line, unit: 1, profile: relay}
  - id: b
    bus: line
    unit: 2
    profile: relay
    commands:
      allow: [relay]
      max_per_minute: 3
      interlocks:
        - {point: relay, when: [on, 1], only_if: "power < 5"}
)");
  const auto loaded = config::load_gateway(file, kFamilies);
  REQUIRE(site.messages(loaded) == Strings{});
  CHECK(loaded.value->devices.at(0).commands.allow.empty());
  const auto& commands = loaded.value->devices.at(1).commands;
  CHECK(commands.allow == Strings{"relay"});
  CHECK(commands.max_per_minute == 3);
  REQUIRE(commands.interlocks.size() == 1);
  CHECK(commands.interlocks[0].when == Strings{"on", "1"});
  CHECK(commands.interlocks[0].only_if == "power < 5");
  CHECK(commands.interlocks[0].place.line == 20);
}

TEST_CASE("an allow-list names points that can be commanded, once") {
  Site site;
  site.write("profiles/relay.yaml", kRelay);
  CHECK(site.devices(R"(  - {id: a, bus: line, unit: 1, profile: relay, commands: {allow: [relai, power, relay, relay]}}
  - id: b
    bus: line
    unit: 2
    profile: relay
    commands:
      allow: [relay]
      interlocks:
        - {point: power, only_if: a}
        - {point: relay, only_if: b}
        - {point: relay, only_if: b}
      max_per_minute: 0
)") == Strings{"gateway.yaml:11:68: unknown point 'relai'; did you mean 'relay'?",
               "gateway.yaml:11:75: point 'power' cannot be commanded: its profile has no 'write' for it",
               "gateway.yaml:11:89: point 'relay' stands twice",
               "gateway.yaml:19:19: unknown point under 'allow' 'power'; known: relay",
               "gateway.yaml:21:11: the same interlock stands twice",
               "gateway.yaml:22:23: expected a whole number from 1 to 600 for 'max_per_minute', found the number 0"});
}

TEST_CASE("a metric in an allow-list is known, guessed and complained of once, however many points have it") {
  Site site;
  site.write("profiles/cabinet.yaml", R"(profile: cabinet
version: 1
family: streetlight
groups:
  - name: relay
    count_option: relays
    default: 6
    max: 6
    stride: 1
    points:
      - {name: relay_command, register: coil, address: 0, write: true}
      - {name: relay_on, register: discrete, address: 96}
)");
  const auto allow = [&site](const std::string& list) {
    return site.devices("  - {id: a, bus: line, unit: 1, profile: cabinet, commands: {allow: [" + list + "]}}\n");
  };
  CHECK(allow("relay_command") == Strings{});
  CHECK(allow("relay_comand") ==
        Strings{"gateway.yaml:11:70: unknown point 'relay_comand'; did you mean 'relay_command'?"});
  CHECK(allow("relay-2.relay_comand") ==
        Strings{"gateway.yaml:11:70: unknown point 'relay-2.relay_comand'; did you mean 'relay-2.relay_command'?"});
  CHECK(allow("relay_on") ==
        Strings{"gateway.yaml:11:70: point 'relay_on' cannot be commanded: its profile has no 'write' for it"});
  CHECK(allow("relay_command, relay_command").size() == 1);
}

TEST_CASE("families with frames of their own do not share a Modbus TCP endpoint with Modbus devices") {
  Site site;
  site.write("profiles/framed.yaml", "profile: framed\nversion: 1\nfamily: framed\n");
  site.write("profiles/meter.yaml", kMeter);
  const auto on = [&site](const std::string& bus, const std::string& devices) {
    return site.gateway(kHead + "profiles: [profiles]\nbuses:\n  - {id: line, " + bus + "}\ndevices:\n" + devices);
  };
  const std::string modbus = "  - {id: m, bus: line, unit: 1, profile: meter}\n";
  const std::string frames = "  - {id: f, bus: line, profile: framed}\n";
  const std::string tcp = "tcp: {host: 10.0.0.7}";
  CHECK(on(tcp, modbus) == Strings{});
  CHECK(on(tcp, frames) == Strings{});
  CHECK(on("tcp: {host: 10.0.0.7, framing: rtu}", modbus + frames) == Strings{});
  CHECK(on("serial: {port: /dev/ttyS1}", modbus + frames) == Strings{});
  const std::string why =
      "family 'framed' has frames of its own, which do not go over Modbus TCP: it cannot share bus 'line' with the ";
  const std::string what = "; a serial server needs 'framing: rtu', anything else a bus of its own";
  CHECK(on(tcp, modbus + frames) == Strings{"gateway.yaml:12:5: " + why + "Modbus device 'm' (line 11)" + what});
  CHECK(on(tcp, frames + modbus) == Strings{"gateway.yaml:12:5: " + why + "framed device 'f' (line 11)" + what});
}

TEST_CASE("an option may be a list or a table, and reaches its family as one text") {
  Site site;
  site.write("profiles/meter.yaml", kMeter);
  const auto given = [&site](const std::string& value) -> std::string {
    const auto file =
        site.write("g.yaml", kHead +
                                 "profiles: [profiles]\nbuses:\n  - {id: line, serial: {port: /dev/ttyS1}}\n"
                                 "devices:\n  - {id: a, bus: line, unit: 1, profile: meter, options: "
                                 "{nominal_voltage: " +
                                 value + "}}\n");
    const auto loaded = config::load_gateway(file, kFamilies);
    if (!loaded.value) return "refused: " + loaded.problems.at(0).what;
    return loaded.value->devices.at(0).options.at("nominal_voltage");
  };
  CHECK(given("[[0, 12000], [250, 12240.5]]") == "0 12000, 250 12240.5");
  CHECK(given("[1512.5, 1517.5]") == "1512.5 1517.5");
  CHECK(given("\"0 1, 2 3\"") == "0 1, 2 3");
  CHECK(given("[[[1]]]").starts_with("refused: "));
  CHECK(given("{a: 1}").starts_with("refused: "));
  CHECK(given("[{a: 1}]").starts_with("refused: "));
}

TEST_CASE("the airtime of silent devices is a share that leaves the others the larger part") {
  Site site;
  const auto bus = [&site](const std::string& more) {
    return site.write("g.yaml",
                      kHead + "buses:\n  - {id: line, serial: {port: /dev/ttyS1}" + more + "}\ndevices: []\n");
  };
  CHECK(config::load_gateway(bus(""), kFamilies).value->buses.at(0).silent_airtime == 5);
  CHECK(config::load_gateway(bus(", silent_airtime: 1"), kFamilies).value->buses.at(0).silent_airtime == 1);
  CHECK(config::load_gateway(bus(", silent_airtime: 50"), kFamilies).value->buses.at(0).silent_airtime == 50);
  for (const auto* wrong : {"0", "51", "-5", "2.5", "much"}) {
    const auto messages =
        site.messages(config::load_gateway(bus(std::string(", silent_airtime: ") + wrong), kFamilies));
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].find("from 1 to 50 for 'silent_airtime'") != std::string::npos);
  }
}

TEST_CASE("a device of a frame protocol has an address option and no unit") {
  Site site;
  site.write("profiles/framed.yaml", "profile: framed\nversion: 1\nfamily: framed\n");
  CHECK(site.devices("  - {id: a, bus: line, profile: framed, options: {address: 12}, commands: {allow: [valve]}}\n"
                     "  - {id: b, bus: line, profile: framed, options: {address: 13}}\n") == Strings{});
  CHECK(site.devices("  - {id: a, bus: line, unit: 1, profile: framed}\n"
                     "  - {id: b, bus: line, profile: framed, options: {address: 13}}\n"
                     "  - {id: c, bus: line, profile: framed, options: {address: 13}}\n"
                     "  - {id: d, bus: line, profile: meter}\n") ==
        Strings{
            "gateway.yaml:11:30: family 'framed' is not Modbus and has no 'unit': its devices are told apart by their "
            "options",
            "gateway.yaml:13:5: address 13 on bus 'line' is taken already by device 'b' (line 12)",
            "gateway.yaml:14:5: missing key 'unit' in item 4 of 'devices'"});
}

TEST_CASE("the address that any device answers to stands alone on its line") {
  Site site;
  site.write("profiles/framed.yaml", "profile: framed\nversion: 1\nfamily: framed\n");
  CHECK(site.devices("  - {id: a, bus: line, profile: framed, options: {address: auto}}\n") == Strings{});
  CHECK(site.devices("  - {id: a, bus: line, profile: framed, options: {address: auto}}\n"
                     "  - {id: b, bus: line, profile: framed, options: {address: 13}}\n") ==
        Strings{"gateway.yaml:12:5: address auto (which any device of the line answers to) on bus 'line' is taken "
                "already by device 'a' (line 11)"});
}

}  // namespace
