// What the platform asks, from its message: every field is checked for its size and its shape (proto: downlink.proto).
// Whether it may be asked is not decided here. Pure; any thread.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "model/order.hpp"

namespace wayside::wire {

struct SignedOrder {
  base::Bytes order;      // encoded; what the signature is of
  base::Bytes signature;  // empty, or 64 bytes
  std::string key;
};

// Of any bytes. Errors: corrupt (no Downlink, or without an order), invalid_argument (a signature of another size).
[[nodiscard]] base::Result<SignedOrder> open_downlink(base::ByteView payload);

// The bytes that the signature is of.
[[nodiscard]] base::Bytes signed_message(base::ByteView order);

// Errors: corrupt (no Order); invalid_argument (a field: which one, and what it must be); not_found (a kind of order
// that this release does not know).
[[nodiscard]] base::Result<model::Order> read_order(base::ByteView order);

// Only the id, of an order that is refused for another field; empty: it cannot be told.
[[nodiscard]] std::string order_id(base::ByteView order);

}  // namespace wayside::wire
