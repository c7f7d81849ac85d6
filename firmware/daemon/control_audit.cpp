#include "daemon/control_audit.hpp"

#include <algorithm>

namespace wayside::daemon {

namespace v1 = control::v1;

bool is_about_audit(const v1::Request& request) { return request.has_audit(); }

void handle_audit(const Gateway& gateway, const v1::Request& request, control::Answer answer) {
  v1::Response response;
  auto& out = *response.mutable_audit();
  out.set_gateway(gateway.config().id.value);
  const auto& kept = gateway.audit().kept();
  const std::size_t wanted = request.audit().most() == 0 ? kept.size() : request.audit().most();
  for (std::size_t i = kept.size() - std::min(wanted, kept.size()); i < kept.size(); ++i) {
    out.add_records(kept[i].record.data(), kept[i].record.size());
  }
  if (const auto* key = gateway.seams().signing_key) {
    out.set_public_key(key->public_key().raw().data(), key->public_key().raw().size());
  }
  answer(std::move(response));
}

}  // namespace wayside::daemon
