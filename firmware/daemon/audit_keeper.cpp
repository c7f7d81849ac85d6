#include "daemon/audit_keeper.hpp"

#include <utility>

#include "wire/audit.hpp"

namespace wayside::daemon {
namespace {
constexpr auto kEvery = std::chrono::hours{24};
}

void AuditKeeper::start() { tell(); }

void AuditKeeper::stop() {
  if (timer_ != base::TimerId::none) parts_.core.cancel(std::exchange(timer_, base::TimerId::none));
}

void AuditKeeper::tell() {
  const auto now = parts_.core.now();
  model::AuditHead head{parts_.trail.number(), parts_.trail.digest(), {}, {}};
  if (parts_.key != nullptr) {
    head.signature = parts_.key->sign(wire::audit_head_message(parts_.gateway, head.number, head.digest));
    const auto& raw = parts_.key->public_key().raw();
    head.public_key.assign(raw.begin(), raw.end());
  }
  parts_.judge.record({now, model::DataClass::internal, std::move(head)});
  timer_ = parts_.core.post_at(now + kEvery, [this] {
    timer_ = base::TimerId::none;
    tell();
  });
}

}  // namespace wayside::daemon
