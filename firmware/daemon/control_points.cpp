#include "daemon/control_points.hpp"

#include "daemon/point_view.hpp"
#include "pipeline/read_now.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

// A person waits in front of the cabinet: longer than a slow bus needs for one turn, shorter than he stands there.
constexpr auto kPatience = std::chrono::seconds{5};

void refuse(const base::Error& error, control::Answer& answer) {
  v1::Response response;
  response.set_error(error.what);
  answer(std::move(response));
}

// Those that the device itself has: not what the gateway computes about it.
std::vector<model::PointHandle> read_points(const Gateway& gateway, std::size_t device, std::size_t count) {
  std::vector<model::PointHandle> out;
  const auto first = model::index(gateway.assembly().devices[device].first_point);
  for (std::size_t i = 0; i < count; ++i) out.push_back(model::PointHandle{static_cast<std::uint32_t>(first + i)});
  return out;
}

struct Asked {
  std::vector<model::PointHandle> points;  // as the driver numbers them, from `first` on
  std::size_t first = 0;
  base::BootTime at{};
};

v1::Response response_of(const Gateway& gateway, const Asked& asked, const base::Result<pipeline::ReadNow>& read) {
  v1::Response response;
  auto& out = *response.mutable_read();
  out.set_took_us((gateway.seams().clock.boot_now() - asked.at).count());
  out.set_from_bus(read.has_value());
  if (!read) {
    out.set_reason(read.error().what);
    for (const auto point : asked.points) *out.add_points() = view_of(gateway, point);
    return response;
  }
  for (const auto& sample : read->samples) {
    const model::PointHandle point{static_cast<std::uint32_t>(asked.first + sample.point)};
    *out.add_points() = view_of(gateway, {point, sample.value, sample.quality, read->at});
  }
  return response;
}

base::Result<void> select(const Gateway& gateway, const v1::PointsRequest& request,
                          std::vector<model::PointHandle>& out) {
  const auto& points = *gateway.assembly().points;
  for (const auto& id : request.points()) {
    const auto found = find_point(gateway, id);
    if (!found) return found.error();
    out.push_back(*found);
  }
  if (request.points_size() > 0) return {};
  for (std::size_t i = 0; i < points.size(); ++i) {
    const model::PointHandle point{static_cast<std::uint32_t>(i)};
    if (request.device().empty() || points.info(point).device.value == request.device()) out.push_back(point);
  }
  if (out.empty() && !request.device().empty()) {
    if (const auto device = find_device(gateway, request.device()); !device) return device.error();
  }
  return {};
}

}  // namespace

void answer_points(const Gateway& gateway, const v1::PointsRequest& request, control::Answer answer) {
  std::vector<model::PointHandle> wanted;
  if (const auto good = select(gateway, request, wanted); !good) return refuse(good.error(), answer);
  v1::Response response;
  auto& out = *response.mutable_points();
  for (const auto point : wanted) {
    if (request.bad() && model::is_good(gateway.assembly().points->newest(point).quality)) continue;
    *out.add_points() = view_of(gateway, point);
  }
  answer(std::move(response));
}

void answer_read(const Gateway& gateway, const v1::ReadRequest& request, control::Answer answer) {
  const auto device = find_device(gateway, request.device());
  if (!device) return refuse(device.error(), answer);
  const auto target = gateway.commander().reach(model::DeviceId{request.device()});
  if (!target) return refuse(target.error(), answer);
  Asked asked;
  asked.at = gateway.seams().clock.boot_now();
  asked.first = model::index(gateway.assembly().devices[*device].first_point);
  asked.points = read_points(gateway, *device, target->device.driver->points().size());
  std::optional<std::uint32_t> one;
  if (!request.point().empty()) {
    const auto point = find_point(gateway, request.device() + "." + request.point());
    if (!point) return refuse(point.error(), answer);
    const auto index = model::index(*point);
    const bool of_driver = index >= asked.first && index < asked.first + asked.points.size();
    asked.points = {*point};
    if (of_driver) one = static_cast<std::uint32_t>(index - asked.first);
    if (!of_driver) {
      const base::Error computed{base::Errc::denied, base::Consequence::skip_point,
                                 "the gateway computes this point, there is nothing to read on the bus"};
      return answer(response_of(gateway, asked, computed));
    }
  }
  pipeline::read_now(
      *target, one, kPatience,
      [&gateway, asked = std::move(asked), answer = std::move(answer)](
          const base::Result<pipeline::ReadNow>& read) mutable { answer(response_of(gateway, asked, read)); });
}

}  // namespace wayside::daemon
