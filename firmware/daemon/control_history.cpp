#include "daemon/control_history.hpp"

#include <utility>

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;

constexpr std::size_t kMost = 2000;  // samples of a part

base::WallTime wall(std::int64_t us) { return base::WallTime{std::chrono::microseconds{us}}; }

void fill_sample(const model::HistorySample& sample, v1::RecordedSample& out) {
  out.set_point(sample.point);
  out.set_wall_us(sample.at.time_since_epoch().count());
  if (const auto* text = std::get_if<std::string>(&sample.value)) out.set_text(*text);
  if (const auto number = model::as_number(sample.value)) out.set_number(*number);
  out.set_quality(std::string(model::to_string(sample.quality)));
  out.set_quality_code(static_cast<std::uint32_t>(sample.quality));
  if (!sample.bucket) return;
  out.set_min(sample.bucket->min);
  out.set_max(sample.bucket->max);
  out.set_count(sample.bucket->count);
}

v1::Response response_of(const pipeline::HistoryPart& part, const std::string& doubt) {
  v1::Response response;
  auto& out = *response.mutable_history();
  for (const auto& sample : part.samples) fill_sample(sample, *out.add_samples());
  if (part.next) {
    auto& next = *out.mutable_next();
    next.set_part(part.next->part);
    next.set_position(part.next->position);
    next.set_skip(part.next->skip);
  }
  out.set_unreadable(part.unreadable);
  for (const auto& [name, point] : part.points) {
    auto& one = (*out.mutable_points())[name];
    one.set_unit(point.unit);
    one.mutable_values()->insert(point.values.begin(), point.values.end());
  }
  out.set_doubt(doubt);
  return response;
}

void refuse(const std::string& why, control::Answer answer) {
  v1::Response response;
  response.set_error(why);
  answer(std::move(response));
}

}  // namespace

void answer_history(Gateway& gateway, const v1::HistoryRequest& request, control::Role role, control::Answer answer) {
  auto& historian = gateway.historian();
  const model::DeviceId device{request.device()};
  const bool sensitive = role == control::Role::operate || role == control::Role::admin;
  if (request.until_wall_us() <= request.from_wall_us()) {
    return refuse("the time asked for ends before it begins", std::move(answer));
  }
  if (!sensitive && historian.is_sensitive(device, request.point())) {
    return refuse(request.device() + "." + request.point() + " is sensitive: its values need the role operate",
                  std::move(answer));
  }
  const auto& cursor = request.cursor();
  pipeline::HistoryAsk ask{
      device,
      request.point(),
      wall(request.from_wall_us()),
      wall(request.until_wall_us()),
      sensitive,
      {static_cast<std::uint8_t>(std::min<std::uint32_t>(cursor.part(), 255)), cursor.position(), cursor.skip()},
      kMost};
  auto doubt = historian.doubt(device, request.point());
  historian.read(std::move(ask), [doubt = std::move(doubt),
                                  answer = std::move(answer)](base::Result<pipeline::HistoryPart> part) mutable {
    if (!part) return refuse(part.error().what, std::move(answer));
    answer(response_of(*part, doubt));
  });
}

}  // namespace wayside::daemon
