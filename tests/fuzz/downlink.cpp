// Orders of the platform of any bytes: refused with a sentence, or within all bounds; and records of the audit trail.
#include "fuzz/input.hpp"
#include "wire/audit.hpp"
#include "wire/order.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

void check_order(base::ByteView bytes) {
  const auto order = wire::read_order(bytes);
  const auto id = wire::order_id(bytes);
  fuzz::require(id.size() <= 64, "an id is short");
  if (!order) return fuzz::require(!order.error().what.empty(), "a refusal says why");
  fuzz::require(!order->gateway.empty() && order->gateway.size() <= 128, "it is for a gateway");
  fuzz::require(order->id == id, "the id is the same by itself");
  const bool query = model::kind_of(*order) == model::OrderKind::query;
  fuzz::require(query || !order->id.empty(), "what changes something has an id");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView bytes(data, size);
  if (const auto opened = wire::open_downlink(bytes)) {
    fuzz::require(opened->signature.empty() || opened->signature.size() == 64, "a signature has its size");
    check_order(opened->order);
  }
  check_order(bytes);
  if (const auto record = wire::read_audit(bytes)) {
    const auto again = wire::read_audit(wire::encode_audit(*record));
    fuzz::require(again && again->number == record->number, "a record is read as it was written");
    fuzz::require(wire::check_chain({base::Bytes(data, data + size)}).last == record->number, "one record is a chain");
  }
  return 0;
}
