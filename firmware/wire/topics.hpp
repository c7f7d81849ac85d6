// Topic names, in one place (contracts: topics). Constant after construction; any thread.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "model/ids.hpp"
#include "model/place.hpp"
#include "model/stream.hpp"

namespace wayside::wire {

class Topics {
 public:
  // Requires: every level is a valid id.
  Topics(const model::Area& area, const model::GatewayId& gateway);

  [[nodiscard]] std::string stream(model::Stream stream) const;         // up/{class}/{alarm|telemetry}
  [[nodiscard]] std::string notice(model::DataClass data_class) const;  // up/{class}/notice
  [[nodiscard]] std::string state() const;                              // up/state
  [[nodiscard]] std::string catalogue(model::DataClass data_class, base::ByteView hash) const;
  [[nodiscard]] std::string descriptor() const;                         // up/meta/descriptor
  [[nodiscard]] std::string dictionary() const;                         // up/meta/dictionary
  [[nodiscard]] std::string answer(model::DataClass data_class) const;  // up/{class}/answer
  [[nodiscard]] std::string command() const;                            // down/command
  [[nodiscard]] std::string query() const;                              // down/query

 private:
  std::string root_;
};

}  // namespace wayside::wire
