// The catalogue: what the point indices of chunk bodies mean, one for each data class (contracts: chunk and
// payload). Built once per config from the point table; an index never changes meaning within one.
// Constant after build; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "model/data_class.hpp"
#include "model/ids.hpp"
#include "model/point_table.hpp"

namespace wayside::wire {

struct Catalogue {
  base::Bytes encoded;  // wayside.v1.Catalogue, the bytes that the hash is of
  base::Bytes hash;     // first 16 bytes of SHA-256
};

[[nodiscard]] base::Bytes catalogue_hash(base::ByteView encoded);

class Catalogues {
 public:
  [[nodiscard]] static Catalogues build(const model::GatewayId& gateway, const model::PointTable& points);

  // None for a class without points.
  [[nodiscard]] const std::optional<Catalogue>& of(model::DataClass c) const {
    return by_class_[static_cast<std::size_t>(c)];
  }
  // The index of a point in the catalogue of its class.
  [[nodiscard]] std::uint32_t index_of(model::PointHandle point) const { return index_[model::index(point)]; }

 private:
  std::array<std::optional<Catalogue>, model::kDataClasses.size()> by_class_;
  std::vector<std::uint32_t> index_;
};

}  // namespace wayside::wire
