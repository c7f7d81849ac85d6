#include "wire/topics.hpp"

#include <fmt/format.h>

namespace wayside::wire {

Topics::Topics(const model::Area& area, const model::GatewayId& gateway)
    : root_(fmt::format("wayside/v1/{}/{}", area.path(), gateway.value)) {}

std::string Topics::stream(model::Stream stream) const {
  return fmt::format("{}/up/{}/{}", root_, model::to_string(stream.data_class), model::to_string(stream.kind));
}

std::string Topics::notice(model::DataClass data_class) const {
  return fmt::format("{}/up/{}/notice", root_, model::to_string(data_class));
}

std::string Topics::state() const { return root_ + "/up/state"; }

std::string Topics::catalogue(model::DataClass data_class, base::ByteView hash) const {
  return fmt::format("{}/up/{}/catalogue/{}", root_, model::to_string(data_class), base::to_hex(hash));
}

std::string Topics::descriptor() const { return root_ + "/up/meta/descriptor"; }

std::string Topics::dictionary() const { return root_ + "/up/meta/dictionary"; }

std::string Topics::answer(model::DataClass data_class) const {
  return fmt::format("{}/up/{}/answer", root_, model::to_string(data_class));
}

std::string Topics::command() const { return root_ + "/down/command"; }

std::string Topics::query() const { return root_ + "/down/query"; }

}  // namespace wayside::wire
