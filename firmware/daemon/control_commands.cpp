#include "daemon/control_commands.hpp"

#include <algorithm>

#include "daemon/describe.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

model::CommandOrder order_of(const v1::WriteRequest& request, const control::Peer& peer) {
  // The commander has the say on what is too long; here only what would not fit into its clock is kept out.
  const auto lives =
      std::clamp<std::int64_t>(request.expires_us(), 0, std::chrono::microseconds(std::chrono::hours{24}).count());
  return {request.id(),
          model::DeviceId{request.device()},
          request.point(),
          request.value(),
          model::CommandOrigin::local,
          {peer.user, request.by()},
          std::chrono::microseconds{lives}};
}

v1::Response to_response(const model::CommandResult& result) {
  v1::Response response;
  auto& out = *response.mutable_write();
  out.set_id(result.id);
  out.set_outcome(std::string(model::to_string(result.outcome)));
  out.set_reason(result.reason);
  out.set_written(std::string(model::to_string(result.written)));
  out.set_by(result.by);
  out.set_value(exact(result.asked));
  out.set_unit(result.unit);
  if (result.written_at) out.set_written_after_us((*result.written_at - result.asked_at).count());
  if (result.measured_point.empty()) return response;
  out.set_measured_point(result.measured_point);
  out.set_measured(exact(result.measured));
  out.set_measured_quality(std::string(model::to_string(result.quality)));
  if (result.measured_at && result.outcome != model::CommandOutcome::interrupted) {
    out.set_measured_after_us((*result.measured_at - result.asked_at).count());
  }
  return response;
}

v1::Response to_response(const Gateway& gateway, const base::Result<pipeline::Commander::Preview>& preview) {
  v1::Response response;
  if (!preview) {
    response.set_error(preview.error().what);
    return response;
  }
  const auto& points = *gateway.assembly().points;
  const auto& info = points.info(preview->point);
  const auto& newest = points.newest(preview->point);
  auto& out = *response.mutable_check_command();
  out.set_title(preview->title);
  out.set_unit(info.unit);
  out.set_meaning(info.meaning);
  out.set_present(exact(newest.value));
  out.set_present_quality(std::string(model::to_string(newest.quality)));
  out.set_value(exact(preview->value));
  out.set_refusal(preview->refusal);
  return response;
}

void add(const Gateway& gateway, const model::Hold& hold, v1::HoldsResponse& out) {
  auto& one = *out.add_holds();
  one.set_device(hold.device.value);
  one.set_by(hold.by.text());
  one.set_left_us(std::max<std::int64_t>((hold.until - gateway.seams().clock.boot_now()).count(), 0));
  one.set_until_wall_us(hold.until_wall_us);
}

pipeline::Commander::HoldAnswer answer_hold(const Gateway& gateway, control::Answer answer) {
  return [&gateway, answer = std::move(answer)](base::Result<model::Hold> hold) mutable {
    v1::Response response;
    if (hold) {
      add(gateway, *hold, *response.mutable_holds());
    } else {
      response.set_error(hold.error().what);
    }
    answer(std::move(response));
  };
}

}  // namespace

bool is_command(const v1::Request& request) {
  return request.has_check_command() || request.has_write() || request.has_hold() || request.has_release() ||
         request.has_holds();
}

void handle_command(Gateway& gateway, const v1::Request& request, const control::Peer& peer, control::Answer answer) {
  auto& commander = gateway.commander();
  if (request.has_write()) {
    return commander.submit(order_of(request.write(), peer),
                            [answer = std::move(answer)](const auto& result) mutable { answer(to_response(result)); });
  }
  if (request.has_hold()) {
    const auto longest = std::chrono::microseconds(std::chrono::hours{48}).count();
    const std::chrono::microseconds span{std::clamp<std::int64_t>(request.hold().span_us(), 0, longest)};
    return commander.hold(model::DeviceId{request.hold().device()}, {peer.user, request.hold().by()}, span,
                          answer_hold(gateway, std::move(answer)));
  }
  if (request.has_release()) {
    return commander.release(model::DeviceId{request.release().device()}, {peer.user, request.release().by()},
                             answer_hold(gateway, std::move(answer)));
  }
  if (request.has_check_command()) {
    return answer(to_response(gateway, commander.preview(order_of(request.check_command().write(), peer))));
  }
  v1::Response response;
  response.mutable_holds();
  for (const auto& hold : commander.holds()) add(gateway, hold, *response.mutable_holds());
  answer(std::move(response));
}

}  // namespace wayside::daemon
