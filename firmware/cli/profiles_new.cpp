#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/nearest.hpp"
#include "cli/profiles.hpp"
#include "cli/translation.hpp"
#include "config/load.hpp"

namespace wayside::cli {
namespace {

constexpr int kExitFile = 1;

// What a profile of registers has, with what may be added as comments.
constexpr std::string_view kRegisters = R"(# How the device wants to be read.
limits:
  max_read_registers: 60    # at most in one request, as its manual says; 125 is the protocol's own limit
  max_hole: 0               # registers between two points that may be read along
  response_timeout: 500ms
# Where it says who it is:
# identity:
#   serial: {register: holding, address: 0, type: u32}
#   firmware: {register: holding, address: 2, type: text, length: 8}
points:
  # address: as on the wire, from 0 (a manual's 30001 is input 0, its 40001 holding 0).
  # type: bit u16 s16 u32 s32 u64 s64 f32 f64 bcd16 bcd32 bcd64 text; order of bytes: ABCD CDAB BADC DCBA.
  # `wayside bus probe` finds all four by the value on the device's display.
  - {name: voltage, register: input, address: 0, type: f32, order: ABCD, unit: V, range: [0, 500],
     meaning: "Voltage of the supply."}
  # value = raw * scale; error_values: raw values that mean "no value".
  - {name: temperature, register: input, address: 2, type: s16, scale: 0.1, unit: Cel, range: [-40, 125],
     error_values: [0x7FFF],
     meaning: "Temperature inside the device."}
)";

// The family knows what its frames carry.
constexpr std::string_view kFrames = R"(limits:
  response_timeout: 1s
# The family knows what the device sends; `points` here would name items of it (see the family's README.md and its
# other profiles: wayside profiles list).
)";

std::string text_of(const device::DriverFamily& family, const std::string& name) {
  std::string out = fmt::format(
      "# A profile: one product of the family {0} ({1}). `wayside profiles check FILE` tells what is wrong.\n"
      "profile: {2}\n"
      "version: 1                  # higher with each change of its points\n"
      "family: {0}\n"
      "title: {2}\n"
      "source: \"Not checked against anything yet; name the manual, its edition and the page.\"\n"
      "period: 5s                  # how often it is read, unless a point or the site says otherwise\n",
      family.name, family.title, name);
  out += family.protocol == nullptr ? kRegisters : kFrames;
  if (family.options.empty()) return out;
  out += "# Options of the family, with what they are when nothing is said:\n# options:\n";
  for (const auto& option : family.options) {
    out += fmt::format("#   {}: {}    # {}\n", option.name, option.fallback.empty() ? "\"\"" : option.fallback,
                       option.help);
  }
  return out;
}

int write(const std::string& file, const std::string& text, bool force) {
  std::error_code ignored;
  if (!force && std::filesystem::exists(file, ignored)) {
    tr_error("wayside: {} is there already; --force overwrites it\n", file);
    return kExitFile;
  }
  std::ofstream out(file, std::ios::trunc);
  out << text;
  out.close();
  if (!out) {
    tr_error("wayside: cannot write {}: {}\n", file, std::strerror(errno));
    return kExitFile;
  }
  tr_print("{}: fill it in, then `wayside profiles check {}`\n", file, file);
  return 0;
}

}  // namespace

int profiles_new(const NewProfile& wanted) {
  const auto families = device::driver_table();
  const auto family = std::ranges::find(families, wanted.family, &device::DriverFamily::name);
  if (family == families.end()) {
    std::vector<std::string> names;
    for (const auto* each : families) names.emplace_back(each->name);
    const auto near = base::nearest(wanted.family, names);
    tr_error("wayside: no family '{}'{}; there are {}\n", wanted.family,
             near ? tr_format(" (did you mean '{}'?)", *near) : "", fmt::join(names, ", "));
    return 2;
  }
  const auto file = wanted.out.empty() ? wanted.name + ".yaml" : wanted.out;
  const auto text = text_of(**family, wanted.name);
  // A name that is none shows here, before there is a file.
  const auto parsed = config::parse_profile(file, text, families);
  for (const auto& problem : parsed.problems) fmt::print(stderr, "{}\n", problem.message());
  return parsed.value ? write(file, text, wanted.force) : 2;
}

}  // namespace wayside::cli
