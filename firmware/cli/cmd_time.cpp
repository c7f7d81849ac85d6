#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/point_text.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

// "+12 ms", "-3.2 s"
std::string offset_text(std::int64_t us) {
  constexpr std::int64_t kSecond = 1'000'000;
  if (us > -kSecond && us < kSecond) return fmt::format("{:+} ms", us / 1000);
  return fmt::format("{:+.1f} s", static_cast<double>(us) / 1e6);
}

std::string trust_text(const control::v1::TimeResponse& time) {
  if (!time.trusted()) return coloured(tr("not trusted: the kernel does not say that it is synchronised"), Colour::bad);
  return coloured(tr("trusted"), Colour::good) +
         (time.source() == "rtc" ? tr(": the site vouches for its battery clock (`clock: {trust: rtc}`)")
                                 : tr(": the kernel says that it is synchronised"));
}

void line(const std::string& label, const std::string& text) { print_wrapped(label, 11, text); }

void print_time(const control::v1::TimeResponse& time) {
  line(tr("now"), date_text(time.wall_us()) + (time.trusted() ? "" : tr(" (not trusted)")));
  line(tr("clock"), trust_text(time));
  if (time.trusted()) line("", tr_format("right within {} ms", time.uncertainty_us() / 1000));
  if (!time.time_zone().empty()) line(tr("zone"), time.time_zone());
  line(tr("boot"), tr_format("{}, up {}", time.boot(), for_people(time.boot_us())));
  if (time.anchors().empty()) {
    line(tr("anchors"), tr("none in this boot: what is measured keeps its order and gets its dates once one is taken"));
  }
  for (const auto& anchor : time.anchors()) {
    line(tr("anchor"), tr_format("{}, taken {} ago, right within {} ms", date_text(anchor.wall_us()),
                                 for_people(anchor.us_ago()), anchor.uncertainty_us() / 1000));
  }
  if (time.has_offset_us())
    line(tr("offset"), offset_text(time.offset_us()) + tr(" from where the newest anchor puts it"));
  line(tr("last date"),
       tr_format("{}; {} other boots are dated",
                 time.last_known_us() > 0 ? date_text(time.last_known_us()) : tr("none is known"), time.boots()));
  if (!time.trusted()) {
    line(tr("to do"), tr("see to NTP (`timedatectl status`), or let the site vouch for a battery clock"));
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
