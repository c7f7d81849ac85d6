#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/point_text.hpp"

namespace wayside::cli {
namespace {

// "+12 ms", "-3.2 s"
std::string offset_text(std::int64_t us) {
  constexpr std::int64_t kSecond = 1'000'000;
  if (us > -kSecond && us < kSecond) return fmt::format("{:+} ms", us / 1000);
  return fmt::format("{:+.1f} s", static_cast<double>(us) / 1e6);
}

std::string trust_text(const control::v1::TimeResponse& time) {
  if (!time.trusted()) return coloured("not trusted: the kernel does not say that it is synchronised", Colour::bad);
  return coloured("trusted", Colour::good) + (time.source() == "rtc"
                                                  ? ": the site vouches for its battery clock (`clock: {trust: rtc}`)"
                                                  : ": the kernel says that it is synchronised");
}

void line(const std::string& label, const std::string& text) { print_wrapped(label, 11, text); }

void print_time(const control::v1::TimeResponse& time) {
  line("now", date_text(time.wall_us()) + (time.trusted() ? "" : " (not trusted)"));
  line("clock", trust_text(time));
  if (time.trusted()) line("", fmt::format("right within {} ms", time.uncertainty_us() / 1000));
  if (!time.time_zone().empty()) line("zone", time.time_zone());
  line("boot", fmt::format("{}, up {}", time.boot(), for_people(time.boot_us())));
  if (time.anchors().empty()) {
    line("anchors", "none in this boot: what is measured keeps its order and gets its dates once one is taken");
  }
  for (const auto& anchor : time.anchors()) {
    line("anchor", fmt::format("{}, taken {} ago, right within {} ms", date_text(anchor.wall_us()),
                               for_people(anchor.us_ago()), anchor.uncertainty_us() / 1000));
  }
  if (time.has_offset_us()) line("offset", offset_text(time.offset_us()) + " from where the newest anchor puts it");
  line("last date",
       fmt::format("{}; {} other boots are dated",
                   time.last_known_us() > 0 ? date_text(time.last_known_us()) : "none is known", time.boots()));
  if (!time.trusted()) {
    line("to do", "see to NTP (`timedatectl status`), or let the site vouch for a battery clock");
  }
}

}  // namespace

int cmd_time(const Common& common) {
  control::v1::Request request;
  request.mutable_time();
  int exit_code = 0;
  const auto response = ask(common, request, exit_code);
  if (!response) return exit_code;
  if (common.json) {
    print_json(response->time());
  } else {
    print_time(response->time());
  }
  return 0;
}

}  // namespace wayside::cli
