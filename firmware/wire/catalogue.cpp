#include "wire/catalogue.hpp"

#include <openssl/evp.h>

#include "base/assert.hpp"
#include "wayside/v1/event.pb.h"
#include "wire/fixed_order.hpp"

namespace wayside::wire {
namespace {

constexpr std::size_t kHashBytes = 16;

void fill(v1::CataloguePoint& out, const model::PointInfo& info) {
  out.set_device(info.device.value);
  out.set_name(info.name);
  out.set_unit(info.unit);
  out.set_meaning(info.meaning);
  out.set_bus(info.bus.value);
  out.set_source(info.source);
  out.set_profile(info.profile);
  out.set_profile_version(info.profile_version);
  out.set_area(info.place.area.path());
  out.set_department(info.place.department);
  out.set_metric(info.metric);
  for (const auto& [key, value] : info.labels) (*out.mutable_labels())[key] = value;
  for (const auto& [raw, name] : info.values) (*out.mutable_values())[raw] = name;
  out.set_period_s(std::chrono::duration<double>(info.period).count());
}

}  // namespace

base::Bytes catalogue_hash(base::ByteView encoded) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  WAYSIDE_ASSERT(EVP_Digest(encoded.data(), encoded.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  return {digest.begin(), digest.begin() + kHashBytes};
}

Catalogues Catalogues::build(const model::GatewayId& gateway, const model::PointTable& points) {
  Catalogues out;
  std::array<v1::Catalogue, model::kDataClasses.size()> messages;
  for (const auto& info : points.infos()) {
    auto& message = messages[static_cast<std::size_t>(info.data_class)];
    out.index_.push_back(static_cast<std::uint32_t>(message.points_size()));
    fill(*message.add_points(), info);
  }
  for (const auto c : model::kDataClasses) {
    auto& message = messages[static_cast<std::size_t>(c)];
    if (message.points_size() == 0) continue;
    message.set_gateway(gateway.value);
    message.set_data_class(std::string(model::to_string(c)));
    Catalogue catalogue{encode_in_fixed_order(message), {}};  // maps have no order of their own; the hash needs one
    catalogue.hash = catalogue_hash(catalogue.encoded);
    out.by_class_[static_cast<std::size_t>(c)] = std::move(catalogue);
  }
  return out;
}

}  // namespace wayside::wire
