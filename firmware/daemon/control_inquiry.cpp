#include "daemon/control_inquiry.hpp"

#include "base/bytes.hpp"
#include "control/frame.hpp"
#include "daemon/control_checkup.hpp"
#include "daemon/control_points.hpp"
#include "daemon/control_rules.hpp"
#include "daemon/control_why.hpp"
#include "store/database.hpp"
#include "uplink/paho_session.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

std::int64_t us_of(base::WallTime time) { return time.time_since_epoch().count(); }

void fill_time(const Gateway& gateway, v1::TimeResponse& out) {
  const auto& clock = gateway.seams().clock;
  const auto now = clock.boot_now();
  const auto wall = clock.wall_now();
  out.set_trusted(clock.wall_trusted());
  out.set_source(gateway.config().clock == config::ClockTrust::rtc ? "rtc" : "system");
  out.set_wall_us(us_of(wall));
  out.set_uncertainty_us(clock.wall_uncertainty().count());
  out.set_boot(base::to_hex(base::ByteView(clock.boot_id())));
  out.set_boot_us(base::to_us(now));
  out.set_time_zone(gateway.config().time_zone);
  const auto anchors = gateway.time().anchors();
  for (const auto& anchor : anchors) {
    auto& one = *out.add_anchors();
    one.set_us_ago((now - anchor.offset).count());
    one.set_wall_us(us_of(anchor.wall));
    one.set_uncertainty_us(anchor.uncertainty.count());
  }
  out.set_boots(static_cast<std::uint32_t>(gateway.time().dated_boots() - (anchors.empty() ? 0 : 1)));
  if (const auto last = gateway.time().last_known()) out.set_last_known_us(us_of(*last));
  if (!anchors.empty()) {
    out.set_offset_us((wall - (anchors.back().wall + (now - anchors.back().offset))).count());
  }
}

void fill_version(const Gateway& gateway, v1::VersionResponse& out) {
  out.set_version(gateway.seams().software_version);
  out.set_protocol(control::kProtocolVersion);
  auto& libraries = *out.mutable_libraries();
  libraries["sqlite"] = store::sqlite_version();
  libraries["paho"] = uplink::paho_version();
  libraries["openssl"] = uplink::openssl_version();
}

}  // namespace

bool is_inquiry(const v1::Request& request) {
  return request.has_points() || request.has_read() || request.has_time() || request.has_version() ||
         request.has_why() || request.has_checkup() || request.has_rules();
}

void handle_inquiry(Gateway& gateway, const v1::Request& request, control::Answer answer) {
  if (request.has_points()) return answer_points(gateway, request.points(), std::move(answer));
  if (request.has_read()) return answer_read(gateway, request.read(), std::move(answer));
  if (request.has_why()) return answer_why(gateway, request.why(), std::move(answer));
  if (request.has_rules()) return answer_rules(gateway, request.rules(), std::move(answer));
  v1::Response response;
  if (request.has_checkup()) fill_checkup(gateway, *response.mutable_checkup());
  if (request.has_time()) fill_time(gateway, *response.mutable_time());
  if (request.has_version()) fill_version(gateway, *response.mutable_version());
  answer(std::move(response));
}

}  // namespace wayside::daemon
